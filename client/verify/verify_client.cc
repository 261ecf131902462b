#include "client/verify/verify_client.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/verify/key_chain.h"
#include "client/verify/trust_check.h"
#include "pledger/v1/fact.pb.h"
#include "storage/format/record.h"
#include "storage/merkle/directory_tree.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/proofs.h"

namespace pledger::verify {
namespace {

using storage::Hash;
using storage::merkle::Proof;

absl::StatusOr<Hash> HashFrom(const std::string& bytes) {
  Hash hash;
  if (bytes.size() != hash.size()) return absl::DataLossError("a hash has not 32 bytes");
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

template <typename Hashes>
absl::StatusOr<Proof> ProofFrom(const Hashes& hashes) {
  Proof proof;
  for (const std::string& bytes : hashes) {
    const absl::StatusOr<Hash> hash = HashFrom(bytes);
    if (!hash.ok()) return hash.status();
    proof.push_back(*hash);
  }
  return proof;
}

absl::Status CheckInclusion(const v1::InclusionProof& proof, const Hash& leaf,
                            const storage::merkle::Checkpoint& checkpoint) {
  const auto path = ProofFrom(proof.hashes());
  if (!path.ok()) return path.status();
  return storage::merkle::VerifyInclusion(proof.position(), checkpoint.size, leaf, *path,
                                          checkpoint.root);
}

absl::StatusOr<storage::merkle::DirectoryProof> EntriesFrom(const v1::DirectoryProof& from) {
  storage::merkle::DirectoryProof proof;
  for (const v1::DirectoryEntry& entry : from.entries()) {
    const auto path = ProofFrom(entry.hashes());
    if (!path.ok()) return path.status();
    const auto leaf = HashFrom(entry.leaf_hash());
    if (!leaf.ok()) return leaf.status();
    proof.leaves.push_back({entry.index(), {entry.client_id(), entry.revision(), *leaf}, *path});
  }
  return proof;
}

// The directory in a record.
absl::StatusOr<v1::ClientDirectoryRecorded> DirectoryIn(std::string_view record) {
  const auto view = storage::DecodeRecord(record);
  if (!view.ok()) return view.status();
  const auto body = storage::ScanBody(view->body);
  if (!body.ok()) return body.status();
  v1::Fact fact;
  if (!fact.ParseFromArray(body->fact.data(), static_cast<int>(body->fact.size())) ||
      !fact.has_client_directory_recorded()) {
    return absl::DataLossError("the record holds no directory of clients");
  }
  return fact.client_directory_recorded();
}

}  // namespace

absl::StatusOr<ClientHistoryCheck> ClientHistoryCheck::Create(std::string client_id,
                                                              v1::ClientHistoryProof proof) {
  const auto note = storage::merkle::ParseNote(proof.checkpoint().note());
  if (!note.ok()) return note.status();
  auto checkpoint = storage::merkle::ParseCheckpoint(note->text);
  if (!checkpoint.ok()) return checkpoint.status();
  ClientHistoryCheck check;
  check.client_id_ = std::move(client_id);
  check.proof_ = std::move(proof);
  check.checkpoint_ = *std::move(checkpoint);
  return check;
}

void ClientHistoryCheck::Add(std::string_view bytes) {
  const storage::Revision revision = leaves_.size();
  const Hash before = leaves_.empty() ? Hash{} : leaves_.back();
  const storage::Position before_position = positions_.empty() ? 0 : positions_.back();
  leaves_.push_back(storage::merkle::LeafHash(bytes));
  const auto record = storage::DecodeRecord(bytes);
  const auto client_id = record.ok() ? storage::BodyClientId(record->body) : record.status();
  if (!client_id.ok()) {
    report_.Fail(Aspect::kIntegrity, absl::StrCat("revision ", revision,
                                                  " is no record: ", client_id.status().message()));
    return;
  }
  const storage::RecordHeader& header = record->header;
  if (*client_id != client_id_) {
    report_.Fail(Aspect::kIntegrity, "is an event of another client", header.position);
  }
  if (header.revision != revision || (revision > 0 && header.position <= before_position)) {
    report_.Fail(Aspect::kCompleteness,
                 absl::StrCat("has revision ", header.revision, " where ", revision,
                              " must stand: events are missing or moved"),
                 header.position);
  }
  if (header.previous_leaf_hash != before) {
    report_.Fail(Aspect::kIntegrity, "does not continue the chain: the event before was changed",
                 header.position);
  }
  positions_.push_back(header.position);
}

void ClientHistoryCheck::CheckLast() {
  if (leaves_.size() != proof_.record_count()) {
    report_.Fail(Aspect::kCompleteness, absl::StrCat("there are ", leaves_.size(), " records, not ",
                                                     proof_.record_count()));
    return;
  }
  if (leaves_.empty()) return;
  const absl::Status included = proof_.last().position() == positions_.back()
                                    ? CheckInclusion(proof_.last(), leaves_.back(), checkpoint_)
                                    : absl::DataLossError("the proof is of another position");
  if (!included.ok()) {
    report_.Fail(Aspect::kIntegrity,
                 absl::StrCat("is not in the checkpoint's tree: ", included.message()),
                 positions_.back());
    return;
  }
  report_.Holds(Aspect::kIntegrity,
                absl::StrCat("the last of ", leaves_.size(), " records is in the tree of ",
                             checkpoint_.size, " and vouches for those before it"));
}

void ClientHistoryCheck::CheckDirectory() {
  if (!proof_.has_directory()) {
    report_.CannotCheck(Aspect::kCompleteness,
                        "no directory of clients was recorded yet: that there are no more events "
                        "is the server's word");
    return;
  }
  const std::string& record = proof_.directory().record().record();
  const v1::InclusionProof& inclusion = proof_.directory().inclusion();
  const absl::Status included =
      CheckInclusion(inclusion, storage::merkle::LeafHash(record), checkpoint_);
  const auto fact = DirectoryIn(record);
  if (!included.ok() || !fact.ok()) {
    report_.Fail(Aspect::kCompleteness,
                 absl::StrCat("the directory of clients: ",
                              included.ok() ? fact.status().message() : included.message()),
                 inclusion.position());
    return;
  }
  CheckEntries(*fact, inclusion.position());
}

void ClientHistoryCheck::CheckEntries(const v1::ClientDirectoryRecorded& fact,
                                      storage::Position recorded_at) {
  const auto proof = EntriesFrom(proof_.directory());
  const auto root = HashFrom(fact.root_hash());
  const auto check = [&]() -> absl::StatusOr<std::optional<storage::merkle::DirectoryEntry>> {
    if (!proof.ok()) return proof.status();
    if (!root.ok()) return root.status();
    return storage::merkle::VerifyDirectoryProof(client_id_, fact.client_count(), *root, *proof);
  };
  const auto entry = check();
  if (!entry.ok()) {
    report_.Fail(Aspect::kCompleteness,
                 absl::StrCat("the directory of clients: ", entry.status().message()), recorded_at);
    return;
  }
  if (entry->has_value()) {
    const storage::Revision revision = (*entry)->last_revision;
    if (revision >= leaves_.size() || leaves_[revision] != (*entry)->last_leaf_hash) {
      report_.Fail(Aspect::kCompleteness,
                   absl::StrCat("the directory of clients knows revision ", revision,
                                ", which is not among the records"),
                   recorded_at);
      return;
    }
  }
  // What the directory does not know of must have come after it.
  const size_t known = entry->has_value() ? (*entry)->last_revision + 1 : 0;
  if (known < positions_.size() && positions_[known] < fact.next_position()) {
    report_.Fail(Aspect::kCompleteness, "the directory of clients leaves out this event",
                 positions_[known]);
    return;
  }
  complete_below_ = fact.next_position();
  report_.Holds(Aspect::kCompleteness,
                absl::StrCat(entry->has_value() ? "no event" : "no event at all",
                             " of the client is missing below position ", complete_below_));
  // The directory itself is an event too, of the ledger's own.
  if (checkpoint_.size > std::max<uint64_t>(complete_below_ + 1, recorded_at + 1) ||
      recorded_at > complete_below_) {
    report_.CannotCheck(Aspect::kCompleteness,
                        absl::StrCat("from position ", complete_below_, " to ", checkpoint_.size,
                                     " it is the server's word; ask for a fresh directory"));
  }
}

Report ClientHistoryCheck::Finish(const Trust& trust) {
  CheckLast();
  CheckDirectory();
  TrustCheck check(trust, report_);
  // Was parsed before.
  check.Take({"the proof's checkpoint", proof_.checkpoint().note()}).IgnoreError();
  if (const absl::Status status = check.TakeKnown(); !status.ok()) {
    report_.CannotCheck(Aspect::kFreshness, std::string(status.message()));
  }
  KeyChain keys(checkpoint_.origin);
  check.CheckSignatures(keys);
  check.CheckFreshness(/*must_be_latest=*/true);
  return std::move(report_);
}

}  // namespace pledger::verify
