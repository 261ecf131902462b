#include "server/domain/reliability/payment_fold.h"

#include <algorithm>
#include <utility>

#include "absl/container/inlined_vector.h"

namespace pledger::reliability {
namespace {

class PaymentFold {
 public:
  PaymentFold(const ClientHistory& history, const Timeline& timeline, const Policy& policy,
              PaymentWorld* world)
      : history_(history), timeline_(timeline), policy_(policy), world_(*world) {}

  void Run() {
    Clear();
    for (const TimedFact& timed : timeline_.facts) Foresee(timed);
    LinkDisputes();
    for (const TimedFact& timed : timeline_.facts) Apply(timed);
  }

 private:
  void Clear() {
    world_.ids.assign(history_.text_count(), IdState());
    world_.invoices.clear();
    world_.portions.clear();
    world_.disputes.clear();
    world_.received.clear();
    world_.refunded.clear();
    world_.snapshots.clear();
    world_.account.clear();
    world_.held.clear();
    world_.disputed_positions.clear();
    world_.overturned_positions.clear();
    world_.shared_positions.clear();
    world_.open.clear();
    world_.account_begin = 0;
  }

  // Notes what undoes other facts from their start, whenever it happened.
  void Foresee(const TimedFact& timed) {
    const HistoryFact& fact = *timed.content;
    switch (fact.type) {
      case v1::FACT_TYPE_INVOICE_CANCELLED:
        world_.ids[fact.id].cancelled = true;
        break;
      case v1::FACT_TYPE_PAYMENT_REVERSED:
        world_.ids[fact.id].reversed = true;
        break;
      case v1::FACT_TYPE_PAYMENT_REFUSED: {
        IdState& invoice = world_.ids[fact.id];
        if (invoice.refused) break;
        invoice.refused = true;
        invoice.refused_position = timed.position;
        invoice.refused_ns = timed.occur_time_ns;
        break;
      }
      case v1::FACT_TYPE_DISPUTE_OPENED: {
        if (world_.ids[fact.id].dispute != kNone) break;
        world_.ids[fact.id].dispute = static_cast<int32_t>(world_.disputes.size());
        Dispute& dispute = world_.disputes.emplace_back();
        dispute.invoice = fact.invoice();
        dispute.target = fact.has(kOfInvoice) ? 0 : fact.disputed_position();
        dispute.open_day = policy_.DayOf(timed.occur_time_ns);
        break;
      }
      default:
        break;
    }
  }

  void LinkDisputes() {
    if (world_.disputes.empty()) return;
    for (const TimedFact& timed : timeline_.facts) {
      const HistoryFact& fact = *timed.content;
      if (fact.type != v1::FACT_TYPE_DISPUTE_RESOLVED) continue;
      const int32_t index = world_.ids[fact.id].dispute;
      if (index == kNone || world_.disputes[index].close_day != kNever) continue;
      Dispute& dispute = world_.disputes[index];
      dispute.close_day = std::max(dispute.open_day, policy_.DayOf(timed.occur_time_ns));
      dispute.in_favour_of = fact.in_favour_of();
    }
    for (int32_t i = 0; i < static_cast<int32_t>(world_.disputes.size()); ++i) {
      Dispute& dispute = world_.disputes[i];
      if (dispute.invoice != kNoText) {
        dispute.next = std::exchange(world_.ids[dispute.invoice].first_dispute, i);
      } else if (dispute.close_day == kNever) {
        world_.disputed_positions.push_back(dispute.target);
      } else if (dispute.in_favour_of == v1::DisputeResolved::IN_FAVOUR_OF_CLIENT) {
        world_.overturned_positions.push_back(dispute.target);
      } else if (dispute.in_favour_of == v1::DisputeResolved::IN_FAVOUR_OF_SHARED) {
        world_.shared_positions.push_back(dispute.target);
      }
    }
    for (std::vector<uint64_t>* positions :
         {&world_.disputed_positions, &world_.overturned_positions, &world_.shared_positions}) {
      std::sort(positions->begin(), positions->end());
    }
  }

  void Apply(const TimedFact& timed) {
    const HistoryFact& fact = *timed.content;
    switch (fact.type) {
      case v1::FACT_TYPE_INVOICE_ISSUED:
        return Issue(timed);
      case v1::FACT_TYPE_PAYMENT_RECEIVED:
        return Receive(timed);
      case v1::FACT_TYPE_CREDIT_GRANTED:
        return Credit(timed);
      case v1::FACT_TYPE_INVOICE_WRITTEN_OFF:
        return WriteOff(timed);
      case v1::FACT_TYPE_PROMISE_MADE:
        return Snapshot(timed);
      default:
        return;
    }
  }

