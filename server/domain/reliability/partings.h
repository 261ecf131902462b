// Partings of one client: how far each has come, how it felt, and what it saved (DOMAIN.md, section
// 6).
//
// What a parting saved is the effort of the 365 days before it was closed, by month, less that
// since: of the first 365 days after it. While less than 30 days have passed nothing is said.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_PARTINGS_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_PARTINGS_H_

#include "pledger/v1/assessment.pb.h"
#include "server/domain/reliability/signals.h"

namespace pledger::reliability {

// Appends one state for each parting, in the order in which they were opened.
void FillPartings(const SignalInput& input, v1::ClientAssessment* out);

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_PARTINGS_H_
