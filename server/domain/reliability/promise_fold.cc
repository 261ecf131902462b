#include "server/domain/reliability/promise_fold.h"

#include <algorithm>
#include <initializer_list>

namespace pledger::reliability {
namespace {

// Amounts are whole; the product with the tolerance need not be.
constexpr double kRoundingSlack = 1e-6;

// Folds one promise after the other.
class PromiseFold {
 public:
  PromiseFold(const Timeline& timeline, const Policy& policy, int64_t as_of_day,
              PaymentWorld* payments, PromiseWorld* world)
      : timeline_(timeline),
        policy_(policy),
        as_of_day_(as_of_day),
        payments_(*payments),
        world_(*world) {}

  void Run() {
    world_.items.clear();
    world_.counts_of_client = world_.counts_of_us = PromiseCounts();
    world_.payment_counts_of_client = PromiseCounts();
    // The payments may have served another fold of promises before.
    for (IdState& id : payments_.ids) id.promise = kNone;
    world_.promises.clear();
    world_.steps.clear();
    Collect();
    for (const PromiseWorld::Promise& promise : world_.promises) {
      if (promise.made != kNone) Fold(promise);
    }
    if (payments_.disputed_positions.empty()) return;
    for (PromiseItem& item : world_.items) MarkDisputed(&item);
  }

 private:
  // How the promise that is being folded ended.
  enum class Outcome { kNone, kKept, kBroken, kPaid, kLeftOut };

  // Where the money reached what was promised.
  struct Reach {
    int64_t ns = kNever;
    int64_t day = kNever;
    uint64_t position = 0;
    bool has_position = false;
  };

  void Collect() {
    const std::vector<TimedFact>& facts = timeline_.facts;
    for (int32_t i = 0; i < static_cast<int32_t>(facts.size()); ++i) {
      const HistoryFact& fact = *facts[i].content;
      if (fact.type < v1::FACT_TYPE_PROMISE_MADE || fact.type > v1::FACT_TYPE_PROMISE_WAIVED) {
        continue;
      }
      int32_t& index = payments_.ids[fact.id].promise;
      if (index == kNone) {
        index = static_cast<int32_t>(world_.promises.size());
        world_.promises.emplace_back();
      }
      PromiseWorld::Promise& promise = world_.promises[index];
      if (fact.type == v1::FACT_TYPE_PROMISE_MADE) {
        if (promise.made == kNone) promise.made = i;
        continue;
      }
      const auto step = static_cast<int32_t>(world_.steps.size());
      world_.steps.push_back({i, kNone});
      if (promise.last == kNone) {
        promise.first = step;
      } else {
        world_.steps[promise.last].next = step;
      }
      promise.last = step;
    }
  }

  void Fold(const PromiseWorld::Promise& promise) {
    const TimedFact& made = timeline_.facts[promise.made];
    made_ = &made;
    by_us_ = (made.content->flags & kByUs) != 0;
    by_money_ = (made.content->flags & kByMoney) != 0;
    extensions_ = 0;
    world_.replaced.clear();
    const size_t items_before = world_.items.size();
    SetDue(made.content->due_time_ns, made.position);
    const bool in_vain = by_money_ && made.content->invoice() != kNoText &&
                         payments_.ids[made.content->invoice()].cancelled;
    const Reach reach = by_money_ && !in_vain ? FindReach() : Reach();
    Outcome outcome = in_vain ? Outcome::kLeftOut : Outcome::kNone;
    const TimedFact* end = nullptr;
    for (int32_t step = promise.first; step != kNone && outcome == Outcome::kNone;
         step = world_.steps[step].next) {
      const TimedFact& fact = timeline_.facts[world_.steps[step].fact];
      // Once the money is there, nothing can happen to the promise any more.
      if (reach.ns <= fact.occur_time_ns) break;
      outcome = Apply(fact);
      end = &fact;
    }
    if (outcome == Outcome::kLeftOut) {
      world_.items.resize(items_before);
      Count(&PromiseCounts::excused_or_waived);
      return;
    }
    if (outcome == Outcome::kNone && reach.ns != kNever) outcome = Outcome::kPaid;
    Conclude(outcome, outcome == Outcome::kNone ? nullptr : end, reach);
  }

  void Count(int64_t PromiseCounts::*which) {
    PromiseCounts& counts = by_us_ ? world_.counts_of_us : world_.counts_of_client;
    ++(counts.*which);
    if (!by_us_ && by_money_) ++(world_.payment_counts_of_client.*which);
  }

  void SetDue(int64_t due_ns, uint64_t set_by) {
    due_.due_ns = due_ns;
    due_.set_by = set_by;
    due_.deadline_day = policy_.DayOf(due_ns) + (by_money_ ? policy_.grace_days() : 0);
  }