  void Issue(const TimedFact& timed) {
    const HistoryFact& fact = *timed.content;
    IdState& id = world_.ids[fact.id];
    if (id.cancelled || id.invoice != kNone) return;
    const auto index = static_cast<int32_t>(world_.invoices.size());
    id.invoice = index;
    Invoice& invoice = world_.invoices.emplace_back();
    invoice.id = fact.id;
    invoice.currency = fact.currency;
    invoice.position = timed.position;
    invoice.issue_ns = timed.occur_time_ns;
    invoice.issue_day = policy_.DayOf(timed.occur_time_ns);
    invoice.due_ns = fact.due_time_ns;
    invoice.due_day = policy_.DayOf(fact.due_time_ns);
    invoice.amount = invoice.open = fact.amount;
    for (int32_t i = id.held; i != kNone; i = world_.held[i].next) {
      Lot lot = world_.held[i];
      world_.held[i].amount = 0;
      SettleNamed(index, &lot);
    }
    SettleFromAccount(index);
    if (invoice.open > 0 && !id.written_off) InsertOpen(index);
  }

  void SettleFromAccount(int32_t index) {
    std::vector<Lot>& account = world_.account;
    size_t& begin = world_.account_begin;
    while (begin < account.size() && account[begin].amount == 0) ++begin;
    const Invoice& invoice = world_.invoices[index];
    for (size_t i = begin; i < account.size() && invoice.open > 0; ++i) {
      if (account[i].currency == invoice.currency) Settle(index, &account[i]);
    }
  }

  void InsertOpen(int32_t index) {
    const auto older = [this](int32_t a, int32_t b) {
      const Invoice& x = world_.invoices[a];
      const Invoice& y = world_.invoices[b];
      return x.due_ns != y.due_ns ? x.due_ns < y.due_ns : x.position < y.position;
    };
    std::vector<int32_t>& open = world_.open;
    open.insert(std::upper_bound(open.begin(), open.end(), index, older), index);
  }

  void Receive(const TimedFact& timed) {
    const HistoryFact& fact = *timed.content;
    if (world_.ids[fact.id].reversed) return;
    Lot rest = LotOf(timed);
    world_.received.push_back(
        {timed.occur_time_ns, timed.position, rest.day, fact.amount, fact.currency, kNoText});
    for (const HistoryAllocation& allocation : history_.allocations(fact)) {
      if (rest.amount == 0) break;
      Lot part = rest;
      part.amount = std::min(rest.amount, allocation.amount);
      rest.amount -= part.amount;
      Give(allocation.invoice, part);
    }
    SettleOldest(&rest);
  }

  void Credit(const TimedFact& timed) {
    const HistoryFact& fact = *timed.content;
    Lot lot = LotOf(timed);
    if ((fact.flags & kRefunded) != 0) {
      world_.refunded.push_back(
          {timed.occur_time_ns, timed.position, lot.day, fact.amount, fact.currency, fact.id});
      return;
    }
    lot.credit = true;
    if (fact.id == kNoText) return SettleOldest(&lot);
    Give(fact.id, lot);
  }

  Lot LotOf(const TimedFact& timed) const {
    Lot lot;
    lot.amount = timed.content->amount;
    lot.position = timed.position;
    lot.occur_ns = timed.occur_time_ns;
    lot.day = policy_.DayOf(timed.occur_time_ns);
    lot.currency = timed.content->currency;
    return lot;
  }

  // Money that was meant for one invoice.
  void Give(uint32_t invoice_id, Lot lot) {
    IdState& id = world_.ids[invoice_id];
    if (id.invoice != kNone) return SettleNamed(id.invoice, &lot);
    if (id.cancelled) return PutOnAccount(lot);
    // Appended, so that what came first settles first.
    const auto index = static_cast<int32_t>(world_.held.size());
    int32_t* last = &id.held;
    while (*last != kNone) last = &world_.held[*last].next;
    *last = index;
    world_.held.push_back(lot);
  }

  void SettleNamed(int32_t index, Lot* lot) {
    if (world_.invoices[index].currency == lot->currency && Settle(index, lot)) Close(index);
    PutOnAccount(*lot);
  }

  void SettleOldest(Lot* lot) {
    std::vector<int32_t>& open = world_.open;
    size_t kept = 0;
    size_t i = 0;
    for (; i < open.size() && lot->amount > 0; ++i) {
      const bool closed =
          world_.invoices[open[i]].currency == lot->currency && Settle(open[i], lot);
      if (!closed) open[kept++] = open[i];
    }
    open.erase(open.begin() + static_cast<ptrdiff_t>(kept),
               open.begin() + static_cast<ptrdiff_t>(i));
    PutOnAccount(*lot);
  }

  void PutOnAccount(Lot lot) {
    if (lot.amount == 0) return;
    lot.next = kNone;
    world_.account.push_back(lot);
  }

