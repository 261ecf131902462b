// Which money settled which invoice, and when: the world of one client's payments, simulated in the
// order of the world. What it means for a score is payment_score.h's.
//
// Rules (DOMAIN.md, sections 1 to 3, and what it leaves open):
// - A payment's allocations go to their invoices first. What they leave unallocated goes to the
//   invoices of its currency that are open on that day and not written off, oldest due time first,
//   ties by position of the invoice; the rest is money on account. What an allocation exceeds its
//   invoice by is money on account and is not passed to other open invoices: the client said what
//   it was for.
// - Money on account settles invoices of its currency as they are issued, the money received first
//   going first. Such a portion counts from the day of issue, but its days late are those of the
//   day of payment: the money was there early.
// - An allocation to an invoice that, in the world, is issued later is held for it.
// - A payment reversed within the perspective counts as never made, an invoice cancelled as never
//   issued; what was allocated to the latter is money on account.
// - A credit reduces what an invoice owes as a payment would, but makes no portion; its excess
//   reduces later invoices. A refunded credit reduces nothing.
// - What a written-off invoice owes is a loss from the day it was written off, neither open nor
//   overdue any more. It takes money only where that is allocated to it, which lessens the loss.
// - An allocation in another currency than the invoice's becomes money on account.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_PAYMENT_FOLD_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_PAYMENT_FOLD_H_

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "server/domain/reliability/client_history.h"
#include "server/domain/reliability/policy.h"
#include "server/domain/reliability/timeline.h"

namespace pledger::reliability {

// The end of a linked list, or "not known".
inline constexpr int32_t kNone = -1;
// Later than every day.
inline constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

struct Invoice {
  uint32_t id = kNoText;
  uint32_t currency = kNoText;
  uint64_t position = 0;
  int64_t issue_ns = 0;
  int64_t issue_day = 0;
  int64_t due_ns = 0;
  int64_t due_day = 0;
  int64_t amount = 0;
  // What it still owes.
  int64_t open = 0;
  // When it came to owe nothing.
  int64_t closed_ns = kNever;
  // Its portions, in the order in which they counted.
  int32_t first_portion = kNone;
  int32_t last_portion = kNone;
};

// The part of an invoice that one payment settled.
struct Portion {
  int32_t invoice = kNone;
  int32_t next = kNone;  // Of the same invoice.
  int64_t amount = 0;
  uint64_t payment_position = 0;
  int64_t payment_ns = 0;
  int64_t payment_day = 0;
  // The later of payment and issue.
  int64_t counted_ns = 0;
  int64_t counted_day = 0;
};

// A dispute within the perspective.
struct Dispute {
  uint32_t invoice = kNoText;  // Or, if none, of the event at `target`.
  uint64_t target = 0;
  int64_t open_day = 0;
  int64_t close_day = kNever;
  uint8_t in_favour_of = 0;  // A v1::DisputeResolved::InFavourOf; 0 while open.
  int32_t next = kNone;      // Of the same invoice.
};

// Money received or sent, in the order of the world: what promises to pay are judged by.
struct MoneyMoved {
  int64_t occur_ns;
  uint64_t position;
  int64_t day;
  int64_t amount;
  uint32_t currency;
  uint32_t invoice;  // Of a refund that names one.
};

// A promise to pay by the client: what its invoice had seen when it was given.
struct PromiseSnapshot {
  int32_t fact;     // Of the promise, in the timeline.
  int32_t invoice;  // kNone if it was not issued yet.
  int64_t owed;
};

// What is known of one id; an id may name an invoice and a payment and a promise.
struct IdState {
  int32_t invoice = kNone;  // Index in PaymentWorld::invoices.
  int32_t held = kNone;     // Money that waits for this invoice.
  int32_t dispute = kNone;  // As the id of a dispute.
  int32_t first_dispute = kNone;
  int32_t promise = kNone;  // For promise_fold.
  bool cancelled = false;
  bool written_off = false;
  bool reversed = false;
  bool refused = false;
  uint64_t refused_position = 0;
  int64_t refused_ns = 0;
  uint64_t written_off_position = 0;
  int64_t written_off_ns = 0;
};

// Money not yet used.
struct Lot {
  int64_t amount = 0;
  uint64_t position = 0;
  int64_t occur_ns = 0;
  int64_t day = 0;
  uint32_t currency = kNoText;
  bool credit = false;
  int32_t next = kNone;  // Held for the same invoice.
};

// The result, and scratch that is reused from one fold to the next.
struct PaymentWorld {
  std::vector<IdState> ids;  // By number of the text.
  std::vector<Invoice> invoices;
  std::vector<Portion> portions;
  std::vector<Dispute> disputes;
  std::vector<MoneyMoved> received;
  std::vector<MoneyMoved> refunded;
  std::vector<PromiseSnapshot> snapshots;  // Ascending by `fact`.
  std::vector<Lot> account;
  std::vector<Lot> held;
  // Of the events that are under an open dispute, of those whose dispute was resolved for the
  // client, and of those where both sides were right, ascending.
  std::vector<uint64_t> disputed_positions;
  std::vector<uint64_t> overturned_positions;
  std::vector<uint64_t> shared_positions;
  // Scratch: open invoices, oldest due first; the first lot on account that may hold money.
  std::vector<int32_t> open;
  size_t account_begin = 0;
};

// Overwrites `world`.
void FoldPayments(const ClientHistory& history, const Timeline& timeline, const Policy& policy,
                  PaymentWorld* world);

// How many of the days in (due_day, day] are excused by disputes of the invoice, as they stand at
// the end of the perspective. A dispute covers the days after the one it was opened on up to the
// one it was resolved on. Open, or resolved for the client: all of them are excused. Shared: half
// of them, rounded down. Resolved for us: none. A day that several disputes cover counts once, by
// the kindest.
int64_t ExcusedDays(const PaymentWorld& world, const Invoice& invoice, int64_t day);

// Whether the position is among `positions`, which ascend.
inline bool IsAmong(const std::vector<uint64_t>& positions, uint64_t position) {
  return !positions.empty() && std::binary_search(positions.begin(), positions.end(), position);
}

// Whether a dispute of the invoice is open.
bool UnderDispute(const PaymentWorld& world, const Invoice& invoice);

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_PAYMENT_FOLD_H_
