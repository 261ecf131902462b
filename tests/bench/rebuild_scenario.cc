// Folding the reliability view from the log again, in this process.
#include <sys/resource.h>

#include <chrono>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "server/ledger/append_rules.h"
#include "server/projections/reliability_view.h"
#include "storage/commit_signal.h"
#include "storage/rocks/rocks_event_store.h"
#include "storage/rocks/rocks_view_store.h"
#include "tests/bench/raw_store.h"
#include "tests/bench/scenario.h"

namespace pledger::bench {
namespace {

class SystemClock final : public Clock {
 public:
  int64_t NowNs() const override {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
};

// The server has loaded the ledger and is gone; its store is opened here.
class RebuildView final : public Scenario {
 public:
  explicit RebuildView(Description description) : Scenario(std::move(description)) {}

  absl::Status SetUp(Environment& environment) override {
    // As pledgerd does.
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
    environment_ = &environment;
    absl::StatusOr<std::string> folder = environment.CloseLoadedLedger();
    if (!folder.ok()) return folder.status();
    data_folder_ = *std::move(folder);
    return absl::OkStatus();
  }

  absl::StatusOr<Sample> Ceiling(absl::Duration duration) override {
    const absl::StatusOr<double> rate = ScanEvents(data_folder_ + "/ledger", duration);
    if (!rate.ok()) return rate.status();
    return Sample{.value = *rate, .counters = {}};
  }

  absl::StatusOr<Sample> Measure(absl::Duration duration) override {
    ledger::RulesDeriver deriver;
    storage::RocksStoreOptions options;
    options.path = data_folder_;
    const absl::StatusOr<std::unique_ptr<storage::RocksEventStore>> store =
        storage::RocksEventStore::Open(options, deriver);
    if (!store.ok()) return store.status();
    uint64_t events = 0;
    std::chrono::duration<double> elapsed{0};
    while (events == 0 || elapsed.count() < absl::ToDoubleSeconds(duration)) {
      const absl::StatusOr<std::chrono::duration<double>> once = Rebuild(**store);
      if (!once.ok()) return once.status();
      elapsed += *once;
      events += (*store)->next_position();
    }
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return Sample{.value = static_cast<double>(events) / elapsed.count(),
                  .counters = {{"peak_rss_mb", static_cast<double>(usage.ru_maxrss) / 1024}}};
  }

  absl::Status TearDown() override { return absl::OkStatus(); }

 private:
  // From an empty view to one that has everything and has written it.
  absl::StatusOr<std::chrono::duration<double>> Rebuild(storage::EventStore& store) {
    absl::StatusOr<std::unique_ptr<storage::RocksViewStore>> views =
        storage::RocksViewStore::Open(environment_->NewPath("view"), storage::RocksTuning());
    if (!views.ok()) return views.status();
    storage::CommitSignal signal;
    signal.Announce(store.next_position());
    const auto start = std::chrono::steady_clock::now();
    {
      reliability::PolicyBook policies;
      projections::ReliabilityView view(store, **views, signal, clock_, policies, {});
      absl::Notification done;
      absl::Status outcome;
      view.WhenApplied(store.next_position(), std::numeric_limits<int64_t>::max(),
                       [&](absl::Status status) {
                         outcome = std::move(status);
                         done.Notify();
                       });
      done.WaitForNotification();
      if (!outcome.ok()) return outcome;
    }
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    if ((*views)->checkpoint() != store.next_position()) {
      return absl::DataLossError(absl::StrCat("the view stands at ", (*views)->checkpoint(), " of ",
                                              store.next_position()));
    }
    return elapsed;
  }

  const SystemClock clock_;
  Environment* environment_ = nullptr;
  std::string data_folder_;
};

}  // namespace

void AddRebuildScenarios(Scenarios* scenarios) {
  scenarios->push_back(std::make_unique<RebuildView>(
      Description{.name = "rebuild_view",
                  .what = "rebuild of the reliability view from the log, in process",
                  .ceiling = "RocksDB scan of the column family `events`",
                  .unit = "events/s",
                  .bar = {.kind = Bar::Kind::kAtLeast, .limit = 0.25}}));
}

}  // namespace pledger::bench
