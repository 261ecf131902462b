#include "tests/unit/reliability_random_story.h"

#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"

namespace pledger::reliability {
namespace {

class Teller {
 public:
  Teller(uint64_t seed, const RandomStoryOptions& options) : random_(seed), options_(options) {}

  Story Tell() {
    for (int i = 0; i < options_.facts; ++i) {
      story_.On(Day(0, 700)).In(Pick(6) == 0 ? "USD" : "EUR");
      if (options_.work && Pick(2) == 0) {
        TellWork();
      } else {
        TellOne();
      }
    }
    return story_;
  }

 private:
  int64_t Pick(int64_t below) { return static_cast<int64_t>(random_() % below); }

  // A day between so many days after the beginning.
  std::string Day(int64_t from, int64_t to) {
    const absl::CivilDay day = absl::CivilDay(2022, 1, 1) + from + Pick(to - from);
    return absl::FormatCivilTime(day);
  }

  std::string Some(const char* kind, int64_t of) { return absl::StrCat(kind, Pick(of)); }
  int64_t Amount() { return 100 * (1 + Pick(20)); }

  void TellOne() {
    switch (Pick(16)) {
      case 0:
      case 1:
      case 2:
        story_.Invoice(absl::StrCat("I", invoices_++), Amount(), Day(0, 760));
        return;
      case 3:
        story_.Pay(absl::StrCat("P", payments_++), Amount());
        return;
      case 4:
      case 5:
        story_.Pay(absl::StrCat("P", payments_++), 3000,
                   {{Some("I", 12), Amount()}, {Some("I", 12), 500}});
        return;
      case 6:
        TellUndoing();
        return;
      case 7:
        TellDispute();
        return;
      case 8:
        story_.PromiseToPay(absl::StrCat("W", promises_++), Amount(),
                            Pick(3) == 0 ? "" : Some("I", 12), Day(0, 760),
                            Pick(4) == 0 ? v1::PARTY_US : v1::PARTY_CLIENT);
        return;
      case 9:
      case 10:
        story_.Promise(absl::StrCat("W", promises_++), Day(0, 760),
                       Pick(4) == 0 ? v1::PARTY_US : v1::PARTY_CLIENT);
        return;
      case 11:
        story_.Reschedule(Some("W", 12), Day(0, 760), Pick(2) == 0,
                          Pick(4) == 0 ? v1::PARTY_US : v1::PARTY_CLIENT);
        return;
      case 12:
      case 13:
        TellOutcome();
        return;
      default:
        TellRare();
    }
  }

  void TellWork() {
    switch (Pick(16)) {
      case 0:
        story_.Agree(absl::StrCat("E", engagements_++),
                     static_cast<v1::EngagementAgreed::Pricing>(1 + Pick(3)), 60 * Pick(40));
        return;
      case 1:
        story_.Close(absl::StrCat("E", closed_++), Amount());
        return;
      case 2:
      case 3:
      case 4:
        story_.Request(absl::StrCat("C", changes_++), Some("E", 4),
                       static_cast<v1::ScopeChangeRequested::Kind>(1 + Pick(5)),
                       Pick(6) == 0 ? v1::PARTY_US : v1::PARTY_CLIENT);
        return;
      case 5:
      case 6:
        TellEndOfChange(absl::StrCat("C", ended_++));
        return;
      case 7:
        story_.Incident(absl::StrCat("N", incidents_++),
                        static_cast<v1::ConductReported::Kind>(1 + Pick(10)),
                        1 + static_cast<int>(Pick(5)),
                        static_cast<v1::ConductReported::Evidence>(1 + Pick(3)), Pick(2) == 0);
        return;
      case 8:
        story_.Advise(absl::StrCat("A", advice_++));
        return;
      case 9:
        story_.AdviceOutcome(Some("A", 6),
                             static_cast<v1::AdviceOutcomeNoted::Degree>(1 + Pick(3)));
        return;
      case 10:
        story_.Complain(absl::StrCat("M", complaints_++), Pick(2) == 0 ? "" : Some("E", 4),
                        Pick(2) == 0 ? "" : Some("A", 6));
        return;
      case 11:
        story_.ResolveComplaint(absl::StrCat("M", complaints_resolved_++),
                                static_cast<v1::ComplaintResolved::Verdict>(1 + Pick(3)),
                                static_cast<v1::ComplaintResolved::Fault>(1 + Pick(4)));
        return;
      case 12:
        story_.BlockingPromise(absl::StrCat("W", promises_++), Day(0, 760));
        return;
      case 13:
        story_.Sentiment(Some("staff", 3), static_cast<int>(Pick(5)) - 2);
        return;
      default:
        story_.Effort(Some("staff", 3), 1 + static_cast<int>(Pick(300)), static_cast<int>(Pick(3)),
                      static_cast<int>(Pick(6)));
    }
  }

