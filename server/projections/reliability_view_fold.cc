// Folding: records into histories, histories into the view's store.

#include <algorithm>
#include <array>
#include <string>
#include <thread>
#include <utility>

#include "pledger/v1/fact.pb.h"
#include "server/projections/reliability_view.h"
#include "storage/format/this_thread.h"

namespace pledger::projections {
namespace {

// From how many records on two threads are worth it.
constexpr uint64_t kParallelEvents = 4'096;
// What folding an event may add to a history, until it is measured.
constexpr size_t kEventBytesGuess = 160;

// How many events ahead histories are looked up.
constexpr size_t kEventsAhead = 8;

}  // namespace

bool ReliabilityView::CanPass(const absl::Status& status) {
  return absl::IsResourceExhausted(status) || absl::IsUnavailable(status);
}

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
    if (next < count) entry_of(next)->folded.history.PrefetchEnd();
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
  if (entry->folded.quarantined_at.has_value()) return;
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
  entry->folded.Fold({.position = event.position,
                      .record_time_ns = event.record_time_ns,
                      .occur_time_ns = event.occur_time_ns,
                      .fact_type = event.fact_type,
                      .fact = fact_bytes});
}

std::vector<const ReliabilityView::Entry*> ReliabilityView::SortedDirty() {
  std::vector<const Entry*> sorted;
  for (Shard& shard : shards_) {
    absl::MutexLock lock(&shard.mutex);
    sorted.insert(sorted.end(), shard.dirty.begin(), shard.dirty.end());
  }
  // Neighbouring keys find their place in the memtable with warm caches.
  std::sort(sorted.begin(), sorted.end(),
            [](const Entry* a, const Entry* b) { return a->client_id < b->client_id; });
  return sorted;
}

absl::Status ReliabilityView::WriteParts(absl::Span<const Entry* const> dirty,
                                         storage::ViewWrite& write) {
  std::string value;
  while (!dirty.empty()) {
    size_t count = 0;
    size_t bytes = 0;
    // Only this thread and its helper change what is folded: it needs no lock to be read here.
    absl::Status written = write.Add([&](storage::ViewWrite::Put put) {
      for (; count < dirty.size() && bytes < storage::kViewPartBytes; ++count) {
        dirty[count]->folded.EncodeTo(&value);
        put(dirty[count]->client_id, value);
        bytes += value.size();
      }
    });
    if (!written.ok()) return written;
    dirty.remove_prefix(count);
  }
  return absl::OkStatus();
}

absl::Status ReliabilityView::WriteAll(absl::Span<const Entry* const> dirty) {
  const auto write = views_.BeginWrite(position());
  if (!write.ok()) return write.status();
  // While one part is encoded another is written.
  const size_t middle = dirty_events_ >= kParallelEvents ? dirty.size() / 2 : 0;
  absl::Status other;
  std::thread helper;
  if (middle > 0) {
    helper = std::thread([&] { other = WriteParts(dirty.first(middle), **write); });
  }
  absl::Status written = WriteParts(dirty.subspan(middle), **write);
  if (helper.joinable()) helper.join();
  written.Update(other);
  return written.ok() ? (*write)->Finish() : written;
}

absl::Status ReliabilityView::WriteDirty() {
  const absl::Status written = WriteAll(SortedDirty());
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

}  // namespace pledger::projections
