#include "server/domain/reliability/portfolio.h"

#include <vector>

#include "server/domain/reliability/assess_fold.h"
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
  v1::DimensionAssessment* dimension = out->mutable_payment_dimension();
  const DimensionScores scores = ScorePayments(tallies_, values, policy_);
  FillDimension(v1::DIMENSION_PAYMENT, scores, policy_, dimension);
  if (scores.aged.scored) {
    ReasonSums sums;
    AddPaymentReasons(tallies_, values, &sums);
    FillReasons(&sums, kReasonCodes, 0, dimension);
  }
  FillPaymentFigures(tallies_, values, policy_, out->mutable_payment());
}

}  // namespace pledger::reliability
