#include "server/audit/key_ring.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "pledger/v1/fact.pb.h"
#include "server/audit/signing_key_file.h"
#include "server/domain/errors.h"
#include "server/domain/fact_rules.h"
#include "server/domain/fact_types.h"
#include "storage/format/record.h"
#include "storage/merkle/checkpoint.h"
#include "storage/merkle/key_rotation.h"

namespace pledger::audit {

using storage::Direction;
using storage::Position;
using storage::StoredCheckpoint;
using storage::merkle::NoteSigner;
using storage::merkle::NoteVerifier;
using storage::merkle::SignedNote;

absl::StatusOr<std::unique_ptr<KeyRing>> KeyRing::Open(Parts parts) {
  std::unique_ptr<KeyRing> ring(new KeyRing(std::move(parts)));
  if (absl::Status status = ring->LoadHistory(); !status.ok()) return status;
  if (absl::Status status = ring->LoadKeys(); !status.ok()) return status;
  return ring;
}

absl::Status KeyRing::LoadHistory() {
  const auto cursor =
      parts_.store.ReadClient(kLedgerClient, 0, Direction::kForward, storage::ReadTier::kAnywhere);
  absl::MutexLock lock(&mutex_);
  while (cursor->Next()) {
    if (cursor->view().header.fact_type != v1::FACT_TYPE_SIGNING_KEY_ROTATED) continue;
    const Position position = cursor->view().header.position;
    const auto body = storage::ScanBody(cursor->view().body);
    v1::Fact fact;
    if (!body.ok() ||
        !fact.ParseFromArray(body->fact.data(), static_cast<int>(body->fact.size()))) {
      return storage::Corrupt(position, "its fact is malformed");
    }
    const auto before = NoteVerifier::Parse(fact.signing_key_rotated().old_verifier_key());
    const auto after = NoteVerifier::Parse(fact.signing_key_rotated().new_verifier_key());
    if (!before.ok() || !after.ok()) return storage::Corrupt(position, "its keys are malformed");
    if (keys_.empty()) keys_.push_back({*before, std::nullopt, std::nullopt});
    keys_.back().until = position;
    keys_.push_back({*after, position, std::nullopt});
  }
  return cursor->status();
}

absl::Status KeyRing::LoadKeys() {
  auto current = LoadSigningKey(parts_.path, parts_.origin);
  auto next = LoadSigningKey(next_path(), parts_.origin);
  if (!next.ok() && !absl::IsNotFound(next.status())) return next.status();
  absl::MutexLock lock(&mutex_);
  if (absl::IsNotFound(current.status()) && keys_.empty()) {
    current = CreateSigningKey(parts_.path, parts_.origin, parts_.random);
    // Another starter was faster.
    if (absl::IsAlreadyExists(current.status())) {
      current = LoadSigningKey(parts_.path, parts_.origin);
    }
  }
  if (!current.ok()) return current.status();
  current_ = *std::move(current);
  if (keys_.empty()) keys_.push_back({current_->verifier(), std::nullopt, std::nullopt});
  const NoteVerifier& in_force = keys_.back().verifier;
  if (next.ok() && next->verifier() == in_force && !(current_->verifier() == in_force)) {
    next_ = *std::move(next);
    next_recorded_ = true;
    return absl::OkStatus();
  }
  if (!(current_->verifier() == in_force)) {
    return absl::FailedPreconditionError(
        absl::StrCat(parts_.path, " holds the key ", current_->verifier().ToString(),
                     " but the ledger's is ", in_force.ToString(), "; put its file back"));
  }
  return next.ok() ? RemoveSigningKey(next_path()) : absl::OkStatus();
}

std::vector<RingKey> KeyRing::keys() const {
  absl::MutexLock lock(&mutex_);
  return keys_;
}

std::vector<NoteVerifier> KeyRing::verifiers() const {
  std::vector<NoteVerifier> verifiers;
  for (const RingKey& key : keys()) verifiers.push_back(key.verifier);
  return verifiers;
}

CheckpointBook::Signers KeyRing::signers() const {
  absl::MutexLock lock(&mutex_);
  CheckpointBook::Signers signers = {*current_};
  if (next_recorded_) signers.push_back(*next_);
  return signers;
}

absl::StatusOr<Rotated> KeyRing::Rotate(const std::string& expected_key,
                                        const std::string& event_id, const std::string& actor,
                                        OwnFactRecorder& recorder, CheckpointBook& book) {
  if (!ParseUuid(event_id).has_value()) {
    return InvalidField("event_id", "must be a UUID in its canonical text form");
  }
  absl::MutexLock rotating(&rotating_);
  if (absl::Status status = FinishLocked(book); !status.ok()) return status;
  auto before = FindRotation(event_id, book);
  if (!absl::IsNotFound(before.status())) return before;
  const std::string in_force = keys().back().verifier.ToString();
  if (in_force != expected_key) {
    return Error(v1::ERROR_REASON_SIGNING_KEY_CHANGED,
                 absl::StrCat("expected_verifier_key: the key in force is ", in_force),
                 {{"expected", expected_key}, {"actual", in_force}});
  }
  if (absl::Status status = MakeNext(); !status.ok()) return status;
  if (absl::Status status = Record(event_id, actor, recorder, book); !status.ok()) return status;
  if (absl::Status status = FinishLocked(book); !status.ok()) return status;
  return FindRotation(event_id, book);
}

absl::Status KeyRing::MakeNext() {
  absl::MutexLock lock(&mutex_);
  // One that could not be recorded is tried again: perhaps it will turn out that it was.
  if (next_.has_value()) return absl::OkStatus();
  auto next = CreateSigningKey(next_path(), parts_.origin, parts_.random);
  if (absl::IsAlreadyExists(next.status())) next = LoadSigningKey(next_path(), parts_.origin);
  if (!next.ok()) return next.status();
  next_ = *std::move(next);
  return absl::OkStatus();
}

absl::Status KeyRing::Record(const std::string& event_id, const std::string& actor,
                             OwnFactRecorder& recorder, CheckpointBook& book) {
  CheckpointBook::Signers both;
  {
    absl::MutexLock lock(&mutex_);
    both = {*current_, *next_};
  }
  SignedNote statement;
  const NoteVerifier& old_key = both[0].verifier();
  const NoteVerifier& new_key = both[1].verifier();
  statement.text = storage::merkle::RotationText(parts_.origin, old_key, new_key);
  for (const NoteSigner& signer : both) {
    statement.signatures.push_back(storage::merkle::SignNote(statement.text, signer));
  }
  OwnFact own;
  v1::SigningKeyRotated* rotated = own.fact.mutable_signing_key_rotated();
  rotated->set_old_verifier_key(old_key.ToString());
  rotated->set_new_verifier_key(new_key.ToString());
  rotated->set_statement(FormatNote(statement));
  own.event_id = event_id;
  own.occur_time_ns = parts_.clock.NowNs();
  own.actor = actor;
  // No checkpoint may cover the fact without both signatures.
  return book.ChangeSigners(both, [&]() -> absl::Status {
    const auto recorded = recorder.Record(own);
    if (!recorded.ok()) return recorded.status();
    absl::MutexLock lock(&mutex_);
    keys_.back().until = recorded->position;
    keys_.push_back({next_->verifier(), recorded->position, std::nullopt});
    next_recorded_ = true;
    return absl::OkStatus();
  });
}

absl::Status KeyRing::Finish(CheckpointBook& book) {
  absl::MutexLock rotating(&rotating_);
  return FinishLocked(book);
}

absl::Status KeyRing::FinishLocked(CheckpointBook& book) {
  Position position = 0;
  {
    absl::MutexLock lock(&mutex_);
    if (!next_recorded_) return absl::OkStatus();
    position = *keys_.back().from;
  }
  // Whoever makes the first one over the fact, now or before a crash, has both keys.
  const auto covering = book.store().ListCheckpoints(position + 1, Direction::kForward, 1);
  if (!covering.ok()) return covering.status();
  if (covering->empty()) {
    const auto made = book.Make();
    if (!made.ok()) return made.status();
  }
  if (absl::Status status = ReplaceSigningKey(next_path(), parts_.path); !status.ok()) {
    return status;
  }
  CheckpointBook::Signers signers;
  {
    absl::MutexLock lock(&mutex_);
    current_ = *next_;
    next_.reset();
    next_recorded_ = false;
    signers = {*current_};
  }
  book.SetSigners(std::move(signers));
  return absl::OkStatus();
}

absl::StatusOr<Rotated> KeyRing::FindRotation(const std::string& event_id, CheckpointBook& book) {
  const auto wanted = *ParseUuid(event_id);
  for (const RingKey& key : keys()) {
    if (!key.from.has_value()) continue;
    const auto record = parts_.store.ReadRecord(*key.from);
    if (!record.ok()) return record.status();
    const auto view = storage::DecodeRecord(*record);
    if (!view.ok()) return view.status();
    if (view->header.event_id != wanted) continue;
    auto covering = book.store().ListCheckpoints(*key.from + 1, Direction::kForward, 1);
    if (!covering.ok()) return covering.status();
    if (covering->empty()) return absl::InternalError("a rotation has no checkpoint");
    return Rotated{key.verifier.ToString(), *key.from, std::move(covering->front())};
  }
  return absl::NotFoundError("no such rotation");
}

}  // namespace pledger::audit