  // Moves money from the lot to the invoice; true if the invoice then owes nothing any more.
  bool Settle(int32_t index, Lot* lot) {
    Invoice& invoice = world_.invoices[index];
    const int64_t amount = std::min(invoice.open, lot->amount);
    if (amount == 0) return false;
    invoice.open -= amount;
    lot->amount -= amount;
    const int64_t counted_ns = std::max(lot->occur_ns, invoice.issue_ns);
    if (invoice.open == 0) invoice.closed_ns = counted_ns;
    if (!lot->credit) AddPortion(index, *lot, amount, counted_ns);
    return invoice.open == 0;
  }

  void AddPortion(int32_t index, const Lot& lot, int64_t amount, int64_t counted_ns) {
    Invoice& invoice = world_.invoices[index];
    // One payment makes one portion of an invoice, in however many parts it arrives there.
    if (invoice.last_portion != kNone &&
        world_.portions[invoice.last_portion].payment_position == lot.position) {
      world_.portions[invoice.last_portion].amount += amount;
      return;
    }
    const auto added = static_cast<int32_t>(world_.portions.size());
    Portion& portion = world_.portions.emplace_back();
    portion.invoice = index;
    portion.amount = amount;
    portion.payment_position = lot.position;
    portion.payment_ns = lot.occur_ns;
    portion.payment_day = lot.day;
    portion.counted_ns = counted_ns;
    portion.counted_day = std::max(lot.day, invoice.issue_day);
    if (invoice.last_portion == kNone) {
      invoice.first_portion = added;
    } else {
      world_.portions[invoice.last_portion].next = added;
    }
    invoice.last_portion = added;
  }

  void WriteOff(const TimedFact& timed) {
    IdState& id = world_.ids[timed.content->id];
    if (id.written_off) return;
    id.written_off = true;
    id.written_off_position = timed.position;
    id.written_off_ns = timed.occur_time_ns;
    if (id.invoice != kNone) Close(id.invoice);
  }

  // Takes the invoice from those that unallocated money settles.
  void Close(int32_t index) {
    const auto found = std::find(world_.open.begin(), world_.open.end(), index);
    if (found != world_.open.end()) world_.open.erase(found);
  }

  void Snapshot(const TimedFact& timed) {
    const HistoryFact& fact = *timed.content;
    if ((fact.flags & (kByMoney | kByUs)) != kByMoney || fact.invoice() == kNoText) return;
    const int32_t invoice = world_.ids[fact.invoice()].invoice;
    world_.snapshots.push_back({static_cast<int32_t>(&timed - timeline_.facts.data()), invoice,
                                invoice == kNone ? 0 : world_.invoices[invoice].open});
  }

  const ClientHistory& history_;
  const Timeline& timeline_;
  const Policy& policy_;
  PaymentWorld& world_;
};

// The days after the first up to the second.
using DayRange = std::pair<int64_t, int64_t>;

// How many days the ranges cover together. Sorts them.
int64_t CoveredDays(absl::InlinedVector<DayRange, 4>* ranges) {
  std::sort(ranges->begin(), ranges->end());
  int64_t covered = 0;
  int64_t reached = std::numeric_limits<int64_t>::min();
  for (const auto& [begin, end] : *ranges) {
    covered += std::max<int64_t>(0, end - std::max(begin, reached));
    reached = std::max(reached, end);
  }
  return covered;
}

}  // namespace

void FoldPayments(const ClientHistory& history, const Timeline& timeline, const Policy& policy,
                  PaymentWorld* world) {
  PaymentFold(history, timeline, policy, world).Run();
}

int64_t ExcusedDays(const PaymentWorld& world, const Invoice& invoice, int64_t day) {
  int32_t index = world.ids[invoice.id].first_dispute;
  if (index == kNone) return 0;
  absl::InlinedVector<DayRange, 4> whole, any;
  for (; index != kNone; index = world.disputes[index].next) {
    const Dispute& dispute = world.disputes[index];
    if (dispute.in_favour_of == v1::DisputeResolved::IN_FAVOUR_OF_US) continue;
    const DayRange range(std::max(invoice.due_day, dispute.open_day),
                         std::min(day, dispute.close_day));
    if (range.second <= range.first) continue;
    any.push_back(range);
    if (dispute.in_favour_of != v1::DisputeResolved::IN_FAVOUR_OF_SHARED) whole.push_back(range);
  }
  const int64_t excused = CoveredDays(&whole);
  return excused + (CoveredDays(&any) - excused) / 2;
}

bool UnderDispute(const PaymentWorld& world, const Invoice& invoice) {
  for (int32_t index = world.ids[invoice.id].first_dispute; index != kNone;
       index = world.disputes[index].next) {
    if (world.disputes[index].close_day == kNever) return true;
  }
  return false;
}

}  // namespace pledger::reliability
