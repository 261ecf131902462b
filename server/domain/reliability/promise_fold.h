// Promises: which due times were met and which passed.
//
// Rules (DOMAIN.md, section 3, and what it leaves open). A due passes when its civil day is over,
// for a promise to pay (kind PAYMENT with an amount) when the days of grace are over as well;
// called its deadline below.
// - Kept: an item of 1, or of its fraction, on that day. If its deadline had passed, that is a miss
//   of its own beside it.
// - Broken: one item of 0, on the day it was declared or the deadline, whichever came first.
// - Excused or waived: the whole promise counts neither way, earlier misses included.
// - No outcome: nothing until the deadline passes; then OVERDUE, an item of 0.
// - Rescheduled after the deadline had passed: a miss (0), and the new due takes its place, agreed
//   or not.
// - Rescheduled before it: to a later due, asked for by the promiser and agreed: free for the first
//   so many of each promise, then half a miss (an item of 0.5) each. Not agreed: the old due goes
//   on to count, as a miss if it passes, and the new one counts as well. To an earlier due, agreed:
//   it takes the old one's place.
// - Rescheduled at the other party's wish: agreed, it is free and counts as no extension; not
//   agreed, nothing changes.
// - A promise to pay is kept when the money that came after it was given reaches tolerance ×
// amount:
//   the money that settled its invoice, or where it names none, all money received in its currency.
//   It need not bring more than the invoice still owed when it was given, and is kept as well once
//   the invoice owes nothing. Late money is a miss and no keeping. A cancelled invoice's promise
//   counts neither way. For our own promises to pay, the money is that of refunded credits.
// - Each promise stands for itself, also where several are about one invoice.
//
// A miss counts, and ages, from the deadline that passed; evidence names the due time.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_PROMISE_FOLD_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_PROMISE_FOLD_H_

#include <array>
#include <cstdint>
#include <vector>

#include "pledger/v1/figures.pb.h"
#include "server/domain/reliability/client_history.h"
#include "server/domain/reliability/payment_fold.h"
#include "server/domain/reliability/policy.h"
#include "server/domain/reliability/reasons.h"
#include "server/domain/reliability/timeline.h"

namespace pledger::reliability {

struct PromiseItem {
  uint32_t id = kNoText;
  ReasonCode code = ReasonCode::kKept;
  bool by_us = false;
  bool disputed = false;
  // Work stood still without it.
  bool blocking = false;
  // 0 to 1.
  double good = 0;
  int64_t occur_ns = 0;
  int64_t counted_day = 0;
  // Of a promise to pay; else none.
  int64_t amount = 0;
  uint32_t currency = kNoText;
  // The promise, what set its due time, what became of it; as far as there are such.
  std::array<uint64_t, 3> positions = {};
  int positions_count = 0;
};

// Counts that are no items.
struct PromiseCounts {
  int64_t excused_or_waived = 0;
  int64_t open = 0;
};

// The result, and scratch that is reused from one fold to the next.
struct PromiseWorld {
  struct Promise {
    int32_t made = kNone;  // Index in the timeline, as below.
    int32_t first = kNone;
    int32_t last = kNone;
  };
  struct Step {
    int32_t fact;
    int32_t next;
  };
  // A due that still counts although it was, without agreement, replaced.
  struct Due {
    int64_t deadline_day;
    int64_t due_ns;
    uint64_t set_by;
  };

  // In the order of the promises' first facts.
  std::vector<PromiseItem> items;
  PromiseCounts counts_of_client;
  PromiseCounts counts_of_us;
  // Of the client's promises to pay alone.
  PromiseCounts payment_counts_of_client;
  // Scratch.
  std::vector<Promise> promises;
  std::vector<Step> steps;
  std::vector<Due> replaced;
};

// Overwrites `world`. `payments` is what FoldPayments made of the same timeline; its
// IdState::promise is this fold's.
void FoldPromises(const Timeline& timeline, const Policy& policy, int64_t as_of_day,
                  PaymentWorld* payments, PromiseWorld* world);

// The figures of one party.
void FillPromiseFigures(const PromiseWorld& world, bool by_us, v1::PromiseFigures* out);

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_PROMISE_FOLD_H_
