// pledgerd: the server.

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/synchronization/mutex.h"
#include "server/runtime/server.h"
#include "spdlog/sinks/stdout_color_sinks.h"
#include "spdlog/spdlog.h"
#include "storage/format/this_thread.h"

namespace pledger::runtime {
namespace {

// Exit codes.
constexpr int kStopped = 0;
constexpr int kCannotStart = 1;

void AddOptions(CLI::App& app, Config* config) {
  app.add_option("--data", config->data, "The folder of the ledger; made if it is not there")
      ->required();
  app.add_option("--listen", config->listen, "HOST:PORT on loopback; port 0 takes a free one")
      ->capture_default_str();
  app.add_option("--port-file", config->port_file, "Where to write the port once it serves");
  app.add_option("--key-file", config->key_file,
                 "The key that wraps the clients' keys; made if it is not there "
                 "(default: key-encryption.key in the data folder)");
  app.add_option("--principals", config->principals_file,
                 "Who may call, with which roles (server/runtime/principals.proto as text); read "
                 "again when it changes. Without it every caller is 'local', with every role");
  app.add_option("--signing-key", config->signing_key_file,
                 "The key that signs checkpoints; made if it is not there "
                 "(default: signing.key in the data folder)");
  app.add_option("--witness-policy", config->witness_policy_file,
                 "A C2SP tlog-policy file: whose cosignatures are asked for, and how many needed");
  app.add_option("--directory-interval-seconds", config->directory_interval_seconds,
                 "How often a directory of clients is recorded while something changes; 0: only on "
                 "request")
      ->capture_default_str()
      ->check(CLI::Range(0, 1 << 30));
  app.add_option("--free-bytes-min", config->free_bytes_min,
                 "Below this much free disk space the ledger is read-only")
      ->capture_default_str();
  app.add_option("--view-memory-bytes", config->view_memory_bytes,
                 "What the reliability view keeps in memory")
      ->capture_default_str();
  app.add_option("--read-threads", config->read_threads, "Threads that read from disk")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
}

// Written whole and then renamed, so that nobody reads half a number.
bool WritePortFile(const std::string& path, int port) {
  const std::string whole = path + ".tmp";
  std::ofstream(whole) << port << '\n';
  std::error_code error;
  std::filesystem::rename(whole, path, error);
  if (error) spdlog::error("cannot write {}: {}", path, error.message());
  return !error;
}

int Run(const Config& config) {
  // Blocked here and so in every thread that is started: only sigwait() takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  auto server = Server::Start(config);
  if (!server.ok()) {
    spdlog::error("cannot start: {}", std::string(server.status().message()));
    return kCannotStart;
  }
  spdlog::info("serving {} on port {}", config.data, (*server)->port());
  if (!config.port_file.empty() && !WritePortFile(config.port_file, (*server)->port())) {
    return kCannotStart;
  }
  int signal = 0;
  sigwait(&signals, &signal);
  spdlog::info("signal {}: shutting down", signal);
  (*server)->Shutdown();
  spdlog::info("stopped");
  return kStopped;
}

}  // namespace
}  // namespace pledger::runtime

int main(int argc, char** argv) {
  pledger::InterruptNobody();
  // Debian's abseil looks for lock cycles at every lock, as if for debugging; so would gRPC's
  // locks.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  spdlog::set_default_logger(spdlog::stderr_color_mt("pledgerd"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");
  CLI::App app("The Pledger server: a ledger of client relationships over gRPC");
  app.set_version_flag("--version", PLEDGER_VERSION);
  pledger::runtime::Config config;
  pledger::runtime::AddOptions(app, &config);
  CLI11_PARSE(app, argc, argv);
  return pledger::runtime::Run(config);
}
