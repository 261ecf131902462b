#include "tests/fault/ledger_script.h"

#include <string>
#include <string_view>

#include "tests/support/sample_facts.h"
#include "tests/support/test_ledger.h"

namespace pledger::testing {
namespace {

class Writer {
 public:
  Writer& Append() {
    requests_.emplace_back();
    return *this;
  }
  Writer& Event(std::string_view client_id, std::string_view fact) {
    v1::ProposedEvent& event = *requests_.back().add_events();
    event = SampleEvent(FactFromText(fact));
    event.set_event_id(TestUuid(next_id_++));
    event.set_client_id(std::string(client_id));
    return *this;
  }
  std::vector<v1::AppendRequest> Take() { return std::move(requests_); }

 private:
  std::vector<v1::AppendRequest> requests_;
  uint64_t next_id_ = 1;
};

}  // namespace

std::vector<v1::AppendRequest> LedgerScript() {
  return Writer()
      .Append()
      .Event("ada", R"(client_opened { display_name: "Ada Ltd" })")
      .Event("bob", R"(client_opened { display_name: "Bob & Sons" tier: "basic" })")
      .Append()
      .Event("ada", R"(invoice_issued {
                         invoice_id: "i1" amount { currency_code: "EUR" minor_units: 10000 }
                         due_time { seconds: 1716000000 } })")
      .Append()
      .Event("bob", R"(promise_made {
                         promise_id: "p1" by: PARTY_CLIENT kind: KIND_OTHER
                         due_time { seconds: 1715000000 } text: "I call on Monday" })")
      .Event("ada", R"(reminder_sent { invoice_id: "i1" level: 1 })")
      .Event("bob", R"(promise_kept { promise_id: "p1" })")
      .Append()
      .Event("ada", R"(payment_received {
                         payment_id: "y1" amount { currency_code: "EUR" minor_units: 10000 }
                         allocations {
                           invoice_id: "i1"
                           amount { currency_code: "EUR" minor_units: 10000 } } })")
      .Append()
      .Event("cid", R"(sentiment_noted { staff_ref: "s" rating: -2 note: "I dread the calls" })")
      .Take();
}

}  // namespace pledger::testing
