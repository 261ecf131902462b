// Folding: records into histories, histories into the view's store.

#include <algorithm>
#include <iterator>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/arena.h"
#include "pledger/v1/fact.pb.h"
#include "server/projections/reliability_view.h"
#include "storage/format/big_endian.h"
#include "storage/format/record.h"
#include "storage/format/text.h"

namespace pledger::projections {
namespace {

using reliability::ClientHistory;
using storage::Position;

// From how many records on two threads are worth it.
constexpr uint64_t kParallelEvents = 4'096;
// What folding an event may add to a history, until it is measured.
constexpr size_t kEventBytesGuess = 160;

// The first byte of an entry's value.
constexpr char kHistoryEntry = 1;
constexpr char kQuarantinedEntry = 2;

// A disk that is full, or fails to write, may work again; meanwhile memory answers.
bool CanPass(const absl::Status& status) {
  return absl::IsResourceExhausted(status) || absl::IsUnavailable(status);
}

}  // namespace

void ReliabilityView::LoadBatch(Position from, Batch* batch) const {
  batch->records.clear();
  for (std::vector<Slice>& slices : batch->by_shard) slices.clear();
  batch->from = batch->end = from;
  const auto cursor = store_.ReadLog(from, from + kBatchEventsMax, storage::Direction::kForward);
  while (cursor->Next()) {
    const auto client_id = storage::BodyClientId(cursor->view().body);
    if (!client_id.ok()) {
      batch->status = storage::Corrupt(batch->end, FromAbsl(client_id.status().message()));
      return;
    }
    batch->by_shard[ShardIndex(*client_id)].push_back(
        {batch->records.size(), cursor->record().size()});
    batch->records.append(cursor->record());
    ++batch->end;
  }
  batch->status = cursor->status();
}

absl::Status ReliabilityView::FoldBatch() {
  if (ahead_.from != position() || ahead_.end == ahead_.from) LoadBatch(position(), &ahead_);
  std::swap(batch_, ahead_);
  if (!batch_.status.ok()) return batch_.status;
  const uint64_t events = batch_.end - batch_.from;
  // Far behind, reading, and the two halves of folding, go on side by side.
  std::thread reader;
  ahead_.from = ahead_.end = batch_.from;
  if (store_.next_position() >= batch_.end + kBatchEventsMax) {
    reader = std::thread([this] { LoadBatch(batch_.end, &ahead_); });
  }
  absl::Status other;
  std::thread helper;
  const size_t middle = events >= kParallelEvents ? kShards / 2 : kShards;
  if (middle < kShards) {
    helper = std::thread([&] { other = FoldShards(middle, kShards); });
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
  // A shard at a time: its clients stay in the processor's cache meanwhile.
  for (size_t i = begin; i < end; ++i) {
    const std::vector<Slice>& slices = batch_.by_shard[i];
    if (slices.empty()) continue;
    Shard& shard = shards_[i];
    absl::MutexLock lock(&shard.mutex);
    for (const Slice& slice : slices) {
      const std::string_view record =
          std::string_view(batch_.records).substr(slice.offset, slice.bytes);
      // The cursor has decoded it before.
      const auto view = storage::DecodeRecord(record);
      absl::Status status = FoldRecord(shard, *view);
      if (!status.ok()) return status;
    }
    memory_bytes_ += slices.size() * kEventBytesGuess;
  }
  return absl::OkStatus();
}

absl::Status ReliabilityView::FoldRecord(Shard& shard, const storage::RecordView& view) {
  const storage::RecordHeader& header = view.header;
  const auto body = storage::ScanBody(view.body);
  if (!body.ok()) return storage::Corrupt(header.position, FromAbsl(body.status().message()));
  const auto found = FindEntry(shard, body->client_id, true);
  if (!found.ok()) return found.status();
  Entry& entry = **found;
  if (entry.quarantined_at.has_value()) return absl::OkStatus();
  entry.bytes += kEventBytesGuess;
  if (!entry.dirty) {
    entry.dirty = true;
    shard.dirty_clients.emplace_back(body->client_id);
  }
  if (header.fact_type == v1::FACT_TYPE_POLICY_ADOPTED) AddPolicy(header, body->fact);
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

storage::ViewStore::Entries ReliabilityView::EncodeDirty(size_t begin, size_t end) {
  storage::ViewStore::Entries entries;
  for (size_t i = begin; i < end; ++i) {
    Shard& shard = shards_[i];
    absl::MutexLock lock(&shard.mutex);
    for (const std::string& client_id : shard.dirty_clients) {
      entries.emplace_back(client_id, EncodeEntry(*shard.entries.find(client_id)->second));
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
    for (const std::string& client_id : shard.dirty_clients) {
      Entry& entry = *shard.entries.find(client_id)->second;
      entry.dirty = false;
      const size_t bytes = entry.history.memory_bytes() + client_id.size() + sizeof(Entry);
      memory_bytes_ += bytes - entry.bytes;
      entry.bytes = bytes;
    }
    shard.dirty_clients.clear();
  }
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
