#include "server/services/page_reader.h"

#include <algorithm>
#include <utility>

#include "server/domain/limits.h"
#include "storage/find_revision.h"
#include "storage/format/record.h"
#include "storage/format/text.h"

namespace pledger::services {
namespace {

using storage::Direction;
using storage::Position;

// How many records one page may look at, so that a narrow filter does not keep a thread for long.
constexpr int kRecordsPerPageMax = 16'384;

}  // namespace

EventPredicate::EventPredicate(const v1::EventFilter& filter)
    : client_ids_(filter.client_ids().begin(), filter.client_ids().end()),
      correlation_id_(filter.correlation_id()) {
  for (const int type : filter.fact_types()) {
    if (fact_types_.size() <= static_cast<size_t>(type)) fact_types_.resize(type + 1);
    fact_types_[type] = true;
  }
}

absl::StatusOr<bool> EventPredicate::Passes(const storage::RecordView& view) const {
  const uint16_t type = view.header.fact_type;
  if (!fact_types_.empty() && (type >= fact_types_.size() || !fact_types_[type])) return false;
  if (!client_ids_.empty()) {
    const auto client_id = storage::BodyClientId(view.body);
    if (!client_id.ok()) return client_id.status();
    if (!client_ids_.contains(ToAbsl(*client_id))) return false;
  }
  if (correlation_id_.empty()) return true;
  const auto body = storage::ScanBody(view.body);
  if (!body.ok()) return body.status();
  return body->correlation_id == correlation_id_;
}

PageReader::PageReader(storage::EventStore& store, const PersonalReader& personal, Options options)
    : store_(store),
      personal_(personal),
      options_(std::move(options)),
      predicate_(options_.filter) {}

void PageReader::Seek(Position from, Position end, storage::ReadTier tier) {
  from_ = resume_ = from;
  end_ = end;
  tier_ = tier;
  cursor_.reset();
}

absl::Status PageReader::OpenCursor() {
  if (options_.client_id.empty()) {
    cursor_ = store_.ReadLog(from_, end_, options_.direction);
    return absl::OkStatus();
  }
  const bool forward = options_.direction == Direction::kForward;
  // Backward, from the last one at `from_` or earlier: before the first one behind it.
  const bool from_head = !forward && from_ == ~Position{0};
  storage::Revision revision = ~storage::Revision{0};
  if (!from_head) {
    const auto found =
        storage::FindRevision(store_, options_.client_id, forward ? from_ : from_ + 1, tier_);
    if (!found.ok()) return found.status();
    if (!forward && *found == 0) return absl::OkStatus();
    revision = forward ? *found : *found - 1;
  }
  cursor_ = store_.ReadClient(options_.client_id, revision, options_.direction, tier_);
  return absl::OkStatus();
}

absl::StatusOr<Page> PageReader::Next() {
  Page page;
  if (cursor_ == nullptr) {
    if (absl::Status status = OpenCursor(); !status.ok()) return status;
    if (cursor_ == nullptr) {
      page.at_end = true;
      return page;
    }
  }
  const bool forward = options_.direction == Direction::kForward;
  const size_t batch_bytes =
      options_.view == v1::EVENT_VIEW_RAW ? limits::kReadRawBatchBytes : limits::kReadBatchBytes;
  // A client's stream is mostly short, and so is what a live subscription has to read.
  if (options_.client_id.empty()) {
    constexpr uint64_t kEventBytesGuess = 512;
    const uint64_t events = forward ? end_ - std::min(resume_, end_) : resume_ - end_ + 1;
    page.bytes.reserve(
        std::min<uint64_t>(events, batch_bytes / kEventBytesGuess) * kEventBytesGuess + 1024);
  }
  for (int seen = 0; seen < kRecordsPerPageMax; ++seen) {
    if (limit_reached() || !cursor_->Next()) {
      page.at_end = true;
      break;
    }
    const Position position = cursor_->view().header.position;
    // A client's cursor does not know of ends.
    if (forward ? position >= end_ : position < end_) {
      page.at_end = true;
      break;
    }
    resume_ = forward ? position + 1 : position == 0 ? 0 : position - 1;
    const auto passes = predicate_.Passes(cursor_->view());
    if (!passes.ok()) return passes.status();
    if (!*passes) continue;
    if (absl::Status status = AppendCurrent(&page); !status.ok()) return status;
    ++page.events;
    ++sent_;
    if (page.bytes.size() >= batch_bytes) break;
  }
  if (!cursor_->status().ok()) return cursor_->status();
  if (page.at_end && forward && !limit_reached()) resume_ = std::max(resume_, end_);
  return page;
}

absl::Status PageReader::AppendCurrent(Page* page) {
  const storage::RecordView& view = cursor_->view();
  if (options_.view == v1::EVENT_VIEW_RAW) {
    std::string_view sealed;
    if (view.header.has_sealed) {
      const auto read = SealedPart(view, cursor_->ReadSealed());
      if (!read.ok()) return read.status();
      sealed = *read;
    }
    AppendRawRecord(v1::EventBatch::kRecordsFieldNumber, cursor_->record(), sealed, &page->bytes);
    return absl::OkStatus();
  }
  absl::StatusOr<PersonalReader::Opened> personal =
      options_.with_personal ? personal_.Open(*cursor_) : LeftSealed(view);
  if (!personal.ok()) return personal.status();
  AppendEvent(v1::EventBatch::kEventsFieldNumber, view, *personal, &page->bytes);
  return absl::OkStatus();
}

absl::StatusOr<Position> FindRecordTime(storage::EventStore& store, int64_t time_ns) {
  Position low = 0;
  Position high = store.next_position();
  while (low < high) {
    const Position middle = low + (high - low) / 2;
    const auto record = store.ReadRecord(middle);
    if (!record.ok()) return record.status();
    const auto view = storage::DecodeRecord(*record);
    if (!view.ok()) return view.status();
    if (view->header.record_time_ns >= time_ns) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

}  // namespace pledger::services
