#include "server/audit/witness_asker.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "spdlog/spdlog.h"
#include "storage/merkle/cosignature.h"
#include "storage/merkle/tlog_witness.h"

namespace pledger::audit {
namespace {

using storage::StoredCheckpoint;
using storage::merkle::NoteSignature;

// How much of an answer that says no is passed on.
constexpr size_t kAnswerShownBytes = 200;

}  // namespace

absl::Duration WitnessAsker::Work() {
  const auto latest = book_.Latest();
  const WitnessReport report = board_.report(witness_);
  if (!latest.has_value() || latest->size <= report.cosigned_size) return interval_;
  absl::Status asked = Ask(*latest);
  // It knows another size than we thought; now we know it as well.
  if (absl::IsOutOfRange(asked)) asked = Ask(*latest);
  const std::string& name = board_.policy().witnesses[witness_].key.name();
  const std::string error(asked.message());
  if (error != report.error) {
    asked.ok() ? spdlog::info("witness {} cosigns again", name)
               : spdlog::warn("witness {} does not cosign: {}", name, error);
  }
  board_.NoteAsked(witness_, error, clock_.NowNs());
  const absl::Duration pause = asked.ok() ? interval_ : retry_;
  retry_ = asked.ok() ? kRetryFirst : std::min(2 * retry_, kRetryMax);
  return pause;
}

absl::Status WitnessAsker::Ask(const StoredCheckpoint& checkpoint) {
  storage::merkle::AddCheckpointRequest request;
  request.old_size = old_size_;
  request.checkpoint = checkpoint.note;
  auto proof = prover_.Consistency(old_size_, checkpoint.size);
  if (!proof.ok()) return proof.status();
  request.proof = *std::move(proof);
  const auto answer = post_(FormatAddCheckpoint(request));
  if (!answer.ok()) return answer.status();
  if (answer->code == 200) return Take(checkpoint, answer->body);
  if (answer->code == 409) return NoteOldSize(checkpoint, answer->body);
  return absl::FailedPreconditionError(absl::StrCat(
      "it answers ", answer->code, ": ",
      absl::StripAsciiWhitespace(absl::string_view(answer->body).substr(0, kAnswerShownBytes))));
}

absl::Status WitnessAsker::Take(const StoredCheckpoint& checkpoint, const std::string& lines) {
  const storage::merkle::NoteVerifier& key = board_.policy().witnesses[witness_].key;
  const auto signatures = storage::merkle::ParseSignatureLines(lines);
  if (!signatures.ok()) return signatures.status();
  auto note = storage::merkle::ParseNote(checkpoint.note);
  if (!note.ok()) return note.status();
  // Lines of other keys mean nothing to us.
  std::vector<NoteSignature> own;
  std::copy_if(signatures->begin(), signatures->end(), std::back_inserter(own),
               [&key](const NoteSignature& one) { return IsBy(one, key); });
  note->signatures = own;
  const auto time_s = VerifyCosignature(*note, key);
  if (!time_s.ok()) return time_s.status();
  if (absl::Status added = book_.AddSignatures(checkpoint.size, own); !added.ok()) return added;
  if (absl::Status noted = board_.NoteCosigned(checkpoint.size); !noted.ok()) return noted;
  old_size_ = checkpoint.size;
  return absl::OkStatus();
}

absl::Status WitnessAsker::NoteOldSize(const StoredCheckpoint& checkpoint,
                                       const std::string& body) {
  uint64_t known = 0;
  if (!absl::SimpleAtoi(body, &known)) {
    return absl::FailedPreconditionError("it answers 409 without a size");
  }
  if (known > checkpoint.size) {
    return absl::DataLossError(absl::StrCat("it has cosigned a checkpoint of size ", known,
                                            " and the latest here is of ", checkpoint.size,
                                            ": the end of the log is lost, or it was rewritten"));
  }
  if (known == old_size_) {
    return absl::FailedPreconditionError(absl::StrCat("it answers 409 to its own size ", known));
  }
  old_size_ = known;
  return absl::OutOfRangeError("another old size");
}

}  // namespace pledger::audit
