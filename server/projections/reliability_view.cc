#include "server/projections/reliability_view.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "pledger/v1/fact.pb.h"
#include "server/domain/errors.h"
#include "server/domain/fact_types.h"
#include "storage/format/record.h"
#include "storage/format/text.h"
#include "storage/format/this_thread.h"

namespace pledger::projections {
namespace {

using reliability::ClientHistory;
using storage::Position;

// Large enough that writing pays; who waits gets a smaller one at once.
constexpr uint64_t kBatchEvents = 4'096;
// What a crash may cost to fold again; writing a client's whole history for each of its events
// would cost more than folding.
constexpr uint64_t kDirtyEventsMax = 512 << 10;
// How long a small batch may wait to grow while nobody asks for it.
constexpr absl::Duration kBatchDelay = absl::Milliseconds(100);
// How often deadlines of those who wait are looked at.
constexpr absl::Duration kDeadlineInterval = absl::Milliseconds(20);
// After so many of these without a new event, what changed is written.
constexpr int kIdleIntervals = 50;

}  // namespace

ReliabilityView::ReliabilityView(storage::EventStore& store, storage::ViewStore& views,
                                 storage::CommitSignal& signal, const Clock& clock,
                                 reliability::PolicyBook& policies,
                                 const ReliabilityViewOptions& options)
    : store_(store),
      views_(views),
      signal_(signal),
      clock_(clock),
      policies_(policies),
      options_(options),
      position_(views.checkpoint()),
      builder_(store, views) {
  // A view of another ledger, or of one that lost events, is of no use.
  if (views.ahead_until() > store.next_position()) {
    status_ = absl::DataLossError(absl::StrCat("the view has seen ", views.ahead_until(),
                                               " events but the log has ", store.next_position(),
                                               "; delete the view and find out why"));
  }
  if (status_.ok()) status_ = LoadPolicies(position());
  thread_ = std::thread([this] { Run(); });
}

absl::Status ReliabilityView::LoadPolicies(Position end) {
  const auto cursor = store_.ReadClient(kLedgerClient, 0, storage::Direction::kForward,
                                        storage::ReadTier::kAnywhere);
  while (cursor->Next() && cursor->view().header.position < end) {
    if (cursor->view().header.fact_type == v1::FACT_TYPE_POLICY_ADOPTED) {
      const auto body = storage::ScanBody(cursor->view().body);
      const storage::RecordHeader& header = cursor->view().header;
      if (!body.ok()) continue;
      AddPolicy(header.position, header.record_time_ns, header.occur_time_ns, body->fact);
    }
  }
  return cursor->status();
}

void ReliabilityView::AddPolicy(Position position, int64_t record_time_ns, int64_t occur_time_ns,
                                std::string_view fact_bytes) {
  v1::Fact fact;
  // Anything else was not recorded by this ledger; the checksums would have told.
  if (!fact.ParseFromArray(fact_bytes.data(), static_cast<int>(fact_bytes.size()))) return;
  policies_.Add({position, record_time_ns, occur_time_ns, fact});
}

ReliabilityView::~ReliabilityView() {
  EndWaiting();
  builder_.Stop();
  {
    absl::MutexLock lock(&mutex_);
    stop_ = true;
  }
  thread_.join();
}

void ReliabilityView::Run() {
  NameThisThread("view");
  LetOthersGoFirst();
  while (AwaitWork()) {
    absl::Status status = IsBuildingDue() ? Build() : FoldBatch();
    const bool wanted = IsWritingWanted();
    if (status.ok() && (wanted || IsWritingDue())) status = WriteDirty();
    if (wanted && status.ok()) CallWriteWaiters(absl::OkStatus());
    if (status.ok()) FreeMemory();
    if (!status.ok()) {
      {
        absl::MutexLock lock(&mutex_);
        status_ = status;
      }
      CallWaiters(status);
      CallWriteWaiters(status);
      return;
    }
    CallWaiters(absl::OkStatus());
  }
  CallWriteWaiters(absl::UnavailableError("the view has stopped"));
  // What is not written is folded again at the next start.
  WriteDirty().IgnoreError();
}

bool ReliabilityView::IsBuildingDue() const {
  if (!may_build_) return false;
  const Position missing =
      store_.indexed_position() - std::min(store_.indexed_position(), position());
  return missing >= options_.build_events_min && missing > position();
}

absl::Status ReliabilityView::Build() {
  const Position end = store_.indexed_position();
  absl::Status built =
      builder_.Run(end, kDeadlineInterval, [this] { CallWaiters(absl::OkStatus()); });
  // On a full disk, folding goes on in memory.
  may_build_ = !CanPass(built);
  if (!built.ok()) return may_build_ ? built : absl::OkStatus();
  // What is in memory was folded or read before.
  for (Shard& shard : shards_) {
    absl::MutexLock lock(&shard.mutex);
    for (const Slot& slot : shard.entries) memory_bytes_ -= slot.entry->bytes;
    shard.entries.clear();
    shard.dirty.clear();
  }
  dirty_events_ = 0;
  // Those of the events that were not folded one by one.
  if (absl::Status loaded = LoadPolicies(end); !loaded.ok()) return loaded;
  position_.store(end, std::memory_order_release);
  return absl::OkStatus();
}

bool ReliabilityView::IsWritingDue() const {
  // Behind, a client would be written again and again on the way: only memory calls for it there.
  const bool far_behind = store_.next_position() - position() > kBatchEvents;
  return memory_bytes_ > options_.memory_bytes || (dirty_events_ >= kDirtyEventsMax && !far_behind);
}

bool ReliabilityView::AwaitWork() {
  storage::CommitSignal::WaiterId signal = 0;
  while (true) {
    const Position next = store_.next_position();
    absl::MutexLock lock(&mutex_);
    if (stop_ || !status_.ok() || !write_waiters_.empty()) break;
    if (next >= position() + kBatchEvents) break;
    if (next > position()) {
      // Soon, or at once if somebody waits.
      const auto is_due = [this] {
        mutex_.AssertReaderHeld();
        return stop_ || !waiters_.empty();
      };
      mutex_.AwaitWithTimeout(absl::Condition(&is_due), kBatchDelay);
      break;
    }
    grown_ = false;
    mutex_.Unlock();
    signal = signal_.WhenGrown(position(), [this] {
      absl::MutexLock grown_lock(&mutex_);
      grown_ = true;
    });
    mutex_.Lock();
    const auto wakes = [this] {
      mutex_.AssertReaderHeld();
      return stop_ || grown_ || !write_waiters_.empty();
    };
    for (int idle = 0; !mutex_.AwaitWithTimeout(absl::Condition(&wakes), kDeadlineInterval);
         ++idle) {
      const bool writes = idle == kIdleIntervals && dirty_events_ > 0;
      if (!writes && waiters_.empty()) continue;
      mutex_.Unlock();
      const absl::Status written = writes ? WriteDirty() : absl::OkStatus();
      CallWaiters(written);
      mutex_.Lock();
      status_.Update(written);
    }
    if (!grown_) {
      mutex_.Unlock();
      // The signal must not come after this object's end.
      const bool cancelled = signal_.Cancel(signal);
      mutex_.Lock();
      const auto has_grown = [this] {
        mutex_.AssertReaderHeld();
        return grown_;
      };
      if (!cancelled) mutex_.Await(absl::Condition(&has_grown));
    }
  }
  absl::MutexLock lock(&mutex_);
  return !stop_ && status_.ok();
}

void ReliabilityView::CallWaiters(const absl::Status& status) {
  std::vector<storage::PositionWaiters::Done> reached;
  std::vector<storage::PositionWaiters::Done> failed;
  std::vector<storage::PositionWaiters::Done> late;
  {
    absl::MutexLock lock(&mutex_);
    reached = waiters_.TakeReached(position());
    if (!status.ok()) failed = waiters_.TakeAll();
    late = waiters_.TakeExpired(clock_.NowNs());
  }
  for (const auto& done : reached) done(absl::OkStatus());
  for (const auto& done : late) {
    done(Error(v1::ERROR_REASON_VIEW_BEHIND,
               absl::StrCat("the view stands at position ", position(),
                            " and did not reach min_position in time"),
               {{"position", absl::StrCat(position())}}));
  }
  for (const auto& done : failed) done(status);
}

void ReliabilityView::WhenApplied(Position position, int64_t deadline_ns,
                                  std::function<void(absl::Status)> done) {
  absl::Status status;
  {
    absl::MutexLock lock(&mutex_);
    status = status_;
    if (status.ok() && position > this->position()) {
      if (!waiting_ended_) {
        waiters_.Add(position, deadline_ns, std::move(done));
        return;
      }
      status = absl::UnavailableError("the server is going down");
    }
  }
  done(status);
}

bool ReliabilityView::IsWritingWanted() const {
  absl::MutexLock lock(&mutex_);
  return !write_waiters_.empty();
}

void ReliabilityView::WhenWritten(std::function<void(absl::Status)> done) {
  absl::Status status;
  {
    absl::MutexLock lock(&mutex_);
    status = waiting_ended_ ? absl::UnavailableError("the server is going down") : status_;
    if (status.ok()) {
      write_waiters_.push_back(std::move(done));
      return;
    }
  }
  done(status);
}

void ReliabilityView::CallWriteWaiters(absl::Status status) {
  std::vector<std::function<void(absl::Status)>> waiters;
  {
    absl::MutexLock lock(&mutex_);
    waiters.swap(write_waiters_);
  }
  if (status.ok() && views_.checkpoint() < position()) {
    status = absl::ResourceExhaustedError("the view could not be written");
  }
  for (const auto& done : waiters) done(status);
}

absl::StatusOr<ReliabilityView::Contents> ReliabilityView::ReadContents() const {
  Contents contents;
  const auto position = views_.VisitAll([&](std::string_view key, std::string_view value) {
    contents.digest.Add(key, value);
    if (ViewEntry::IsQuarantined(value)) ++contents.quarantined_count;
    return absl::OkStatus();
  });
  if (!position.ok()) return position.status();
  contents.position = *position;
  return contents;
}

void ReliabilityView::EndWaiting() {
  {
    absl::MutexLock lock(&mutex_);
    waiting_ended_ = true;
  }
  CallWaiters(absl::UnavailableError("the server is going down"));
  CallWriteWaiters(absl::UnavailableError("the server is going down"));
}

bool ReliabilityView::IsInMemory(std::string_view client_id) {
  const ClientKey client(client_id);
  Shard& shard = ShardOf(client);
  absl::MutexLock lock(&shard.mutex);
  return shard.entries.contains(client);
}

absl::Status ReliabilityView::WithHistory(std::string_view client_id,
                                          absl::FunctionRef<void(const ClientHistory*)> use) {
  return WithKept(client_id,
                  [&use](const ClientHistory* history, KeptAnswerPtr*) { use(history); });
}

absl::Status ReliabilityView::WithKept(std::string_view client_id, UseKept use) {
  const ClientKey client(client_id);
  Shard& shard = ShardOf(client);
  absl::MutexLock lock(&shard.mutex);
  const auto found = FindEntry(shard, client, false);
  if (!found.ok()) return found.status();
  Entry* entry = *found;
  if (entry != nullptr && entry->folded.quarantined_at.has_value()) {
    return Error(
        v1::ERROR_REASON_CLIENT_QUARANTINED,
        absl::StrCat("the event at position ", *entry->folded.quarantined_at, " of client ",
                     ToAbsl(client_id), " could not be folded; the client's answers are withheld"),
        {{"client_id", std::string(client_id)},
         {"position", absl::StrCat(*entry->folded.quarantined_at)}});
  }
  if (entry == nullptr) {
    KeptAnswerPtr nowhere;
    use(nullptr, &nowhere);
    return absl::OkStatus();
  }
  const size_t before = BytesOf(entry->kept);
  use(&entry->folded.history, &entry->kept);
  const size_t grown = BytesOf(entry->kept) - before;  // May wrap, and so lessen both.
  entry->bytes += grown;
  memory_bytes_ += grown;
  return absl::OkStatus();
}

absl::StatusOr<ReliabilityView::Entry*> ReliabilityView::FindEntry(Shard& shard,
                                                                   const ClientKey& client,
                                                                   bool make) {
  if (const auto found = shard.entries.find(client); found != shard.entries.end()) {
    found->entry->used = true;
    return found->entry.get();
  }
  std::unique_ptr<Entry> entry;
  if (views_.ahead_until() > 0) {
    const auto stored = views_.Find(client.id);
    if (!stored.ok()) return stored.status();
    if (stored->has_value()) {
      auto decoded = ViewEntry::Decode(**stored);
      if (!decoded.ok()) return decoded.status();
      entry = std::make_unique<Entry>();
      entry->folded = *std::move(decoded);
    }
  }
  if (entry == nullptr && !make) return nullptr;
  if (entry == nullptr) entry = std::make_unique<Entry>();
  entry->client_id = client.id;
  entry->bytes = BytesOf(*entry);
  memory_bytes_ += entry->bytes;
  Entry* const raw = entry.get();
  shard.entries.insert(Slot{client.hash, std::move(entry)});
  return raw;
}

size_t ReliabilityView::BytesOf(const Entry& entry) {
  return entry.folded.history.memory_bytes() + entry.client_id.size() + sizeof(Entry) +
         BytesOf(entry.kept);
}

size_t ReliabilityView::BytesOf(const KeptAnswerPtr& kept) {
  return kept == nullptr ? 0 : sizeof(KeptAnswer) + kept->bytes.size();
}

}  // namespace pledger::projections
