#include "tests/e2e/audit_calls.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pledger/v1/fact.pb.h"
#include "storage/format/record.h"
#include "storage/merkle/compact_range.h"
#include "storage/merkle/hash.h"

namespace pledger::testing {

namespace merkle = storage::merkle;
using storage::Hash;

namespace {

absl::Status Wrong(const std::string& what) { return absl::DataLossError(what); }

absl::Status CheckChain(const ClientHistory& history) {
  if (history.records.size() != history.proof.record_count()) return Wrong("another count");
  Hash previous{};
  for (size_t i = 0; i < history.records.size(); ++i) {
    const auto view = storage::DecodeRecord(history.records[i]);
    if (!view.ok()) return view.status();
    const auto client_id = storage::BodyClientId(view->body);
    if (!client_id.ok() || *client_id != history.proof.client_id()) return Wrong("another client");
    if (view->header.revision != i) return Wrong("a revision is missing");
    if (view->header.previous_leaf_hash != previous) return Wrong("the chain is broken");
    previous = merkle::LeafHash(history.records[i]);
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::ClientDirectoryRecorded> RecordedIn(const std::string& record) {
  const auto view = storage::DecodeRecord(record);
  if (!view.ok()) return view.status();
  const auto body = storage::ScanBody(view->body);
  if (!body.ok()) return body.status();
  v1::Fact fact;
  if (body->client_id != "~ledger" || !fact.ParseFromString(std::string(body->fact)) ||
      !fact.has_client_directory_recorded()) {
    return Wrong("no directory is recorded there");
  }
  return fact.client_directory_recorded();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ReadLeaves(const PlainClient& client, uint64_t from,
                                                    uint64_t end) {
  grpc::ClientContext context;
  SetPatience(context, kCallPatience);
  v1::ReadRecordsRequest request;
  request.set_from_position(from);
  request.set_end_position(end);
  const auto stream = client.audit().ReadRecords(&context, request);
  std::vector<std::string> leaves;
  v1::ReadRecordsResponse response;
  while (stream->Read(&response)) {
    if (response.position() != from + leaves.size()) return Wrong("a gap between the batches");
    for (const v1::RawRecord& record : response.records()) leaves.push_back(record.record());
  }
  const absl::Status status = client::FromGrpc(stream->Finish());
  if (!status.ok()) return status;
  return leaves;
}

absl::StatusOr<ClientHistory> ProveHistory(const PlainClient& client,
                                           const v1::ProveClientHistoryRequest& request) {
  grpc::ClientContext context;
  SetPatience(context, kCallPatience);
  const auto stream = client.audit().ProveClientHistory(&context, request);
  ClientHistory history;
  v1::ProveClientHistoryResponse response;
  for (bool first = true; stream->Read(&response); first = false) {
    if (first != response.has_proof()) return Wrong("the proof is not the first message");
    if (first) history.proof = response.proof();
    if (!first && response.records().revision() != history.records.size()) return Wrong("a gap");
    for (const v1::RawRecord& record : response.records().records()) {
      history.records.push_back(record.record());
    }
  }
  const absl::Status status = client::FromGrpc(stream->Finish());
  if (!status.ok()) return status;
  return history;
}

std::vector<merkle::NoteVerifier> KeysOf(const PlainClient& client) {
  const auto keys = Ask(client, &v1::AuditService::Stub::GetAuditKeys, v1::GetAuditKeysRequest());
  EXPECT_TRUE(keys.ok()) << keys.status();
  std::vector<merkle::NoteVerifier> verifiers;
  for (const v1::SigningKey& key : keys->keys()) {
    const auto verifier = merkle::NoteVerifier::Parse(key.verifier_key());
    EXPECT_TRUE(verifier.ok()) << verifier.status();
    EXPECT_EQ(verifier->name(), keys->origin());
    verifiers.push_back(*verifier);
  }
  return verifiers;
}

absl::StatusOr<merkle::Checkpoint> Open(const v1::Checkpoint& checkpoint,
                                        const std::vector<merkle::NoteVerifier>& keys) {
  const auto opened = merkle::OpenCheckpoint(checkpoint.note(), keys);
  if (!opened.ok()) return opened.status();
  if (opened->checkpoint.size != checkpoint.size() ||
      std::string(storage::AsChars(opened->checkpoint.root)) != checkpoint.root_hash()) {
    return Wrong("the message says something else than the note");
  }
  return opened->checkpoint;
}

Hash RootOf(const std::vector<std::string>& leaves, uint64_t size) {
  merkle::CompactRange range;
  for (uint64_t i = 0; i < size; ++i) range.Append(merkle::LeafHash(leaves[i]));
  return range.Root();
}

Hash HashOf(const std::string& bytes) {
  Hash hash{};
  EXPECT_EQ(bytes.size(), hash.size());
  std::copy_n(bytes.begin(), std::min(bytes.size(), hash.size()), hash.begin());
  return hash;
}

merkle::Proof ProofOf(const google::protobuf::RepeatedPtrField<std::string>& hashes) {
  merkle::Proof proof;
  for (const std::string& hash : hashes) proof.push_back(HashOf(hash));
  return proof;
}

absl::Status CheckInclusion(const v1::InclusionProof& proof, const std::string& leaf,
                            const merkle::Checkpoint& checkpoint) {
  const Hash hash = merkle::LeafHash(leaf);
  if (HashOf(proof.leaf_hash()) != hash) return Wrong("another leaf hash");
  if (proof.size() != checkpoint.size) return Wrong("another size");
  if (HashOf(proof.root_hash()) != checkpoint.root) return Wrong("another root");
  return merkle::VerifyInclusion(proof.position(), proof.size(), hash, ProofOf(proof.hashes()),
                                 checkpoint.root);
}

absl::StatusOr<std::optional<merkle::DirectoryEntry>> CheckHistory(
    const ClientHistory& history, const std::vector<merkle::NoteVerifier>& keys) {
  const auto checkpoint = Open(history.proof.checkpoint(), keys);
  if (!checkpoint.ok()) return checkpoint.status();
  if (absl::Status status = CheckChain(history); !status.ok()) return status;
  if (!history.records.empty()) {
    absl::Status status = CheckInclusion(history.proof.last(), history.records.back(), *checkpoint);
    if (!status.ok()) return status;
  }
  const v1::DirectoryProof& directory = history.proof.directory();
  const std::string& record = directory.record().record();
  const auto said = RecordedIn(record);
  if (!said.ok()) return said.status();
  absl::Status status = CheckInclusion(directory.inclusion(), record, *checkpoint);
  if (!status.ok()) return status;
  merkle::DirectoryProof proof;
  for (const v1::DirectoryEntry& entry : directory.entries()) {
    proof.leaves.push_back({entry.index(),
                            {entry.client_id(), entry.revision(), HashOf(entry.leaf_hash())},
                            ProofOf(entry.hashes())});
  }
  auto entry = merkle::VerifyDirectoryProof(history.proof.client_id(), said->client_count(),
                                            HashOf(said->root_hash()), proof);
  if (!entry.ok() || !entry->has_value()) return entry;
  if ((*entry)->last_revision >= history.records.size()) return Wrong("records are left out");
  if ((*entry)->last_leaf_hash != merkle::LeafHash(history.records[(*entry)->last_revision])) {
    return Wrong("the directory knows another record");
  }
  return entry;
}

}  // namespace pledger::testing
