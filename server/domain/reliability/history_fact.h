// A recorded fact, reduced to what figures are computed from. Personal fields are never kept.
//
// One flat struct serves all kinds. Which of its fields a kind uses, and as what, is said beside
// its accessors below; what a kind does not use is zero or kNoText. history_layout.h holds the same
// as a table, by which facts are checked, stored and read back.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_HISTORY_FACT_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_HISTORY_FACT_H_

#include <cstdint>
#include <limits>

#include "pledger/v1/fact.pb.h"

namespace pledger::reliability {

// No text: no id, no currency, nobody.
inline constexpr uint32_t kNoText = std::numeric_limits<uint32_t>::max();

// How a fact is recorded.
enum class FactRole : uint8_t {
  // As itself.
  kOriginal = 0,
  // As what an earlier fact should have been; `target` is the earlier one's position.
  kCorrection = 1,
  // The fact at `target` should not have been recorded. All other fields are unset.
  kRetraction = 2,
};

// Bits of HistoryFact::flags whose meaning depends on the type.
inline constexpr uint8_t kByUs = 1;               // Whose promise, request, change or statement.
inline constexpr uint8_t kByMoney = 2;            // PromiseMade: kept by payments, not by hand.
inline constexpr uint8_t kBlocking = 4;           // PromiseMade.
inline constexpr uint8_t kAgreed = 2;             // PromiseRescheduled.
inline constexpr uint8_t kExcused = 1;            // PromiseBroken.
inline constexpr uint8_t kRefunded = 1;           // CreditGranted.
inline constexpr uint8_t kOfInvoice = 1;          // DisputeOpened: of an invoice, not of an event.
inline constexpr uint8_t kTermsAcknowledged = 1;  // EngagementAgreed.
inline constexpr uint8_t kAccepted = 1;           // EngagementClosed.
inline constexpr uint8_t kAcknowledged = 1;       // TermsExplained, AdviceGiven.
inline constexpr uint8_t kAfterAgreement = 1;     // PriceContested.
inline constexpr uint8_t kCitingCompetitor = 2;   // PriceContested.
inline constexpr uint8_t kHasRequestedTime = 2;   // ScopeChangeRequested.
inline constexpr uint8_t kHasFeasibleTime = 4;    // ScopeChangeRequested.
inline constexpr uint8_t kPaidSla = 1;            // ConductReported.
inline constexpr uint8_t kBillable = 1;           // EffortLogged.
inline constexpr uint8_t kSkipped = 1;            // PartingStepTaken.

struct HistoryFact {
  uint64_t position = 0;
  int64_t record_time_ns = 0;
  int64_t occur_time_ns = 0;
  // The event that is corrected or retracted.
  uint64_t target = 0;
  // Of all kinds with money: minor units; see also `currency`. Of the others, see below.
  int64_t amount = 0;
  // The due time of an invoice or promise, the new one of a rescheduling; see below.
  int64_t due_time_ns = 0;
  // The obligation that the fact is about: that of its own kind, or, where it has none, see below.
  uint32_t id = kNoText;
  // The engagement that it concerns, where it is not the obligation itself.
  uint32_t engagement = kNoText;
  // Another obligation, client or member of staff; see below.
  uint32_t about = kNoText;
  // kNoText: there is no money in it.
  uint32_t currency = kNoText;
  // Effort; of EngagementAgreed the baseline (0: none), of ConductReported the recovery.
  int32_t minutes = 0;
  // Contacts, or displaced clients.
  int32_t count = 0;
  // Its part of ClientHistory::allocations() or, of other kinds, of the reason codes.
  uint32_t list_begin = 0;
  uint16_t list_count = 0;
  // A v1::FactType. For a correction, that of the replacement; for a retraction, zero.
  uint8_t type = 0;
  FactRole role = FactRole::kOriginal;
  uint8_t flags = 0;
  // Enumerators, see below.
  uint8_t code = 0;
  uint8_t code2 = 0;
  uint8_t code3 = 0;
  // Severity, strain, rating, or the level of a reminder.
  int8_t level = 0;

  bool has(uint8_t flag) const { return (flags & flag) != 0; }
  bool by_us() const { return has(kByUs); }
  bool has_money() const { return currency != kNoText; }

  // ClientOpened: id = tier (or none), about = who referred them.
  uint32_t tier() const { return id; }
  uint32_t referred_by() const { return about; }

  // EnquiryOpened, EnquiryClosed: id.
  v1::EnquiryClosed::Outcome enquiry_outcome() const {
    return static_cast<v1::EnquiryClosed::Outcome>(code);
  }

  // EngagementAgreed: id, price, minutes = baseline, kTermsAcknowledged.
  v1::EngagementAgreed::Pricing pricing() const {
    return static_cast<v1::EngagementAgreed::Pricing>(code);
  }
  // EngagementClosed: id, material cost, kAccepted.
  v1::EngagementClosed::Outcome engagement_outcome() const {
    return static_cast<v1::EngagementClosed::Outcome>(code);
  }

  // TermsExplained: kAcknowledged.
  v1::TermsExplained::Topic topic() const { return static_cast<v1::TermsExplained::Topic>(code); }
  // TermsChanged: reason codes.
  v1::TermsChanged::PaymentMode payment_mode() const {
    return static_cast<v1::TermsChanged::PaymentMode>(code);
  }
  v1::TermsChanged::Channel channel() const {
    return static_cast<v1::TermsChanged::Channel>(code2);
  }

  // ReferralReceived: id = the client who came.
  uint32_t referred_client() const { return id; }
  // ReputationConcernNoted: id = its kind.
  uint32_t concern_kind() const { return id; }
  // SentimentNoted, PartingFeedbackNoted: level = −2 to 2.
  int rating() const { return level; }
  // SentimentNoted, ConductReported, EffortLogged, ServiceRefused: about = the member of staff; of
  // ActionDecided and PartingOpened who decided or approved.
  uint32_t staff() const { return about; }

