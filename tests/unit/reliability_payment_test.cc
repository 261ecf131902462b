// PAYMENT by worked examples: the arithmetic stands beside each, done by hand.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/reliability_story.h"

namespace pledger::reliability {
namespace {

using ::testing::ElementsAre;

double PaymentScore(const Story& story, const std::string& date) {
  return story.At(date, PlainPolicy()).dimensions(0).score().value();
}

TEST(ReliabilityPaymentTest, OnTimeScores80AndEarlyMore) {
  Story story;
  story.On("2024-01-01").Invoice("A", 100, "2024-01-31");
  story.On("2024-01-31").Pay("p", 100, {{"A", 100}});
  EXPECT_DOUBLE_EQ(PaymentScore(story, "2024-02-10"), 80);
  // 10 days early: half way from (−20, 90) to (0, 80).
  Story early;
  early.On("2024-01-01").Invoice("A", 100, "2024-01-31");
  early.On("2024-01-21").Pay("p", 100, {{"A", 100}});
  EXPECT_DOUBLE_EQ(PaymentScore(early, "2024-02-10"), 85);
}

TEST(ReliabilityPaymentTest, AmountsWeigh) {
  // 300 on time (80), 100 paid 30 days late (50): (300·80 + 100·50) / 400 = 72.5.
  Story story;
  story.On("2024-01-01").Invoice("A", 300, "2024-01-31").Invoice("B", 100, "2024-01-31");
  story.On("2024-01-31").Pay("p", 300, {{"A", 300}});
  story.On("2024-03-01").Pay("q", 100, {{"B", 100}});
  const v1::ClientReliability at = story.At("2024-03-01", PlainPolicy());
  EXPECT_DOUBLE_EQ(at.dimensions(0).score().value(), 72.5);
  // Against 100: 300/400·(80−100) = −15 and 100/400·(50−100) = −12.5.
  EXPECT_EQ(ReasonsOf(at.dimensions(0)), "PAID_ON_TIME -15 x1; PAID_LATE -12.5 x1");
  EXPECT_EQ(at.payment().portions(), 2);
  EXPECT_EQ(at.payment().on_time_portions(), 1);
  EXPECT_DOUBLE_EQ(at.payment().on_time_share(), 0.5);
  EXPECT_DOUBLE_EQ(at.payment().mean_days_late(), 15);
  // (300·0 + 100·30) / 400.
  EXPECT_DOUBLE_EQ(at.payment().amount_weighted_days_beyond_terms(), 7.5);
  // Variance: 300/400·7.5² + 100/400·22.5² = 42.1875 + 126.5625 = 168.75 over n_eff 2 is 84.375,
  // root 9.185587, times 1.959964 is 18.003420.
  EXPECT_NEAR(at.dimensions(0).score().low(), 54.496580, 1e-5);
  EXPECT_NEAR(at.dimensions(0).score().high(), 90.503420, 1e-5);
}

TEST(ReliabilityPaymentTest, HalfLifeHalvesTheWeight) {
  // A payment 365 days old (score 80, w ½) and one of today, 30 days late (50, w 1):
  // (½·80 + 50) / 1.5 = 60. n_eff = 1.5² / 1.25 = 1.8, but they are two.
  Story story;
  story.On("2022-12-01").Invoice("A", 100, "2023-01-01");
  story.On("2023-01-01").Pay("p", 100, {{"A", 100}});
  story.On("2023-11-01").Invoice("B", 100, "2023-12-02");
  story.On("2024-01-01").Pay("q", 100, {{"B", 100}});
  v1::Policy policy;
  policy.mutable_evidence()->set_min_evidence(3);
  EXPECT_EQ(story.At("2024-01-01", policy).dimensions(0).score().standing(),
            v1::STANDING_INSUFFICIENT_DATA);
  EXPECT_FALSE(story.At("2024-01-01", policy).dimensions(0).score().has_value());
  policy.mutable_evidence()->clear_min_evidence();
  const v1::DimensionAssessment payment = story.At("2024-01-01", policy).dimensions(0);
  EXPECT_NEAR(payment.score().value(), 60, 1e-12);
  EXPECT_NEAR(payment.score().effective_items(), 1.8, 1e-12);
  EXPECT_EQ(payment.score().items(), 2);
  // Not aged: (80 + 50) / 2. The first is 365 days old: no longer one of the last 365.
  EXPECT_DOUBLE_EQ(payment.lifetime().value(), 65);
  EXPECT_EQ(payment.recent().standing(), v1::STANDING_INSUFFICIENT_DATA);
  EXPECT_EQ(payment.recent().items(), 1);
  EXPECT_EQ(payment.confidence(), v1::CONFIDENCE_LOW);
}

TEST(ReliabilityPaymentTest, NothingIsInsufficientNever100NorZero) {
  Story story;
  story.On("2024-01-01").Opened("premium").Invoice("A", 100, "2024-01-31");
  v1::Policy policy = PlainPolicy();
  policy.mutable_evidence()->set_min_evidence(0);
  const v1::ClientReliability at = story.At("2024-01-31", policy);
  for (const v1::DimensionAssessment& dimension : at.dimensions()) {
    EXPECT_EQ(dimension.score().standing(), v1::STANDING_INSUFFICIENT_DATA);
    EXPECT_EQ(dimension.reasons_size(), 0);
  }
  EXPECT_EQ(at.tier(), "premium");
  EXPECT_EQ(at.events(), 2);
}

TEST(ReliabilityPaymentTest, OpenPastDueScoresByItsAgeAndDueTodayIsNotOverdue) {
  Story story;
  story.On("2024-01-01").Invoice("A", 100, "2024-01-31");
  EXPECT_EQ(story.At("2024-01-31", PlainPolicy()).dimensions(0).score().items(), 0);
  // 60 days after 31 January is 31 March: 40.
  const v1::ClientReliability at = story.At("2024-03-31", PlainPolicy());
  EXPECT_DOUBLE_EQ(at.dimensions(0).score().value(), 40);
  EXPECT_EQ(at.payment().largest_open_age_days(), 60);
  EXPECT_EQ(at.payment().ageing(0).days_31_to_60(), 100);
  EXPECT_EQ(at.payment().sums(0).overdue(), 100);
  EXPECT_FALSE(at.payment().has_mean_days_late());
}

TEST(ReliabilityPaymentTest, AgeingBuckets) {
  Story story;
  story.On("2024-01-01");
  // As of 30 June: due that day, 1, 30, 31, 60, 61, 90, 91 days before.
  story.Invoice("A", 1, "2024-06-30").Invoice("B", 10, "2024-06-29");
  story.Invoice("C", 100, "2024-05-31").Invoice("D", 1000, "2024-05-30");
  story.Invoice("E", 10'000, "2024-05-01").Invoice("F", 100'000, "2024-04-30");
  story.Invoice("G", 1'000'000, "2024-04-01").Invoice("H", 10'000'000, "2024-03-31");
  const v1::Ageing ageing = story.At("2024-06-30").payment().ageing(0);
  EXPECT_EQ(ageing.not_due(), 1);
  EXPECT_EQ(ageing.days_1_to_30(), 110);
  EXPECT_EQ(ageing.days_31_to_60(), 11'000);
  EXPECT_EQ(ageing.days_61_to_90(), 1'100'000);
  EXPECT_EQ(ageing.days_over_90(), 10'000'000);
}

TEST(ReliabilityPaymentTest, UnallocatedMoneyGoesToTheOldestDue) {
  Story story;
  story.On("2024-01-01").Invoice("LATER", 100, "2024-02-20").Invoice("SOONER", 100, "2024-02-10");
  story.On("2024-02-10").Pay("p", 150);
  EXPECT_EQ(EvidenceOf(story.ExplainAt("2024-02-12")),
            "LATER PAID_EARLY -10; SOONER PAID_ON_TIME 0");
  const v1::PaymentFigures figures = story.At("2024-02-12").payment();
  EXPECT_EQ(figures.sums(0).settled(), 150);
  EXPECT_EQ(figures.sums(0).open(), 50);
}

TEST(ReliabilityPaymentTest, ExcessOfAnAllocationIsMoneyOnAccountForLaterInvoices) {
  Story story;
  story.On("2024-01-01").Invoice("A", 100, "2024-01-10").Invoice("B", 100, "2024-01-10");
  story.On("2024-01-05").Pay("p", 130, {{"A", 130}});
  EXPECT_EQ(story.At("2024-01-06").payment().sums(0).on_account(), 30);
  EXPECT_EQ(story.At("2024-01-06").payment().sums(0).open(), 100);
  // Issued on 1 March, due on the 11th: the money of 5 January was there 66 days early.
  story.On("2024-03-01").Invoice("C", 30, "2024-03-11");
  EXPECT_EQ(EvidenceOf(story.ExplainAt("2024-03-01")),
            "A PAID_EARLY -5; B OPEN_PAST_DUE 51; C PAID_EARLY -66");
  EXPECT_EQ(story.At("2024-03-01").payment().sums(0).on_account(), 0);
}

TEST(ReliabilityPaymentTest, AnAllocationWaitsForItsInvoice) {
  Story story;
  story.On("2024-01-01").Invoice("A", 100, "2024-01-10");
  story.On("2024-01-05").Pay("p", 100, {{"B", 60}});
  EXPECT_EQ(story.At("2024-01-06").payment().sums(0).on_account(), 60);
  story.On("2024-01-07").Invoice("B", 60, "2024-01-07");
  EXPECT_EQ(EvidenceOf(story.ExplainAt("2024-01-08")), "A PAID_EARLY -5; B PAID_EARLY -2");
}

TEST(ReliabilityPaymentTest, AReversedPaymentWasNeverMadeOnceItIsReversed) {
  Story story;
  story.On("2024-01-01").Invoice("A", 100, "2024-01-31");
  story.On("2024-01-31").Pay("p", 100, {{"A", 100}});
  story.On("2024-02-10").Reverse("p");
  EXPECT_DOUBLE_EQ(PaymentScore(story, "2024-02-09"), 80);
  // 15 days past due.
  EXPECT_DOUBLE_EQ(PaymentScore(story, "2024-02-15"), 70);
  EXPECT_EQ(story.At("2024-02-15").payment().sums(0).settled(), 0);
}

TEST(ReliabilityPaymentTest, CreditsReduceAndMakeNoPortion) {
  Story story;
  story.On("2024-01-01").Invoice("A", 100, "2024-01-31");
  story.On("2024-01-10").Credit(40, "A").Credit(1000, "A", /*refunded=*/true);
  story.On("2024-01-31").Pay("p", 60, {{"A", 60}});
  const v1::ClientReliability at = story.At("2024-06-01", PlainPolicy());
  EXPECT_EQ(at.payment().portions(), 1);
  EXPECT_EQ(at.payment().sums(0).open(), 0);
  EXPECT_EQ(at.payment().sums(0).on_account(), 0);
  EXPECT_DOUBLE_EQ(at.dimensions(0).score().value(), 80);
}

TEST(ReliabilityPaymentTest, ACreditBeyondItsInvoiceReducesTheNextAndMakesNoPortion) {
  Story story;
  story.On("2024-01-01").Invoice("A", 100, "2024-01-31");
  story.On("2024-01-10").Credit(130, "A");
  story.On("2024-02-01").Invoice("B", 50, "2024-02-10");
  const v1::PaymentFigures figures = story.At("2024-02-02").payment();
  EXPECT_EQ(figures.sums(0).open(), 20);
  EXPECT_EQ(figures.sums(0).settled(), 0);
  EXPECT_EQ(figures.portions(), 0);
}

TEST(ReliabilityPaymentTest, ACancelledInvoiceLeavesItsMoneyOnAccount) {
  Story story;
  story.On("2024-01-01").Invoice("A", 100, "2024-01-31");
  story.On("2024-01-31").Pay("p", 100, {{"A", 100}});
  story.On("2024-02-10").Cancel("A");
  EXPECT_EQ(story.At("2024-02-09").payment().portions(), 1);
  const v1::PaymentFigures after = story.At("2024-02-10").payment();
  EXPECT_EQ(after.portions(), 0);
  EXPECT_EQ(after.invoices(), 0);
  EXPECT_EQ(after.sums(0).invoiced(), 0);
  EXPECT_EQ(after.sums(0).on_account(), 100);
}

TEST(ReliabilityPaymentTest, WhatIsWrittenOffStaysOwedAndTakesNoOtherMoney) {
  Story story;
  story.On("2024-01-01").Invoice("A", 100, "2024-01-31").Invoice("B", 100, "2024-03-31");
  story.On("2024-03-01").WriteOff("A");
  story.On("2024-03-31").Pay("p", 100);
  // A: 60 days after its due day, 40. B on time, 80.
  EXPECT_DOUBLE_EQ(PaymentScore(story, "2024-03-31"), 60);
}

TEST(ReliabilityPaymentTest, ARefusedRemainderScoresZeroAndPaidPartsByTheirDays) {
  Story story;
  story.On("2024-01-01").Invoice("A", 100, "2024-01-31");
  story.On("2024-01-10").Refuse("A");
  // Not due yet, and yet it counts.
  EXPECT_DOUBLE_EQ(PaymentScore(story, "2024-01-11"), 0);
  story.On("2024-01-31").Pay("p", 50, {{"A", 50}});
  EXPECT_DOUBLE_EQ(PaymentScore(story, "2024-01-31"), 40);
  EXPECT_EQ(EvidenceOf(story.ExplainAt("2024-01-31")), "A PAYMENT_REFUSED 0; A PAID_ON_TIME 0");
}

// Due on 31 January, disputed from 10 to 20 February, paid on 1 March: 30 days late, 10 of them
// disputed.
Story Disputed(v1::DisputeResolved::InFavourOf in_favour_of) {
  Story story;
  story.On("2024-01-01").Invoice("A", 100, "2024-01-31");
  story.On("2024-02-10").Dispute("d", "A");
  story.On("2024-02-20").Resolve("d", in_favour_of);
  story.On("2024-03-01").Pay("p", 100, {{"A", 100}});
  return story;
}

TEST(ReliabilityPaymentTest, DisputedDaysCountByWhoWasRight) {
  using Resolved = v1::DisputeResolved;
  EXPECT_EQ(EvidenceOf(Disputed(Resolved::IN_FAVOUR_OF_US).ExplainAt("2024-03-01")),
            "A PAID_LATE 30");
  EXPECT_EQ(EvidenceOf(Disputed(Resolved::IN_FAVOUR_OF_CLIENT).ExplainAt("2024-03-01")),
            "A PAID_LATE 20");
  EXPECT_EQ(EvidenceOf(Disputed(Resolved::IN_FAVOUR_OF_SHARED).ExplainAt("2024-03-01")),
            "A PAID_LATE 25");
}

TEST(ReliabilityPaymentTest, WhileADisputeIsOpenLatenessStandsStill) {
  const Story story = Disputed(v1::DisputeResolved::IN_FAVOUR_OF_US);
  EXPECT_EQ(EvidenceOf(story.ExplainAt("2024-02-09")), "A OPEN_PAST_DUE 9");
  EXPECT_EQ(EvidenceOf(story.ExplainAt("2024-02-19")), "A OPEN_PAST_DUE 10");
  EXPECT_TRUE(story.ExplainAt("2024-02-19").evidence(0).disputed());
  EXPECT_EQ(story.At("2024-02-19").payment().disputed_invoices(), 1);
  EXPECT_EQ(EvidenceOf(story.ExplainAt("2024-02-20")), "A OPEN_PAST_DUE 20");
  EXPECT_FALSE(story.ExplainAt("2024-02-20").evidence(0).disputed());
  // Disputed before it was due: it never becomes past due.
  Story early;
  early.On("2024-01-01").Invoice("A", 100, "2024-01-31").Dispute("d", "A").Refuse("A");
  EXPECT_EQ(EvidenceOf(early.ExplainAt("2024-06-01")), "");
}

TEST(ReliabilityPaymentTest, OverlappingDisputesExcuseADayOnce) {
  // Due on 31 January, paid on 1 March. For the client: 5 to 15 February; shared: 10 to 25. Whole
  // days 10, others 10, of which half: 30 − 10 − 5.
  Story story;
  story.On("2024-01-01").Invoice("A", 100, "2024-01-31");
  story.On("2024-02-05").Dispute("d", "A");
  story.On("2024-02-10").Dispute("e", "A");
  story.On("2024-02-15").Resolve("d", v1::DisputeResolved::IN_FAVOUR_OF_CLIENT);
  story.On("2024-02-25").Resolve("e", v1::DisputeResolved::IN_FAVOUR_OF_SHARED);
  story.On("2024-03-01").Pay("p", 100, {{"A", 100}});
  EXPECT_EQ(EvidenceOf(story.ExplainAt("2024-03-01")), "A PAID_LATE 15");
}

TEST(ReliabilityPaymentTest, ADisputedEventMarksItsEvidence) {
  Story story;
  story.On("2024-01-01").Invoice("A", 100, "2024-01-31");
  story.On("2024-02-05").Pay("p", 100);
  const uint64_t payment = story.last();
  story.On("2024-02-06").DisputeEvent("d", payment);
  story.On("2024-02-09").Resolve("d", v1::DisputeResolved::IN_FAVOUR_OF_US);
  EXPECT_FALSE(story.ExplainAt("2024-02-05").evidence(0).disputed());
  EXPECT_TRUE(story.ExplainAt("2024-02-06").evidence(0).disputed());
  EXPECT_FALSE(story.ExplainAt("2024-02-09").evidence(0).disputed());
}

TEST(ReliabilityPaymentTest, CorrectionsAndRetractionsApplyBeforeFolding) {
  Story story;
  story.On("2024-01-01").Invoice("A", 100, "2024-01-31");
  const uint64_t invoice = story.last();
  story.On("2024-01-31").Pay("p", 100, {{"A", 100}});
  const uint64_t payment = story.last();
  Story right;
  right.Invoice("A", 100, "2024-02-20");
  // Recorded, and said to have occurred, long after: it corrects the past all the same.
  story.On("2024-06-01").Correct(invoice, right.events()[0].fact);
  EXPECT_EQ(EvidenceOf(story.ExplainAt("2024-02-01")), "A PAID_EARLY -20");
  story.On("2024-06-02").Retract(payment);
  EXPECT_EQ(EvidenceOf(story.ExplainAt("2024-03-01")), "A OPEN_PAST_DUE 10");
  Perspective before;
  before.as_of_ns = NoonOf("2024-03-01");
  before.known_at_position = payment;
  const v1::ExplainResponse known = Explain("client", story.History(), Resolved(PlainPolicy()),
                                            before, v1::DIMENSION_UNSPECIFIED);
  EXPECT_EQ(EvidenceOf(known), "A PAID_ON_TIME 0");
  EXPECT_EQ(known.reliability().events(), 2);
}

TEST(ReliabilityPaymentTest, CurrenciesConvertAndThoseWithoutRateWeighByCount) {
  Story story;
  story.On("2024-01-01").In("EUR").Invoice("E", 100, "2024-01-31");
  story.In("USD").Invoice("U", 100, "2024-01-31").In("JPY").Invoice("J", 7, "2024-01-31");
  story.On("2024-01-31").In("EUR").Pay("e", 100);
  story.On("2024-03-01").In("USD").Pay("u", 100);
  story.On("2024-03-31").In("JPY").Pay("j", 7);
  v1::Policy policy = PlainPolicy();
  policy.set_reporting_currency("EUR");
  v1::ExchangeRate* rate = policy.add_exchange_rates();
  rate->set_currency_code("USD");
  rate->set_rate_ppm(500'000);
  // EUR 100 at 80, USD 100 are EUR 50 at 50, JPY weighs their mean, 75, at 40:
  // (8000 + 2500 + 3000) / 225 = 60.
  const v1::ClientReliability at = story.At("2024-04-01", policy);
  EXPECT_DOUBLE_EQ(at.dimensions(0).score().value(), 60);
  EXPECT_THAT(at.payment().unconverted_currencies(), ElementsAre("JPY"));
  ASSERT_EQ(at.payment().sums_size(), 3);
  EXPECT_EQ(at.payment().sums(0).currency_code(), "EUR");
  // Without a reporting currency and rates: EUR has as many items as any and comes first; the
  // others weigh 100 each: (80 + 50 + 40) / 3.
  EXPECT_NEAR(PaymentScore(story, "2024-04-01"), 170.0 / 3, 1e-12);
}

TEST(ReliabilityPaymentTest, DaysAreThoseOfThePolicysZone) {
  // Due at noon UTC of the 31st; paid 12:30 hours later: 1 February in UTC, still the 31st in New
  // York.
  Story story;
  story.On("2024-01-01").Invoice("A", 100, "2024-01-31").On("2024-01-31").Pay("p", 100);
  std::vector<StoryEvent> events = story.events();
  events[1].occur_time_ns += int64_t{45'000} * 1'000'000'000;
  const ClientHistory history = Story::HistoryOf(events);
  v1::Policy policy = PlainPolicy();
  Perspective perspective;
  perspective.as_of_ns = NoonOf("2024-03-01");
  const auto days_late = [&] {
    return Explain("c", history, Resolved(policy), perspective, v1::DIMENSION_PAYMENT)
        .evidence(0)
        .days_late();
  };
  EXPECT_EQ(days_late(), 1);
  policy.set_time_zone("America/New_York");
  EXPECT_EQ(days_late(), 0);
}

TEST(ReliabilityPaymentTest, TradelineIsTheWorstOfEachMonth) {
  Story story;
  // Due 31 January, paid 30 April: 29 days at the end of February, 60 at March's, 90 in April.
  story.On("2024-01-01").Invoice("A", 100, "2024-01-31");
  story.On("2024-04-30").Pay("p", 100);
  // Issued and open in June, not due.
  story.On("2024-06-05").Invoice("B", 100, "2024-12-31");
  // Newest first: June 0, May B, April 3, March 2, February 0, January 0, then nothing.
  EXPECT_EQ(story.At("2024-06-15").payment().tradeline(), "0B3200" + std::string(18, 'B'));
}

TEST(ReliabilityPaymentTest, ReasonsShownAreFewAndSumToTheScore) {
  Story story;
  story.On("2023-01-01");
  const char* due[] = {"2023-03-01", "2023-02-01", "2023-01-20", "2022-12-01", "2022-10-01"};
  for (int i = 0; i < 5; ++i) story.Invoice(std::to_string(i), 100 + i, due[i]);
  story.Invoice("open", 70, "2023-01-15").Invoice("refused", 80, "2023-01-15").Refuse("refused");
  story.On("2023-02-01");
  for (int i = 0; i < 5; ++i)
    story.Pay("p" + std::to_string(i), 100 + i, {{std::to_string(i), 100 + i}});
  const Policy policy = Resolved(PlainPolicy());
  Perspective perspective;
  perspective.as_of_ns = NoonOf("2023-02-02");
  const ClientHistory history = story.History();
  const auto assess = [&](AssessDetail detail) {
    return Assess("client", history, policy, perspective, detail).dimensions(0);
  };
  EXPECT_EQ(assess(AssessDetail::kSummary).reasons_size(), 0);
  EXPECT_EQ(assess(AssessDetail::kFull).reasons_size(), 5);
  const v1::DimensionAssessment all = assess(AssessDetail::kExplain);
  EXPECT_EQ(all.reasons_size(), 7);
  double points = 0;
  for (const v1::Reason& reason : all.reasons()) points += reason.points();
  EXPECT_NEAR(points, all.score().value() - 100, 1e-9);
  double evidence_points = 0, weight = 0;
  const v1::ExplainResponse explained =
      Explain("client", history, policy, perspective, v1::DIMENSION_PAYMENT);
  for (const v1::Evidence& evidence : explained.evidence()) {
    evidence_points += evidence.points();
    weight += evidence.weight();
  }
  EXPECT_NEAR(evidence_points, points, 1e-9);
  EXPECT_NEAR(weight, 1, 1e-12);
}

}  // namespace
}  // namespace pledger::reliability
