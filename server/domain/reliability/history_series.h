// How a client's figures came about: a series of points.
//
// With HISTORY_MODE_CHANGES there is a point for every fact and every dimension that it moved, by
// more than rounding: `before` is the dimension on the day of the fact without it, `after` with it.
// What time alone does (a due date passes, evidence ages) lies between the points. Facts count in
// the order of the world, each corrected as the perspective knows it: the series is how it was, not
// what was believed when. `reason_code` is the code of the item that the fact is part of and that
// moves the dimension most; where there is none, the fact's own type ("INVOICE_ISSUED").
//
// With HISTORY_MODE_MONTH_ENDS there is a point for each month since the first fact and each
// dimension that has a score at its end or had one at the end before, and one at `as_of`. The
// reason is "MONTH_END", or "AGED" where no fact occurred since the point before; the position is
// that of the last fact until then.
//
// The same facts, policy and perspective give the same bytes. Every fact that can move a dimension
// costs a fold of the facts before it: some 30 ns for each pair of facts, so 2,000 facts take some
// 100 ms; month ends cost one fold each.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_HISTORY_SERIES_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_HISTORY_SERIES_H_

#include <cstddef>
#include <cstdint>
#include <limits>

#include "pledger/v1/reliability_history.pb.h"
#include "server/domain/limits.h"
#include "server/domain/reliability/client_history.h"
#include "server/domain/reliability/policy.h"
#include "server/domain/reliability/scorecard.h"

namespace pledger::reliability {

struct SeriesOptions {
  v1::HistoryMode mode = v1::HISTORY_MODE_CHANGES;
  // DIMENSION_OVERALL included.
  DimensionSet dimensions = kAllDimensions;
  // Only points in [from, to).
  int64_t from_ns = std::numeric_limits<int64_t>::min();
  int64_t to_ns = std::numeric_limits<int64_t>::max();
  // Of more than these the latest are given.
  size_t points_max = limits::kHistoryPointsMax;
};

// Appends the points and sets `truncated`; `basis` is left to the caller.
void FillSeries(const ClientHistory& history, const Policy& policy, const Perspective& perspective,
                const SeriesOptions& options, v1::GetReliabilityHistoryResponse* out);

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_HISTORY_SERIES_H_
