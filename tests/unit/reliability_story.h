// Tells a client's story fact by fact, for tests: "on 1 March invoice A over 100.00, due 15 March".
#ifndef PLEDGER_TESTS_UNIT_RELIABILITY_STORY_H_
#define PLEDGER_TESTS_UNIT_RELIABILITY_STORY_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "pledger/v1/assessment.pb.h"
#include "pledger/v1/fact.pb.h"
#include "pledger/v1/reliability.pb.h"
#include "server/domain/reliability/assess.h"
#include "server/domain/reliability/client_history.h"
#include "server/domain/reliability/policy.h"

namespace pledger::reliability {

// Noon, UTC, of a day "2024-03-01", in nanoseconds since 1970.
int64_t NoonOf(const std::string& date);

struct StoryEvent {
  uint64_t position;
  int64_t record_time_ns;
  int64_t occur_time_ns;
  v1::Fact fact;
};

using Allocations = std::vector<std::pair<std::string, int64_t>>;

// Each call appends one event at the next position; it occurs at noon of the day set by On, a
// second after the event before on the same day. Amounts are minor units, of EUR unless In says
// otherwise.
class Story {
 public:
  Story& On(const std::string& date);
  Story& In(const std::string& currency);

  Story& Opened(const std::string& tier);
  Story& Invoice(const std::string& id, int64_t amount, const std::string& due);
  Story& Pay(const std::string& id, int64_t amount, const Allocations& allocations = {});
  Story& Reverse(const std::string& payment);
  Story& Credit(int64_t amount, const std::string& invoice, bool refunded = false);
  Story& Cancel(const std::string& invoice);
  Story& WriteOff(const std::string& invoice);
  Story& Refuse(const std::string& invoice);
  Story& Dispute(const std::string& id, const std::string& invoice);
  Story& DisputeEvent(const std::string& id, uint64_t position);
  Story& Resolve(const std::string& id, v1::DisputeResolved::InFavourOf in_favour_of);

  Story& Promise(const std::string& id, const std::string& due, v1::Party by = v1::PARTY_CLIENT);
  Story& PromiseToPay(const std::string& id, int64_t amount, const std::string& invoice,
                      const std::string& due, v1::Party by = v1::PARTY_CLIENT);
  Story& Reschedule(const std::string& id, const std::string& due, bool agreed,
                    v1::Party requested_by = v1::PARTY_CLIENT);
  Story& Keep(const std::string& id, double fraction = 1);
  Story& Break(const std::string& id, bool excused = false);
  Story& Waive(const std::string& id);
  // Of the client, without which work stands still.
  Story& BlockingPromise(const std::string& id, const std::string& due);

  Story& Agree(const std::string& id, v1::EngagementAgreed::Pricing pricing, int64_t minutes);
  Story& Close(const std::string& id, int64_t material_cost = 0);
  Story& Request(const std::string& id, const std::string& engagement,
                 v1::ScopeChangeRequested::Kind kind, v1::Party by = v1::PARTY_CLIENT);
  Story& AgreeChange(const std::string& id, int64_t minutes);
  Story& Absorb(const std::string& id, int64_t minutes);
  Story& Withdraw(const std::string& id);
  Story& Incident(const std::string& id, v1::ConductReported::Kind kind, int severity,
                  v1::ConductReported::Evidence evidence, bool paid_sla = false);
  Story& Effort(const std::string& staff, int minutes, int contacts = 0, int strain = 0);
  Story& Sentiment(const std::string& staff, int rating);
  Story& Advise(const std::string& id);
  Story& AdviceOutcome(const std::string& id, v1::AdviceOutcomeNoted::Degree degree);
  Story& Complain(const std::string& id, const std::string& engagement = "",
                  const std::string& advice = "");
  Story& ResolveComplaint(const std::string& id, v1::ComplaintResolved::Verdict verdict,
                          v1::ComplaintResolved::Fault fault);
  Story& Reopen(const std::string& id);
  Story& State(uint64_t position);

  Story& Correct(uint64_t position, const v1::Fact& replacement);
  Story& Retract(uint64_t position);
  // A fact that nothing is computed from.
  Story& Custom();

  const std::vector<StoryEvent>& events() const { return events_; }
  // The position of the event told last.
  uint64_t last() const { return events_.back().position; }
  ClientHistory History() const { return HistoryOf(events_); }
  static ClientHistory HistoryOf(const std::vector<StoryEvent>& events);

  v1::ClientReliability At(const std::string& date, const v1::Policy& policy = {}) const;
  v1::ExplainResponse ExplainAt(const std::string& date, const v1::Policy& policy = {}) const;

 private:
  v1::Fact& Next();

  int64_t now_ns_ = 0;
  std::string currency_ = "EUR";
  std::vector<StoryEvent> events_;
};

// The built-in policy with what a worked example needs: no ageing, one item is enough.
v1::Policy PlainPolicy();

Policy Resolved(const v1::Policy& policy);

// "PAID_LATE -12.5 x1; …", reasons in the order given, points to six digits.
std::string ReasonsOf(const v1::DimensionAssessment& dimension);

// "INV1 PAID_LATE 15; …": obligation, code and days late (where there are any) of the evidence of
// PAYMENT and PROMISES.
std::string EvidenceOf(const v1::ExplainResponse& explained);

}  // namespace pledger::reliability

#endif  // PLEDGER_TESTS_UNIT_RELIABILITY_STORY_H_
