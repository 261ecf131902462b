#include "tests/bench/events.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"

namespace pledger::bench {
namespace {

constexpr int kEventsPerMs = 100;
constexpr int kPastDays = 3 * 365;
constexpr int kStaff = 400;
constexpr absl::string_view kReporter = "staff-";

constexpr std::array<absl::string_view, 4> kTexts = {
    "Promised on the phone to settle it together with the one before.",
    "Says the accountant is away until Monday and will then call back.",
    "Asked for the drawings again and was glad to get them the same day.",
    "Wants Mrs Petrova to look after the account from now on, not me."};

void SetTime(absl::Time time, google::protobuf::Timestamp* timestamp) {
  timestamp->set_seconds(absl::ToUnixSeconds(time));
}

void SetMoney(int64_t minor_units, v1::Money* money) {
  money->set_currency_code("EUR");
  money->set_minor_units(minor_units);
}

// The canonical text of a UUID of this version.
std::string UuidText(uint64_t high, uint64_t low, uint64_t version) {
  static constexpr char kDigits[] = "0123456789abcdef";
  high = (high & ~uint64_t{0xf000}) | version << 12;
  low = (low & ~(uint64_t{3} << 62)) | uint64_t{2} << 62;
  std::string text(36, '-');
  size_t at = 0;
  for (int nibble = 0; nibble < 32; ++nibble) {
    const uint64_t half = nibble < 16 ? high : low;
    if (at == 8 || at == 13 || at == 18 || at == 23) ++at;
    text[at++] = kDigits[half >> (60 - 4 * (nibble % 16)) & 15];
  }
  return text;
}

}  // namespace

std::string ClientId(int client) { return absl::StrFormat("client-%07d", client); }

EventGenerator::EventGenerator(uint64_t seed, int clients, absl::Time epoch)
    : random_(seed), clients_(clients), epoch_(epoch) {}

int EventGenerator::Below(int bound) {
  return static_cast<int>(random_() % static_cast<uint64_t>(bound));
}

int64_t EventGenerator::Amount() { return 1'000 + Below(500'000); }

std::string EventGenerator::PersonalText() {
  return std::string(kTexts[random_() % kTexts.size()]);
}

std::string EventGenerator::Uuid7() {
  const uint64_t ms = static_cast<uint64_t>(absl::ToUnixMillis(epoch_)) + ids_made_ / kEventsPerMs;
  // The 12 bits beside the time count within it, so that ids ascend as a client library's do.
  const uint64_t high = ms << 16 | ids_made_ % kEventsPerMs;
  ++ids_made_;
  return UuidText(high, random_(), 7);
}

std::string EventGenerator::RandomUuid() {
  const uint64_t high = random_();
  return UuidText(high, random_(), 4);
}

void EventGenerator::FillEnvelope(int client, absl::Time occur_time, v1::ProposedEvent* event) {
  event->set_event_id(Uuid7());
  event->set_client_id(ClientId(client));
  SetTime(occur_time, event->mutable_occur_time());
  event->set_reporter(absl::StrCat(kReporter, 100 + Below(kStaff)));
  event->set_source("crm");
  event->set_correlation_id(RandomUuid());
  if (Below(2) == 0) event->set_causation_id(RandomUuid());
}

void EventGenerator::FillInvoice(v1::Fact* fact) {
  v1::InvoiceIssued* invoice = fact->mutable_invoice_issued();
  invoice->set_invoice_id(absl::StrCat("invoice-", RandomUuid()));
  SetMoney(Amount(), invoice->mutable_amount());
  SetTime(epoch_ - absl::Hours(24) * Below(kPastDays), invoice->mutable_due_time());
}

void EventGenerator::FillPayment(v1::Fact* fact) {
  v1::PaymentReceived* payment = fact->mutable_payment_received();
  payment->set_payment_id(absl::StrCat("payment-", RandomUuid()));
  SetMoney(Amount(), payment->mutable_amount());
}

void EventGenerator::FillPromise(bool with_text, v1::Fact* fact) {
  v1::PromiseMade* promise = fact->mutable_promise_made();
  promise->set_promise_id(absl::StrCat("promise-", RandomUuid()));
  promise->set_by(v1::PARTY_CLIENT);
  promise->set_kind(v1::PromiseMade::KIND_PAYMENT);
  SetTime(epoch_ - absl::Hours(24) * Below(kPastDays), promise->mutable_due_time());
  SetMoney(Amount(), promise->mutable_amount());
  if (with_text) promise->set_text(PersonalText());
}

