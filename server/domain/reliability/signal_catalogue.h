// All signals: what each is called, which segment it belongs to, when it is a pattern, and which of
// our own growth points bear on it (DOMAIN.md, section 5). What a policy says of a signal replaces
// the numbers here.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_SIGNAL_CATALOGUE_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_SIGNAL_CATALOGUE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "pledger/v1/assessment.pb.h"
#include "pledger/v1/policy.pb.h"

namespace pledger::reliability {

// In the order in which answers name them.
enum class SignalCode : uint8_t {
  kLatePayer,
  kNonPayer,
  kPayTomorrow,
  kDeniesDebt,
  kHagglesAfterAgreement,
  kLossMaking,
  kPriceOnly,
  kSmallAndRare,
  kScopeCreep,
  kEntitlement,
  kWarrantyCover,
  kShiftingInputs,
  kUnrealisticDeadlines,
  kQueueJumper,
  kAbusive,
  kCondescending,
  kWearsOutStaff,
  kChronicComplainer,
  kTimeSink,
  kDoubleGame,
  kIgnoresAdvice,
  kDiscrediting,
  kDrift,
  kRecovered,
  kReliable,
  kPremium,
  kGoodReferrer,
  kQuiet,
};
inline constexpr size_t kSignalCodes = static_cast<size_t>(SignalCode::kQuiet) + 1;

enum class GrowthCode : uint8_t {
  kWeBreakPromises,
  kWeCauseComplaints,
  kNoAgreedBaseline,
  kTermsNotExplained,
  kRushWithoutFee,
  kLateInvoicing,
  kSlowResolution,
  kNoEvidence,
  kNoPrepaymentAfterSignal,
  kRightToRefuseUnused,
  kReplannedForRush,
};
inline constexpr size_t kGrowthCodes = static_cast<size_t>(GrowthCode::kReplannedForRush) + 1;

// When a signal is a pattern.
struct SignalRule {
  // Facts within the window, and the days that they must spread over.
  int min_count = 3;
  int min_span_days = 14;
  int window_days = 730;
  // Days below part of the threshold until it leaves PRESENT.
  int recovery_days = 90;
  // The signal's own measure; its unit is said in the catalogue. 0 where it has none.
  double threshold = 0;
};

struct SignalEntry {
  const char* name;
  v1::Segment segment;
  bool positive;
  SignalRule rule;
  // "Invoices paid or open too late": what is counted.
  const char* counted;
  // Bits of GrowthCode.
  uint32_t our_part;
};

const SignalEntry& EntryOf(SignalCode code);
// None for a name that is not in the catalogue.
std::optional<SignalCode> SignalNamed(std::string_view name);
// "WE_BREAK_PROMISES". Lives for ever.
const char* GrowthName(GrowthCode code);
// The segment's question to us; empty for SEGMENT_NONE.
const char* QuestionOf(v1::Segment segment);

constexpr uint32_t GrowthBit(GrowthCode code) { return 1u << static_cast<unsigned>(code); }

// The catalogue with a policy's numbers in it. Immutable.
class SignalRules {
 public:
  // The built-in ones.
  SignalRules();
  // INVALID_FIELD with the field's path for a signal that is not known or named twice.
  [[nodiscard]] static absl::StatusOr<SignalRules> Resolve(const v1::Policy& policy);

  const SignalRule& operator[](SignalCode code) const { return rules_[static_cast<size_t>(code)]; }

 private:
  std::array<SignalRule, kSignalCodes> rules_;
};

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_SIGNAL_CATALOGUE_H_
