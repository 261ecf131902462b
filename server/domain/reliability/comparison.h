// Why a client's figures differ between two perspectives.
//
// The way from the one to the other is gone in three steps, so that what each did adds up to the
// whole: the same facts on the later day ("AGED"), the other facts on that day (a change for each
// reason code, with the positions that came or went), and the other policy ("POLICY"). A dimension
// without a score at either end names the facts that came or went, without points.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_COMPARISON_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_COMPARISON_H_

#include "pledger/v1/reliability_history.pb.h"
#include "server/domain/reliability/client_history.h"
#include "server/domain/reliability/policy.h"

namespace pledger::reliability {

struct ComparedSide {
  const Policy& policy;
  Perspective perspective;
};

// Appends the dimensions, OVERALL last; signals and bases are left to the caller.
void FillComparison(const ClientHistory& history, const ComparedSide& before,
                    const ComparedSide& after, v1::CompareReliabilityResponse* out);

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_COMPARISON_H_
