// All clients together: the PAYMENT figures over every portion of every client, in memory that does
// not grow with their number.
//
// Add clients in the order of their ids: sums of floating point numbers depend on their order in
// the last bits, and answers must not. Not thread-safe.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_PORTFOLIO_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_PORTFOLIO_H_

#include <cstdint>

#include "pledger/v1/reliability.pb.h"
#include "server/domain/reliability/client_history.h"
#include "server/domain/reliability/payment_score.h"
#include "server/domain/reliability/policy.h"

namespace pledger::reliability {

class PortfolioAccumulator {
 public:
  // `policy` must outlive this.
  PortfolioAccumulator(const Policy& policy, const Perspective& perspective)
      : policy_(policy), perspective_(perspective) {}

  // A client of whom nothing was recorded by then, or nothing had occurred, does not count.
  void Add(const ClientHistory& history);

  // Everything but `basis` and `quarantined_clients`. Reasons name no positions: those are the
  // clients'.
  void Fill(v1::GetPortfolioResponse* out) const;

 private:
  const Policy& policy_;
  const Perspective perspective_;
  int64_t clients_ = 0;
  PaymentTallies tallies_;
};

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_PORTFOLIO_H_
