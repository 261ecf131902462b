// Corrections, retractions, statements and disputes of events.
#include <string>

#include "gtest/gtest.h"
#include "server/domain/errors.h"
#include "server/domain/fact_types.h"
#include "tests/support/sample_facts.h"
#include "tests/unit/obligation_fixture.h"

namespace pledger::testing {
namespace {

class ObligationTargetsTest : public ::testing::Test {
 protected:
  absl::Status Retract(uint64_t target) {
    return ledger_.Record("event_retracted { target_position: " + std::to_string(target) + " }");
  }
  absl::Status Correct(uint64_t target, std::string_view replacement) {
    return ledger_.Record("event_corrected { target_position: " + std::to_string(target) +
                          " replacement { " + std::string(replacement) + " } }");
  }
  void MustRetract(uint64_t target) {
    const absl::Status status = Retract(target);
    EXPECT_TRUE(status.ok()) << status.ToString();
  }
  void MustCorrect(uint64_t target, std::string_view replacement) {
    const absl::Status status = Correct(target, replacement);
    EXPECT_TRUE(status.ok()) << status.ToString();
  }

  ObligationLedger ledger_;
};

TEST_F(ObligationTargetsTest, TheTargetIsAnEarlierEventOfTheClient) {
  const uint64_t other = ledger_.Must("sentiment_noted {}", "other");
  const std::string other_text = std::to_string(other);
  for (const std::string_view fact :
       {"event_retracted {", "event_corrected {", "statement_added {"}) {
    ExpectTarget(ledger_.Record(std::string(fact) + " target_position: 99 }"), 99, "unknown");
    ExpectTarget(ledger_.Record(std::string(fact) + " target_position: " + other_text + " }"),
                 other, "other_client");
  }
  ExpectTarget(ledger_.Record("dispute_opened { dispute_id: 'd' event_position: 99 }"), 99,
               "unknown");
  ExpectTarget(ledger_.Record("dispute_opened { dispute_id: 'd' event_position: 0 }"), 0,
               "other_client");
  const uint64_t own = ledger_.Must("sentiment_noted {}");
  ledger_.Must("statement_added { target_position: " + std::to_string(own) + " }");
  ledger_.Must("dispute_opened { dispute_id: 'd' event_position: " + std::to_string(own) + " }");
}

TEST_F(ObligationTargetsTest, LaterEventsAreNotThereYet) {
  // As when the index is rebuilt: the lookup knows all of the log.
  ledger_.events.events.resize(3, {"c", FactFromText("sentiment_noted {}")});
  for (const uint64_t target : {1, 2}) {
    ExpectTarget(
        ApplyObligations(
            "c", 1,
            FactFromText("statement_added { target_position: " + std::to_string(target) + " }"),
            ledger_.table, ledger_.events),
        target, "unknown");
  }
}

TEST_F(ObligationTargetsTest, SomeKindsStand) {
  const uint64_t first = ledger_.Must("sentiment_noted {}");
  MustCorrect(first, "sentiment_noted { rating: 1 }");
  const uint64_t correction = ledger_.position();
  MustRetract(first);
  const uint64_t retraction = ledger_.position();
  const uint64_t erasure = ledger_.Must("client_erased {}");
  const uint64_t policy = ledger_.Must("policy_adopted { version: 1 }");
  for (const uint64_t target : {correction, retraction, erasure, policy}) {
    ExpectTarget(Retract(target), target, "kind");
    ExpectTarget(Correct(target, "sentiment_noted {}"), target, "kind");
  }
  const uint64_t hold = ledger_.Must("hold_placed { hold_id: 'h' }");
  ExpectTarget(Correct(hold, "hold_placed { hold_id: 'h' }"), hold, "kind");
  MustRetract(hold);
  const uint64_t statement = ledger_.Must("statement_added { target_position: 0 }");
  ExpectTarget(Correct(statement, "statement_added { target_position: 0 }"), statement, "kind");
  MustRetract(statement);
}

TEST_F(ObligationTargetsTest, RetractedOnce) {
  const uint64_t target = ledger_.Must("sentiment_noted {}");
  MustRetract(target);
  ExpectTarget(Retract(target), target, "retracted");
  ExpectTarget(Correct(target, "sentiment_noted {}"), target, "retracted");
}

TEST_F(ObligationTargetsTest, ARetractedOpeningFreesTheId) {
  const uint64_t promise = ledger_.Must("promise_made { promise_id: 'p' }");
  MustRetract(promise);
  ExpectObligation(ledger_.Record("promise_kept { promise_id: 'p' }"), "promise", "p", "",
                   "promise_kept.promise_id");
  const uint64_t again = ledger_.Must("promise_made { promise_id: 'p' }");
  ExpectExists(ledger_.Record("promise_made { promise_id: 'p' }"), "promise", "p", "open", again);
  const uint64_t client = ledger_.Must("client_opened {}");
  MustRetract(client);
  ledger_.Must("client_opened {}");
}

TEST_F(ObligationTargetsTest, WhatIsReliedUponStays) {
  const uint64_t engagement = ledger_.Must("engagement_agreed { engagement_id: 'e' }");
  const uint64_t invoice = ledger_.Must("invoice_issued { invoice_id: 'i' engagement_id: 'e' }");
  const uint64_t payment =
      ledger_.Must("payment_received { payment_id: 'm' allocations { invoice_id: 'i' } }");
  ExpectTarget(Retract(engagement), engagement, "relied_upon");
  ExpectTarget(Retract(invoice), invoice, "relied_upon");
  const uint64_t reversal = ledger_.Must("payment_reversed { payment_id: 'm' }");
  ExpectTarget(Retract(payment), payment, "relied_upon");
  MustRetract(reversal);
  MustRetract(payment);
  MustRetract(invoice);
  MustRetract(engagement);
}

TEST_F(ObligationTargetsTest, NotesKeepTheirObligation) {
  const uint64_t invoice = ledger_.Must("invoice_issued { invoice_id: 'i' }");
  const uint64_t reminder = ledger_.Must("reminder_sent { invoice_id: 'i' }");
  ExpectTarget(Retract(invoice), invoice, "relied_upon");
  MustRetract(reminder);
  MustRetract(invoice);
}

TEST_F(ObligationTargetsTest, MovesAreTakenBackLastFirst) {
  ledger_.Must("complaint_raised { complaint_id: 'k' }");
  const uint64_t resolved = ledger_.Must("complaint_resolved { complaint_id: 'k' }");
  const uint64_t reopened = ledger_.Must("complaint_reopened { complaint_id: 'k' }");
  const uint64_t escalated = ledger_.Must("complaint_escalated { complaint_id: 'k' }");
  ExpectTarget(Retract(resolved), resolved, "relied_upon");
  // It was escalated because it was open again.
  ExpectTarget(Retract(reopened), reopened, "relied_upon");
  MustRetract(escalated);
  MustRetract(reopened);
  ExpectObligation(ledger_.Record("complaint_resolved { complaint_id: 'k' }"), "complaint", "k",
                   "resolved", "complaint_resolved.complaint_id");
  MustRetract(resolved);
  ledger_.Must("complaint_escalated { complaint_id: 'k' }");
}

TEST_F(ObligationTargetsTest, OnlyTheLastMovesCanBeTakenBack) {
  ledger_.Must("complaint_raised { complaint_id: 'k' }");
  std::vector<uint64_t> moves;
  for (int i = 0; i < 6; ++i) {
    moves.push_back(ledger_.Must("complaint_resolved { complaint_id: 'k' }"));
    moves.push_back(ledger_.Must("complaint_reopened { complaint_id: 'k' }"));
  }
  for (int i = 0; i < 8; ++i) {
    MustRetract(moves.back());
    moves.pop_back();
  }
  ExpectTarget(Retract(moves.back()), moves.back(), "relied_upon");
  ExpectTarget(Retract(0), 0, "relied_upon");
}

TEST_F(ObligationTargetsTest, EveryMoveRestoresWhatWas) {
  const std::pair<std::string_view, std::string_view> moves[] = {
      {"enquiry_opened { enquiry_id: 'x' }", "enquiry_closed { enquiry_id: 'x' }"},
      {"engagement_agreed { engagement_id: 'x' }", "engagement_closed { engagement_id: 'x' }"},
      {"promise_made { promise_id: 'x' }", "promise_kept { promise_id: 'x' }"},
      {"promise_made { promise_id: 'y' }", "promise_broken { promise_id: 'y' }"},
      {"promise_made { promise_id: 'z' }", "promise_waived { promise_id: 'z' }"},
      {"payment_received { payment_id: 'x' }", "payment_reversed { payment_id: 'x' }"},
      {"invoice_issued { invoice_id: 'x' }", "invoice_cancelled { invoice_id: 'x' }"},
      {"invoice_issued { invoice_id: 'y' }", "invoice_written_off { invoice_id: 'y' }"},
      {"complaint_raised { complaint_id: 'x' }", "complaint_resolved { complaint_id: 'x' }"},
      {"action_proposed { proposal_id: 'x' }", "action_decided { proposal_id: 'x' }"},
      {"parting_opened { parting_id: 'x' }",
       "parting_step_taken { parting_id: 'x' step: STEP_THANKED }"},
      {"hold_placed { hold_id: 'x' }", "hold_released { hold_id: 'x' }"},
  };
  for (const auto& [opener, move] : moves) {
    SCOPED_TRACE(move);
    const uint64_t opened = ledger_.Must(opener);
    for (int i = 0; i < 2; ++i) {
      const uint64_t moved = ledger_.Must(move);
      ExpectTarget(Retract(opened), opened, "relied_upon");
      MustRetract(moved);
    }
    MustRetract(opened);
  }
}

TEST_F(ObligationTargetsTest, ACorrectionKeepsToTheMatter) {
  const uint64_t invoice = ledger_.Must("invoice_issued { invoice_id: 'i' }");
  ExpectTarget(Correct(invoice, "invoice_cancelled { invoice_id: 'i' }"), invoice,
               "different_kind");
  ExpectTarget(Correct(invoice, "invoice_issued { invoice_id: 'j' }"), invoice,
               "different_obligation");
  ExpectObligation(Correct(invoice, "invoice_issued { invoice_id: 'i' engagement_id: 'e' }"),
                   "engagement", "e", "",
                   "event_corrected.replacement.invoice_issued.engagement_id");
  MustCorrect(invoice, "invoice_issued { invoice_id: 'i' due_time { seconds: 7 } }");
  ledger_.Must("parting_opened { parting_id: 'q' }");
  const uint64_t step = ledger_.Must("parting_step_taken { parting_id: 'q' step: STEP_THANKED }");
  ExpectTarget(Correct(step, "parting_step_taken { parting_id: 'q' step: STEP_REFRAMED }"), step,
               "different_step");
  MustCorrect(step,
              "parting_step_taken { parting_id: 'q' step: STEP_THANKED skipped: true "
              "skip_reason: 'X' }");
  const uint64_t dispute = ledger_.Must("dispute_opened { dispute_id: 'd' invoice_id: 'i' }");
  ExpectTarget(Correct(dispute, "dispute_opened { dispute_id: 'd' event_position: 99 }"), 99,
               "unknown");
}

TEST_F(ObligationTargetsTest, ACorrectionMovesReliance) {
  const uint64_t first = ledger_.Must("engagement_agreed { engagement_id: 'e' }");
  const uint64_t second = ledger_.Must("engagement_agreed { engagement_id: 'f' }");
  const uint64_t effort = ledger_.Must("effort_logged { engagement_id: 'e' }");
  ExpectTarget(Retract(first), first, "relied_upon");
  MustCorrect(effort, "effort_logged { engagement_id: 'f' }");
  ExpectTarget(Retract(second), second, "relied_upon");
  MustRetract(first);
  // The latest correction counts.
  MustCorrect(effort, "effort_logged {}");
  MustRetract(second);
  MustRetract(effort);
}

TEST_F(ObligationTargetsTest, ACorrectionMayNameWhatWasClosedSince) {
  ledger_.Must("invoice_issued { invoice_id: 'i' }");
  const uint64_t payment =
      ledger_.Must("payment_received { payment_id: 'm' allocations { invoice_id: 'i' } }");
  ledger_.Must("invoice_cancelled { invoice_id: 'i' }");
  MustCorrect(payment, "payment_received { payment_id: 'm' allocations { invoice_id: 'i' } }");
  // And a closing fact may get another outcome.
  ledger_.Must("enquiry_opened { enquiry_id: 'y' }");
  const uint64_t closed = ledger_.Must("enquiry_closed { enquiry_id: 'y' outcome: OUTCOME_LOST }");
  MustCorrect(closed, "enquiry_closed { enquiry_id: 'y' outcome: OUTCOME_ORDERED }");
  ExpectObligation(ledger_.Record("enquiry_closed { enquiry_id: 'y' }"), "enquiry", "y", "closed",
                   "enquiry_closed.enquiry_id");
}

TEST_F(ObligationTargetsTest, ACorrectionMayMakeAPromiseOneToPay) {
  const std::string with =
      "promise_made { promise_id: 'p' kind: KIND_PAYMENT "
      "amount { currency_code: 'EUR' minor_units: 1 } }";
  const std::string without = "promise_made { promise_id: 'p' kind: KIND_PAYMENT }";
  const uint64_t promise = ledger_.Must(without);
  MustCorrect(promise, with);
  ExpectObligation(ledger_.Record("promise_kept { promise_id: 'p' }"), "promise", "p",
                   "settled_by_payments", "promise_kept.promise_id");
  MustCorrect(promise, without);
  ledger_.Must("promise_kept { promise_id: 'p' }");
  ExpectTarget(Correct(promise, with), promise, "relied_upon");
}

class FailingTable : public MemoryTable {
 public:
  absl::StatusOr<std::optional<std::string>> Find(std::string_view) override {
    return absl::UnavailableError("no disk");
  }
};

TEST_F(ObligationTargetsTest, FailuresOfTheTableComeThrough) {
  FailingTable failing;
  const v1::Fact fact = FactFromText("client_opened {}");
  EXPECT_EQ(ApplyObligations("c", 0, fact, failing, ledger_.events).code(),
            absl::StatusCode::kUnavailable);
  ledger_.table.values[ObligationKey("c", ObligationKind::kClient, "")] = "nonsense";
  EXPECT_EQ(ReasonOf(ApplyObligations("c", 0, fact, ledger_.table, ledger_.events)),
            v1::ERROR_REASON_CORRUPT);
}

}  // namespace
}  // namespace pledger::testing
