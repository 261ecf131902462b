#include "client/verify/verify_receipt.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/verify/key_chain.h"
#include "client/verify/trust_check.h"
#include "storage/format/record.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/tlog_proof.h"

namespace pledger::verify {
namespace {

void CheckRecord(const storage::merkle::TlogProof& proof, ReceiptReport& result) {
  const auto record = storage::DecodeRecord(*proof.extra);
  const auto body = record.ok() ? storage::ScanBody(record->body) : record.status();
  if (!body.ok()) {
    result.report.Fail(Aspect::kIntegrity,
                       absl::StrCat("holds no record: ", body.status().message()), proof.index);
    return;
  }
  result.client_id = body->client_id;
  if (record->header.position != proof.index) {
    result.report.Fail(Aspect::kIntegrity,
                       absl::StrCat("holds the record of position ", record->header.position),
                       proof.index);
  }
}

}  // namespace

absl::StatusOr<ReceiptReport> VerifyReceipt(std::string_view receipt, const Trust& trust) {
  const auto proof = storage::merkle::ParseTlogProof(receipt);
  if (!proof.ok()) return proof.status();
  if (!proof->extra) {
    return absl::InvalidArgumentError("the proof has no record: it is none of Pledger's receipts");
  }
  ReceiptReport result;
  Report& report = result.report;
  TrustCheck check(trust, report);
  absl::Status status = check.Take({"the receipt's checkpoint", proof->checkpoint});
  if (status.ok()) status = check.TakeKnown();
  if (!status.ok()) return status;
  const storage::merkle::Checkpoint& checkpoint = check.head().checkpoint;
  result.origin = checkpoint.origin;
  result.size = checkpoint.size;
  result.position = proof->index;
  CheckRecord(*proof, result);
  const absl::Status included = storage::merkle::VerifyInclusion(
      proof->index, checkpoint.size, storage::merkle::LeafHash(*proof->extra), proof->path,
      checkpoint.root);
  if (included.ok()) {
    report.Holds(Aspect::kIntegrity,
                 absl::StrCat("the record is the leaf ", proof->index, " of the ", checkpoint.size,
                              " that the checkpoint covers"));
  } else {
    report.Fail(Aspect::kIntegrity,
                absl::StrCat("the record is not in the checkpoint's tree: ", included.message()),
                proof->index);
  }
  report.CannotCheck(Aspect::kCompleteness,
                     "a receipt is about one event and says nothing of others");
  KeyChain keys(checkpoint.origin);
  check.CheckSignatures(keys);
  check.CheckFreshness(/*must_be_latest=*/false);
  return result;
}

}  // namespace pledger::verify
