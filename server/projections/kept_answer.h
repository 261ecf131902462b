// What was last said of a client, kept beside the history for whoever asks again.
//
// While nothing is recorded of a client who refers nobody, what is said depends on three things:
// the policy, the cohorts compared with, and the civil day. So one answer serves every moment of a
// day on which all of the client's facts are known and have occurred, byte for byte.
#ifndef PLEDGER_SERVER_PROJECTIONS_KEPT_ANSWER_H_
#define PLEDGER_SERVER_PROJECTIONS_KEPT_ANSWER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "server/domain/reliability/cohort.h"
#include "server/domain/reliability/policy.h"

namespace pledger::projections {

// Immutable.
struct KeptAnswer {
  std::shared_ptr<const reliability::Policy> policy;
  std::shared_ptr<const reliability::Cohorts> cohorts;
  int64_t day = 0;
  // GetReliabilityResponse.reliability, serialised with its tag.
  std::string bytes;
};
using KeptAnswerPtr = std::shared_ptr<const KeptAnswer>;

}  // namespace pledger::projections

#endif  // PLEDGER_SERVER_PROJECTIONS_KEPT_ANSWER_H_
