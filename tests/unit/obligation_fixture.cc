#include "tests/unit/obligation_fixture.h"

#include <utility>

#include "gtest/gtest.h"
#include "server/domain/errors.h"
#include "tests/support/sample_facts.h"

namespace pledger::testing {

absl::StatusOr<std::optional<std::string>> MemoryTable::Find(std::string_view key) {
  ++finds;
  const auto found = values.find(key);
  if (found == values.end()) return std::optional<std::string>();
  return std::optional<std::string>(found->second);
}

void MemoryTable::Put(std::string key, std::string value) {
  ++puts;
  values[std::move(key)] = std::move(value);
}

absl::StatusOr<std::optional<TargetEvent>> MemoryEvents::FindEvent(uint64_t position) {
  if (position >= events.size()) return std::optional<TargetEvent>();
  return std::optional<TargetEvent>(events[position]);
}

absl::Status ObligationLedger::Record(std::string_view fact, std::string_view client) {
  return Record(FactFromText(fact), client);
}

absl::Status ObligationLedger::Record(const v1::Fact& fact, std::string_view client) {
  const auto before = table.values;
  absl::Status status = ApplyObligations(client, events.events.size(), fact, table, events);
  if (status.ok()) {
    events.events.push_back({std::string(client), fact});
  } else {
    EXPECT_EQ(table.values, before) << "a rejected fact changed the table";
  }
  return status;
}

uint64_t ObligationLedger::Must(std::string_view fact, std::string_view client) {
  const absl::Status status = Record(fact, client);
  EXPECT_TRUE(status.ok()) << fact << ": " << status.ToString();
  return position();
}

void ExpectObligation(const absl::Status& status, std::string_view kind, std::string_view id,
                      std::string_view state, std::string_view field) {
  EXPECT_EQ(ReasonOf(status),
            state.empty() ? v1::ERROR_REASON_OBLIGATION_UNKNOWN : v1::ERROR_REASON_OBLIGATION_STATE)
      << status.ToString();
  EXPECT_EQ(ErrorMetadataValue(status, "client_id"), "c");
  EXPECT_EQ(ErrorMetadataValue(status, "kind"), kind);
  EXPECT_EQ(ErrorMetadataValue(status, "obligation_id"), id);
  EXPECT_EQ(ErrorMetadataValue(status, "state"), state);
  EXPECT_EQ(ErrorMetadataValue(status, "field"), field);
}

void ExpectExists(const absl::Status& status, std::string_view kind, std::string_view id,
                  std::string_view state, uint64_t position) {
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_OBLIGATION_EXISTS) << status.ToString();
  EXPECT_EQ(ErrorMetadataValue(status, "client_id"), "c");
  EXPECT_EQ(ErrorMetadataValue(status, "kind"), kind);
  EXPECT_EQ(ErrorMetadataValue(status, "obligation_id"), id);
  EXPECT_EQ(ErrorMetadataValue(status, "state"), state);
  EXPECT_EQ(ErrorMetadataValue(status, "position"), std::to_string(position));
}

void ExpectTarget(const absl::Status& status, uint64_t target, std::string_view why) {
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_TARGET_INVALID) << status.ToString();
  EXPECT_EQ(ErrorMetadataValue(status, "target_position"), std::to_string(target));
  EXPECT_EQ(ErrorMetadataValue(status, "why"), why) << status.ToString();
}

}  // namespace pledger::testing
