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
      TellOne();
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
      story_.Custom();
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
};

}  // namespace

Story RandomStory(uint64_t seed, const RandomStoryOptions& options) {
  return Teller(seed, options).Tell();
}

}  // namespace pledger::reliability
