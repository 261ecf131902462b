// A ledger of facts and their obligations, all in memory.
#ifndef PLEDGER_TESTS_UNIT_OBLIGATION_FIXTURE_H_
#define PLEDGER_TESTS_UNIT_OBLIGATION_FIXTURE_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/domain/obligations.h"

namespace pledger::testing {

class MemoryTable : public ObligationTable {
 public:
  absl::StatusOr<std::optional<std::string>> Find(std::string_view key) override;
  void Put(std::string key, std::string value) override;

  std::map<std::string, std::string, std::less<>> values;
  int finds = 0;
  int puts = 0;
};

class MemoryEvents : public EventLookup {
 public:
  absl::StatusOr<std::optional<TargetEvent>> FindEvent(uint64_t position) override;

  std::vector<TargetEvent> events;
};

// Records what ApplyObligations accepts.
class ObligationLedger {
 public:
  // The result of recording `fact`, in text format, for `client`; position() is its position if OK.
  absl::Status Record(std::string_view fact, std::string_view client = "c");
  absl::Status Record(const v1::Fact& fact, std::string_view client = "c");
  // Record that must succeed; returns the position.
  uint64_t Must(std::string_view fact, std::string_view client = "c");

  uint64_t position() const { return events.events.size() - 1; }

  MemoryTable table;
  MemoryEvents events;
};

// Expects an error of OBLIGATION_UNKNOWN or OBLIGATION_STATE; `state` is empty for the former.
void ExpectObligation(const absl::Status& status, std::string_view kind, std::string_view id,
                      std::string_view state, std::string_view field);
void ExpectExists(const absl::Status& status, std::string_view kind, std::string_view id,
                  std::string_view state, uint64_t position);
void ExpectTarget(const absl::Status& status, uint64_t target, std::string_view why);

}  // namespace pledger::testing

#endif  // PLEDGER_TESTS_UNIT_OBLIGATION_FIXTURE_H_
