// pledger_bench: what the server does next to what the machine could do. README.md explains it.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <regex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/bench/echo_server.h"
#include "tests/bench/events.h"
#include "tests/bench/report.h"
#include "tests/bench/runner.h"

namespace pledger::bench {
namespace {

struct Arguments {
  Options options;
  std::string filter = ".*";
  std::string json_file;
  bool list = false;
  bool ceilings = false;
  std::string echo_port_file;
  size_t echo_response_bytes = 0;
};

void Declare(CLI::App& app, Arguments* arguments) {
  Options& options = arguments->options;
  app.add_option("--filter", arguments->filter, "Only benchmarks whose name matches this");
  app.add_flag("--list", arguments->list, "Name the benchmarks and end");
  app.add_flag("--ceilings", arguments->ceilings, "Measure ceilings alone, without a server");
  app.add_option("--json", arguments->json_file, "Write the figures here; - is standard output");
  app.add_option("--rounds", options.rounds, "Rounds of each side")->check(CLI::Range(1, 1'000));
  app.add_option("--round_ms", options.round_ms, "How long a round is")
      ->check(CLI::Range(1, 600'000));
  app.add_option("--clients", options.clients, "Clients")->check(CLI::Range(1, 10'000'000));
  app.add_option("--events", options.events, "Events in the ledger that is read")
      ->check(CLI::Range(1, 1'000'000'000));
  app.add_option("--channels", options.channels, "Connections; 0 tries 1, 2 and 4")
      ->check(CLI::Range(0, 64));
  app.add_option("--stream_window", options.stream_window, "Unanswered messages of one stream")
      ->check(CLI::Range(1, 256));
  app.add_option("--seed", options.seed, "Of clients, ids and amounts");
  app.add_option("--dir", options.folder, "Where data goes while it runs; must be on a disk");
  app.add_option("--pack", options.pack, "The audit pack that is verified; else one is made");
  app.add_flag("--keep", options.keep_folder, "Leave the data there");
  app.add_option("--server", options.server_program,
                 "pledgerd; else the one in $PLEDGER_BIN, or beside this program");
  // How this program starts itself as the raw server.
  app.add_option("--echo_server", arguments->echo_port_file)->group("");
  app.add_option("--echo_response_bytes", arguments->echo_response_bytes)->group("");
}

std::string ServerProgram(const std::string& own_program) {
  const char* folder = std::getenv("PLEDGER_BIN");
  const std::filesystem::path place =
      folder != nullptr ? folder : std::filesystem::path(own_program).parent_path();
  return std::filesystem::is_directory(place) ? place / "pledgerd" : place;
}

double MeanEventBytes(const Options& options) {
  constexpr int kSampled = 1'000;
  EventGenerator generator(options.seed, options.clients, options.epoch);
  v1::ProposedEvent event;
  size_t bytes = 0;
  for (int i = 0; i < kSampled; ++i) {
    event.Clear();
    generator.FillRandom(&event);
    bytes += event.ByteSizeLong();
  }
  return static_cast<double>(bytes) / kSampled;
}

RunContext Context(const Options& options) {
  RunContext context;
  context.start = options.epoch;
  context.program = options.own_program;
  context.cpus = static_cast<int>(std::thread::hardware_concurrency());
  getloadavg(&context.load_average, 1);
  context.options = options;
  context.event_bytes = MeanEventBytes(options);
  return context;
}

Scenarios Chosen(const Arguments& arguments) {
  Scenarios all;
  if (arguments.ceilings) {
    AddCeilings(&all);
  } else {
    AddAppendScenarios(&all);
    AddReadScenarios(&all);
    AddReliabilityScenarios(&all);
    AddRebuildScenarios(&all);
    AddAssessScenarios(&all);
    AddVerifyScenarios(&all);
  }
  const std::regex filter(arguments.filter);
  Scenarios chosen;
  for (auto& scenario : all) {
    if (std::regex_search(scenario->description().name, filter)) {
      chosen.push_back(std::move(scenario));
    }
  }
  return chosen;
}

absl::Status WriteJson(const std::string& path, const std::string& json) {
  if (path == "-") {
    std::cout << json << std::flush;
    return std::cout.good() ? absl::OkStatus() : absl::UnavailableError("standard output");
  }
  std::ofstream file(path);
  file << json;
  return file.flush() ? absl::OkStatus() : absl::UnavailableError(path);
}

absl::Status Run(const Arguments& arguments) {
  const Scenarios scenarios = Chosen(arguments);
  if (arguments.list) {
    for (const auto& scenario : scenarios) std::cout << scenario->description().name << "\n";
    return absl::OkStatus();
  }
  if (scenarios.empty()) return absl::InvalidArgumentError("no benchmark has such a name");
  absl::StatusOr<std::unique_ptr<Environment>> environment = Environment::Create(arguments.options);
  if (!environment.ok()) return environment.status();
  // Whoever reads the JSON from standard output wants nothing else there.
  std::ostream& text = arguments.json_file == "-" ? std::cerr : std::cout;
  const RunContext context = Context(arguments.options);
  text << ContextText(context) << TableHead() << std::flush;
  std::vector<ScenarioResult> results;
  for (const auto& scenario : scenarios) {
    absl::StatusOr<ScenarioResult> result = RunScenario(**environment, *scenario);
    if (!result.ok()) return result.status();
    text << TableRow(*result) << std::flush;
    results.push_back(*std::move(result));
  }
  if (absl::Status status = (*environment)->Close(); !status.ok()) return status;
  if (arguments.json_file.empty()) return absl::OkStatus();
  return WriteJson(arguments.json_file, ToJson(context, results));
}

int Main(int argc, char** argv) {
  Arguments arguments;
  arguments.options.epoch = absl::Now();
  arguments.options.folder = std::filesystem::temp_directory_path();
  arguments.options.own_program = std::filesystem::read_symlink("/proc/self/exe");
  arguments.options.server_program = ServerProgram(arguments.options.own_program);
  CLI::App app("Measures Pledger next to what bounds it on this machine.", "pledger_bench");
  Declare(app, &arguments);
  CLI11_PARSE(app, argc, argv);
  const absl::Status status =
      arguments.echo_port_file.empty()
          ? Run(arguments)
          : RunEchoServer(arguments.echo_port_file, arguments.echo_response_bytes);
  if (status.ok()) return 0;
  std::cerr << "pledger_bench: " << status << "\n";
  return 1;
}

}  // namespace
}  // namespace pledger::bench

int main(int argc, char** argv) { return pledger::bench::Main(argc, argv); }
