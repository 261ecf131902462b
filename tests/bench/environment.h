// What scenarios run in: the options, a folder for their data, and the servers.
#ifndef PLEDGER_TESTS_BENCH_ENVIRONMENT_H_
#define PLEDGER_TESTS_BENCH_ENVIRONMENT_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "pledger/v1/ledger.grpc.pb.h"
#include "tests/bench/child_process.h"
#include "tests/bench/load.h"
#include "tests/bench/raw_store.h"

namespace pledger::bench {

struct Options {
  int rounds = 7;
  int round_ms = 1'500;
  int clients = 100'000;
  // In the ledger that is read.
  int events = 1'000'000;
  // Connections; 0: whichever of 1, 2 and 4 the ceiling does best with.
  int channels = 0;
  // Messages of one AppendStream that are not yet answered.
  int stream_window = 64;
  uint64_t seed = 20'240'229;
  // No event of a benchmark is later.
  absl::Time epoch;
  // Where each run makes a folder and removes it; must be on a disk, for a sync to mean something.
  std::string folder;
  bool keep_folder = false;
  // An audit pack to verify; empty: one is made of the ledger that is read.
  std::string pack;
  // pledgerd, and this program.
  std::string server_program;
  std::string own_program;
};

// A pledgerd on a new data folder. Not thread-safe.
class LedgerServer {
 public:
  LedgerServer(std::unique_ptr<ChildProcess> process, std::string data_folder);

  const std::string& address() const { return process_->address(); }
  const std::string& data_folder() const { return data_folder_; }

  // Returns the server's answer or error.
  absl::StatusOr<v1::GetStatusResponse> GetStatus();
  // Waits until index and view have everything, so that what is measured next is not slowed by it.
  // DEADLINE_EXCEEDED after two minutes.
  absl::Status AwaitCaughtUp();
  // Appends `calls` serialised AppendRequests, the i-th made by `make(i)`, 16 in flight, and waits
  // until they are in index and view. They may be recorded in any order.
  absl::Status AppendAll(int calls, const std::function<std::string(int)>& make);
  // Returns the error of the shutdown, if any.
  absl::Status Stop() { return process_->Stop(); }

 private:
  std::unique_ptr<ChildProcess> process_;
  const std::string data_folder_;
  std::unique_ptr<v1::LedgerService::Stub> stub_;
};

// Owns the run's folder. Not thread-safe.
class Environment {
 public:
  // Makes the folder. UNAVAILABLE if it can't.
  static absl::StatusOr<std::unique_ptr<Environment>> Create(Options options);
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment();

  const Options& options() const { return options_; }

  // A path in the run's folder that nothing has used.
  std::string NewPath(absl::string_view name);

  // Starts a server on a new, empty ledger and waits until it answers.
  absl::StatusOr<std::unique_ptr<LedgerServer>> StartLedger();
  // The same on the ledger in `data_folder`.
  absl::StatusOr<std::unique_ptr<LedgerServer>> StartLedgerIn(const std::string& data_folder);
  // The ledger that the reading scenarios share: `options().events` events, as many for each
  // client, those of one client spread over the whole. Loaded or started again when it has to be.
  absl::StatusOr<LedgerServer*> LoadedLedger();
  // Stops the shared ledger's server, loading it first if need be, and returns its data folder,
  // which stays. A later LoadedLedger starts the server again.
  absl::StatusOr<std::string> CloseLoadedLedger();
  // A server whose answers are this long; see echo_server.h.
  absl::StatusOr<std::unique_ptr<ChildProcess>> StartEcho(size_t response_bytes);
  absl::StatusOr<std::unique_ptr<RawStore>> OpenRawStore();
  // Stops the shared ledger.
  absl::Status Close();

 private:
  absl::Status LoadEvents(LedgerServer& server) const;
  explicit Environment(Options options) : options_(std::move(options)) {}

  const Options options_;
  std::string run_folder_;
  int paths_made_ = 0;
  std::unique_ptr<LedgerServer> loaded_;
  // Of the shared ledger, once it is loaded.
  std::string loaded_folder_;
};

// How many connections suit the ceiling best: runs `load`, which goes to `address`, with 1, 2 and 4
// for `duration` each, twice, and returns the count with the highest rate; Options::channels if
// that is set.
absl::StatusOr<int> PickChannels(const Options& options, const std::string& address, Load load,
                                 const std::function<absl::StatusOr<LoadResult>(const Load&)>& run);

}  // namespace pledger::bench

#endif  // PLEDGER_TESTS_BENCH_ENVIRONMENT_H_
