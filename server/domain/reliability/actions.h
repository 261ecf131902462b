// What the record calls for: the policy's rules from signals to actions, what to try first, and
// which of that was tried. The system proposes; a named human decides.
//
// PART is proposed as such only when a remedy was tried and is on record, or a threat of severity 4
// or more was made; else it is named with what holds it back. Sentiment plays no part in any rule.
//
// What counts as tried: TermsExplained; TermsChanged to prepayment or to self-service; a rush that
// was quoted or agreed at a price; a rush that was declined; an engagement by the hour; a complaint
// handled by a manager; and any proposal of the action that somebody confirmed.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_ACTIONS_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_ACTIONS_H_

#include "pledger/v1/assessment.pb.h"
#include "server/domain/reliability/growth_points.h"
#include "server/domain/reliability/signals.h"

namespace pledger::reliability {

// Appends what is recommended, each action once, in the order of the enum; KEEP where nothing is.
void RecommendActions(const SignalInput& input, const SignalWorld& signals,
                      const GrowthFindings& growth, v1::ClientAssessment* out);

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_ACTIONS_H_