void EventGenerator::FillEffort(v1::Fact* fact) {
  v1::EffortLogged* effort = fact->mutable_effort_logged();
  effort->set_staff_ref(absl::StrCat(kReporter, 100 + Below(kStaff)));
  effort->set_minutes(5 + Below(240));
  effort->set_activity(v1::EffortLogged::ACTIVITY_COMMUNICATION);
  effort->set_contacts(1 + Below(3));
  effort->set_strain(Below(6));
}

void EventGenerator::FillSentiment(v1::Fact* fact) {
  v1::SentimentNoted* sentiment = fact->mutable_sentiment_noted();
  sentiment->set_staff_ref(absl::StrCat(kReporter, 100 + Below(kStaff)));
  sentiment->set_rating(Below(5) - 2);
  sentiment->set_note(PersonalText());
}

void EventGenerator::FillRandom(v1::ProposedEvent* event) { FillFor(Below(clients_), event); }

void EventGenerator::FillFor(int client, v1::ProposedEvent* event) {
  FillEnvelope(client, epoch_ - absl::Seconds(Below(kPastDays * 86'400)), event);
  v1::Fact* fact = event->mutable_fact();
  const int kind = Below(100);
  if (kind < 30) {
    FillInvoice(fact);
  } else if (kind < 60) {
    FillPayment(fact);
  } else if (kind < 80) {
    FillPromise(kind < 65, fact);
  } else if (kind < 95) {
    FillEffort(fact);
  } else {
    FillSentiment(fact);
  }
}

// One of 20 steps of a client's history, some 54 days: 3 invoices and what came of them.
void EventGenerator::FillHistoryStep(int client, int step, v1::AppendRequest* request) {
  constexpr int kInvoices = 3;
  constexpr int kStepDays = kPastDays / 20;
  const absl::Time begin = epoch_ - absl::Hours(24) * (kPastDays - step * kStepDays);
  const auto add = [&](int day) {
    v1::ProposedEvent* event = request->add_events();
    FillEnvelope(client, begin + absl::Hours(24) * day, event);
    return event->mutable_fact();
  };
  std::array<v1::InvoiceIssued, kInvoices> invoices;
  for (int i = 0; i < kInvoices; ++i) {
    v1::Fact* fact = add(i);
    FillInvoice(fact);
    SetTime(begin + absl::Hours(24) * (i + 20), fact->mutable_invoice_issued()->mutable_due_time());
    invoices[i] = fact->invoice_issued();
  }
  // A promise to pay the first invoice, and one of ours that is kept.
  v1::Fact* promise = add(5);
  FillPromise(Below(4) == 0, promise);
  *promise->mutable_promise_made()->mutable_amount() = invoices[0].amount();
  promise->mutable_promise_made()->set_invoice_id(invoices[0].invoice_id());
  SetTime(begin + absl::Hours(24) * 25, promise->mutable_promise_made()->mutable_due_time());
  v1::Fact* ours = add(6);
  FillPromise(false, ours);
  ours->mutable_promise_made()->set_by(v1::PARTY_US);
  ours->mutable_promise_made()->set_kind(v1::PromiseMade::KIND_DELIVERY);
  ours->mutable_promise_made()->clear_amount();
  SetTime(begin + absl::Hours(24) * 12, ours->mutable_promise_made()->mutable_due_time());
  const std::string ours_id = ours->promise_made().promise_id();
  add(10 + Below(4))->mutable_promise_kept()->set_promise_id(ours_id);
  for (int i = 0; i < kInvoices; ++i) {
    v1::Fact* fact = add(15 + Below(35));
    FillPayment(fact);
    v1::PaymentReceived* payment = fact->mutable_payment_received();
    const int64_t due = invoices[i].amount().minor_units();
    payment->mutable_amount()->set_minor_units(Below(5) == 0 ? due / 2 : due);
    if (Below(2) == 0) continue;
    v1::PaymentAllocation* allocation = payment->add_allocations();
    allocation->set_invoice_id(invoices[i].invoice_id());
    *allocation->mutable_amount() = payment->amount();
  }
  if (Below(2) == 0) {
    FillSentiment(add(52));
  } else {
    FillEffort(add(52));
  }
}

void EventGenerator::FillHistory(int client, v1::AppendRequest* request) {
  for (int step = 0; step < 20; ++step) FillHistoryStep(client, step, request);
}

std::string EventGenerator::RandomAppend(int events) {
  append_.Clear();
  for (int i = 0; i < events; ++i) FillRandom(append_.add_events());
  return append_.SerializeAsString();
}

std::string EventGenerator::RandomAppendStream() {
  append_stream_.Clear();
  FillRandom(append_stream_.mutable_append()->add_events());
  return append_stream_.SerializeAsString();
}

}  // namespace pledger::bench
