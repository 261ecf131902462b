// From the perspective that a caller asks for to the one that an answer is computed from.
#ifndef PLEDGER_SERVER_SERVICES_PERSPECTIVE_H_
#define PLEDGER_SERVER_SERVICES_PERSPECTIVE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "pledger/v1/reliability.pb.h"
#include "server/domain/reliability/client_history.h"
#include "server/domain/reliability/policy.h"
#include "storage/format/types.h"

namespace pledger::services {

struct ResolvedPerspective {
  reliability::Perspective perspective;
  std::shared_ptr<const reliability::Policy> policy;
  // What the answer says of itself.
  v1::AnswerBasis basis;
};

// `view_position` is where the view stands: nothing at or behind it is taken into account, so that
// the answer can be computed again. INVALID_FIELD for a draft policy that makes no sense.
absl::StatusOr<ResolvedPerspective> ResolvePerspective(const v1::Perspective& asked,
                                                       storage::Position view_position,
                                                       int64_t now_ns);

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_PERSPECTIVE_H_
