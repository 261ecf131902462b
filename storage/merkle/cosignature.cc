#include "storage/merkle/cosignature.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "storage/format/big_endian.h"
#include "storage/format/text.h"
#include "storage/format/types.h"

namespace pledger::storage::merkle {
namespace {

constexpr size_t kTimeBytes = 8;

}  // namespace

std::string CosignedMessage(std::string_view checkpoint_text, uint64_t time_s) {
  return absl::StrCat("cosignature/v1\ntime ", time_s, "\n", ToAbsl(checkpoint_text));
}

NoteSignature Cosign(std::string_view checkpoint_text, uint64_t time_s, const NoteSigner& witness) {
  NoteSignature cosignature = {witness.verifier().name(), witness.verifier().id(), {}};
  AppendBig64(time_s, &cosignature.signature);
  cosignature.signature += AsChars(witness.SignMessage(CosignedMessage(checkpoint_text, time_s)));
  return cosignature;
}

absl::StatusOr<uint64_t> VerifyCosignature(const SignedNote& checkpoint,
                                           const NoteVerifier& witness) {
  uint64_t latest_s = 0;
  for (const NoteSignature& signature : checkpoint.signatures) {
    if (witness.type() != NoteKeyType::kCosignature || !IsBy(signature, witness)) continue;
    const absl::Status is_false =
        absl::DataLossError(absl::StrCat("the cosignature of ", witness.name(), " is false"));
    if (signature.signature.size() < kTimeBytes) return is_false;
    const uint64_t time_s = GetBig64(signature.signature.data());
    if (time_s == 0 || time_s > std::numeric_limits<int64_t>::max()) return is_false;
    const std::string_view rest = std::string_view(signature.signature).substr(kTimeBytes);
    if (!witness.VerifyMessage(CosignedMessage(checkpoint.text, time_s), rest).ok()) {
      return is_false;
    }
    latest_s = std::max(latest_s, time_s);
  }
  if (latest_s > 0) return latest_s;
  return absl::NotFoundError(absl::StrCat("no cosignature of ", witness.name()));
}

}  // namespace pledger::storage::merkle
