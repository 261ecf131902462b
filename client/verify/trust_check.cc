#include "client/verify/trust_check.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "storage/format/text.h"
#include "storage/merkle/hash.h"

namespace pledger::verify {

using storage::merkle::NoteVerifier;
using storage::merkle::WitnessedBy;
using storage::merkle::WitnessPolicy;

void TrustCheck::TakePolicy(std::string_view text) {
  auto policy = storage::merkle::ParseWitnessPolicy(text);
  if (policy.ok()) {
    policy_ = *std::move(policy);
  } else {
    report_.Fail(Aspect::kAuthorship, absl::StrCat("policy: ", policy.status().message()));
  }
}

absl::Status TrustCheck::Take(const CheckpointFile& file) { return Add(file, false); }

absl::Status TrustCheck::TakeKnown() {
  for (const CheckpointFile& file : trust_.known) {
    absl::Status status = Add(file, true);
    if (status.ok()) continue;
    return absl::InvalidArgumentError(absl::StrCat(file.source, ": ", status.message()));
  }
  return absl::OkStatus();
}

absl::Status TrustCheck::Add(const CheckpointFile& file, bool is_known) {
  auto parsed = storage::merkle::ParseNote(file.note);
  if (!parsed.ok()) return parsed.status();
  auto checkpoint = storage::merkle::ParseCheckpoint(parsed->text);
  if (!checkpoint.ok()) return checkpoint.status();
  if (seen_.empty()) head_source_ = file.source;
  seen_.push_back({file.source, *std::move(checkpoint), *std::move(parsed), is_known,
                   file.must_be_covered, std::nullopt});
  return absl::OkStatus();
}

std::vector<SeenCheckpoint>& TrustCheck::BySize() {
  std::stable_sort(seen_.begin(), seen_.end(),
                   [](const SeenCheckpoint& a, const SeenCheckpoint& b) {
                     return a.checkpoint.size < b.checkpoint.size;
                   });
  return seen_;
}

const SeenCheckpoint& TrustCheck::head() const {
  return *std::find_if(seen_.begin(), seen_.end(),
                       [this](const SeenCheckpoint& seen) { return seen.source == head_source_; });
}

std::string TrustCheck::WitnessesOf(const SeenCheckpoint& seen) const {
  const WitnessPolicy* policy = Witnesses();
  if (policy == nullptr) return "";
  const auto witnessed = CheckWitnesses(seen.note, *policy);
  if (!witnessed.ok()) return "";
  std::vector<std::string> names;
  for (size_t i = 0; i < policy->witnesses.size(); ++i) {
    if (witnessed->times_s[i]) names.push_back(policy->witnesses[i].name);
  }
  return names.empty() ? "" : absl::StrCat(", seen by the witness ", absl::StrJoin(names, ", "));
}

void TrustCheck::CheckTree(uint64_t size) {
  uint64_t fit = 0;
  for (const SeenCheckpoint& seen : seen_) {
    const uint64_t seen_size = seen.checkpoint.size;
    if (seen_size > size && seen.is_known && !seen.must_be_covered) {
      continue;  // A matter of freshness.
    } else if (seen_size > size) {
      report_.Fail(
          Aspect::kCompleteness,
          absl::StrCat(seen.source, " covers ", seen_size, " events", WitnessesOf(seen),
                       ", the records end before position ", size, ": the tail is cut off"),
          size);
    } else if (!seen.tree_root) {
      continue;  // What is missing was told.
    } else if (*seen.tree_root == seen.checkpoint.root) {
      ++fit;
    } else if (seen.source == head_source_) {
      report_.Fail(Aspect::kIntegrity, absl::StrCat("the records lead to another root than ",
                                                    seen.source, " of size ", seen_size));
    } else {
      report_.Fail(Aspect::kIntegrity,
                   absl::StrCat(seen.source, " of size ", seen_size, WitnessesOf(seen),
                                " has another root than these records: the log was rewritten or "
                                "forked before position ",
                                seen_size));
    }
  }
  report_.Holds(Aspect::kIntegrity,
                absl::StrCat(fit, " of ", seen_.size(), " checkpoints are of this tree"));
}

std::vector<NoteVerifier> TrustCheck::TrustedKeys() const {
  if (!trust_.log_keys.empty() || !policy_) return trust_.log_keys;
  std::vector<NoteVerifier> keys;
  for (const auto& log : policy_->logs) keys.push_back(log.key);
  return keys;
}

bool TrustCheck::AnchorKeys(KeyChain& keys) {
  const std::vector<NoteVerifier> trusted = TrustedKeys();
  const auto is_trusted = [&](const NoteVerifier& key) {
    return std::find(trusted.begin(), trusted.end(), key) != trusted.end();
  };
  if (trusted.empty()) {
    report_.CannotCheck(Aspect::kAuthorship, "no key of the log is known");
    return false;
  }
  if (!keys.empty()) {
    if (std::any_of(keys.keys().begin(), keys.keys().end(), is_trusted)) return true;
    report_.Fail(Aspect::kAuthorship,
                 "none of the keys that the ledger's rotations name is one that is trusted");
    return false;
  }
  for (const NoteVerifier& key : trusted) {
    if (!absl::IsNotFound(VerifyNote(head().note, key))) {
      keys.SetOnlyKey(key);
      return true;
    }
  }
  report_.Fail(Aspect::kAuthorship, absl::StrCat(head_source_, " of ", head().checkpoint.origin,
                                                 " is signed by none of the keys that are "
                                                 "trusted"));
  return false;
}

void TrustCheck::CheckSignatures(KeyChain& keys) {
  if (AnchorKeys(keys)) {
    uint64_t signed_count = 0;
    for (const SeenCheckpoint& seen : seen_) {
      const absl::Status status = keys.CheckSignature(seen.checkpoint, seen.note);
      if (status.ok()) {
        ++signed_count;
      } else {
        report_.Fail(
            Aspect::kAuthorship,
            absl::StrCat(seen.source, " of size ", seen.checkpoint.size, ": ", status.message()));
      }
    }
    report_.Holds(
        Aspect::kAuthorship,
        absl::StrCat(signed_count, " of ", seen_.size(),
                     " checkpoints are signed by the key in force, ", keys.keys().back().ToString(),
                     " at last; ", keys.ends().size(), " rotations, each signed by both keys"));
    if (trust_.log_keys.empty()) {
      report_.CannotCheck(Aspect::kAuthorship,
                          absl::StrCat("the keys are those that came with it: compare ",
                                       keys.keys().front().ToString(),
                                       " with what another source says, and give it as --key"));
    }
  }
  const WitnessPolicy* policy = Witnesses();
  for (const SeenCheckpoint& seen : seen_) {
    if (policy == nullptr) break;
    const auto witnessed = CheckWitnesses(seen.note, *policy);
    if (!witnessed.ok()) {
      report_.Fail(Aspect::kAuthorship,
                   absl::StrCat(seen.source, ": ", witnessed.status().message()));
    }
  }
}

const WitnessPolicy* TrustCheck::Witnesses() const {
  if (trust_.witnesses) return &*trust_.witnesses;
  return policy_ ? &*policy_ : nullptr;
}

void TrustCheck::CheckQuorum(const WitnessPolicy& policy) {
  const auto witnessed = CheckWitnesses(head().note, policy);
  if (!witnessed.ok()) return;  // Told as a matter of authorship.
  uint64_t latest_s = 0;
  for (const auto& time_s : witnessed->times_s) latest_s = std::max(latest_s, time_s.value_or(0));
  if (!witnessed->quorum) {
    report_.Fail(Aspect::kFreshness,
                 absl::StrCat("the quorum of witnesses did not cosign ", head_source_, " of size ",
                              head().checkpoint.size, ": others may have been shown another log"));
    return;
  }
  const absl::Time seen_at = absl::FromUnixSeconds(static_cast<int64_t>(latest_s));
  const std::string when = absl::FormatTime(absl::RFC3339_sec, seen_at, absl::UTCTimeZone());
  if (trust_.now - seen_at > trust_.age_max) {
    report_.Fail(Aspect::kFreshness,
                 absl::StrCat("the witnesses saw it last at ", when, ", longer ago than ",
                              absl::FormatDuration(trust_.age_max)));
    return;
  }
  report_.Holds(Aspect::kFreshness, absl::StrCat("the quorum of witnesses saw it, last at ", when));
  if (!trust_.witnesses) {
    report_.CannotCheck(Aspect::kFreshness,
                        "the witnesses are those that came with it: bring your own (--policy)");
  }
}

void TrustCheck::CheckFreshness(bool must_be_latest) {
  uint64_t known_count = 0;
  bool overtaken = false;
  for (const SeenCheckpoint& seen : seen_) {
    if (!seen.is_known) continue;
    ++known_count;
    if (seen.checkpoint.size <= head().checkpoint.size) continue;
    overtaken = true;
    std::string what = absl::StrCat(seen.source, " covers ", seen.checkpoint.size, " events",
                                    WitnessesOf(seen), ", this only ", head().checkpoint.size);
    if (must_be_latest) {
      report_.Fail(Aspect::kFreshness, std::move(what));
    } else {
      report_.CannotCheck(Aspect::kFreshness,
                          absl::StrCat(what,
                                       ": that it continues this one takes a proof "
                                       "(`pledger audit diff`)"));
    }
  }
  if (!overtaken && known_count > 0) {
    report_.Holds(Aspect::kFreshness, absl::StrCat("none of ", known_count,
                                                   " checkpoints known from elsewhere is "
                                                   "later"));
  }
  const WitnessPolicy* policy = Witnesses();
  if (policy != nullptr && policy->quorum != "none") {
    CheckQuorum(*policy);
  } else if (known_count == 0) {
    report_.CannotCheck(Aspect::kFreshness,
                        "no witness and no checkpoint from elsewhere says how far the log goes");
  }
}

}  // namespace pledger::verify
