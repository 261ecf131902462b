#include "server/domain/reliability/signal_catalogue.h"

#include <bitset>

#include "absl/strings/str_cat.h"
#include "server/domain/errors.h"

namespace pledger::reliability {
namespace {

constexpr v1::Segment kPrice = v1::SEGMENT_PRICE;
constexpr v1::Segment kDemands = v1::SEGMENT_INFLATED_DEMANDS;
constexpr v1::Segment kTalk = v1::SEGMENT_COMMUNICATION;
constexpr v1::Segment kNoSegment = v1::SEGMENT_NONE;

constexpr uint32_t kPromises = GrowthBit(GrowthCode::kWeBreakPromises);
constexpr uint32_t kComplaints = GrowthBit(GrowthCode::kWeCauseComplaints);
constexpr uint32_t kBaseline = GrowthBit(GrowthCode::kNoAgreedBaseline);
constexpr uint32_t kTerms = GrowthBit(GrowthCode::kTermsNotExplained);
constexpr uint32_t kRushFee = GrowthBit(GrowthCode::kRushWithoutFee);
constexpr uint32_t kInvoicing = GrowthBit(GrowthCode::kLateInvoicing);
constexpr uint32_t kSlow = GrowthBit(GrowthCode::kSlowResolution);
constexpr uint32_t kEvidence = GrowthBit(GrowthCode::kNoEvidence);
constexpr uint32_t kPrepayment = GrowthBit(GrowthCode::kNoPrepaymentAfterSignal);
constexpr uint32_t kRefusal = GrowthBit(GrowthCode::kRightToRefuseUnused);
constexpr uint32_t kReplanned = GrowthBit(GrowthCode::kReplannedForRush);

// Thresholds: LATE_PAYER days late of an invoice, and days beyond terms weighed by amount;
// NON_PAYER days open; LOSS_MAKING the margin; PRICE_ONLY credits by what was billed; SCOPE_CREEP
// absorbed by agreed minutes; ENTITLEMENT effort by agreed minutes; WEARS_OUT_STAFF strain;
// TIME_SINK days of an enquiry where the cohort has too few orders to tell; DRIFT points; QUIET
// contacts a year.
constexpr std::array<SignalEntry, kSignalCodes> kCatalogue = {{
    {"LATE_PAYER",
     kPrice,
     false,
     {3, 14, 730, 90, 15},
     "Invoices paid or open too late",
     kInvoicing | kTerms | kComplaints | kPrepayment},
    {"NON_PAYER",
     kPrice,
     false,
     {1, 0, 730, 90, 120},
     "Invoices refused or open for too long",
     kComplaints | kEvidence | kPrepayment},
    {"PAY_TOMORROW",
     kPrice,
     false,
     {2, 14, 730, 90, 3},
     "Promises to pay that were broken",
     kPromises | kPrepayment},
    {"DENIES_DEBT", kPrice, false, {2, 14, 730, 90, 0}, "Debts denied that were owed", kEvidence},
    {"HAGGLES_AFTER_AGREEMENT",
     kPrice,
     false,
     {2, 14, 730, 90, 0},
     "Prices contested after agreement",
     kTerms | kPrepayment},
    {"LOSS_MAKING",
     kPrice,
     false,
     {3, 14, 365, 90, 0},
     "Margin over the last 365 days",
     kRushFee | kInvoicing | kBaseline},
    {"PRICE_ONLY",
     kPrice,
     false,
     {3, 14, 730, 90, 0.20},
     "Goodwill credits by what was billed",
     kComplaints},
    {"SMALL_AND_RARE",
     kPrice,
     false,
     {1, 0, 730, 90, 0.20},
     "Fewer, smaller and older payments than four fifths of the tier",
     0},
    {"SCOPE_CREEP",
     kDemands,
     false,
     {2, 14, 730, 90, 0.25},
     "Engagements that grew for free",
     kBaseline | kTerms},
    {"ENTITLEMENT",
     kDemands,
     false,
     {3, 14, 730, 90, 2},
     "Additions to a package for free",
     kBaseline | kTerms},
    {"WARRANTY_COVER",
     kDemands,
     false,
     {2, 14, 730, 90, 0},
     "Free repairs claimed under cover of an order",
     kTerms},
    {"SHIFTING_INPUTS",
     kDemands,
     false,
     {3, 14, 730, 90, 0},
     "Alterations of one engagement at a fixed price",
     kBaseline | kTerms},
    {"UNREALISTIC_DEADLINES",
     kDemands,
     false,
     {2, 14, 730, 90, 0},
     "Rushes asked for before they were feasible",
     kTerms | kRushFee | kReplanned},
    {"QUEUE_JUMPER",
     kDemands,
     false,
     {2, 14, 730, 90, 0},
     "Demands to be served first",
     kReplanned | kRushFee},
    {"ABUSIVE", kTalk, false, {3, 14, 730, 90, 0}, "Incidents of abuse", kRefusal | kPromises},
    {"CONDESCENDING", kTalk, false, {3, 14, 730, 90, 0}, "Incidents of condescension", kPromises},
    {"WEARS_OUT_STAFF",
     kTalk,
     false,
     {3, 14, 730, 90, 3},
     "Members of staff who were worn out",
     kRefusal | kPromises},
    {"CHRONIC_COMPLAINER",
     kTalk,
     false,
     {3, 14, 365, 90, 0},
     "Complaints that were not founded",
     kSlow | kComplaints},
    {"TIME_SINK",
     kTalk,
     false,
     {1, 0, 730, 90, 90},
     "More contacts than an order, or the money, is worth to nineteen of twenty others",
     kTerms},
    {"DOUBLE_GAME", kTalk, false, {3, 14, 730, 90, 0}, "Kinds of double game", kPromises},
    {"IGNORES_ADVICE", kTalk, false, {3, 14, 730, 90, 0}, "Pieces of advice not followed", 0},
    {"DISCREDITING",
     v1::SEGMENT_DISCREDITING,
     false,
     {2, 14, 730, 90, 0},
     "Concerns for our reputation",
     kComplaints},
    {"DRIFT",
     kNoSegment,
     false,
     {3, 0, 730, 90, 20},
     "Facts since the change",
     kPromises | kComplaints},
    {"RECOVERED", kNoSegment, true, {1, 0, 730, 180, 0}, "Signals that ended", 0},
    {"RELIABLE", kNoSegment, true, {1, 0, 730, 0, 0}, "Band A with high confidence", 0},
    {"PREMIUM", kNoSegment, true, {1, 0, 730, 0, 0}, "Top tier in a good band", 0},
    {"GOOD_REFERRER", kNoSegment, true, {2, 0, 3650, 0, 0}, "Referred clients in good bands", 0},
    {"QUIET", kNoSegment, true, {2, 14, 365, 0, 12}, "Payments without noise", 0},
}};

constexpr std::array<const char*, kGrowthCodes> kGrowthNames = {
    "WE_BREAK_PROMISES",      "WE_CAUSE_COMPLAINTS", "NO_AGREED_BASELINE",
    "TERMS_NOT_EXPLAINED",    "RUSH_WITHOUT_FEE",    "LATE_INVOICING",
    "SLOW_RESOLUTION",        "NO_EVIDENCE",         "NO_PREPAYMENT_AFTER_SIGNAL",
    "RIGHT_TO_REFUSE_UNUSED", "REPLANNED_FOR_RUSH"};

}  // namespace

const SignalEntry& EntryOf(SignalCode code) { return kCatalogue[static_cast<size_t>(code)]; }

std::optional<SignalCode> SignalNamed(std::string_view name) {
  for (size_t i = 0; i < kSignalCodes; ++i) {
    if (name == kCatalogue[i].name) return static_cast<SignalCode>(i);
  }
  return std::nullopt;
}

const char* GrowthName(GrowthCode code) { return kGrowthNames[static_cast<size_t>(code)]; }

const char* QuestionOf(v1::Segment segment) {
  switch (segment) {
    case v1::SEGMENT_COMMUNICATION:
      return "Can we not set up the conversation?";
    case v1::SEGMENT_PRICE:
      return "Could we have negotiated, and did we check their record first?";
    case v1::SEGMENT_DISCREDITING:
      return "Can they be served remotely, with less personal contact?";
    case v1::SEGMENT_INFLATED_DEMANDS:
      return "Do they know how we plan, and what a rush costs?";
    default:
      return "";
  }
}

SignalRules::SignalRules() {
  for (size_t i = 0; i < kSignalCodes; ++i) rules_[i] = kCatalogue[i].rule;
}

absl::StatusOr<SignalRules> SignalRules::Resolve(const v1::Policy& policy) {
  SignalRules resolved;
  std::bitset<kSignalCodes> named;
  for (int i = 0; i < policy.signals_size(); ++i) {
    const v1::SignalPolicy& given = policy.signals(i);
    const std::optional<SignalCode> code = SignalNamed(given.signal());
    const std::string field = absl::StrCat("signals[", i, "].signal");
    if (!code.has_value()) return InvalidField(field, "is not a signal that this version knows");
    const auto index = static_cast<size_t>(*code);
    if (named[index]) return InvalidField(field, "stands twice");
    named.set(index);
    SignalRule& rule = resolved.rules_[index];
    if (given.has_min_count()) rule.min_count = given.min_count();
    if (given.has_min_span_days()) rule.min_span_days = given.min_span_days();
    if (given.has_window_days()) rule.window_days = given.window_days();
    if (given.has_recovery_days()) rule.recovery_days = given.recovery_days();
    if (given.has_threshold()) rule.threshold = given.threshold();
  }
  return resolved;
}

}  // namespace pledger::reliability
