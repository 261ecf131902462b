// Where we ourselves must grow, towards one client (DOMAIN.md, section 5): our own part in what
// went wrong, each with the facts behind it.
//
// What DOMAIN.md leaves open:
// - WE_BREAK_PROMISES: each of our dues that passed, and each promise that we broke.
// - WE_CAUSE_COMPLAINTS: complaints resolved as founded, wholly or in part, or as our fault.
// - NO_AGREED_BASELINE: engagements at a fixed price or as a package without one.
// - TERMS_NOT_EXPLAINED: engagements agreed, and rushes asked for, before the client had
//   acknowledged the terms or was ever told of them.
// - RUSH_WITHOUT_FEE: rushes absorbed, or agreed for nothing.
// - LATE_INVOICING: invoices issued more than 14 days after their engagement was delivered.
// - SLOW_RESOLUTION: complaints that took more than 14 days, or are open for longer.
// - NO_EVIDENCE: disputes resolved for the client for which we had nothing to show.
// - NO_PREPAYMENT_AFTER_SIGNAL: engagements agreed without prepayment while LATE_PAYER, NON_PAYER,
//   PAY_TOMORROW or HAGGLES_AFTER_AGREEMENT was present.
// - RIGHT_TO_REFUSE_UNUSED: conduct would have allowed it, and nobody used it.
// - REPLANNED_FOR_RUSH: from the third rush on for which production was moved: one that was not
//   feasible when it was asked for, or displaced others, and was done all the same.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_GROWTH_POINTS_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_GROWTH_POINTS_H_

#include <array>
#include <cstdint>
#include <vector>

#include "server/domain/reliability/signals.h"

namespace pledger::reliability {

struct GrowthFinding {
  // Of the policy's recent days, and of as many before them.
  int64_t recent_count = 0;
  int64_t previous_count = 0;
  std::vector<Occurrence> facts;

  int64_t count() const { return static_cast<int64_t>(facts.size()); }
};

using GrowthFindings = std::array<GrowthFinding, kGrowthCodes>;

// Overwrites `findings`; `signals` are of the same input.
void FindGrowthPoints(const SignalInput& input, const SignalWorld& signals,
                      GrowthFindings* findings);

// "Our promises not kept in time: 2". `count` is at least 1.
std::string GrowthStatement(GrowthCode code, int64_t count);

// The regulated right to refuse: abuse, present or severe, allows it.
bool RefusalAllowed(const SignalWorld& signals);

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_GROWTH_POINTS_H_
