#include "server/projections/reliability_view.h"

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "google/protobuf/arena.h"
#include "pledger/v1/fact.pb.h"
#include "server/domain/errors.h"
#include "storage/format/big_endian.h"
#include "storage/format/record.h"
#include "storage/format/text.h"
#include "storage/format/thread_name.h"

namespace pledger::projections {
namespace {

using reliability::ClientHistory;
using storage::Position;

// Large enough that writing pays; who waits gets a smaller one at once.
constexpr uint64_t kBatchEvents = 4'096;
// What a crash may cost to fold again; writing a client's whole history for each of its events
// would cost more than folding.
constexpr uint64_t kDirtyEventsMax = 128 << 10;
// How long a small batch may wait to grow while nobody asks for it.
constexpr absl::Duration kBatchDelay = absl::Milliseconds(20);
// How often deadlines of those who wait are looked at.
constexpr absl::Duration kDeadlineInterval = absl::Milliseconds(20);
// After so many of these without a new event, what changed is written.
constexpr int kIdleIntervals = 50;

// The first byte of an entry's value.
constexpr char kHistoryEntry = 1;
constexpr char kQuarantinedEntry = 2;

// A disk that is full, or fails to write, may work again; meanwhile memory answers.
bool CanPass(const absl::Status& status) {
  return absl::IsResourceExhausted(status) || absl::IsUnavailable(status);
}

}  // namespace

ReliabilityView::ReliabilityView(storage::EventStore& store, storage::ViewStore& views,
                                 storage::CommitSignal& signal, const Clock& clock,
                                 const ReliabilityViewOptions& options)
    : store_(store),
      views_(views),
      signal_(signal),
      clock_(clock),
      options_(options),
      position_(views.checkpoint()) {
  // A view of another ledger, or of one that lost events, is of no use.
  if (position_ > store.next_position()) {
    status_ = absl::DataLossError(absl::StrCat("the view has seen ", position_.load(),
                                               " events but the log has ", store.next_position(),
                                               "; delete the view and find out why"));
  }
  thread_ = std::thread([this] { Run(); });
}

ReliabilityView::~ReliabilityView() {
  EndWaiting();
  {
    absl::MutexLock lock(&mutex_);
    stop_ = true;
  }
  thread_.join();
}

void ReliabilityView::Run() {
  NameThisThread("view");
  while (AwaitWork()) {
    absl::Status status = FoldBatch();
    if (status.ok() && dirty_events_ >= kDirtyEventsMax) status = WriteDirty();
    if (status.ok()) FreeMemory();
    if (!status.ok()) {
      {
        absl::MutexLock lock(&mutex_);
        status_ = status;
      }
      CallWaiters(status);
      return;
    }
    CallWaiters(absl::OkStatus());
  }
  // What is not written is folded again at the next start.
  WriteDirty().IgnoreError();
}

bool ReliabilityView::AwaitWork() {
  storage::CommitSignal::WaiterId signal = 0;
  while (true) {
    const Position next = store_.next_position();
    absl::MutexLock lock(&mutex_);
    if (stop_ || !status_.ok()) break;
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
      return stop_ || grown_;
    };
    for (int idle = 0; !mutex_.AwaitWithTimeout(absl::Condition(&wakes), kDeadlineInterval); ++idle) {
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

absl::Status ReliabilityView::FoldBatch() {
  const Position from = position();
  const auto cursor = store_.ReadLog(from, from + kBatchEvents, storage::Direction::kForward);
  Position end = from;
  while (cursor->Next()) {
    if (absl::Status status = FoldRecord(cursor->view()); !status.ok()) return status;
    ++end;
  }
  if (!cursor->status().ok()) return cursor->status();
  dirty_events_ += end - from;
  position_.store(end, std::memory_order_release);
  return absl::OkStatus();
}

absl::Status ReliabilityView::FoldRecord(const storage::RecordView& view) {
  const storage::RecordHeader& header = view.header;
  const auto body = storage::ScanBody(view.body);
  if (!body.ok()) return storage::Corrupt(header.position, FromAbsl(body.status().message()));
  Shard& shard = ShardOf(body->client_id);
  absl::MutexLock lock(&shard.mutex);
  const auto found = FindEntry(shard, body->client_id, true);
  if (!found.ok()) return found.status();
  Entry& entry = **found;
  if (entry.quarantined_at.has_value()) return absl::OkStatus();
  entry.used = true;
  if (!entry.dirty) {
    entry.dirty = true;
    dirty_clients_.emplace_back(body->client_id);
  }
  if (!ClientHistory::Matters(header.fact_type)) {
    entry.history.AddUninteresting(header.position, header.record_time_ns, header.occur_time_ns);
    return absl::OkStatus();
  }
  alignas(8) char block[4096];
  google::protobuf::ArenaOptions options;
  options.initial_block = block;
  options.initial_block_size = sizeof block;
  google::protobuf::Arena arena(options);
  auto* fact = google::protobuf::Arena::CreateMessage<v1::Fact>(&arena);
  absl::Status folded;
  if (fact->ParseFromArray(body->fact.data(), static_cast<int>(body->fact.size()))) {
    folded =
        entry.history.Add({header.position, header.record_time_ns, header.occur_time_ns, *fact});
  } else {
    folded = absl::DataLossError("the fact is malformed");
  }
  if (!folded.ok()) entry.quarantined_at = header.position;
  return absl::OkStatus();
}

absl::Status ReliabilityView::WriteDirty() {
  storage::ViewStore::Entries entries;
  entries.reserve(dirty_clients_.size());
  std::sort(dirty_clients_.begin(), dirty_clients_.end());
  for (const std::string& client_id : dirty_clients_) {
    Shard& shard = ShardOf(client_id);
    absl::MutexLock lock(&shard.mutex);
    entries.emplace_back(client_id, EncodeEntry(*shard.entries.find(client_id)->second));
  }
  const absl::Status written = views_.Write(entries, position());
  // Nothing is lost by a write that fails: all of it stays dirty and is written the next time.
  dirty_events_ = written.ok() ? 0 : 1;
  if (!written.ok()) return CanPass(written) ? absl::OkStatus() : written;
  for (const std::string& client_id : dirty_clients_) {
    Shard& shard = ShardOf(client_id);
    absl::MutexLock lock(&shard.mutex);
    Entry& entry = *shard.entries.find(client_id)->second;
    entry.dirty = false;
    const size_t bytes = entry.history.memory_bytes() + client_id.size() + sizeof(Entry);
    memory_bytes_ += bytes - entry.bytes;
    entry.bytes = bytes;
  }
  dirty_clients_.clear();
  return absl::OkStatus();
}

void ReliabilityView::FreeMemory() {
  // Only what is written may go.
  if (memory_bytes_ <= options_.memory_bytes || dirty_events_ > 0) return;
  for (Shard& shard : shards_) {
    absl::MutexLock lock(&shard.mutex);
    absl::erase_if(shard.entries, [this](auto& item) {
      Entry& entry = *item.second;
      const bool keep = entry.used || memory_bytes_ <= options_.memory_bytes / 2;
      entry.used = false;
      if (!keep) memory_bytes_ -= entry.bytes;
      return !keep;
    });
  }
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

void ReliabilityView::EndWaiting() {
  {
    absl::MutexLock lock(&mutex_);
    waiting_ended_ = true;
  }
  CallWaiters(absl::UnavailableError("the server is going down"));
}

bool ReliabilityView::IsInMemory(std::string_view client_id) {
  Shard& shard = ShardOf(client_id);
  absl::MutexLock lock(&shard.mutex);
  return shard.entries.contains(ToAbsl(client_id));
}

absl::Status ReliabilityView::WithHistory(std::string_view client_id,
                                          absl::FunctionRef<void(const ClientHistory*)> use) {
  Shard& shard = ShardOf(client_id);
  absl::MutexLock lock(&shard.mutex);
  const auto found = FindEntry(shard, client_id, false);
  if (!found.ok()) return found.status();
  const Entry* entry = *found;
  if (entry != nullptr && entry->quarantined_at.has_value()) {
    return Error(
        v1::ERROR_REASON_CLIENT_QUARANTINED,
        absl::StrCat("the event at position ", *entry->quarantined_at, " of client ",
                     ToAbsl(client_id), " could not be folded; the client's answers are withheld"),
        {{"client_id", std::string(client_id)},
         {"position", absl::StrCat(*entry->quarantined_at)}});
  }
  use(entry == nullptr ? nullptr : &entry->history);
  return absl::OkStatus();
}

ReliabilityView::Shard& ReliabilityView::ShardOf(std::string_view client_id) {
  return shards_[absl::Hash<absl::string_view>()(ToAbsl(client_id)) % kShards];
}

absl::StatusOr<ReliabilityView::Entry*> ReliabilityView::FindEntry(Shard& shard,
                                                                   std::string_view client_id,
                                                                   bool make) {
  if (const auto found = shard.entries.find(ToAbsl(client_id)); found != shard.entries.end()) {
    found->second->used = true;
    return found->second.get();
  }
  std::unique_ptr<Entry> entry;
  if (views_.checkpoint() > 0) {
    const auto stored = views_.Find(client_id);
    if (!stored.ok()) return stored.status();
    if (stored->has_value()) {
      auto decoded = DecodeEntry(**stored);
      if (!decoded.ok()) return decoded.status();
      entry = *std::move(decoded);
    }
  }
  if (entry == nullptr && !make) return nullptr;
  if (entry == nullptr) entry = std::make_unique<Entry>();
  entry->bytes = entry->history.memory_bytes() + client_id.size() + sizeof(Entry);
  memory_bytes_ += entry->bytes;
  Entry* const raw = entry.get();
  shard.entries.emplace(ToAbsl(client_id), std::move(entry));
  return raw;
}

std::string ReliabilityView::EncodeEntry(const Entry& entry) {
  std::string value(1, kHistoryEntry);
  if (entry.quarantined_at.has_value()) {
    value[0] = kQuarantinedEntry;
    storage::AppendBig64(*entry.quarantined_at, &value);
  } else {
    entry.history.EncodeTo(&value);
  }
  return value;
}

absl::StatusOr<std::unique_ptr<ReliabilityView::Entry>> ReliabilityView::DecodeEntry(
    std::string_view value) {
  auto entry = std::make_unique<Entry>();
  if (value.size() == 9 && value[0] == kQuarantinedEntry) {
    entry->quarantined_at = storage::GetBig64(value.data() + 1);
    return entry;
  }
  if (value.empty() || value[0] != kHistoryEntry) {
    return absl::DataLossError("an entry of the reliability view is malformed");
  }
  auto history = ClientHistory::Decode(value.substr(1));
  if (!history.ok()) return history.status();
  entry->history = *std::move(history);
  return entry;
}

}  // namespace pledger::projections
