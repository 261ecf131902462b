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
#include "server/domain/reliability/timeline.h"

namespace pledger::reliability {

// Kept from one client to the next, so that folding allocates only while clients get larger.
struct ClientFold {
  int64_t as_of_day = 0;
  Timeline timeline;
  PaymentWorld payments;
  std::vector<PaymentItem> payment_items;
  PaymentTallies tallies;
  // Filled by FoldPromises alone.
  PromiseWorld promises;
};

// Lends this thread's ClientFold with the client's payments in it. One at a time per thread; valid
// while this object and the history are.
class FoldedClient {
 public:
  FoldedClient(const ClientHistory& history, const Policy& policy, const Perspective& perspective);
  // Frees what an exceptionally large client took.
  ~FoldedClient();
  FoldedClient(const FoldedClient&) = delete;
  FoldedClient& operator=(const FoldedClient&) = delete;

  ClientFold* operator->() const { return fold_; }

 private:
  ClientFold* const fold_;
};

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_CLIENT_FOLD_H_