  Outcome Apply(const TimedFact& fact) {
    switch (fact.content->type) {
      case v1::FACT_TYPE_PROMISE_RESCHEDULED:
        Reschedule(fact);
        return Outcome::kNone;
      case v1::FACT_TYPE_PROMISE_KEPT:
        return by_money_ ? Outcome::kNone : Outcome::kKept;
      case v1::FACT_TYPE_PROMISE_BROKEN:
        if ((fact.content->flags & kExcused) != 0) return Outcome::kLeftOut;
        return by_money_ ? Outcome::kNone : Outcome::kBroken;
      default:
        return Outcome::kLeftOut;
    }
  }

  void Reschedule(const TimedFact& fact) {
    const int64_t new_due_ns = fact.content->due_time_ns;
    const bool agreed = (fact.content->flags & kAgreed) != 0;
    const bool by_promiser = ((fact.content->flags & kByUs) != 0) == by_us_;
    const int64_t day = policy_.DayOf(fact.occur_time_ns);
    if (day > due_.deadline_day) {
      AddMiss(ReasonCode::kMissedDue, due_, {due_.set_by, fact.position});
    } else if (agreed) {
      if (new_due_ns > due_.due_ns && by_promiser && ++extensions_ > policy_.free_extensions()) {
        Add(ReasonCode::kExtensionTooMany, 0.5, fact.occur_time_ns, day, {fact.position});
      }
    } else if (by_promiser && new_due_ns > due_.due_ns) {
      world_.replaced.push_back(due_);
    } else {
      return;
    }
    SetDue(new_due_ns, fact.position);
  }

  // Adds what is due for how the promise ended. `end` is the fact that ended it, if one did.
  void Conclude(Outcome outcome, const TimedFact* end, const Reach& reach) {
    int64_t end_day = as_of_day_;
    if (outcome == Outcome::kPaid) {
      end_day = reach.day;
    } else if (end != nullptr) {
      end_day = policy_.DayOf(end->occur_time_ns);
    }
    for (const PromiseWorld::Due& due : world_.replaced) {
      if (due.deadline_day < end_day) AddMiss(ReasonCode::kMissedDue, due, {due.set_by});
    }
    const bool passed = due_.deadline_day < end_day;
    switch (outcome) {
      case Outcome::kKept:
        if (passed) AddMiss(ReasonCode::kMissedDue, due_, {due_.set_by});
        return AddKept(*end, end_day);
      case Outcome::kBroken:
        return Add(ReasonCode::kBroken, 0, passed ? due_.due_ns : end->occur_time_ns,
                   std::min(end_day, due_.deadline_day), {due_.set_by, end->position});
      case Outcome::kPaid:
        if (passed) return AddMiss(ReasonCode::kBroken, due_, {due_.set_by});
        if (!reach.has_position) return Add(ReasonCode::kKept, 1, reach.ns, reach.day, {});
        return Add(ReasonCode::kKept, 1, reach.ns, reach.day, {due_.set_by, reach.position});
      default:
        if (!passed) {
          Count(&PromiseCounts::open);
          return;
        }
        return AddMiss(by_money_ ? ReasonCode::kBroken : ReasonCode::kOverdue, due_, {due_.set_by});
    }
  }

  void AddKept(const TimedFact& kept, int64_t day) {
    constexpr int64_t kWhole = 1'000'000'000;
    const bool whole = kept.content->amount >= kWhole;
    Add(whole ? ReasonCode::kKept : ReasonCode::kPartlyKept,
        static_cast<double>(kept.content->amount) / static_cast<double>(kWhole), kept.occur_time_ns,
        day, {due_.set_by, kept.position});
  }

  void AddMiss(ReasonCode code, const PromiseWorld::Due& due,
               std::initializer_list<uint64_t> positions) {
    Add(code, 0, due.due_ns, due.deadline_day, positions);
  }

  // The promise's own position is put before the others, if it isn't among them.
  void Add(ReasonCode code, double good, int64_t occur_ns, int64_t day,
           std::initializer_list<uint64_t> positions) {
    PromiseItem& item = world_.items.emplace_back();
    item.id = made_->content->id;
    item.code = code;
    item.by_us = by_us_;
    item.blocking = made_->content->has(kBlocking);
    item.good = good;
    item.occur_ns = occur_ns;
    item.counted_day = day;
    if (by_money_) {
      item.amount = made_->content->amount;
      item.currency = made_->content->currency;
      item.disputed = InvoiceUnderDispute();
    }
    item.positions[item.positions_count++] = made_->position;
    for (const uint64_t position : positions) {
      if (position != made_->position) item.positions[item.positions_count++] = position;
    }
  }

  Reach FindReach() const {
    if (by_us_) return ReachOf(payments_.refunded, made_->content->invoice());
    if (made_->content->invoice() == kNoText) return ReachOf(payments_.received, kNoText);
    return ReachOfInvoice();
  }

