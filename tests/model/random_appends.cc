#include "tests/model/random_appends.h"

#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/support/sample_facts.h"
#include "tests/support/test_ledger.h"

namespace pledger::testing {
namespace {

// $i is one of a few ids, $p a position.
constexpr std::string_view kFacts[] = {
    R"(client_opened { display_name: "Ada $i" })",
    R"(invoice_issued { invoice_id: "inv$i" amount { currency_code: "EUR" minor_units: 1000 }
                        due_time { seconds: 1716000000 } })",
    R"(payment_received { payment_id: "pay$i" amount { currency_code: "EUR" minor_units: 500 }
                          allocations { invoice_id: "inv$i"
                                        amount { currency_code: "EUR" minor_units: 500 } } })",
    R"(payment_reversed { payment_id: "pay$i" reason: REASON_BOUNCED })",
    R"(invoice_cancelled { invoice_id: "inv$i" })",
    R"(reminder_sent { invoice_id: "inv$i" level: 1 })",
    R"(promise_made { promise_id: "pro$i" by: PARTY_CLIENT kind: KIND_OTHER
                      due_time { seconds: 1715000000 } text: "Soon" })",
    R"(promise_kept { promise_id: "pro$i" })",
    R"(promise_broken { promise_id: "pro$i" })",
    R"(promise_waived { promise_id: "pro$i" by: PARTY_US })",
    R"(complaint_raised { complaint_id: "com$i" category: CATEGORY_QUALITY severity: 2
                          handled_at: HANDLING_LEVEL_STAFF text: "It sticks" })",
    R"(complaint_reopened { complaint_id: "com$i" })",
    R"(sentiment_noted { staff_ref: "s$i" rating: -1 note: "Hm" })",
    R"(event_retracted { target_position: $p reason: "WRONG_CLIENT" })",
    R"(event_corrected { target_position: $p
                         replacement { reminder_sent { invoice_id: "inv$i" level: 2 } } })",
    R"(statement_added { target_position: $p by: PARTY_CLIENT text: "Not so" })",
};

}  // namespace

std::string RandomAppends::ClientId() {
  static constexpr std::string_view kClients[] = {"ada", "ad", "ada.b", "bob", "c~", "dan"};
  return std::string(kClients[Below(std::size(kClients))]);
}

// Every other one opens something, that there may be something to close.
std::string RandomAppends::Fact(uint64_t next_position) {
  // Ids that were used of late, and new ones.
  const std::string id = absl::StrCat(next_position / 20 + Below(4));
  const std::string position = absl::StrCat(Below(next_position + 2));
  static constexpr size_t kOpeners[] = {1, 2, 6, 10, 12};
  const size_t fact = OneIn(2) ? kOpeners[Below(std::size(kOpeners))] : Below(std::size(kFacts));
  return absl::StrReplaceAll(std::string(kFacts[fact]), {{"$i", id}, {"$p", position}});
}

v1::ProposedEvent RandomAppends::NewEvent(uint64_t next_position) {
  v1::ProposedEvent event = SampleEvent(FactFromText(Fact(next_position)));
  event.set_event_id(TestUuid(next_id_++));
  event.set_client_id(ClientId());
  event.mutable_occur_time()->set_nanos(static_cast<int32_t>(Below(1'000'000'000)));
  event.mutable_occur_time()->set_seconds(kSampleTimeNs / 1'000'000'000 -
                                          static_cast<int64_t>(Below(1'000'000)));
  if (OneIn(2)) event.clear_reporter();
  if (OneIn(2)) event.clear_correlation_id();
  return event;
}

v1::ProposedEvent RandomAppends::OldEvent() {
  const v1::AppendRequest& request = given_[Below(given_.size())];
  v1::ProposedEvent event = request.events(static_cast<int>(Below(request.events_size())));
  if (OneIn(6)) Change(event);
  return event;
}

void RandomAppends::Change(v1::ProposedEvent& event) {
  switch (Below(5)) {
    case 0:
      event.set_client_id(event.client_id() + "x");
      break;
    case 1:
      event.set_source(event.source() + "x");
      break;
    case 2:
      event.mutable_occur_time()->set_seconds(event.occur_time().seconds() - 1);
      break;
    case 3:
      event.set_causation_id(event.causation_id() + "x");
      break;
    default:
      *event.mutable_fact() = FactFromText(Fact(0));
      break;
  }
}

void RandomAppends::AddExpectations(v1::AppendRequest& request) {
  v1::ExpectedRevision& expected = *request.add_expected_revisions();
  expected.set_client_id(request.events(0).client_id());
  switch (Below(3)) {
    case 0:
      expected.set_no_stream(true);
      break;
    case 1:
      expected.set_some_stream(true);
      break;
    // Right now and then, for a stream that grows by one at a time.
    default:
      expected.set_revision(Below(next_id_ / 6 + 2));
      break;
  }
}

void RandomAppends::Spoil(v1::AppendRequest& request) {
  v1::ProposedEvent& event = *request.mutable_events(0);
  switch (Below(5)) {
    case 0:
      request.clear_events();
      break;
    case 1:
      event.set_client_id("not a client id");
      break;
    case 2:
      event.set_event_id("not a uuid");
      break;
    case 3:
      event.clear_fact();
      break;
    default:
      *request.add_events() = event;
      break;
  }
}

v1::AppendRequest RandomAppends::Next(uint64_t next_position) {
  if (!given_.empty() && OneIn(8)) return given_[Below(given_.size())];
  v1::AppendRequest request;
  const uint64_t events = OneIn(3) ? 1 + Below(6) : 1;
  for (uint64_t i = 0; i < events; ++i) {
    const bool old = !given_.empty() && OneIn(12);
    *request.add_events() = old ? OldEvent() : NewEvent(next_position);
  }
  if (OneIn(4)) AddExpectations(request);
  if (OneIn(30)) {
    Spoil(request);
  } else {
    given_.push_back(request);
  }
  return request;
}

}  // namespace pledger::testing
