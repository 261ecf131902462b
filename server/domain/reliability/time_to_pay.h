// How long invoices take until they are paid in full, with those that are still open counted for as
// long as they were seen.
//
// Unpaid share: Kaplan and Meier, Nonparametric Estimation from Incomplete Observations, JASA 53,
// 1958, with Greenwood's variance: S(t)² Σ d/(n(n − d)). A write-off ends the observation without a
// payment: its share is estimated beside it as a competing risk, Aalen and Johansen, Scandinavian
// Journal of Statistics 5, 1978: Σ S(t−)·w/n. Of what happens on one day payments come first, then
// write-offs, then censoring.
//
// Days from issue to the day on which the invoice came to owe nothing; for an open one, to `as_of`.
// A cancelled invoice was never issued.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_TIME_TO_PAY_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_TIME_TO_PAY_H_

#include <cstdint>
#include <map>

#include "pledger/v1/portfolio.pb.h"

namespace pledger::reliability {

// Counts by day: its memory grows with the days, not with the invoices. Not thread-safe.
class TimeToPay {
 public:
  enum class End { kPaid, kWrittenOff, kOpen };

  void Add(int64_t days, End end);

  void Fill(v1::TimeToPay* out) const;

 private:
  struct Counts {
    int64_t paid = 0;
    int64_t written_off = 0;
    int64_t open = 0;
  };
  std::map<int64_t, Counts> days_;
};

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_TIME_TO_PAY_H_
