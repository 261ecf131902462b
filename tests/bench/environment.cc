#include "tests/bench/environment.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <numeric>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/bench/events.h"

namespace pledger::bench {
namespace {

constexpr absl::Duration kStartPatience = absl::Seconds(60);
constexpr absl::Duration kCatchUpPatience = absl::Minutes(2);
constexpr int kLoadInFlight = 16;
constexpr int kLoadCallEvents = 100;
// Requests that are prepared and held at a time while loading.
constexpr int kLoadChunkCalls = 500;

absl::Status ToStatus(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

}  // namespace

LedgerServer::LedgerServer(std::unique_ptr<ChildProcess> process, std::string data_folder)
    : process_(std::move(process)),
      data_folder_(std::move(data_folder)),
      stub_(v1::LedgerService::NewStub(
          grpc::CreateChannel(process_->address(), grpc::InsecureChannelCredentials()))) {}

absl::StatusOr<v1::GetStatusResponse> LedgerServer::GetStatus() {
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoSeconds(kStartPatience));
  v1::GetStatusResponse response;
  const grpc::Status status = stub_->GetStatus(&context, v1::GetStatusRequest(), &response);
  if (!status.ok()) return ToStatus(status);
  return response;
}

absl::Status LedgerServer::AwaitCaughtUp() {
  const absl::Time deadline = absl::Now() + kCatchUpPatience;
  for (;;) {
    const absl::StatusOr<v1::GetStatusResponse> now = GetStatus();
    if (!now.ok()) return now.status();
    if (now->indexed_position() >= now->next_position() &&
        now->reliability_view_position() >= now->next_position()) {
      return absl::OkStatus();
    }
    if (absl::Now() > deadline) {
      return absl::DeadlineExceededError(
          absl::StrCat("of ", now->next_position(), " events ", now->indexed_position(),
                       " are in the index and ", now->reliability_view_position(), " in the view"));
    }
    // tidy: sleep: the server tells where it stands only when it is asked.
    absl::SleepFor(absl::Milliseconds(5));
  }
}

absl::Status LedgerServer::AppendAll(int calls, const std::function<std::string(int)>& make) {
  const absl::StatusOr<Channels> channels = Connect(address(), 1);
  if (!channels.ok()) return channels.status();
  std::vector<grpc::ByteBuffer> requests;
  for (int made = 0; made < calls;) {
    requests.clear();
    for (; made < calls && requests.size() < kLoadChunkCalls; ++made) {
      requests.push_back(ToByteBuffer(make(made)));
    }
    Load load;
    load.channels = &*channels;
    load.method = "/pledger.v1.LedgerService/Append";
    load.in_flight = kLoadInFlight;
    load.requests = &requests;
    if (const auto result = RunUnaryCalls(load); !result.ok()) return result.status();
  }
  return AwaitCaughtUp();
}

absl::StatusOr<std::unique_ptr<Environment>> Environment::Create(Options options) {
  std::string folder = absl::StrCat(options.folder, "/pledger_bench.XXXXXX");
  if (mkdtemp(folder.data()) == nullptr) {
    return absl::UnavailableError(absl::StrCat(folder, ": ", strerror(errno)));
  }
  std::unique_ptr<Environment> environment(new Environment(std::move(options)));
  environment->run_folder_ = std::move(folder);
  return environment;
}

Environment::~Environment() {
  loaded_.reset();
  if (options_.keep_folder) return;
  std::error_code ignored;
  std::filesystem::remove_all(run_folder_, ignored);
}

std::string Environment::NewPath(absl::string_view name) {
  return absl::StrCat(run_folder_, "/", name, "_", ++paths_made_);
}

absl::StatusOr<std::unique_ptr<LedgerServer>> Environment::StartLedger() {
  return StartLedgerIn(NewPath("ledger"));
}

absl::StatusOr<std::unique_ptr<LedgerServer>> Environment::StartLedgerIn(
    const std::string& data_folder) {
  const std::string port_file = NewPath("port");
  absl::StatusOr<std::unique_ptr<ChildProcess>> process =
      ChildProcess::Start({options_.server_program, "--data", data_folder, "--listen",
                           "127.0.0.1:0", "--port-file", port_file},
                          port_file, NewPath("log"), kStartPatience);
  if (!process.ok()) return process.status();
  auto server = std::make_unique<LedgerServer>(*std::move(process), data_folder);
  if (const auto answer = server->GetStatus(); !answer.ok()) return answer.status();
  return server;
}

absl::Status Environment::LoadEvents(LedgerServer& server) const {
  EventGenerator generator(options_.seed, options_.clients, options_.epoch);
  std::vector<int> order(static_cast<size_t>(options_.clients));
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937_64(options_.seed));
  int made = 0;
  const int calls = (options_.events + kLoadCallEvents - 1) / kLoadCallEvents;
  v1::AppendRequest request;
  return server.AppendAll(calls, [&](int) {
    request.Clear();
    for (int i = 0; i < kLoadCallEvents && made < options_.events; ++i, ++made) {
      generator.FillFor(order[static_cast<size_t>(made) % order.size()], request.add_events());
    }
    return request.SerializeAsString();
  });
}

