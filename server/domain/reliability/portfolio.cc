#include "server/domain/reliability/portfolio.h"

#include <vector>

#include "server/domain/reliability/client_fold.h"
#include "server/domain/reliability/reasons.h"

namespace pledger::reliability {

void PortfolioAccumulator::Add(const ClientHistory& history) {
  if (history.Events(perspective_).events == 0) return;
  ++clients_;
  const FoldedClient client(history, policy_, perspective_);
  tallies_.Add(client->tallies);
}

void PortfolioAccumulator::Fill(v1::GetPortfolioResponse* out) const {
  out->set_clients(clients_);
  const std::vector<ValueOfAmount> values = ValuesOf(tallies_, policy_);
  ReasonSums sums;
  v1::DimensionAssessment* dimension = out->mutable_payment_dimension();
  FillPaymentScores(tallies_, values, policy_, &sums, dimension);
  FillReasons(&sums, kReasonCodes, 0, dimension);
  FillPaymentFigures(tallies_, values, policy_, out->mutable_payment());
}

}  // namespace pledger::reliability
