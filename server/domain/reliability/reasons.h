// The codes by which scores explain themselves, and what would improve each.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_REASONS_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_REASONS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "pledger/v1/assessment.pb.h"

namespace pledger::reliability {

enum class ReasonCode : uint8_t {
  // Portions of invoices, by days late: below 0, 0, 1 to 30, 31 to 90, more.
  kPaidEarly,
  kPaidOnTime,
  kPaidLate,
  kPaidLateOver30,
  kPaidLateOver90,
  // What is open: past due; or the client said that they will not pay.
  kOpenPastDue,
  // What was still owed when we gave up hope of it.
  kWrittenOff,
  kPaymentRefused,
  // Promises.
  kKept,
  kPartlyKept,
  // Declared broken, or a promise to pay whose money did not come.
  kBroken,
  // A due time that passed before the promise was kept, broken or given a new one.
  kMissedDue,
  // Past due, and nothing has come of it yet.
  kOverdue,
  kExtensionTooMany,
  // What scoring starts from, before there is evidence.
  kPrior,
  // SCOPE: an engagement with an agreed baseline; what was asked for on it, and what came of it.
  kScopeAgreed,
  kChangeOrder,
  kChangeRequested,
  kOurRework,
  kAbsorbedWork,
  kExcessAlteration,
  // CONDUCT: a contact, an incident that does not count, and incidents in the order of
  // v1::ConductReported::Kind.
  kContact,
  kPaidPriority,
  kShouting,
  kInsult,
  kThreat,
  kHarassment,
  kPressure,
  kCondescension,
  kIgnoredAnswers,
  kMisinformation,
  kUnreachableWhenNeeded,
  kPriorityDemand,
  // COMPLAINTS of the client, and of us.
  kEngagement,
  kComplaintFounded,
  kComplaintNotHeldAgainst,
  kComplaintShared,
  kComplaintUnfounded,
  kComplaintFaultOfClient,
  kComplaintAfterIgnoredAdvice,
  kOurFault,
  kOurSharedFault,
  kComplaintNotOurs,
  // COOPERATION; misinformation as above.
  kAdviceFollowed,
  kAdvicePartlyFollowed,
  kAdviceIgnored,
  kBlockingPromiseMet,
  kBlockingPromiseMissed,
  // ECONOMY.
  kPaymentReceived,
  kCreditGranted,
  kMaterialCost,
  kEffortCost,
  kCapitalCost,
};
inline constexpr size_t kReasonCodes = static_cast<size_t>(ReasonCode::kCapitalCost) + 1;

// "PAID_LATE". Lives for ever.
const char* ReasonName(ReasonCode code);
// A sentence; empty where nothing needs to improve. Lives for ever.
const char* ReasonImprovement(ReasonCode code);

// What one code amounts to.
struct ReasonSum {
  double points = 0;
  int64_t count = 0;
  // In any order; not necessarily distinct.
  std::vector<uint64_t> positions;
};
using ReasonSums = std::array<ReasonSum, kReasonCodes>;

// Appends the codes that count anything or move the score, the most points either way first, then
// by name; at most `reasons_max` of them, each with its distinct positions in ascending order, the
// highest `positions_max` of them. Empties `sums` for the next dimension.
void FillReasons(ReasonSums* sums, size_t reasons_max, size_t positions_max,
                 v1::DimensionAssessment* out);

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_REASONS_H_
