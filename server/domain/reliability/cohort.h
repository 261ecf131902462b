// What a client is compared with: figures of the clients of the same tier, and the bands of those
// who came by their word. A client's own history cannot tell these; whoever has all clients does.
//
// Cohorts are compared once a month, as of the end of the month before: so that one look at all
// clients serves a month of answers, and a client does not come and go with what others do from day
// to day. The client is looked at as of that moment, too.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_COHORT_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_COHORT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "pledger/v1/assessment.pb.h"
#include "server/domain/reliability/client_history.h"
#include "server/domain/reliability/policy.h"
#include "server/domain/reliability/timeline.h"

namespace pledger::reliability {

struct CohortFigures {
  // How many clients have ever paid: the percentiles are of these. Fewer than kCohortMin tell
  // nothing.
  int64_t clients = 0;
  // Days since the last payment: at most a fifth of the cohort paid longer ago.
  double days_since_payment_80th = 0;
  // Of the last 730 days, by client: at most a fifth of the cohort has fewer payments, and smaller
  // sums (in minor units of the reporting currency).
  double payments_20th = 0;
  double paid_20th = 0;
  // Contacts for a thousand minor units of payments, in the last 730 days, of those who paid then.
  double contacts_per_1000_95th = 0;
  // Days from enquiry to order, and how many orders that is of: fewer than kCohortMin tell nothing.
  double days_to_order_95th = 0;
  int64_t orders = 0;

  bool operator==(const CohortFigures&) const = default;
};
inline constexpr int64_t kCohortMin = 20;

// All cohorts as of the end of one day.
struct Cohorts {
  int64_t as_of_day = 0;
  // Clients without a tier are a cohort of their own, under the empty name.
  absl::flat_hash_map<std::string, CohortFigures> by_tier;

  // Null if there is no such cohort.
  const CohortFigures* Find(std::string_view tier) const;

  bool operator==(const Cohorts&) const = default;
};

// By client id.
using BandsById = absl::flat_hash_map<std::string, v1::Band>;

// Both may be null: what they would tell is then not looked at. `bands` are those of the clients
// who came by this one's word; who has no score, or is not known, may be left out.
struct CohortContext {
  const Cohorts* cohorts = nullptr;
  const BandsById* bands = nullptr;
};

// How many of `next` events cohorts are made of. So that an event does not ask for another look at
// all clients, a large ledger is looked at as it stood a little earlier: at most a sixteenth of its
// events are left out, none while they are fewer than 4,096.
uint64_t CohortEvents(uint64_t next);

// From which facts the cohorts of an answer are made.
Perspective CohortPerspective(const Perspective& answer);

// What clients are compared by.
struct Dealings {
  // In the 730 days before.
  int64_t payments = 0;
  double paid = 0;
  int64_t contacts = 0;
  // Facts of the timeline; kNoFact where there is none.
  int32_t last_payment = kNoFact;
  int32_t last_contact = kNoFact;
  int64_t last_payment_day = 0;

  static constexpr int32_t kNoFact = -1;
};

// As of the end of the day; the timeline may go on behind it.
Dealings DealingsOf(const ClientHistory& history, const Policy& policy, const Timeline& timeline,
                    int64_t as_of_day);

// The last day of the month before the one that `as_of_ns` is in, in the policy's time zone.
int64_t ComparedDay(const Policy& policy, int64_t as_of_ns);

// Adds clients up to cohorts, in any order. Takes some 40 bytes for each. Not thread-safe.
class CohortAccumulator {
 public:
  // `policy` must outlive it. Of `asked`, the facts known then count, as of its ComparedDay().
  CohortAccumulator(const Policy& policy, const Perspective& asked);

  void Add(const ClientHistory& history);

  Cohorts Finish();

 private:
  struct Samples {
    std::vector<double> days_since_payment;
    std::vector<double> payments;
    std::vector<double> paid;
    std::vector<double> contacts_per_1000;
    std::vector<double> days_to_order;
  };

  void AddOrders(const ClientHistory& history, Samples* samples);

  const Policy& policy_;
  const int64_t as_of_day_;
  Perspective perspective_;
  absl::flat_hash_map<std::string, Samples> by_tier_;
  // Scratch.
  Timeline timeline_;
  std::vector<int64_t> opened_days_;
};

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_COHORT_H_