absl::StatusOr<LedgerServer*> Environment::LoadedLedger() {
  if (loaded_ != nullptr) return loaded_.get();
  const bool is_new = loaded_folder_.empty();
  absl::StatusOr<std::unique_ptr<LedgerServer>> server =
      is_new ? StartLedger() : StartLedgerIn(loaded_folder_);
  if (!server.ok()) return server.status();
  if (is_new) {
    if (absl::Status status = LoadEvents(**server); !status.ok()) return status;
  }
  loaded_ = *std::move(server);
  loaded_folder_ = loaded_->data_folder();
  return loaded_.get();
}

absl::StatusOr<std::string> Environment::CloseLoadedLedger() {
  if (loaded_folder_.empty()) {
    if (const auto loaded = LoadedLedger(); !loaded.ok()) return loaded.status();
  }
  if (absl::Status status = Close(); !status.ok()) return status;
  return loaded_folder_;
}

absl::StatusOr<std::unique_ptr<ChildProcess>> Environment::StartEcho(size_t response_bytes) {
  const std::string port_file = NewPath("port");
  return ChildProcess::Start({options_.own_program, "--echo_server", port_file,
                              "--echo_response_bytes", absl::StrCat(response_bytes)},
                             port_file, NewPath("log"), kStartPatience);
}

absl::StatusOr<std::unique_ptr<RawStore>> Environment::OpenRawStore() {
  return RawStore::Open(NewPath("raw"), options_.seed, options_.clients);
}

absl::Status Environment::Close() {
  if (loaded_ == nullptr) return absl::OkStatus();
  const absl::Status status = loaded_->Stop();
  loaded_.reset();
  return status;
}

absl::StatusOr<int> PickChannels(
    const Options& options, const std::string& address, Load load,
    const std::function<absl::StatusOr<LoadResult>(const Load&)>& run) {
  if (options.channels > 0) return options.channels;
  if (load.in_flight == 1) return 1;
  load.cyclic = true;
  load.duration = absl::Milliseconds(options.round_ms) / 4;
  int best = 1;
  double best_rate = 0;
  for (int turn = 0; turn < 2; ++turn) {
    for (const int count : std::array{1, 2, 4}) {
      const absl::StatusOr<Channels> channels = Connect(address, count);
      if (!channels.ok()) return channels.status();
      load.channels = &*channels;
      const absl::StatusOr<LoadResult> result = run(load);
      if (!result.ok()) return result.status();
      if (result->CallsPerSecond() <= best_rate) continue;
      best_rate = result->CallsPerSecond();
      best = count;
    }
  }
  return best;
}

}  // namespace pledger::bench
