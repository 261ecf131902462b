// All that is computed of one client on the way to an answer.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_CLIENT_FOLD_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_CLIENT_FOLD_H_

#include <cstdint>
#include <vector>

#include "server/domain/reliability/client_history.h"
#include "server/domain/reliability/payment_fold.h"
#include "server/domain/reliability/payment_score.h"
#include "server/domain/reliability/policy.h"
#include "server/domain/reliability/promise_fold.h"
#include "server/domain/reliability/reasons.h"
#include "server/domain/reliability/scorecard.h"
#include "server/domain/reliability/timeline.h"
#include "server/domain/reliability/work_fold.h"

namespace pledger::reliability {

// Kept from one client to the next, so that folding allocates only while clients get larger.
struct ClientFold {
  int64_t as_of_day = 0;
  Timeline timeline;
  PaymentWorld payments;
  std::vector<PaymentItem> payment_items;
  PaymentTallies tallies;
  // Filled by Refold and FoldedClient::FoldAll alone.
  std::vector<ValueOfAmount> values;
  PromiseWorld promises;
  WorkWorld work;
  Scorecard card;
  // Scratch; empty between uses.
  ReasonSums reason_sums;

  // Views of the above; valid as long as they are.
  FoldedFacts Facts(const ClientHistory& history, const Policy& policy) const {
    return {history, policy, as_of_day, timeline, payments, promises, work, tallies, values};
  }
};

// Folds the payments of `fold->timeline`, as they stand on `fold->as_of_day`.
void FoldPaymentsOnly(const ClientHistory& history, const Policy& policy, ClientFold* fold);

// Which parts of a fold are out of date.
struct StaleParts {
  bool payments = true;
  bool promises = true;
  bool work = true;
};

// Folds the parts of `fold->timeline` that are stale, as they stand on `fold->as_of_day`, and
// scores the dimensions of the set. Items of payments are made anew in any case.
void Refold(const ClientHistory& history, const Policy& policy, const StaleParts& stale,
            DimensionSet set, bool with_ours, ClientFold* fold);

// Lends this thread's ClientFold with the client's timeline and payments in it. One at a time per
// thread; valid while this object and the history are.
class FoldedClient {
 public:
  FoldedClient(const ClientHistory& history, const Policy& policy, const Perspective& perspective);
  // Frees what an exceptionally large client took.
  ~FoldedClient();
  FoldedClient(const FoldedClient&) = delete;
  FoldedClient& operator=(const FoldedClient&) = delete;

  // Folds and scores everything else.
  void FoldAll();

  ClientFold* operator->() const { return fold_; }
  ClientFold& operator*() const { return *fold_; }
  FoldedFacts Facts() const { return fold_->Facts(history_, policy_); }

 private:
  const ClientHistory& history_;
  const Policy& policy_;
  ClientFold* const fold_;
};

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_CLIENT_FOLD_H_
