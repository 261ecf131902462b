// What a client is compared with: figures of the clients of the same tier, and the bands of those
// who came by their word. A client's own history cannot tell these; whoever has all clients does.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_COHORT_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_COHORT_H_

#include <cstdint>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "pledger/v1/reliability.pb.h"

namespace pledger::reliability {

struct CohortFigures {
  // How many clients the percentiles are of. Fewer than kCohortMin tell nothing.
  int64_t clients = 0;
  // Days since the last payment: four fifths of the cohort paid more recently.
  double days_since_payment_80th = 0;
  // Of the last 730 days, by client: a fifth of the cohort has fewer payments, and smaller sums (in
  // minor units of the reporting currency).
  double payments_20th = 0;
  double paid_20th = 0;
  // Contacts for a thousand minor units of payments, in the last 730 days.
  double contacts_per_1000_95th = 0;
  // Days from enquiry to order, and how many orders that is of.
  double days_to_order_95th = 0;
  int64_t orders = 0;
};
inline constexpr int64_t kCohortMin = 20;

// Both may be null: what they would tell is then not looked at. `band_of` gives the band of a
// client; unspecified where there is no score or no such client.
struct CohortContext {
  const CohortFigures* figures = nullptr;
  const absl::FunctionRef<v1::Band(std::string_view client_id)>* band_of = nullptr;
};

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_COHORT_H_
