// Which fields of a HistoryFact each kind of fact uses, and within which bounds: the table by which
// histories are checked, stored and read back. A kind that is not in it is not kept.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_HISTORY_LAYOUT_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_HISTORY_LAYOUT_H_

#include <cstdint>

#include "server/domain/reliability/history_fact.h"

namespace pledger::reliability {

enum HistoryField : uint32_t {
  kFieldId = 1 << 0,
  kFieldEngagement = 1 << 1,
  kFieldAbout = 1 << 2,
  // Money; without kFieldMoneyRequired it may be missing, without kFieldMoneyMayBeZero it is
  // positive.
  kFieldMoney = 1 << 3,
  // `amount` as parts per billion, 1 to 1e9; as a position; as a time, present if kHasFeasibleTime.
  kFieldFraction = 1 << 4,
  kFieldPosition = 1 << 5,
  kFieldFeasibleTime = 1 << 6,
  // `due_time_ns`; the latter: present if kHasRequestedTime.
  kFieldDueTime = 1 << 7,
  kFieldRequestedTime = 1 << 8,
  kFieldMinutes = 1 << 9,
  kFieldCount = 1 << 10,
  kFieldLevel = 1 << 11,
  kFieldAllocations = 1 << 12,
  kFieldReasons = 1 << 13,
  // Which of the above must be there.
  kFieldIdRequired = 1 << 16,
  kFieldEngagementRequired = 1 << 17,
  kFieldMoneyRequired = 1 << 18,
  kFieldMoneyMayBeZero = 1 << 19,
};

struct HistoryLayout {
  // HistoryFields; zero for a kind that is not kept.
  uint32_t fields = 0;
  // All bits that its flags may have.
  uint8_t flags = 0;
  // The highest enumerator of each code; zero: unused.
  uint8_t code_max = 0;
  uint8_t code2_max = 0;
  uint8_t code3_max = 0;
  bool kept = false;
};

// Of a v1::FactType; of any other number, that of a kind that is not kept.
const HistoryLayout& LayoutOf(uint16_t fact_type);

// Null if all of the fact's numbers are within their bounds; else what is not. Texts are not looked
// at.
const char* WhyOutOfBounds(const HistoryFact& fact);

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_HISTORY_LAYOUT_H_
