// What a seller looks at before closing a deal, and the limits that it suggests (DOMAIN.md, section
// 6). Proposed, not decided.
//
// The limits: PREPAYMENT in band E, or while NON_PAYER or PAY_TOMORROW is present. Else the
// policy's days to pay and credit limit of the band: so many times the mean of a month's payments
// over the last 365 days, less what is overdue. Without a score: the terms of band C, and no credit
// limit.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_SOLVENCY_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_SOLVENCY_H_

#include <array>
#include <string_view>

#include "absl/status/statusor.h"
#include "pledger/v1/policy.pb.h"
#include "pledger/v1/solvency.pb.h"
#include "server/domain/reliability/client_history.h"
#include "server/domain/reliability/cohort.h"
#include "server/domain/reliability/policy.h"

namespace pledger::reliability {

// Everything but `basis`. `out` is empty.
void FillSolvency(std::string_view client_id, const ClientHistory& history, const Policy& policy,
                  const Perspective& perspective, const CohortContext& cohort,
                  v1::GetSolvencyResponse* out);

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_SOLVENCY_H_
