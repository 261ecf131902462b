// What an auditor asks for many of: the stored checkpoints; all there is of one client.

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/audit/auditor.h"
#include "server/domain/errors.h"
#include "server/domain/fact_rules.h"
#include "server/domain/limits.h"
#include "storage/find_revision.h"
#include "storage/format/record.h"
#include "storage/merkle/directory_tree.h"

namespace pledger::audit {

using storage::Direction;
using storage::StoredCheckpoint;

namespace {

// "<size of the next checkpoint>", bound to the request that it belongs to.
std::string EncodePageToken(const v1::ListCheckpointsRequest& request, uint64_t size) {
  return absl::StrCat(ToNanos(request.start_time()), "/", ToNanos(request.end_time()), "/",
                      request.min_size(), "/", request.end_size(), "/",
                      request.descending() ? 1 : 0, "/", size);
}

absl::StatusOr<uint64_t> DecodePageToken(const v1::ListCheckpointsRequest& request) {
  const std::vector<std::string> parts = absl::StrSplit(request.page_token(), '/');
  uint64_t size = 0;
  if (absl::SimpleAtoi(parts.back(), &size) &&
      EncodePageToken(request, size) == request.page_token()) {
    return size;
  }
  return Error(v1::ERROR_REASON_OUT_OF_RANGE,
               "page_token: is not one that this request, with the same bounds and order, was "
               "answered with",
               {{"field", "page_token"}});
}

}  // namespace

absl::StatusOr<v1::ListCheckpointsResponse> Auditor::ListCheckpoints(
    const v1::ListCheckpointsRequest& request) {
  uint64_t begin = request.min_size();
  uint64_t end =
      request.end_size() == 0 ? std::numeric_limits<uint64_t>::max() : request.end_size();
  if (request.has_start_time()) {
    const auto first = parts_.book.FindTime(ToNanos(request.start_time()));
    if (!first.ok()) return first.status();
    begin = std::max(begin, *first);
  }
  if (request.has_end_time()) {
    const auto first = parts_.book.FindTime(ToNanos(request.end_time()));
    if (!first.ok()) return first.status();
    end = std::min(end, *first);
  }
  v1::ListCheckpointsResponse response;
  if (begin >= end) return response;
  uint64_t from = request.descending() ? end - 1 : begin;
  if (!request.page_token().empty()) {
    const auto next = DecodePageToken(request);
    if (!next.ok()) return next.status();
    from = *next;
  }
  const size_t page_size =
      request.page_size() == 0 ? limits::kEventPageSizeDefault : request.page_size();
  const auto direction = request.descending() ? Direction::kBackward : Direction::kForward;
  const auto found = parts_.book.store().ListCheckpoints(from, direction, page_size + 1);
  if (!found.ok()) return found.status();
  size_t bytes = 0;
  for (const StoredCheckpoint& stored : *found) {
    if (stored.size < begin || stored.size >= end) break;
    const size_t listed = static_cast<size_t>(response.checkpoints_size());
    if (listed == page_size || bytes >= limits::kAppendBytesMax / 2) {
      response.set_next_page_token(EncodePageToken(request, stored.size));
      break;
    }
    bytes += stored.note.size();
    absl::Status status = parts_.witnesses.Describe(stored, response.add_checkpoints());
    if (!status.ok()) return status;
  }
  return response;
}

absl::StatusOr<v1::ClientHistoryProof> Auditor::ProveClientHistory(
    const v1::ProveClientHistoryRequest& request) {
  auto checkpoint =
      request.checkpoint_size() > 0 ? parts_.book.Find(request.checkpoint_size()) : MakeIndexed();
  if (!checkpoint.ok()) return checkpoint.status();
  const auto count = storage::FindRevision(parts_.store, request.client_id(), checkpoint->size);
  if (!count.ok()) return count.status();
  v1::ClientHistoryProof proof;
  proof.set_client_id(request.client_id());
  proof.set_record_count(*count);
  absl::Status status = parts_.witnesses.Describe(*checkpoint, proof.mutable_checkpoint());
  if (!status.ok()) return status;
  if (*count > 0) {
    const auto last = parts_.store.ReadClient(request.client_id(), *count - 1, Direction::kForward,
                                              storage::ReadTier::kAnywhere);
    if (!last->Next()) return last->status();
    status = FillInclusion(last->view().header.position, checkpoint->size, proof.mutable_last());
    if (!status.ok()) return status;
  }
  status = FillDirectory(request.client_id(), checkpoint->size, &proof);
  if (!status.ok()) return status;
  return proof;
}

absl::Status Auditor::FillDirectory(const std::string& client_id, uint64_t size,
                                    v1::ClientHistoryProof* proof) {
  const auto latest = parts_.directories.latest();
  if (!latest.has_value() || latest->recorded.position >= size) return absl::OkStatus();
  v1::DirectoryProof* directory = proof->mutable_directory();
  absl::Status status = FillRecord(latest->recorded.position, false, directory->mutable_record());
  if (!status.ok()) return status;
  status = FillInclusion(latest->recorded.position, size, directory->mutable_inclusion());
  if (!status.ok()) return status;
  const auto proved = latest->directory->Prove(client_id);
  if (!proved.ok()) return proved.status();
  for (const storage::merkle::DirectoryLeaf& leaf : proved->leaves) {
    v1::DirectoryEntry* entry = directory->add_entries();
    entry->set_client_id(leaf.entry.client_id);
    entry->set_revision(leaf.entry.last_revision);
    entry->set_leaf_hash(std::string(storage::AsChars(leaf.entry.last_leaf_hash)));
    entry->set_index(leaf.index);
    for (const storage::Hash& hash : leaf.path) {
      entry->add_hashes(std::string(storage::AsChars(hash)));
    }
  }
  return absl::OkStatus();
}

}  // namespace pledger::audit
