#include "tests/support/pack_maker.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/verify/pack.h"
#include "storage/format/record.h"
#include "storage/format/wire.h"
#include "storage/merkle/compact_range.h"
#include "storage/merkle/cosignature.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/key_rotation.h"
#include "storage/merkle/tile_node_reader.h"
#include "storage/merkle/tlog_proof.h"
#include "storage/merkle/witness_policy.h"

namespace pledger::testing {
namespace {

namespace merkle = storage::merkle;

constexpr int64_t kSecondNs = 1'000'000'000;

void Require(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::abort();
}

v1::Fact Invoice(uint64_t number) {
  v1::Fact fact;
  auto* invoice = fact.mutable_invoice_issued();
  invoice->set_invoice_id(absl::StrCat("inv-", number));
  invoice->mutable_amount()->set_currency_code("EUR");
  invoice->mutable_amount()->set_minor_units(static_cast<int64_t>(1000 + number));
  invoice->mutable_due_time()->set_seconds(PackMaker::kFirstTimeNs / kSecondNs + 60);
  return fact;
}

v1::Fact Payment(uint64_t number) {
  v1::Fact fact;
  auto* payment = fact.mutable_payment_received();
  payment->set_payment_id(absl::StrCat("pay-", number));
  payment->mutable_amount()->set_currency_code("EUR");
  payment->mutable_amount()->set_minor_units(static_cast<int64_t>(1000 + number));
  return fact;
}

}  // namespace

merkle::NoteSigner TestKey(std::string_view name, merkle::NoteKeyType type, uint8_t seed) {
  return merkle::NoteSigner::Create(name, type, merkle::Ed25519Seed{seed}).value();
}

void PackMaker::Add(std::string_view client_id, const v1::Fact& fact) {
  const auto found = heads_.find(std::string(client_id));
  storage::RecordHeader header;
  header.position = records_.size();
  header.record_time_ns = kFirstTimeNs + static_cast<int64_t>(records_.size()) * kSecondNs;
  header.occur_time_ns = header.record_time_ns;
  header.fact_type = static_cast<uint16_t>(fact.fact_case());
  for (int i = 0; i < 8; ++i) header.event_id[i] = static_cast<uint8_t>(header.position >> 8 * i);
  if (found != heads_.end()) {
    header.revision = found->second.last_revision + 1;
    header.previous_leaf_hash = found->second.last_leaf_hash;
  }
  std::string record(storage::kRecordHeaderBytes, '\0');
  storage::EncodeHeader(header, record.data());
  storage::AppendWireBytes(1, client_id, &record);
  storage::AppendWireBytes(6, fact.SerializeAsString(), &record);
  storage::AppendWireBytes(13, "tester", &record);
  heads_[std::string(client_id)] = {std::string(client_id), header.revision,
                                    merkle::LeafHash(record)};
  records_.push_back(std::move(record));
}

void PackMaker::AddBusiness(uint64_t count, uint64_t clients) {
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t number = records_.size();
    Add(absl::StrCat("client-", number % clients),
        number / clients % 2 == 0 ? Invoice(number) : Payment(number));
  }
}

void PackMaker::AddDirectory() {
  merkle::DirectoryRoot root;
  for (const auto& [client_id, entry] : heads_) Require(root.Add(entry));
  v1::Fact fact;
  auto* directory = fact.mutable_client_directory_recorded();
  directory->set_next_position(records_.size());
  directory->set_client_count(root.size());
  directory->set_root_hash(std::string(storage::AsChars(root.Root())));
  Add("~ledger", fact);
}

void PackMaker::AddRotation(const merkle::NoteSigner& new_key) {
  const merkle::NoteSigner& old_key = keys_.back();
  const std::string text = merkle::RotationText(kOrigin, old_key.verifier(), new_key.verifier());
  v1::Fact fact;
  auto* rotation = fact.mutable_signing_key_rotated();
  rotation->set_old_verifier_key(old_key.verifier().ToString());
  rotation->set_new_verifier_key(new_key.verifier().ToString());
  rotation->set_statement(merkle::FormatNote(
      {text, {merkle::SignNote(text, old_key), merkle::SignNote(text, new_key)}}));
  ends_.push_back(records_.size());
  Add("~ledger", fact);
  keys_.push_back(new_key);
}

storage::Hash PackMaker::Root(uint64_t size) const {
  merkle::CompactRange range;
  for (uint64_t i = 0; i < size; ++i) range.Append(merkle::LeafHash(records_[i]));
  return range.Root();
}

std::string PackMaker::Checkpoint(uint64_t size, absl::Span<const merkle::NoteSigner> witnesses,
                                  uint64_t time_s) const {
  const auto key = std::lower_bound(ends_.begin(), ends_.end(), size) - ends_.begin();
  merkle::SignedNote note = merkle::SignCheckpoint({kOrigin, size, Root(size), {}}, {keys_[key]});
  for (const merkle::NoteSigner& witness : witnesses) {
    note.signatures.push_back(merkle::Cosign(note.text, time_s, witness));
  }
  return merkle::FormatNote(note);
}

void PackMaker::Write(const std::string& folder, const std::string& checkpoint,
                      const std::vector<std::string>& earlier, const std::string& policy) const {
  auto writer = verify::PackWriter::Create(folder);
  Require(writer.status());
  for (const std::string& record : records_) Require(writer->AddRecord(record));
  Require(writer->FinishRecords());
  Require(writer->WriteCheckpoint(checkpoint));
  for (const std::string& note : earlier) Require(writer->AddCheckpoint(note));
  Require(writer->Write(verify::kPolicyFile, policy.empty() ? Policy() : policy));
}

std::string PackMaker::Receipt(storage::Position position, uint64_t size) const {
  merkle::TileBuilder tree;
  std::map<merkle::TileId, std::vector<storage::Hash>> tiles;
  for (uint64_t i = 0; i < size; ++i) {
    tree.Append(merkle::LeafHash(records_[i]), [&](merkle::TileId id, auto hashes) {
      tiles[id] = {hashes.begin(), hashes.end()};
    });
  }
  merkle::TileNodeReader nodes(tree.edge(), [&](merkle::TileId id) { return tiles.at(id); });
  const auto path = merkle::InclusionProof(position, size, nodes);
  Require(path.status());
  return merkle::FormatTlogProof({records_[position], position, *path, Checkpoint(size)});
}

std::string PackMaker::Policy(absl::Span<const merkle::NoteSigner> witnesses) const {
  merkle::WitnessPolicy policy;
  for (const merkle::NoteSigner& key : keys_) policy.logs.push_back({key.verifier(), ""});
  if (!witnesses.empty()) {
    policy.groups.push_back({"all-of-them", witnesses.size(), {}});
    policy.quorum = "all-of-them";
  }
  for (const merkle::NoteSigner& witness : witnesses) {
    policy.witnesses.push_back({witness.verifier().name(), witness.verifier(), ""});
    policy.groups[0].members.push_back(witness.verifier().name());
  }
  return merkle::FormatWitnessPolicy(policy);
}

}  // namespace pledger::testing
