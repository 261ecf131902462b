#include "tests/scenarios/fact_phrases.h"

#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/text_format.h"

namespace pledger::scenarios {
namespace {

constexpr PhraseText kPhrases[] = {
    // The relationship.
    {"client_opened",
     "client opened [tier {tier}] [referred by {referred_by}] [named {display_name}]"},
    {"enquiry_opened", "enquiry {enquiry_id}"},
    {"enquiry_closed", "enquiry closed {enquiry_id} {outcome}"},
    {"engagement_agreed",
     "engagement {engagement_id} {pricing} [at {price}] [baseline {baseline_effort_minutes}] "
     "[terms acknowledged => terms_acknowledged] [about {summary}]"},
    {"engagement_closed",
     "engagement closed {engagement_id} {outcome} [accepted => accepted] "
     "[material {material_cost}]"},
    {"terms_explained", "terms explained {topic} [acknowledged => acknowledged]"},
    {"terms_changed",
     "terms changed [payment {payment_mode}] [channel {channel}] [because {reason_codes}]"},
    {"referral_received", "referral of {referred_client_id}"},
    {"reputation_concern_noted", "reputation concern {kind} [note {note}]"},
    {"sentiment_noted", "sentiment {rating} of {staff_ref} [note {note}]"},
    // Promises.
    {"promise_made",
     "promise {promise_id} by {by} of {kind} due {due_time} [to pay {amount}] "
     "[of invoice {invoice_id}] [for {engagement_id}] [blocking => blocking] [saying {text}]"},
    {"promise_rescheduled",
     "promise moved {promise_id} to {new_due_time} asked by {requested_by} [agreed => agreed]"},
    {"promise_kept", "promise kept {promise_id} [fraction {fraction}]"},
    {"promise_broken", "promise broken {promise_id} [excused => excused] [because {reason}]"},
    {"promise_waived", "promise waived {promise_id} by {by}"},
    // Payments.
    {"invoice_issued", "invoice {invoice_id} {amount} due {due_time} [for {engagement_id}]"},
    {"payment_received",
     "payment {payment_id} {amount} [for {allocations.invoice_id}] "
     "[part {allocations.amount} for {allocations.invoice_id}]*"},
    {"payment_reversed", "payment reversed {payment_id} {reason}"},
    {"credit_granted",
     "credit {credit_id} {amount} {reason} [on {invoice_id}] "
     "[refunded => refunded]"},
    {"invoice_cancelled", "invoice cancelled {invoice_id}"},
    {"invoice_written_off", "invoice written off {invoice_id}"},
    {"payment_refused", "payment refused {invoice_id} [saying {text}]"},
    {"reminder_sent", "reminder {level} of {invoice_id}"},
    {"price_contested",
     "price contested {engagement_id} [after agreement => after_agreement] "
     "[citing competitor => citing_competitor]"},
    // Disputes.
    {"dispute_opened",
     "dispute {dispute_id} {reason} [of invoice {invoice_id}] [of {event_position}]"},
    {"dispute_resolved", "dispute resolved {dispute_id} for {in_favour_of} by {evidence}"},
    // Complaints.
    {"complaint_raised",
     "complaint {complaint_id} {category} severity {severity} at {handled_at} "
     "[for {engagement_id}] [after advice {advice_id}] [saying {text}]"},
    {"complaint_escalated", "complaint escalated {complaint_id} to {handled_at}"},
    {"complaint_resolved", "complaint resolved {complaint_id} {verdict} fault {fault}"},
    {"complaint_reopened", "complaint reopened {complaint_id}"},
    // Scope changes.
    {"scope_change_requested",
     "change {change_id} {kind} by {by} on {engagement_id} [effort {estimated_effort_minutes}] "
     "[wanted {requested_time}] [feasible {feasible_time}] [displacing {displaced_clients}] "
     "[about {summary}]"},
    {"scope_change_quoted", "change quoted {change_id} {price}"},
    {"scope_change_agreed", "change agreed {change_id} {price} [effort {effort_minutes}]"},
    {"scope_change_absorbed", "change absorbed {change_id} [effort {effort_minutes}]"},
    {"scope_change_declined", "change declined {change_id}"},
    {"scope_change_withdrawn", "change withdrawn {change_id}"},
    // Conduct, effort, advice.
    {"conduct_reported",
     "incident {incident_id} {kind} severity {severity} at {target} {evidence} by {staff_ref} "
     "[recovery {recovery_minutes}] [displacing {displaced_clients}] "
     "[paid SLA => covered_by_paid_sla] [saying {text}]"},
    {"effort_logged",
     "effort {minutes} {activity} by {staff_ref} [for {engagement_id}] [billable => billable] "
     "[contacts {contacts}] [strain {strain}]"},
    {"advice_given",
     "advice {advice_id} [on {engagement_id}] [acknowledged => acknowledged] "
     "[saying {text}]"},
    {"advice_outcome_noted", "advice outcome {advice_id} {degree}"},
    // Decisions and parting.
    {"action_proposed",
     "action proposed {proposal_id} {action} [because {reason_codes}] "
     "[knowing {assessed_position}]"},
    {"action_decided", "action decided {proposal_id} {decision} by {decided_by} [saying {text}]"},
    {"service_refused",
     "service refused {refusal_id} clause {clause} by {staff_ref} "
     "[saying {text}]"},
    {"parting_opened", "parting {parting_id} because {reason_codes} approved by {approved_by}"},
    {"parting_step_taken",
     "parting step {parting_id} {step} [skipped => skipped] [because {skip_reason}]"},
    {"parting_closed", "parting closed {parting_id}"},
    {"parting_feedback_noted", "parting feedback {parting_id} {rating} [saying {text}]"},
    {"relationship_restored", "relationship restored because {reason_codes}"},
    // Corrections, statements, privacy, the business's own.
    {"event_retracted", "retract {target_position} {reason}"},
    {"statement_added", "statement on {target_position} by {by} [saying {text}]"},
    {"hold_placed", "hold {hold_id} {basis}"},
    {"hold_released", "hold released {hold_id} {basis}"},
    {"client_erased",
     "client erased {basis} approved by {approved_by} keys {key_ids} affected {affected_count}"},
    {"custom_fact", "custom {payload.type_url}"},
    {"signing_key_rotated", "signing key {old_verifier_key} to {new_verifier_key} {statement}"},
    {"client_directory_recorded",
     "directory of {client_count} clients below {next_position} root {root_hash}"},
};

const PhraseBook& Book() {
  static const PhraseBook* const book = new PhraseBook(v1::Fact::descriptor(), kPhrases);
  return *book;
}

// An allocation without an amount takes the whole payment.
absl::Status CompleteAllocations(v1::PaymentReceived* payment) {
  for (v1::PaymentAllocation& allocation : *payment->mutable_allocations()) {
    if (allocation.has_amount()) continue;
    if (payment->allocations_size() > 1) {
      return Complaint("say how much goes to each invoice: part 100.00 EUR for I-1");
    }
    *allocation.mutable_amount() = payment->amount();
  }
  return absl::OkStatus();
}

absl::Status ParsePolicy(absl::Span<const Word> words, v1::PolicyAdopted* adopted) {
  int64_t version = 0;
  if (words.size() < 4 || !absl::SimpleAtoi(words[1].text, &version) || !words[2].Is(":")) {
    return Complaint("a policy is written as: policy 1: economy { cost_of_capital: 0.1 }");
  }
  std::string text;
  for (const Word& word : words.subspan(3)) {
    absl::StrAppend(&text, word.quoted ? "\"" : "", word.text, word.quoted ? "\" " : " ");
  }
  adopted->set_version(version);
  if (!google::protobuf::TextFormat::ParseFromString(text, adopted->mutable_policy())) {
    return Complaint(absl::StrCat("this is no policy in protobuf's text form: ", text));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Span<const PhraseText> FactPhrases() { return kPhrases; }

absl::Status ParseFact(absl::Span<const Word> words, absl::Time moment, v1::Fact* fact,
                       std::string* label) {
  if (words.size() > 3 && words[0].Is("correct") && words[2].Is(":")) {
    std::string inner;
    const absl::Status status = ParseFact(
        words.subspan(3), moment, fact->mutable_event_corrected()->mutable_replacement(), &inner);
    if (!status.ok()) return status;
    if (!inner.empty()) return Complaint("a correction can't be of a fact that names an event");
    *label = words[1].text;
    return absl::OkStatus();
  }
  if (words.size() > 2 && words[0].Is("policy")) {
    return ParsePolicy(words, fact->mutable_policy_adopted());
  }
  const absl::Status status = Book().Parse(words, moment, fact, label);
  if (!status.ok() || !fact->has_payment_received()) return status;
  return CompleteAllocations(fact->mutable_payment_received());
}

}  // namespace pledger::scenarios
