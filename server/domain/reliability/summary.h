// From everything that is known of a client to the one row that lists show.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_SUMMARY_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_SUMMARY_H_

#include "pledger/v1/assessment.pb.h"
#include "pledger/v1/reliability.pb.h"

namespace pledger::reliability {

// `computed_time` is left to the caller. `client` may be of any AssessDetail.
void Summarize(const v1::ClientReliability& client, v1::ClientSummary* row);

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_SUMMARY_H_
