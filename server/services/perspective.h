// From the perspective that a caller asks for to the one that an answer is computed from.
#ifndef PLEDGER_SERVER_SERVICES_PERSPECTIVE_H_
#define PLEDGER_SERVER_SERVICES_PERSPECTIVE_H_

#include "absl/status/statusor.h"
#include "pledger/v1/perspective.pb.h"
#include "server/domain/reliability/policy_book.h"
#include "server/projections/reliability_queries.h"
#include "storage/format/types.h"

namespace pledger::services {

// `view_position` is where the view stands: nothing at or behind it is taken into account, so that
// the answer can be computed again. INVALID_FIELD for a draft policy that makes no sense,
// POLICY_NOT_FOUND for a version that was not adopted by then.
absl::StatusOr<projections::ResolvedPerspective> ResolvePerspective(
    const v1::Perspective& asked, storage::Position view_position, int64_t now_ns,
    const reliability::PolicyBook& policies);

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_PERSPECTIVE_H_
