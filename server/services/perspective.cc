#include "server/services/perspective.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/domain/errors.h"
#include "server/domain/fact_rules.h"

namespace pledger::services {
namespace {

constexpr int64_t kDraftVersion = -1;

}  // namespace

absl::StatusOr<projections::ResolvedPerspective> ResolvePerspective(
    const v1::Perspective& asked, storage::Position view_position, int64_t now_ns,
    const reliability::PolicyBook& policies) {
  projections::ResolvedPerspective resolved;
  reliability::Perspective& perspective = resolved.perspective;
  perspective.as_of_ns = asked.has_as_of() ? ToNanos(asked.as_of()) : now_ns;
  storage::Position next = view_position;
  if (asked.known_at_case() == v1::Perspective::kKnownAtPosition) {
    next = std::min(next, asked.known_at_position() + (~asked.known_at_position() == 0 ? 0 : 1));
  } else if (asked.known_at_case() == v1::Perspective::kKnownAtRecordTime) {
    perspective.known_at_record_time_ns = ToNanos(asked.known_at_record_time());
  }
  if (next == 0) {
    // Nothing is known: no position can say so, a time can.
    perspective.known_at_record_time_ns = std::numeric_limits<int64_t>::min();
  } else {
    perspective.known_at_position = next - 1;
  }
  resolved.basis.set_next_position(next);
  *resolved.basis.mutable_as_of() = FromNanos(perspective.as_of_ns);
  if (!asked.has_draft_policy()) {
    const bool named = asked.policy_case() == v1::Perspective::kPolicyVersion;
    const auto policy =
        named ? policies.Find(asked.policy_version(), perspective) : policies.InForce(perspective);
    if (policy == nullptr) {
      return Error(v1::ERROR_REASON_POLICY_NOT_FOUND,
                   absl::StrCat("version ", asked.policy_version(),
                                " of the policy was not adopted by then"),
                   {{"version", absl::StrCat(asked.policy_version())}});
    }
    resolved.policy = policy->resolved;
    resolved.basis.set_policy_version(policy->version);
    return resolved;
  }
  auto draft = reliability::Policy::Resolve(asked.draft_policy());
  if (!draft.ok()) return PrefixField(draft.status(), "perspective.draft_policy.");
  resolved.policy = std::make_shared<const reliability::Policy>(*std::move(draft));
  resolved.basis.set_policy_version(kDraftVersion);
  return resolved;
}

}  // namespace pledger::services
