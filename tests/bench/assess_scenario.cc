// Assessing clients from the bytes that the view keeps of them, in this process, on one thread.
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/arena.h"
#include "pledger/v1/assessment.pb.h"
#include "server/domain/reliability/assessment.h"
#include "server/domain/reliability/client_history.h"
#include "server/domain/reliability/policy.h"
#include "tests/bench/events.h"
#include "tests/bench/scenario.h"

namespace pledger::bench {
namespace {

constexpr int kClients = 64;
constexpr int kFacts = 200;
// The first half is money and promises, the second all else.
constexpr int kMoneyFacts = 100;
constexpr int kAssessmentsBetweenLooks = 64;

// One of ten rounds of ten facts: an engagement and what goes with it.
v1::Fact WorkFact(int number) {
  const std::string round = absl::StrCat(number / 10);
  v1::Fact fact;
  switch (number % 10) {
    case 0: {
      v1::EngagementAgreed* agreed = fact.mutable_engagement_agreed();
      agreed->set_engagement_id("engagement-" + round);
      agreed->set_pricing(v1::EngagementAgreed::PRICING_FIXED_PRICE);
      agreed->set_baseline_effort_minutes(2'400);
      break;
    }
    case 1: {
      v1::ScopeChangeRequested* requested = fact.mutable_scope_change_requested();
      requested->set_change_id("change-" + round);
      requested->set_engagement_id("engagement-" + round);
      requested->set_by(v1::PARTY_CLIENT);
      requested->set_kind(v1::ScopeChangeRequested::KIND_ALTERATION);
      break;
    }
    case 2:
      fact.mutable_scope_change_absorbed()->set_change_id("change-" + round);
      fact.mutable_scope_change_absorbed()->set_effort_minutes(90);
      break;
    case 3: {
      v1::ConductReported* conduct = fact.mutable_conduct_reported();
      conduct->set_incident_id("incident-" + round);
      conduct->set_kind(static_cast<v1::ConductReported::Kind>(1 + number / 10));
      conduct->set_severity(1 + number / 10 % 5);
      conduct->set_evidence(v1::ConductReported::EVIDENCE_WITNESSED);
      conduct->set_staff_ref("staff-101");
      break;
    }
    case 4:
      fact.mutable_complaint_raised()->set_complaint_id("complaint-" + round);
      fact.mutable_complaint_raised()->set_engagement_id("engagement-" + round);
      break;
    case 5:
      fact.mutable_complaint_resolved()->set_complaint_id("complaint-" + round);
      fact.mutable_complaint_resolved()->set_verdict(v1::ComplaintResolved::VERDICT_UNFOUNDED);
      fact.mutable_complaint_resolved()->set_fault(v1::ComplaintResolved::FAULT_CLIENT);
      break;
    case 6:
      fact.mutable_advice_given()->set_advice_id("advice-" + round);
      break;
    case 7:
      fact.mutable_advice_outcome_noted()->set_advice_id("advice-" + round);
      fact.mutable_advice_outcome_noted()->set_degree(v1::AdviceOutcomeNoted::DEGREE_FOLLOWED);
      break;
    default: {
      v1::EffortLogged* effort = fact.mutable_effort_logged();
      effort->set_staff_ref(absl::StrCat("staff-", 100 + number % 7));
      effort->set_minutes(30 + number);
      effort->set_activity(v1::EffortLogged::ACTIVITY_COMMUNICATION);
      effort->set_contacts(1);
      effort->set_strain(number % 6);
    }
  }
  return fact;
}

class AssessClients final : public Scenario {
 public:
  explicit AssessClients(Description description) : Scenario(std::move(description)) {}

  absl::Status SetUp(Environment& environment) override {
    EventGenerator generator(environment.options().seed, kClients, environment.options().epoch);
    perspective_.as_of_ns = absl::ToUnixNanos(environment.options().epoch);
    for (int client = 0; client < kClients; ++client) {
      reliability::ClientHistory history;
      absl::Status status = TellClient(client, &generator, &history);
      if (!status.ok()) return status;
      history.EncodeTo(&stored_.emplace_back());
    }
    v1::Policy policy;
    policy.mutable_economy()->mutable_loaded_hourly_rate()->set_currency_code("EUR");
    policy.mutable_economy()->mutable_loaded_hourly_rate()->set_minor_units(6'000);
    absl::StatusOr<reliability::Policy> resolved = reliability::Policy::Resolve(policy);
    if (!resolved.ok()) return resolved.status();
    policy_ = std::make_unique<reliability::Policy>(*std::move(resolved));
    return absl::OkStatus();
  }

  absl::StatusOr<Sample> Measure(absl::Duration duration) override {
    const auto start = std::chrono::steady_clock::now();
    std::chrono::duration<double> elapsed{0};
    int64_t assessed = 0;
    while (elapsed.count() < absl::ToDoubleSeconds(duration)) {
      for (int i = 0; i < kAssessmentsBetweenLooks; ++i) {
        if (absl::Status status = AssessOne(assessed++); !status.ok()) return status;
      }
      elapsed = std::chrono::steady_clock::now() - start;
    }
    return Sample{.value = static_cast<double>(assessed) / elapsed.count(), .counters = {}};
  }

  absl::Status TearDown() override { return absl::OkStatus(); }

 private:
  static absl::Status TellClient(int client, EventGenerator* generator,
                                 reliability::ClientHistory* history) {
    v1::AppendRequest request;
    generator->FillHistory(client, &request);
    for (int i = 0; i < kFacts; ++i) {
      const v1::ProposedEvent& event = request.events(i < kMoneyFacts ? i : i - kMoneyFacts);
      const int64_t occur_ns = event.occur_time().seconds() * 1'000'000'000 + i;
      const v1::Fact fact = i < kMoneyFacts ? event.fact() : WorkFact(i - kMoneyFacts);
      // Record times ascend, whenever it happened.
      absl::Status status =
          history->Add({static_cast<uint64_t>(i), kRecordedNs + i, occur_ns, fact});
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status AssessOne(int64_t number) {
    const auto history =
        reliability::ClientHistory::Decode(stored_[static_cast<size_t>(number % kClients)]);
    if (!history.ok()) return history.status();
    google::protobuf::ArenaOptions options;
    options.initial_block = block_;
    options.initial_block_size = sizeof block_;
    google::protobuf::Arena arena(options);
    auto* answer = google::protobuf::Arena::CreateMessage<v1::ClientReliability>(&arena);
    reliability::AssessWhole("client", *history, *policy_, perspective_, {},
                             reliability::AssessDetail::kFull, answer);
    answer_.clear();
    if (!answer->AppendToString(&answer_) || answer->assessment().signals().empty()) {
      return absl::InternalError("the answer lacks signals");
    }
    return absl::OkStatus();
  }

  static constexpr int64_t kRecordedNs = int64_t{4'000'000'000} * 1'000'000'000;

  std::vector<std::string> stored_;
  std::string answer_;
  std::unique_ptr<reliability::Policy> policy_;
  reliability::Perspective perspective_;
  alignas(8) char block_[64 << 10];
};

}  // namespace

void AddAssessScenarios(Scenarios* scenarios) {
  scenarios->push_back(std::make_unique<AssessClients>(Description{
      .name = "assess_200",
      .what = "a client with 200 facts from the stored history to the serialised answer: "
              "dimensions, signals, actions; in process, one thread",
      .ceiling = "",
      .unit = "clients/s",
      .bar = {.kind = Bar::Kind::kAtLeast, .limit = 20'000}}));
}

}  // namespace pledger::bench
