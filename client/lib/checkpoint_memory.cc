#include "client/lib/checkpoint_memory.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "client/files/durable_file.h"
#include "client/lib/errors.h"
#include "pledger/v1/fact.pb.h"
#include "storage/format/record.h"
#include "storage/format/text.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/key_rotation.h"
#include "storage/merkle/proofs.h"

namespace pledger::client {
namespace {

using storage::merkle::Checkpoint;
using storage::merkle::NoteVerifier;
using storage::merkle::OpenedCheckpoint;
using storage::merkle::Proof;

constexpr std::string_view kCheckpointEnding = ".checkpoint";
constexpr std::string_view kKeysEnding = ".keys";
constexpr size_t kKeysBytesMax = 1 << 20;

absl::StatusOr<Checkpoint> CheckpointIn(std::string_view note) {
  const auto parsed = storage::merkle::ParseNote(note);
  if (!parsed.ok()) return parsed.status();
  return storage::merkle::ParseCheckpoint(parsed->text);
}

absl::StatusOr<Proof> ProofFrom(const v1::GetConsistencyProofResponse& response) {
  Proof proof;
  for (const std::string& bytes : response.hashes()) {
    storage::Hash hash;
    if (bytes.size() != hash.size()) return absl::DataLossError("a hash has not 32 bytes");
    std::copy(bytes.begin(), bytes.end(), hash.begin());
    proof.push_back(hash);
  }
  return proof;
}

std::string HexLines(const v1::GetConsistencyProofResponse& response) {
  std::string text;
  for (const std::string& hash : response.hashes()) {
    absl::StrAppend(&text, absl::BytesToHexString(hash), "\n");
  }
  return text;
}

// The rotation in a record that the server gave, if it is one from `old_key`.
absl::StatusOr<NoteVerifier> NextKey(std::string_view origin, const NoteVerifier& old_key,
                                     std::string_view record) {
  const auto view = storage::DecodeRecord(record);
  if (!view.ok()) return view.status();
  const auto body = storage::ScanBody(view->body);
  if (!body.ok()) return body.status();
  v1::Fact fact;
  if (!fact.ParseFromArray(body->fact.data(), static_cast<int>(body->fact.size()))) {
    return absl::DataLossError("a rotation of keys can't be read");
  }
  const v1::SigningKeyRotated& rotation = fact.signing_key_rotated();
  if (rotation.old_verifier_key() != old_key.ToString()) {
    return absl::DataLossError("the rotation is of another key");
  }
  absl::Status status = storage::merkle::VerifyRotation(
      origin, rotation.old_verifier_key(), rotation.new_verifier_key(), rotation.statement());
  if (!status.ok()) return status;
  return NoteVerifier::Parse(rotation.new_verifier_key());
}

}  // namespace

struct CheckpointMemory::Conflict {
  v1::ErrorReason reason;
  const RememberedLedger& seen;
  const Checkpoint& shown;
  std::string_view shown_note;
  // What is wrong.
  std::string why;
  // The server's proof, in hexadecimal digits; empty if there is none.
  std::string proof;
};

std::string CheckpointMemory::PathOf(std::string_view origin, std::string_view ending) const {
  const storage::Hash hash = storage::merkle::Sha256(origin);
  return absl::StrCat(folder_, "/", absl::BytesToHexString(ToAbsl(storage::AsChars(hash))),
                      ToAbsl(ending));
}

absl::StatusOr<std::vector<NoteVerifier>> CheckpointMemory::RecallKeys(
    std::string_view origin) const {
  std::vector<NoteVerifier> keys;
  const auto text = ReadFile(PathOf(origin, kKeysEnding), kKeysBytesMax);
  if (absl::IsNotFound(text.status())) return keys;
  if (!text.ok()) return text.status();
  for (const absl::string_view line : absl::StrSplit(*text, '\n', absl::SkipEmpty())) {
    auto key = NoteVerifier::Parse(FromAbsl(line));
    if (!key.ok()) return absl::DataLossError(key.status().message());
    keys.push_back(*std::move(key));
  }
  return keys;
}

absl::StatusOr<std::optional<RememberedLedger>> CheckpointMemory::Recall(
    std::string_view origin) const {
  auto note = ReadFile(PathOf(origin, kCheckpointEnding), storage::merkle::kNoteBytesMax);
  if (absl::IsNotFound(note.status())) return std::nullopt;
  if (!note.ok()) return note.status();
  auto keys = RecallKeys(origin);
  if (!keys.ok()) return keys.status();
  auto checkpoint = CheckpointIn(*note);
  if (!checkpoint.ok()) return absl::DataLossError(checkpoint.status().message());
  return RememberedLedger{*std::move(note), *std::move(checkpoint), *std::move(keys)};
}

absl::StatusOr<std::vector<RememberedLedger>> CheckpointMemory::RecallAll() const {
  const auto names = ListFolder(folder_);
  if (!names.ok()) return names.status();
  std::vector<RememberedLedger> ledgers;
  for (const std::string& name : *names) {
    if (!std::string_view(name).ends_with(kCheckpointEnding)) continue;
    const auto note = ReadFile(absl::StrCat(folder_, "/", name), storage::merkle::kNoteBytesMax);
    if (!note.ok()) return note.status();
    const auto checkpoint = CheckpointIn(*note);
    if (!checkpoint.ok()) return absl::DataLossError(checkpoint.status().message());
    auto ledger = Recall(checkpoint->origin);
    if (!ledger.ok()) return ledger.status();
    if (ledger->has_value()) ledgers.push_back(**std::move(ledger));
  }
  return ledgers;
}

absl::Status CheckpointMemory::Trust(const std::vector<NoteVerifier>& keys) {
  if (keys.empty()) return absl::InvalidArgumentError("no key was given");
  std::string text;
  for (const NoteVerifier& key : keys) absl::StrAppend(&text, key.ToString(), "\n");
  return WriteDurably(PathOf(keys.front().name(), kKeysEnding), text);
}

absl::Status CheckpointMemory::Remember(const RememberedLedger& ledger) {
  // The keys first: a checkpoint whose key is not known would never be continued.
  if (absl::Status status = Trust(ledger.keys); !status.ok()) return status;
  return WriteDurably(PathOf(ledger.checkpoint.origin, kCheckpointEnding), ledger.note);
}

absl::Status CheckpointMemory::Follow(AuditClient& client, std::string_view origin,
                                      std::vector<NoteVerifier>* keys) {
  const auto response = client.GetAuditKeys();
  if (!response.ok()) return response.status();
  for (const v1::SigningKey& key : response->keys()) {
    if (keys->empty()) {
      // The first contact: there is nothing to compare them with.
      auto first = NoteVerifier::Parse(response->keys(0).verifier_key());
      if (!first.ok()) return first.status();
      keys->push_back(*std::move(first));
    }
    if (!key.has_from_position()) continue;
    v1::GetReceiptRequest request;
    request.set_position(key.from_position());
    const auto receipt = client.GetReceipt(request);
    if (!receipt.ok()) return receipt.status();
    auto next = NextKey(origin, keys->back(), receipt->record().record());
    if (next.ok()) keys->push_back(*std::move(next));
  }
  return absl::OkStatus();
}

absl::StatusOr<OpenedCheckpoint> CheckpointMemory::Open(AuditClient& client, std::string_view note,
                                                        std::vector<NoteVerifier>* keys) {
  auto opened = storage::merkle::OpenCheckpoint(note, *keys);
  if (!absl::IsNotFound(opened.status())) return opened;
  const auto claimed = CheckpointIn(note);
  if (!claimed.ok()) return claimed.status();
  if (absl::Status status = Follow(client, claimed->origin, keys); !status.ok()) return status;
  return storage::merkle::OpenCheckpoint(note, *keys);
}

absl::Status CheckpointMemory::Refuse(const Conflict& conflict, absl::Time now) {
  const Checkpoint& seen = conflict.seen.checkpoint;
  const std::string path =
      PathOf(seen.origin, absl::StrCat("-", seen.size, "-", conflict.shown.size, ".evidence"));
  std::string text = absl::StrCat("pledger evidence v1\n", conflict.why, "\nfound ",
                                  absl::FormatTime(absl::RFC3339_sec, now, absl::UTCTimeZone()),
                                  "\nThe notes below are C2SP checkpoints, byte for byte; check "
                                  "their signatures with the keys.\n"
                                  "\n=== keys\n");
  for (const NoteVerifier& key : conflict.seen.keys) absl::StrAppend(&text, key.ToString(), "\n");
  absl::StrAppend(&text, "\n=== seen before\n", conflict.seen.note, "\n=== shown now\n",
                  ToAbsl(conflict.shown_note));
  absl::StrAppend(&text, "\n=== proof of consistency as shown, hashes in hexadecimal digits\n",
                  conflict.proof);
  const absl::Status written = WriteDurably(path, text);
  google::rpc::ErrorInfo info;
  info.set_domain("pledger");
  info.set_reason(conflict.reason == v1::ERROR_REASON_LEDGER_FORKED ? "LEDGER_FORKED"
                                                                    : "LEDGER_REWOUND");
  auto& metadata = *info.mutable_metadata();
  metadata["origin"] = seen.origin;
  metadata["seen_size"] = absl::StrCat(seen.size);
  metadata["shown_size"] = absl::StrCat(conflict.shown.size);
  metadata["evidence"] = written.ok() ? path : std::string(written.message());
  absl::Status status =
      absl::DataLossError(absl::StrCat(conflict.why, "; nothing of this answer is believed"));
  status.SetPayload(kErrorInfoUrl, absl::Cord(info.SerializeAsString()));
  return status;
}

absl::Status CheckpointMemory::CheckContinues(AuditClient& client, const RememberedLedger& seen,
                                              const OpenedCheckpoint& shown, std::string_view note,
                                              bool is_latest, absl::Time now) {
  const Checkpoint& before = seen.checkpoint;
  const Checkpoint& after = shown.checkpoint;
  Conflict conflict = {v1::ERROR_REASON_LEDGER_FORKED, seen, after, note, "", ""};
  if (before.size == after.size) {
    if (before.root == after.root) return absl::OkStatus();
    conflict.why = absl::StrCat(before.origin, " showed two trees of ", before.size, " events");
    return Refuse(conflict, now);
  }
  if (is_latest && after.size < before.size) {
    conflict.reason = v1::ERROR_REASON_LEDGER_REWOUND;
    conflict.why =
        absl::StrCat(before.origin, " went back from ", before.size, " events to ", after.size);
    return Refuse(conflict, now);
  }
  const auto [first, second] =
      std::minmax(before, after, [](const auto& a, const auto& b) { return a.size < b.size; });
  v1::GetConsistencyProofRequest request;
  request.set_first_size(first.size);
  request.set_second_size(second.size);
  const auto response = client.GetConsistencyProof(request);
  if (!response.ok()) return response.status();
  const auto proof = ProofFrom(*response);
  const absl::Status holds = proof.ok()
                                 ? storage::merkle::VerifyConsistency(
                                       first.size, second.size, *proof, first.root, second.root)
                                 : proof.status();
  if (holds.ok()) return holds;
  conflict.why = absl::StrCat(before.origin, " can't prove that its tree of ", second.size,
                              " events continues that of ", first.size, ": ", holds.message());
  conflict.proof = HexLines(*response);
  return Refuse(conflict, now);
}

absl::StatusOr<OpenedCheckpoint> CheckpointMemory::Believe(AuditClient& client,
                                                           std::string_view note, bool is_latest) {
  const auto claimed = CheckpointIn(note);
  if (!claimed.ok()) return claimed.status();
  auto keys = RecallKeys(claimed->origin);
  if (!keys.ok()) return keys.status();
  auto opened = Open(client, note, &*keys);
  if (!opened.ok()) return opened;
  auto seen = Recall(claimed->origin);
  if (!seen.ok()) return seen.status();
  const bool is_new = !seen->has_value() || opened->checkpoint.size > (*seen)->checkpoint.size;
  if (is_new && opened->signed_by.back() + 1 < keys->size()) {
    return absl::DataLossError(absl::StrCat("a checkpoint of ", opened->checkpoint.size,
                                            " events is signed by a key that was replaced before"));
  }
  if (seen->has_value()) {
    absl::Status status = CheckContinues(client, **seen, *opened, note, is_latest, client.Now());
    if (!status.ok()) return status;
    // An older one was asked for, or the same with fewer cosignatures than are kept.
    if (opened->checkpoint.size < (*seen)->checkpoint.size) return opened;
  }
  absl::Status status = Remember({std::string(note), opened->checkpoint, *std::move(keys)});
  if (!status.ok()) return status;
  return opened;
}

}  // namespace pledger::client
