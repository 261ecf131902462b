// pledger_witness: cosigns checkpoints of logs over HTTP (C2SP tlog-witness).

#include <httplib.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/files/durable_file.h"
#include "client/witness/witness.h"
#include "client/witness/witness_key.h"
#include "spdlog/sinks/stdout_color_sinks.h"
#include "spdlog/spdlog.h"
#include "storage/merkle/witness_policy.h"

namespace pledger::witness {
namespace {

struct Options {
  std::string key_file;
  std::string name;
  std::string state;
  std::string listen = "127.0.0.1:7440";
  std::string port_file;
  std::vector<std::string> logs;
  std::string policy;
  bool print_key = false;
};

void AddOptions(CLI::App& app, Options* options) {
  app.add_option("--key-file", options->key_file, "The witness's key; made if it is not there")
      ->required();
  app.add_option("--name", options->name, "The name of a key that is made, such as a host's name");
  app.add_flag("--print-key", options->print_key, "Print the verifier key and end");
  app.add_option("--state", options->state, "The folder of what was cosigned; back it up");
  app.add_option("--listen", options->listen, "HOST:PORT; port 0 takes a free one")
      ->capture_default_str();
  app.add_option("--port-file", options->port_file, "Where to write the port once it serves");
  app.add_option("--log", options->logs,
                 "The verifier key of a log to cosign; again for each, and for a new key beside "
                 "an old one");
  app.add_option("--policy", options->policy, "Take the logs of this policy file as well");
}

absl::StatusOr<std::vector<storage::merkle::NoteVerifier>> LogsOf(const Options& options) {
  std::vector<storage::merkle::NoteVerifier> logs;
  for (const std::string& vkey : options.logs) {
    auto key = storage::merkle::NoteVerifier::Parse(vkey);
    if (!key.ok()) return key.status();
    logs.push_back(*std::move(key));
  }
  if (!options.policy.empty()) {
    const auto text = client::ReadFile(options.policy, storage::merkle::kPolicyBytesMax);
    if (!text.ok()) return text.status();
    const auto policy = storage::merkle::ParseWitnessPolicy(*text);
    if (!policy.ok()) return policy.status();
    for (const auto& log : policy->logs) logs.push_back(log.key);
  }
  if (logs.empty()) return absl::InvalidArgumentError("name a log by --log or --policy");
  return logs;
}

uint64_t NowSeconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

void Give(const Answer& answer, httplib::Response& response) {
  response.status = answer.status;
  response.set_content(answer.body, answer.media_type.c_str());
}

void AddRoutes(httplib::Server& server, Witness& witness) {
  server.set_payload_max_length(storage::merkle::kAddCheckpointBytesMax);
  server.Post(std::string(storage::merkle::kAddCheckpointPath),
              [&](const httplib::Request& request, httplib::Response& response) {
                const Answer answer = witness.AddCheckpoint(request.body);
                spdlog::info("add-checkpoint from {}: {}", request.remote_addr, answer.status);
                Give(answer, response);
              });
  server.Get("/([0-9a-f]{64})/checkpoint",
             [&](const httplib::Request& request, httplib::Response& response) {
               Give(witness.GetCheckpoint(request.matches[1]), response);
             });
}

// The port it is bound to.
absl::StatusOr<int> Bind(httplib::Server& server, const std::string& listen) {
  const size_t colon = listen.rfind(':');
  int port = -1;
  if (colon == std::string::npos || !absl::SimpleAtoi(listen.substr(colon + 1), &port) ||
      port < 0) {
    return absl::InvalidArgumentError(absl::StrCat(listen, " is not HOST:PORT"));
  }
  const std::string host = listen.substr(0, colon);
  const bool bound = port == 0 ? (port = server.bind_to_any_port(host.c_str())) > 0
                               : server.bind_to_port(host.c_str(), port);
  if (!bound) return absl::UnavailableError(absl::StrCat("cannot listen on ", listen));
  return port;
}

absl::Status Serve(const Options& options, storage::merkle::NoteSigner signer) {
  auto logs = LogsOf(options);
  if (!logs.ok()) return logs.status();
  if (options.state.empty()) return absl::InvalidArgumentError("give a folder as --state");
  // Blocked here and so in every thread that is started: only sigwait() takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  Witness witness(std::move(signer), *std::move(logs), WitnessState(options.state), NowSeconds);
  httplib::Server server;
  AddRoutes(server, witness);
  const auto port = Bind(server, options.listen);
  if (!port.ok()) return port.status();
  std::thread serving([&] { server.listen_after_bind(); });
  absl::Status status;
  if (!options.port_file.empty()) {
    status = client::WriteDurably(options.port_file, absl::StrCat(*port, "\n"));
  }
  if (status.ok()) {
    spdlog::info("serving on port {}", *port);
    int signal = 0;
    sigwait(&signals, &signal);
    spdlog::info("signal {}: stopping", signal);
  }
  server.stop();
  serving.join();
  return status;
}

int Run(const Options& options) {
  auto signer = OpenWitnessKey(options.key_file, options.name);
  absl::Status status = signer.status();
  if (status.ok()) {
    std::printf("%s\n", signer->verifier().ToString().c_str());
    std::fflush(stdout);
    if (options.print_key) return 0;
    status = Serve(options, *std::move(signer));
  }
  if (status.ok()) return 0;
  spdlog::error("{}", std::string(status.message()));
  return 1;
}

}  // namespace
}  // namespace pledger::witness

int main(int argc, char** argv) {
  spdlog::set_default_logger(spdlog::stderr_color_mt("pledger_witness"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");
  CLI::App app("A witness: cosigns a log's checkpoints as long as they continue each other");
  pledger::witness::Options options;
  pledger::witness::AddOptions(app, &options);
  CLI11_PARSE(app, argc, argv);
  return pledger::witness::Run(options);
}