  // PromiseMade: id, engagement, about = the invoice to pay, money, due time, kByUs, kByMoney,
  // kBlocking. PromiseRescheduled: id, new due time, kByUs = requested by us, kAgreed.
  // PromiseBroken: id, kExcused. PromiseWaived: id, kByUs.
  v1::PromiseMade::Kind promise_kind() const { return static_cast<v1::PromiseMade::Kind>(code); }
  // Of PromiseMade and DisputeOpened.
  uint32_t invoice() const { return about; }
  // PromiseKept: id; amount = its fraction in parts per billion.
  int64_t kept_ppb() const { return amount; }

  // InvoiceIssued: id, engagement, money, due time. PaymentReceived: id, money, allocations.
  // InvoiceCancelled, InvoiceWrittenOff, PaymentRefused: id = the invoice.
  // PaymentReversed: id = the payment.
  v1::PaymentReversed::Reason reversal_reason() const {
    return static_cast<v1::PaymentReversed::Reason>(code);
  }
  // CreditGranted: id = the invoice that it reduces (or none), money, kRefunded.
  v1::CreditGranted::Reason credit_reason() const {
    return static_cast<v1::CreditGranted::Reason>(code);
  }
  // ReminderSent: id = the invoice.
  int reminder_level() const { return level; }
  // PriceContested: engagement, kAfterAgreement, kCitingCompetitor.

  // DisputeOpened: id, and either kOfInvoice and about = the invoice, or amount = a position.
  v1::DisputeOpened::Reason dispute_reason() const {
    return static_cast<v1::DisputeOpened::Reason>(code);
  }
  uint64_t disputed_position() const { return static_cast<uint64_t>(amount); }
  // DisputeResolved: id.
  v1::DisputeResolved::InFavourOf in_favour_of() const {
    return static_cast<v1::DisputeResolved::InFavourOf>(code);
  }
  v1::DisputeResolved::Evidence dispute_evidence() const {
    return static_cast<v1::DisputeResolved::Evidence>(code2);
  }

  // ComplaintRaised: id, engagement, about = the advice on the same matter.
  uint32_t advice() const { return about; }
  v1::ComplaintRaised::Category category() const {
    return static_cast<v1::ComplaintRaised::Category>(code);
  }
  // Of ComplaintRaised and ConductReported, 1 to 5.
  int severity() const { return level; }
  // Of ComplaintRaised and ComplaintEscalated.
  v1::HandlingLevel handled_at() const { return static_cast<v1::HandlingLevel>(code2); }
  // ComplaintResolved: id. ComplaintReopened: id.
  v1::ComplaintResolved::Verdict verdict() const {
    return static_cast<v1::ComplaintResolved::Verdict>(code);
  }
  v1::ComplaintResolved::Fault fault() const {
    return static_cast<v1::ComplaintResolved::Fault>(code2);
  }

  // ScopeChangeRequested: id, engagement, kByUs, minutes = estimate, count = displaced clients;
  // with kHasRequestedTime due_time_ns, with kHasFeasibleTime amount, are times.
  // ScopeChangeQuoted: id, price. ScopeChangeAgreed: id, price, minutes. ScopeChangeAbsorbed: id,
  // minutes. ScopeChangeDeclined, ScopeChangeWithdrawn: id.
  v1::ScopeChangeRequested::Kind change_kind() const {
    return static_cast<v1::ScopeChangeRequested::Kind>(code);
  }
  int64_t requested_time_ns() const { return due_time_ns; }
  int64_t feasible_time_ns() const { return amount; }
  int displaced_clients() const { return count; }  // Of ConductReported as well.

  // ConductReported: id, minutes = recovery, kPaidSla.
  v1::ConductReported::Kind conduct_kind() const {
    return static_cast<v1::ConductReported::Kind>(code);
  }
  v1::ConductReported::Target conduct_target() const {
    return static_cast<v1::ConductReported::Target>(code2);
  }
  v1::ConductReported::Evidence conduct_evidence() const {
    return static_cast<v1::ConductReported::Evidence>(code3);
  }

  // EffortLogged: engagement, minutes, kBillable.
  v1::EffortLogged::Activity activity() const {
    return static_cast<v1::EffortLogged::Activity>(code);
  }
  int contacts() const { return count; }
  int strain() const { return level; }  // 0 to 5.

  // AdviceGiven: id, engagement, kAcknowledged. AdviceOutcomeNoted: id.
  v1::AdviceOutcomeNoted::Degree degree() const {
    return static_cast<v1::AdviceOutcomeNoted::Degree>(code);
  }

  // ActionProposed: id, reason codes, amount = everything below this position was known.
  v1::Action action() const { return static_cast<v1::Action>(code); }
  uint64_t assessed_position() const { return static_cast<uint64_t>(amount); }
  // ActionDecided: id, about = who.
  v1::ActionDecided::Decision decision() const {
    return static_cast<v1::ActionDecided::Decision>(code);
  }
  // ServiceRefused: id, about = staff. PartingOpened: id, about = who approved, reason codes.
  // PartingClosed: id. PartingFeedbackNoted: id, level. RelationshipRestored: reason codes.
  // PartingStepTaken: id, kSkipped, about = why skipped.
  v1::PartingStepTaken::Step parting_step() const {
    return static_cast<v1::PartingStepTaken::Step>(code);
  }
  uint32_t skip_reason() const { return about; }

  // StatementAdded: kByUs; amount = the position of what it is about.
  uint64_t statement_target() const { return static_cast<uint64_t>(amount); }
};

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_HISTORY_FACT_H_
