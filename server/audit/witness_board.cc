#include "server/audit/witness_board.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/domain/fact_rules.h"
#include "storage/merkle/checkpoint.h"

namespace pledger::audit {
namespace {

using storage::Direction;
using storage::StoredCheckpoint;

// How many stored checkpoints are read at once.
constexpr size_t kPage = 1'000;

absl::StatusOr<storage::merkle::SignedNote> NoteOf(const StoredCheckpoint& stored) {
  auto note = storage::merkle::ParseNote(stored.note);
  if (note.ok()) return note;
  return absl::DataLossError(absl::StrCat("the checkpoint of size ", stored.size,
                                          " is malformed: ", note.status().message()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<WitnessBoard>> WitnessBoard::Open(
    storage::merkle::WitnessPolicy policy, CheckpointBook& book) {
  std::unique_ptr<WitnessBoard> board(new WitnessBoard(std::move(policy), book));
  if (absl::Status status = board->Load(); !status.ok()) return status;
  return board;
}

absl::Status WitnessBoard::Load() {
  if (policy_.witnesses.empty()) return absl::OkStatus();
  absl::MutexLock lock(&mutex_);
  uint64_t from = ~uint64_t{0};
  for (size_t seen = 0; seen < kSearchedMax && !witnessed_size_.has_value();) {
    const auto page = book_.store().ListCheckpoints(from, Direction::kBackward, kPage);
    if (!page.ok()) return page.status();
    for (const StoredCheckpoint& stored : *page) {
      const auto witnessed = WitnessesOf(stored);
      if (!witnessed.ok()) return witnessed.status();
      TakeIn(stored.size, *witnessed);
      searched_from_ = stored.size;
      if (witnessed_size_.has_value()) break;
    }
    seen += page->size();
    if (page->size() < kPage || searched_from_ == 0) break;
    from = searched_from_ - 1;
  }
  return absl::OkStatus();
}

absl::StatusOr<storage::merkle::WitnessedBy> WitnessBoard::WitnessesOf(
    const StoredCheckpoint& stored) const {
  const auto note = NoteOf(stored);
  if (!note.ok()) return note.status();
  return CheckWitnesses(*note, policy_);
}

void WitnessBoard::TakeIn(uint64_t size, const storage::merkle::WitnessedBy& witnessed) {
  for (size_t i = 0; i < reports_.size(); ++i) {
    WitnessReport& report = reports_[i];
    if (size <= report.cosigned_size || !witnessed.times_s[i].has_value()) continue;
    report.cosigned_size = size;
    report.cosigned_time_s = *witnessed.times_s[i];
    report.error.clear();
  }
  if (required() && witnessed.quorum) {
    witnessed_size_ = std::max(size, witnessed_size_.value_or(0));
  }
}

absl::Status WitnessBoard::Describe(const StoredCheckpoint& stored,
                                    v1::Checkpoint* checkpoint) const {
  const auto note = NoteOf(stored);
  if (!note.ok()) return note.status();
  const auto parsed = storage::merkle::ParseCheckpoint(note->text);
  if (!parsed.ok()) return absl::DataLossError(parsed.status().message());
  const auto witnessed = CheckWitnesses(*note, policy_);
  if (!witnessed.ok()) return witnessed.status();
  checkpoint->set_size(stored.size);
  checkpoint->set_root_hash(std::string(storage::AsChars(parsed->root)));
  *checkpoint->mutable_time() = FromNanos(stored.time_ns);
  checkpoint->set_note(stored.note);
  for (size_t i = 0; i < policy_.witnesses.size(); ++i) {
    if (!witnessed->times_s[i].has_value()) continue;
    v1::Cosignature* cosignature = checkpoint->add_cosignatures();
    cosignature->set_witness(policy_.witnesses[i].key.name());
    cosignature->mutable_time()->set_seconds(static_cast<int64_t>(*witnessed->times_s[i]));
  }
  checkpoint->set_witnessed(witnessed->quorum);
  return absl::OkStatus();
}

void WitnessBoard::NoteAsked(size_t witness, absl::string_view error, int64_t time_ns) {
  absl::MutexLock lock(&mutex_);
  reports_[witness].error = std::string(error);
  reports_[witness].asked_time_ns = time_ns;
}

WitnessReport WitnessBoard::report(size_t witness) const {
  absl::MutexLock lock(&mutex_);
  return reports_[witness];
}

absl::Status WitnessBoard::NoteCosigned(uint64_t size) {
  const auto stored = book_.Find(size);
  if (!stored.ok()) return stored.status();
  const auto witnessed = WitnessesOf(*stored);
  if (!witnessed.ok()) return witnessed.status();
  absl::MutexLock lock(&mutex_);
  TakeIn(size, *witnessed);
  return absl::OkStatus();
}

std::optional<uint64_t> WitnessBoard::witnessed_size() const {
  absl::MutexLock lock(&mutex_);
  return witnessed_size_;
}

absl::StatusOr<std::optional<int64_t>> WitnessBoard::UnwitnessedSince() const {
  const auto latest = book_.Latest();
  if (!required() || !latest.has_value()) return std::nullopt;
  // The tree without events needs no witness.
  uint64_t from = 1;
  {
    absl::MutexLock lock(&mutex_);
    from = std::max(from, witnessed_size_.has_value() ? *witnessed_size_ + 1 : searched_from_);
  }
  const auto first = book_.store().ListCheckpoints(from, Direction::kForward, 1);
  if (!first.ok()) return first.status();
  if (first->empty()) return std::nullopt;
  return first->front().time_ns;
}

absl::StatusOr<v1::Witnessing> WitnessBoard::Witnessing() const {
  const auto since = UnwitnessedSince();
  if (!since.ok()) return since.status();
  v1::Witnessing witnessing;
  witnessing.set_required(required());
  if (since->has_value()) *witnessing.mutable_unwitnessed_since() = FromNanos(**since);
  absl::MutexLock lock(&mutex_);
  witnessing.set_witnessed_size(witnessed_size_.value_or(0));
  for (size_t i = 0; i < reports_.size(); ++i) {
    const WitnessReport& report = reports_[i];
    v1::WitnessState* state = witnessing.add_witnesses();
    state->set_witness(policy_.witnesses[i].key.name());
    state->set_verifier_key(policy_.witnesses[i].key.ToString());
    state->set_url(policy_.witnesses[i].url);
    state->set_cosigned_size(report.cosigned_size);
    if (report.cosigned_time_s > 0) {
      state->mutable_cosigned_time()->set_seconds(static_cast<int64_t>(report.cosigned_time_s));
    }
    state->set_error(report.error);
    if (report.asked_time_ns > 0) {
      *state->mutable_asked_time() = FromNanos(report.asked_time_ns);
    }
  }
  return witnessing;
}

}  // namespace pledger::audit
