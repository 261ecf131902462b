// PROMISES by worked examples: the arithmetic stands beside each, done by hand. The prior's mean is
// 0.8 and its strength 2: α = 1.6 and β = 0.4.
#include <string>

#include "gtest/gtest.h"
#include "tests/unit/reliability_story.h"

namespace pledger::reliability {
namespace {

v1::DimensionAssessment Promises(const Story& story, const std::string& date) {
  return story.At(date, PlainPolicy()).dimensions(1);
}

std::string Evidence(const Story& story, const std::string& date) {
  return EvidenceOf(story.ExplainAt(date, PlainPolicy()));
}

TEST(ReliabilityPromiseTest, RateIsShrunkToThePriorWithAWilsonInterval) {
  Story story;
  story.On("2024-01-01").Promise("A", "2024-01-10").Promise("B", "2024-01-10");
  story.On("2024-01-10").Keep("A").Break("B");
  // (1 + 1.6) / (2 + 2) = 0.65.
  const v1::DimensionAssessment promises = Promises(story, "2024-02-01");
  EXPECT_NEAR(promises.score().value(), 65, 1e-12);
  // BROKEN 100·(0−1)/4 = −25; PRIOR −100·0.4/4 = −10; KEPT nothing; together 65 − 100.
  EXPECT_EQ(ReasonsOf(promises), "BROKEN -25 x1; PRIOR -10 x0; KEPT 0 x1");
  // Wilson at 0.65 with n = 2, z² = 3.841459: centre (0.65 + 0.960365) / 2.920729 = 0.551357; reach
  // 1.959964 / 2.920729 · √(0.65·0.35/2 + 3.841459/16) = 0.671053 · √0.353841 = 0.399172.
  EXPECT_NEAR(promises.score().low(), 15.2185, 1e-3);
  EXPECT_NEAR(promises.score().high(), 95.0529, 1e-3);
}

TEST(ReliabilityPromiseTest, NothingBecomesOfAPromiseUntilItsDueDayIsOver) {
  Story story;
  story.On("2024-01-01").Promise("A", "2024-01-10");
  EXPECT_EQ(Evidence(story, "2024-01-10"), "");
  EXPECT_EQ(story.At("2024-01-10").promises().open(), 1);
  EXPECT_EQ(Evidence(story, "2024-01-11"), "A OVERDUE");
  EXPECT_EQ(story.At("2024-01-11").promises().overdue(), 1);
  EXPECT_EQ(story.At("2024-01-11").promises().missed(), 1);
  // (0 + 1.6) / (1 + 2).
  EXPECT_NEAR(Promises(story, "2024-01-11").score().value(), 160.0 / 3, 1e-12);
}

TEST(ReliabilityPromiseTest, KeptLateIsAMissAndAKeeping) {
  Story story;
  story.On("2024-01-01").Promise("A", "2024-01-10");
  story.On("2024-01-15").Keep("A");
  EXPECT_EQ(Evidence(story, "2024-02-01"), "A MISSED_DUE; A KEPT");
  const v1::PromiseFigures figures = story.At("2024-02-01").promises();
  EXPECT_EQ(figures.kept(), 1);
  EXPECT_EQ(figures.missed(), 1);
  EXPECT_EQ(figures.overdue(), 0);
}

TEST(ReliabilityPromiseTest, PartlyKeptCountsItsFraction) {
  Story story;
  story.On("2024-01-01").Promise("A", "2024-01-10").On("2024-01-05").Keep("A", 0.25);
  // (0.25 + 1.6) / 3.
  EXPECT_NEAR(Promises(story, "2024-01-11").score().value(), 185.0 / 3, 1e-9);
  EXPECT_EQ(story.At("2024-01-11").promises().partly_kept(), 1);
}

TEST(ReliabilityPromiseTest, BrokenIsOneMissAlsoAfterItsDueDay) {
  Story story;
  story.On("2024-01-01").Promise("A", "2024-01-10").On("2024-01-20").Break("A");
  EXPECT_EQ(Evidence(story, "2024-02-01"), "A BROKEN");
}

TEST(ReliabilityPromiseTest, ExcusedAndWaivedCountNeitherWay) {
  Story story;
  story.On("2024-01-01").Promise("A", "2024-01-10").Promise("B", "2024-01-10");
  story.On("2024-01-12").Reschedule("B", "2024-01-20", true).Break("A", /*excused=*/true);
  EXPECT_EQ(Evidence(story, "2024-01-12"), "B MISSED_DUE");
  story.On("2024-01-13").Waive("B");
  EXPECT_EQ(Evidence(story, "2024-02-01"), "");
  EXPECT_EQ(story.At("2024-02-01").promises().excused_or_waived(), 2);
}

TEST(ReliabilityPromiseTest, TomorrowTomorrowCountsEachTime) {
  Story story;
  story.On("2024-01-01").Promise("A", "2024-01-10");
  // After the due day, agreed or not, and before it without agreement: each due is missed.
  story.On("2024-01-11").Reschedule("A", "2024-01-12", true);
  story.On("2024-01-12").Reschedule("A", "2024-01-14", false);
  EXPECT_EQ(Evidence(story, "2024-01-12"), "A MISSED_DUE");
  EXPECT_EQ(Evidence(story, "2024-01-13"), "A MISSED_DUE; A MISSED_DUE");
  EXPECT_EQ(Evidence(story, "2024-01-15"), "A MISSED_DUE; A MISSED_DUE; A OVERDUE");
}

TEST(ReliabilityPromiseTest, AnUnagreedDelayIsNoMissIfTheOldDueIsMet) {
  Story story;
  story.On("2024-01-01").Promise("A", "2024-01-10");
  story.On("2024-01-05").Reschedule("A", "2024-01-20", false);
  story.On("2024-01-10").Keep("A");
  EXPECT_EQ(Evidence(story, "2024-02-01"), "A KEPT");
}

TEST(ReliabilityPromiseTest, OneAgreedExtensionIsFreeAndEachFurtherHalfAMiss) {
  Story story;
  story.On("2024-01-01").Promise("A", "2024-01-10");
  story.On("2024-01-10").Reschedule("A", "2024-01-20", true);
  EXPECT_EQ(Evidence(story, "2024-01-11"), "");
  story.On("2024-01-20").Reschedule("A", "2024-01-30", true);
  story.On("2024-01-30").Keep("A");
  EXPECT_EQ(Evidence(story, "2024-02-01"), "A EXTENSION_TOO_MANY; A KEPT");
  // (0.5 + 1 + 1.6) / 4.
  EXPECT_NEAR(Promises(story, "2024-02-01").score().value(), 77.5, 1e-12);
  EXPECT_EQ(story.At("2024-02-01").promises().excess_extensions(), 1);
}

TEST(ReliabilityPromiseTest, WhatTheOtherPartyWishesIsNoExtension) {
  Story story;
  story.On("2024-01-01").Promise("A", "2024-01-10");
  story.On("2024-01-02").Reschedule("A", "2024-01-20", true, v1::PARTY_US);
  story.On("2024-01-03").Reschedule("A", "2024-01-30", true, v1::PARTY_US);
  story.On("2024-01-04").Reschedule("A", "2024-01-05", false, v1::PARTY_US);
  story.On("2024-01-30").Keep("A");
  EXPECT_EQ(Evidence(story, "2024-02-01"), "A KEPT");
}

TEST(ReliabilityPromiseTest, PaymentsKeepAPromiseToPayWithinToleranceAndGrace) {
  Story story;
  story.On("2024-01-01")
      .Invoice("I", 1000, "2024-01-05")
      .PromiseToPay("A", 1000, "I", "2024-01-10");
  story.On("2024-01-09").Pay("p", 500);
  EXPECT_EQ(story.At("2024-01-13").promises().open(), 1);
  EXPECT_EQ(Promises(story, "2024-01-14").score().items(), 1);
  EXPECT_EQ(story.At("2024-01-14").promises().missed(), 1);
  // The last day of grace, and 95 % of the amount.
  story.On("2024-01-13").Pay("q", 450);
  EXPECT_EQ(story.At("2024-01-14").promises().kept(), 1);
  EXPECT_EQ(story.At("2024-01-14").promises().missed(), 0);
}

TEST(ReliabilityPromiseTest, LateOrShortMoneyDoesNotKeepAPromise) {
  Story late;
  late.On("2024-01-01").Invoice("I", 1000, "2024-01-05").PromiseToPay("A", 1000, "I", "2024-01-10");
  late.On("2024-01-14").Pay("p", 1000);
  EXPECT_EQ(late.At("2024-02-01").promises().kept(), 0);
  EXPECT_EQ(late.At("2024-02-01").promises().missed(), 1);
  Story kept_short;
  kept_short.On("2024-01-01").Invoice("I", 1000, "2024-01-05");
  kept_short.PromiseToPay("A", 1000, "I", "2024-01-10").On("2024-01-09").Pay("p", 949);
  EXPECT_EQ(kept_short.At("2024-02-01").promises().missed(), 1);
}

TEST(ReliabilityPromiseTest, OnlyMoneyAfterThePromiseKeepsIt) {
  // 500 are paid, and the other 500 promised: the old 500 do not keep the new promise.
  Story story;
  story.On("2024-01-01").Invoice("I", 1000, "2024-01-05").On("2024-01-06").Pay("p", 500);
  story.On("2024-01-07").PromiseToPay("A", 500, "I", "2024-01-10");
  EXPECT_EQ(story.At("2024-02-01").promises().missed(), 1);
  // A promise of the whole amount needs what is still owed only.
  story.On("2024-01-07").PromiseToPay("B", 1000, "I", "2024-01-10").On("2024-01-10").Pay("q", 500);
  EXPECT_EQ(story.At("2024-02-01").promises().kept(), 2);
}

TEST(ReliabilityPromiseTest, EachPromiseOfOneInvoiceStandsForItself) {
  Story story;
  story.On("2024-01-01").Invoice("I", 1000, "2024-01-05");
  story.PromiseToPay("A", 1000, "I", "2024-01-10");
  story.On("2024-01-14").PromiseToPay("B", 1000, "I", "2024-01-20");
  story.On("2024-01-24").PromiseToPay("C", 1000, "I", "2024-01-30");
  story.On("2024-01-30").Pay("p", 1000);
  const v1::PromiseFigures figures = story.At("2024-02-10").promises();
  EXPECT_EQ(figures.missed(), 2);
  EXPECT_EQ(figures.kept(), 1);
}

TEST(ReliabilityPromiseTest, WithoutAnInvoiceAllMoneyOfTheCurrencyCounts) {
  Story story;
  story.On("2024-01-01").In("EUR").Pay("before", 1000);
  story.On("2024-01-02").PromiseToPay("A", 1000, "", "2024-01-10");
  story.On("2024-01-03").In("USD").Pay("dollars", 1000);
  EXPECT_EQ(story.At("2024-01-14").promises().missed(), 1);
  story.On("2024-01-09").In("EUR").Pay("p", 600).Pay("q", 400).Pay("bounced", 1000);
  story.On("2024-01-12").Reverse("bounced");
  EXPECT_EQ(story.At("2024-01-14").promises().kept(), 1);
  story.On("2024-01-13").Reverse("p");
  EXPECT_EQ(story.At("2024-01-14").promises().kept(), 0);
}

TEST(ReliabilityPromiseTest, APromiseToPayACancelledInvoiceCountsNeitherWay) {
  Story story;
  story.On("2024-01-01")
      .Invoice("I", 1000, "2024-01-05")
      .PromiseToPay("A", 1000, "I", "2024-01-10");
  story.On("2024-01-20").Cancel("I");
  EXPECT_EQ(story.At("2024-01-19").promises().missed(), 1);
  EXPECT_EQ(story.At("2024-01-20").promises().missed(), 0);
  EXPECT_EQ(story.At("2024-01-20").promises().excused_or_waived(), 1);
}

TEST(ReliabilityPromiseTest, ACreditThatLeavesNothingToPayKeepsThePromise) {
  Story story;
  story.On("2024-01-01")
      .Invoice("I", 1000, "2024-01-05")
      .PromiseToPay("A", 1000, "I", "2024-01-10");
  story.On("2024-01-08").Credit(1000, "I");
  EXPECT_EQ(story.At("2024-02-01").promises().kept(), 1);
}

TEST(ReliabilityPromiseTest, ARescheduledPromiseToPayIsJudgedByEachDueWithGrace) {
  Story story;
  story.On("2024-01-01")
      .Invoice("I", 1000, "2024-01-05")
      .PromiseToPay("A", 1000, "I", "2024-01-10");
  // Within the days of grace: an extension. After them: a miss.
  story.On("2024-01-13").Reschedule("A", "2024-01-20", true);
  story.On("2024-01-24").Reschedule("A", "2024-01-30", true);
  story.On("2024-02-02").Pay("p", 1000);
  const v1::PromiseFigures figures = story.At("2024-03-01").promises();
  EXPECT_EQ(figures.missed(), 1);
  EXPECT_EQ(figures.kept(), 1);
  EXPECT_EQ(figures.excess_extensions(), 0);
}

TEST(ReliabilityPromiseTest, OurPromisesAreMeasuredAlikeAndApart) {
  Story story;
  story.On("2024-01-01")
      .Promise("OURS", "2024-01-10", v1::PARTY_US)
      .Promise("THEIRS", "2024-01-10");
  story.On("2024-01-05").Keep("THEIRS");
  story.On("2024-01-06").PromiseToPay("REFUND", 100, "", "2024-01-10", v1::PARTY_US);
  story.On("2024-01-09").Credit(100, "", /*refunded=*/true);
  const v1::ClientReliability at = story.At("2024-02-01", PlainPolicy());
  EXPECT_EQ(at.promises().kept(), 1);
  EXPECT_EQ(at.promises().missed(), 0);
  EXPECT_EQ(at.our_promises().kept(), 1);
  EXPECT_EQ(at.our_promises().overdue(), 1);
  // (1 + 1.6) / (2 + 2).
  EXPECT_NEAR(at.our_reliability().score().value(), 65, 1e-12);
  EXPECT_NEAR(at.dimensions(1).score().value(), 260.0 / 3, 1e-12);
  const v1::ExplainResponse explained = story.ExplainAt("2024-02-01");
  for (const v1::Evidence& evidence : explained.evidence()) {
    if (evidence.dimension() != v1::DIMENSION_PROMISES) continue;
    EXPECT_EQ(evidence.party(),
              evidence.obligation_id() == "THEIRS" ? v1::PARTY_CLIENT : v1::PARTY_US);
  }
}

TEST(ReliabilityPromiseTest, FactsMayBeRecordedInAnyOrder) {
  Story story;
  story.On("2024-01-10").Keep("A").On("2024-01-05").Reschedule("A", "2024-01-12", true);
  story.On("2024-01-01").Promise("A", "2024-01-08");
  EXPECT_EQ(Evidence(story, "2024-02-01"), "A KEPT");
  // Before it was made it did not exist.
  EXPECT_EQ(Evidence(story, "2023-12-31"), "");
}

TEST(ReliabilityPromiseTest, ADisputedEventMarksItsEvidence) {
  Story story;
  story.On("2024-01-01").Promise("A", "2024-01-10").On("2024-01-20").DisputeEvent("d", 0);
  EXPECT_TRUE(story.ExplainAt("2024-02-01").evidence(0).disputed());
}

}  // namespace
}  // namespace pledger::reliability
