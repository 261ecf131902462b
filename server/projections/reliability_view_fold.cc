// Folding: records into histories, histories into the view's store.

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <thread>
#include <utility>

#include "google/protobuf/arena.h"
#include "pledger/v1/fact.pb.h"
#include "server/projections/reliability_view.h"
#include "storage/format/big_endian.h"
#include "storage/format/this_thread.h"

namespace pledger::projections {
namespace {

using reliability::ClientHistory;
using storage::Position;

// From how many records on two threads are worth it.
constexpr uint64_t kParallelEvents = 4'096;
// What folding an event may add to a history, until it is measured.
constexpr size_t kEventBytesGuess = 160;

// How many events ahead histories are looked up.
constexpr size_t kEventsAhead = 8;

// The first byte of an entry's value.
constexpr char kHistoryEntry = 1;
constexpr char kQuarantinedEntry = 2;

// A disk that is full, or fails to write, may work again; meanwhile memory answers.
bool CanPass(const absl::Status& status) {
  return absl::IsResourceExhausted(status) || absl::IsUnavailable(status);
}

}  // namespace

absl::Status ReliabilityView::FoldBatch() {
  if (ahead_.from != position() || ahead_.end == ahead_.from) {
    ahead_.Read(store_, position(), kBatchEventsMax);
  }
  std::swap(batch_, ahead_);
  if (!batch_.status.ok()) return batch_.status;
  const uint64_t events = batch_.end - batch_.from;
  // Far behind, reading, and the two halves of folding, go on side by side.
  std::thread reader;
  ahead_.from = ahead_.end = batch_.from;
  if (store_.next_position() >= batch_.end + kBatchEventsMax) {
    reader = std::thread([this] {
      NameThisThread("view-reader");
      ahead_.Read(store_, batch_.end, kBatchEventsMax);
    });
  }
  absl::Status other;
  std::thread helper;
  const size_t middle = events >= kParallelEvents ? kShards / 2 : kShards;
  if (middle < kShards) {
    helper = std::thread([&] {
      NameThisThread("view-folder");
      other = FoldShards(middle, kShards);
    });
  }
  absl::Status folded = FoldShards(0, middle);
  if (helper.joinable()) helper.join();
  if (reader.joinable()) reader.join();
  folded.Update(other);
  if (!folded.ok()) return folded;
  dirty_events_ += events;
  position_.store(batch_.end, std::memory_order_release);
  return absl::OkStatus();
}

absl::Status ReliabilityView::FoldShards(size_t begin, size_t end) {
  // A shard at a time: what is found by hash stays in the processor's cache meanwhile.
  for (size_t i = begin; i < end; ++i) {
    const ViewBatch::Part& part = batch_.parts[i];
    if (part.events.empty()) continue;
    Shard& shard = shards_[i];
    absl::MutexLock lock(&shard.mutex);
    absl::Status status = FoldPart(shard, part);
    if (!status.ok()) return status;
    memory_bytes_ += part.events.size() * kEventBytesGuess;
  }
  return absl::OkStatus();
}

absl::Status ReliabilityView::FoldPart(Shard& shard, const ViewBatch::Part& part) {
  // Histories lie anywhere in memory: each event's is fetched some events before it is its turn,
  // step by step.
  std::array<Entry*, kEventsAhead> found;
  const auto entry_of = [&found](size_t i) -> Entry*& { return found[i % kEventsAhead]; };
  const size_t count = part.events.size();
  for (size_t i = 0; i < std::min(count, kEventsAhead); ++i) {
    PrefetchEntry(shard, part.events[i].client_hash);
  }
  for (size_t i = 0; i < count + kEventsAhead; ++i) {
    if (i >= kEventsAhead) {
      const BatchEvent& event = part.events[i - kEventsAhead];
      FoldEvent(shard, event, part.Fact(event), entry_of(i));
    }
    if (i < count) {
      const auto entry = FindEntry(shard, part.Client(part.events[i]), true);
      if (!entry.ok()) return entry.status();
      entry_of(i) = *entry;
      if (i + kEventsAhead < count) {
        PrefetchEntry(shard, part.events[i + kEventsAhead].client_hash);
      }
    }
    const size_t next = i - kEventsAhead / 2;
    if (next < count) entry_of(next)->history.PrefetchEnd();
  }
  return absl::OkStatus();
}

void ReliabilityView::PrefetchEntry(Shard& shard, size_t client_hash) {
  const auto found = shard.entries.find(HashAlone{client_hash});
  if (found == shard.entries.end()) return;
  constexpr size_t kLineBytes = 64;
  const char* entry = reinterpret_cast<const char*>(found->entry.get());
  for (size_t at = 0; at < sizeof(Entry); at += kLineBytes) __builtin_prefetch(entry + at, 1);
}

void ReliabilityView::FoldEvent(Shard& shard, const BatchEvent& event, std::string_view fact_bytes,
                                Entry* entry) {
  if (event.fact_type == v1::FACT_TYPE_POLICY_ADOPTED) {
    AddPolicy(event.position, event.record_time_ns, event.occur_time_ns, fact_bytes);
  }
  if (entry->quarantined_at.has_value()) return;
  if (entry->kept != nullptr) {
    const size_t freed = BytesOf(std::exchange(entry->kept, nullptr));
    entry->bytes -= freed;
    memory_bytes_ -= freed;
  }
  entry->bytes += kEventBytesGuess;
  if (!entry->dirty) {
    entry->dirty = true;
    shard.dirty.push_back(entry);
  }
  if (!ClientHistory::Matters(event.fact_type)) {
    entry->history.AddUninteresting(event.position, event.record_time_ns, event.occur_time_ns);
    return;
  }
  alignas(8) char block[4096];
  google::protobuf::ArenaOptions options;
  options.initial_block = block;
  options.initial_block_size = sizeof block;
  google::protobuf::Arena arena(options);
  auto* fact = google::protobuf::Arena::CreateMessage<v1::Fact>(&arena);
  absl::Status folded;
  if (fact->ParseFromArray(fact_bytes.data(), static_cast<int>(fact_bytes.size()))) {
    folded = entry->history.Add({event.position, event.record_time_ns, event.occur_time_ns, *fact});
  } else {
    folded = absl::DataLossError("the fact is malformed");
  }
  if (!folded.ok()) entry->quarantined_at = event.position;
}

storage::ViewStore::Entries ReliabilityView::EncodeDirty(size_t begin, size_t end) {
  storage::ViewStore::Entries entries;
  for (size_t i = begin; i < end; ++i) {
    Shard& shard = shards_[i];
    absl::MutexLock lock(&shard.mutex);
    for (const Entry* entry : shard.dirty) {
      entries.emplace_back(entry->client_id, EncodeEntry(*entry));
    }
  }
  return entries;
}

absl::Status ReliabilityView::WriteDirty() {
  storage::ViewStore::Entries entries;
  {
    storage::ViewStore::Entries others;
    std::thread helper;
    const size_t middle = dirty_events_ >= kParallelEvents ? kShards / 2 : kShards;
    if (middle < kShards) helper = std::thread([&] { others = EncodeDirty(middle, kShards); });
    entries = EncodeDirty(0, middle);
    if (helper.joinable()) helper.join();
    std::move(others.begin(), others.end(), std::back_inserter(entries));
  }
  // Neighbouring keys find their place in the memtable with warm caches.
  std::sort(entries.begin(), entries.end());
  const absl::Status written = views_.Write(entries, position());
  // Nothing is lost by a write that fails: all of it stays dirty and is written the next time.
  dirty_events_ = written.ok() ? 0 : 1;
  if (!written.ok()) return CanPass(written) ? absl::OkStatus() : written;
  for (Shard& shard : shards_) {
    absl::MutexLock lock(&shard.mutex);
    for (Entry* entry : shard.dirty) {
      entry->dirty = false;
      const size_t bytes = BytesOf(*entry);
      memory_bytes_ += bytes - entry->bytes;
      entry->bytes = bytes;
    }
    shard.dirty.clear();
  }
  return absl::OkStatus();
}

void ReliabilityView::FreeMemory() {
  // Only what is written may go.
  if (memory_bytes_ <= options_.memory_bytes || dirty_events_ > 0) return;
  for (Shard& shard : shards_) {
    absl::MutexLock lock(&shard.mutex);
    absl::erase_if(shard.entries, [this](const Slot& slot) {
      Entry& entry = *slot.entry;
      const bool keep = entry.used || memory_bytes_ <= options_.memory_bytes / 2;
      entry.used = false;
      if (!keep) memory_bytes_ -= entry.bytes;
      return !keep;
    });
  }
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

bool ReliabilityView::IsQuarantined(std::string_view value) {
  return !value.empty() && value[0] == kQuarantinedEntry;
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
