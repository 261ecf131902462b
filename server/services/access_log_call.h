// The call AuditService.ReadAccessLog.
#ifndef PLEDGER_SERVER_SERVICES_ACCESS_LOG_CALL_H_
#define PLEDGER_SERVER_SERVICES_ACCESS_LOG_CALL_H_

#include "absl/status/statusor.h"
#include "pledger/v1/audit.pb.h"
#include "storage/access_log.h"

namespace pledger::services {

// May block. The request has passed CheckRules(), and stands in the log itself. TREE_SIZE_UNKNOWN
// for a known size beyond the log; others are the log's.
absl::StatusOr<v1::ReadAccessLogResponse> ReadAccessLog(storage::AccessLog& log,
                                                        const v1::ReadAccessLogRequest& request);

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_ACCESS_LOG_CALL_H_
