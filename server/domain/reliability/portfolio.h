// All clients together: figures over all of them and by tier, in memory that does not grow with
// their number, but with the number of tiers, days, and members of staff.
//
// Add clients in the order of their ids: sums of floating point numbers depend on their order in
// the last bits, and answers must not. Not thread-safe.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_PORTFOLIO_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_PORTFOLIO_H_

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "pledger/v1/assessment.pb.h"
#include "pledger/v1/figures.pb.h"
#include "pledger/v1/portfolio.pb.h"
#include "server/domain/reliability/client_fold.h"
#include "server/domain/reliability/client_history.h"
#include "server/domain/reliability/cohort.h"
#include "server/domain/reliability/payment_score.h"
#include "server/domain/reliability/policy.h"
#include "server/domain/reliability/time_to_pay.h"

namespace pledger::reliability {

class PortfolioAccumulator {
 public:
  // `policy`, and what `compared` points to, must outlive this.
  PortfolioAccumulator(const Policy& policy, const Perspective& perspective,
                       const CohortContext& compared)
      : policy_(policy), perspective_(perspective), compared_(compared) {}

  // A client of whom nothing was recorded by then, or nothing had occurred, does not count.
  void Add(std::string_view client_id, const ClientHistory& history);

  // Everything but `basis` and `quarantined_clients`. Reasons and growth points name no positions:
  // those are the clients'. Clients without a tier count in the first cohort, that of all, alone.
  void Fill(v1::GetPortfolioResponse* out) const;

 private:
  // Of all clients, or of those of a tier.
  struct Cohort {
    int64_t clients = 0;
    int64_t scored = 0;
    double overall_sum = 0;
    PaymentTallies tallies;
    TimeToPay time_to_pay;
    std::array<int64_t, v1::Band_ARRAYSIZE> bands = {};
    // Enquiries by outcome, those without one first.
    std::array<int64_t, v1::EnquiryClosed::Outcome_ARRAYSIZE> enquiries = {};
    // Orders by how many days they took.
    std::map<int64_t, int64_t> days_to_order;
    int64_t effort_minutes = 0;
    int64_t strain_minutes = 0;
  };
  struct Exposure {
    int64_t minutes = 0;
    int64_t strain_minutes = 0;
    int64_t incidents = 0;
    int64_t clients = 0;
    // Of the client that was counted last.
    int64_t last_client = -1;
  };
  struct Growth {
    int64_t count = 0;
    int64_t recent_count = 0;
    int64_t previous_count = 0;
    int64_t clients = 0;
  };

  void AddTo(const ClientHistory& history, const ClientFold& fold,
             const v1::ClientReliability& client, Cohort* cohort);
  static void AddEnquiries(const ClientHistory& history, const ClientFold& fold,
                           const Policy& policy, Cohort* cohort);
  void AddExposure(const ClientHistory& history, const ClientFold& fold);
  void AddAssessment(const v1::ClientAssessment& assessment);
  void FillCohort(const std::string& tier, const Cohort& cohort, v1::Cohort* out) const;
  void FillPayments(const PaymentTallies& tallies, v1::DimensionAssessment* dimension,
                    v1::PaymentFigures* figures) const;
  void FillExposure(v1::GetPortfolioResponse* out) const;

  const Policy& policy_;
  const Perspective perspective_;
  const CohortContext compared_;
  Cohort all_;
  std::map<std::string, Cohort, std::less<>> tiers_;
  // By code: present, and on watch.
  std::map<std::string, std::pair<int64_t, int64_t>, std::less<>> signals_;
  std::map<std::string, Growth, std::less<>> growth_;
  // By the Monday of the week, and member of staff.
  std::map<std::pair<int64_t, std::string>, Exposure> exposure_;
};

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_PORTFOLIO_H_
