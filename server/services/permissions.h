// What each role may do: the one place that says so.
//
//   call                                                 roles
//   ---------------------------------------------------  ----------------------------------------
//   GetStatus; AuditService's checkpoints, keys, proofs  everybody with a token
//   GetEvent, ListClientEvents, ReadEvents, Subscribe    READER, AUDITOR, PRIVACY_OFFICER
//     with personal fields opened                        READER, PRIVACY_OFFICER
//   ReliabilityService                                   READER, AUDITOR, PRIVACY_OFFICER
//   PolicyService: Get, List, Simulate                   READER, AUDITOR, OPERATOR
//   AuditService: GetReceipt                             all but OPERATOR
//   AuditService: records, histories, digests, sealed    AUDITOR
//   AuditService: RecordClientDirectory                  AUDITOR, OPERATOR
//   AuditService: RotateSigningKey                       OPERATOR
//   AuditService: ReadAccessLog                          AUDITOR, PRIVACY_OFFICER
//   PrivacyService: ListHolds                            PRIVACY_OFFICER, AUDITOR
//   PrivacyService: all else                             PRIVACY_OFFICER
//   health, reflection                                   everybody
//
//   fact, by Append, AppendStream or a call of its own   roles
//   ---------------------------------------------------  ----------------------------------------
//   client_erased, signing_key_rotated,                  nobody: the ledger itself
//     client_directory_recorded
//   hold_placed, hold_released                           PRIVACY_OFFICER
//   policy_adopted, all in streams that begin with ~     OPERATOR
//   event_corrected, event_retracted                     OPERATOR; an APPENDER that is limited to
//                                                          sources, for events of these
//   all others, statements and disputes among them       APPENDER
//
// A principal that is limited to sources appends events of these only. One that is limited to
// clients appends and reads events of these only, and has to name them: what is over all clients
// is not for it.
#ifndef PLEDGER_SERVER_SERVICES_PERMISSIONS_H_
#define PLEDGER_SERVER_SERVICES_PERMISSIONS_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "pledger/v1/ledger.pb.h"
#include "server/services/principal.h"

namespace pledger::services {

// The rows of the table of calls.
enum class Right {
  kReadEvents,
  kReadPersonal,
  kReadFigures,
  kReadPolicy,
  kAudit,
  kReceipt,
  kRecordDirectory,
  kRotateSigningKey,
  kReadAccessLog,
  kListHolds,
  kPrivacy,
};

RoleSet RolesFor(Right right);
// By the number of the fact.
RoleSet RolesForFact(uint16_t fact_type);

// FORBIDDEN, naming the roles, unless the principal has one of them.
[[nodiscard]] absl::Status CheckRight(const Principal& principal, Right right);

// FORBIDDEN unless the principal may see this client; empty: all of them.
[[nodiscard]] absl::Status CheckClient(const Principal& principal, std::string_view client_id);

// Both for a read of events: of one client, or of those that the filter names.
[[nodiscard]] absl::Status CheckRead(const Principal& principal, Right right,
                                     std::string_view client_id,
                                     const v1::EventFilter* filter = nullptr);

// FORBIDDEN, with the path of the event, if the principal may not append one of them. Corrections
// and retractions of an APPENDER pass here, and depend on the events that they are about: see
// NeedsTargetCheck().
[[nodiscard]] absl::Status CheckAppend(const Principal& principal,
                                       const v1::AppendRequest& request);

// Whether the event's target has to be one of the principal's own sources.
bool NeedsTargetCheck(const Principal& principal, const v1::ProposedEvent& event);

// FORBIDDEN unless events of this source are the principal's. `target` is the position.
[[nodiscard]] absl::Status CheckTargetSource(const Principal& principal, uint64_t target,
                                             std::string_view source);

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_PERMISSIONS_H_