  void TellEndOfChange(const std::string& id) {
    switch (Pick(4)) {
      case 0:
        story_.AgreeChange(id, 60 * Pick(10));
        return;
      case 1:
        story_.Withdraw(id);
        return;
      default:
        story_.Absorb(id, 30 * Pick(20));
    }
  }

  void TellUndoing() {
    switch (Pick(5)) {
      case 0:
        story_.Reverse(Some("P", 12));
        return;
      case 1:
        story_.Cancel(Some("I", 12));
        return;
      case 2:
        story_.WriteOff(Some("I", 12));
        return;
      case 3:
        story_.Refuse(Some("I", 12));
        return;
      default:
        story_.Credit(Amount(), Pick(2) == 0 ? "" : Some("I", 12), Pick(3) == 0);
    }
  }

  void TellDispute() {
    if (Pick(2) == 0) {
      story_.Dispute(absl::StrCat("D", disputes_++), Some("I", 12));
      return;
    }
    // Of an event: its position depends on the order of recording.
    if (options_.amendments && Pick(3) == 0 && !story_.events().empty()) {
      story_.DisputeEvent(
          absl::StrCat("D", disputes_++),
          static_cast<uint64_t>(Pick(static_cast<int64_t>(story_.events().size()))));
      return;
    }
    story_.Resolve(Some("D", 6), static_cast<v1::DisputeResolved::InFavourOf>(1 + Pick(3)));
  }

  // At most one a promise: which of several counts would depend on nothing that a permutation
  // keeps.
  void TellOutcome() {
    const std::string id = absl::StrCat("W", outcomes_++);
    switch (Pick(4)) {
      case 0:
        story_.Break(id, Pick(3) == 0);
        return;
      case 1:
        story_.Waive(id);
        return;
      case 2:
        story_.Keep(id, 0.5);
        return;
      default:
        story_.Keep(id);
    }
  }

  void TellRare() {
    const auto told = static_cast<int64_t>(story_.events().size());
    if (!options_.amendments || told == 0 || Pick(2) == 0) {
      if (told == 0 || !options_.amendments || Pick(3) > 0) {
        story_.Custom();
      } else {
        story_.State(static_cast<uint64_t>(Pick(told)));
      }
      return;
    }
    const auto target = static_cast<uint64_t>(Pick(told));
    if (Pick(2) == 0) {
      story_.Retract(target);
      return;
    }
    v1::Fact replacement = story_.events()[target].fact;
    if (replacement.has_event_corrected() || replacement.has_event_retracted()) {
      story_.Custom();
      return;
    }
    if (replacement.has_invoice_issued()) {
      replacement.mutable_invoice_issued()->mutable_amount()->set_minor_units(Amount());
    }
    story_.Correct(target, replacement);
  }

  std::mt19937_64 random_;
  const RandomStoryOptions options_;
  Story story_;
  int invoices_ = 0;
  int payments_ = 0;
  int promises_ = 0;
  int disputes_ = 0;
  int outcomes_ = 0;
  int engagements_ = 0;
  int closed_ = 0;
  int changes_ = 0;
  int ended_ = 0;
  int incidents_ = 0;
  int advice_ = 0;
  int complaints_ = 0;
  int complaints_resolved_ = 0;
};

}  // namespace

Story RandomStory(uint64_t seed, const RandomStoryOptions& options) {
  return Teller(seed, options).Tell();
}

}  // namespace pledger::reliability