  // Money moved after the promise was made, in its currency; for `invoice`, if that is one.
  Reach ReachOf(const std::vector<MoneyMoved>& moved, uint32_t invoice) const {
    const double target = policy_.tolerance() * static_cast<double>(made_->content->amount);
    auto money = std::partition_point(moved.begin(), moved.end(), [this](const MoneyMoved& m) {
      return m.occur_ns != made_->occur_time_ns ? m.occur_ns < made_->occur_time_ns
                                                : m.position < made_->position;
    });
    double sum = 0;
    for (; money != moved.end(); ++money) {
      if (money->currency != made_->content->currency) continue;
      if (invoice != kNoText && money->invoice != invoice) continue;
      sum += static_cast<double>(money->amount);
      if (sum + kRoundingSlack >= target) {
        return {money->occur_ns, money->day, money->position, true};
      }
    }
    return {};
  }

  Reach ReachOfInvoice() const {
    const int32_t index = payments_.ids[made_->content->invoice()].invoice;
    if (index == kNone) return {};
    const Invoice& invoice = payments_.invoices[index];
    const PromiseSnapshot snapshot = SnapshotOfPromise();
    const bool known = snapshot.invoice != kNone;
    const int64_t owed = known ? snapshot.owed : invoice.amount;
    if (owed == 0) return {made_->occur_time_ns, policy_.DayOf(made_->occur_time_ns), 0, false};
    // Another currency cannot be compared: what the invoice owed is then what was promised.
    const int64_t promised = invoice.currency == made_->content->currency
                                 ? std::min(made_->content->amount, owed)
                                 : owed;
    const double target = policy_.tolerance() * static_cast<double>(promised);
    // What was settled before the promise, the credits left out: portions come in order, so it is
    // enough to skip those that do not come after.
    double sum = 0;
    for (int32_t i = invoice.first_portion; i != kNone; i = payments_.portions[i].next) {
      const Portion& portion = payments_.portions[i];
      if (known && !ComesAfterPromise(portion)) continue;
      sum += static_cast<double>(portion.amount);
      if (sum + kRoundingSlack >= target) {
        return {portion.counted_ns, portion.counted_day, portion.payment_position, true};
      }
    }
    if (invoice.closed_ns == kNever) return {};
    return {invoice.closed_ns, policy_.DayOf(invoice.closed_ns), 0, false};
  }

  bool ComesAfterPromise(const Portion& portion) const {
    if (portion.counted_ns != made_->occur_time_ns) {
      return portion.counted_ns > made_->occur_time_ns;
    }
    return portion.payment_position > made_->position;
  }

  // The payment fold took one of every promise of the client's to pay a named invoice.
  PromiseSnapshot SnapshotOfPromise() const {
    const auto fact = static_cast<int32_t>(made_ - timeline_.facts.data());
    const auto found = std::partition_point(
        payments_.snapshots.begin(), payments_.snapshots.end(),
        [fact](const PromiseSnapshot& snapshot) { return snapshot.fact < fact; });
    return *found;
  }

  bool InvoiceUnderDispute() const {
    if (made_->content->invoice() == kNoText) return false;
    const int32_t index = payments_.ids[made_->content->invoice()].invoice;
    return index != kNone && UnderDispute(payments_, payments_.invoices[index]);
  }

  void MarkDisputed(PromiseItem* item) const {
    const std::vector<uint64_t>& disputed = payments_.disputed_positions;
    for (int i = 0; i < item->positions_count; ++i) {
      item->disputed = item->disputed ||
                       std::binary_search(disputed.begin(), disputed.end(), item->positions[i]);
    }
  }

  const Timeline& timeline_;
  const Policy& policy_;
  const int64_t as_of_day_;
  PaymentWorld& payments_;
  PromiseWorld& world_;
  // The promise that is being folded.
  const TimedFact* made_ = nullptr;
  bool by_us_ = false;
  bool by_money_ = false;
  int64_t extensions_ = 0;
  PromiseWorld::Due due_ = {};
};

}  // namespace

void FoldPromises(const Timeline& timeline, const Policy& policy, int64_t as_of_day,
                  PaymentWorld* payments, PromiseWorld* world) {
  PromiseFold(timeline, policy, as_of_day, payments, world).Run();
}

void FillPromiseFigures(const PromiseWorld& world, bool by_us, v1::PromiseFigures* out) {
  int64_t kept = 0, partly_kept = 0, missed = 0, overdue = 0, excess_extensions = 0;
  for (const PromiseItem& item : world.items) {
    if (item.by_us != by_us) continue;
    switch (item.code) {
      case ReasonCode::kKept:
        ++kept;
        break;
      case ReasonCode::kPartlyKept:
        ++partly_kept;
        break;
      case ReasonCode::kExtensionTooMany:
        ++excess_extensions;
        break;
      default:
        ++missed;
        if (item.code == ReasonCode::kOverdue) ++overdue;
    }
  }
  const PromiseCounts& counts = by_us ? world.counts_of_us : world.counts_of_client;
  out->set_kept(kept);
  out->set_partly_kept(partly_kept);
  out->set_missed(missed);
  out->set_excused_or_waived(counts.excused_or_waived);
  out->set_open(counts.open);
  out->set_overdue(overdue);
  out->set_excess_extensions(excess_extensions);
}

}  // namespace pledger::reliability
