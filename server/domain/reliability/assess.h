// What the record says about one client: facts in, figures out.
//
// Pure: the same history, policy and perspective give the same bytes. Thread-safe for a history
// that nobody changes meanwhile; scratch memory is kept per thread.
//
// `events` and the first and last occur time count every event within the perspective, corrections,
// retractions and what they are about included: what happened is one thing, that it is on record
// another. Everything else counts what is left after corrections and retractions.
//
// A dimension without enough evidence has no reasons, and its evidence no points. Points of a
// dimension's reasons add up to its score − 100. OVERALL has no reasons of its own.
//
// What is under an open dispute is marked. Most dimensions count it and give their score without it
// as well; CONDUCT and misinformation leave it out and give their score with it as well.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_ASSESS_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_ASSESS_H_

#include <string_view>

#include "pledger/v1/assessment.pb.h"
#include "pledger/v1/reliability.pb.h"
#include "server/domain/reliability/client_history.h"
#include "server/domain/reliability/policy.h"

namespace pledger::reliability {

// How much is said about why.
enum class AssessDetail {
  // No reasons.
  kSummary,
  // The strongest reasons, each with the positions of its latest items; as many as limits.h says.
  kFull,
  // All reasons with all positions.
  kExplain,
};

// Fills in everything but `assessment`. `out` may live on an arena; what it holds is overwritten.
void Assess(std::string_view client_id, const ClientHistory& history, const Policy& policy,
            const Perspective& perspective, AssessDetail detail, v1::ClientReliability* out);
v1::ClientReliability Assess(std::string_view client_id, const ClientHistory& history,
                             const Policy& policy, const Perspective& perspective,
                             AssessDetail detail);

// `reliability` as Assess gives it with kExplain, and the evidence of one dimension, or of all
// where it is unspecified: in the order of occurrence, ties by position. `basis` is left to the
// caller.
v1::ExplainResponse Explain(std::string_view client_id, const ClientHistory& history,
                            const Policy& policy, const Perspective& perspective,
                            v1::Dimension dimension);

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_ASSESS_H_
