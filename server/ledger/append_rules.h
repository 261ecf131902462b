// The obligation rules over a store: while appends are decided, and again when an index is rebuilt.
#ifndef PLEDGER_SERVER_LEDGER_APPEND_RULES_H_
#define PLEDGER_SERVER_LEDGER_APPEND_RULES_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pledger/v1/fact.pb.h"
#include "storage/event_store.h"
#include "storage/format/record.h"

namespace pledger::ledger {

// Checks `fact` of `client_id`, to be recorded at `position`, against the states and puts the new
// ones. Nothing is put on an error. Errors: those of obligations.h, and the table's own.
absl::Status ApplyRules(std::string_view client_id, storage::Position position,
                        const v1::Fact& fact, storage::StateTable& states);

// Derives the states of a recorded event.
class RulesDeriver final : public storage::StateDeriver {
 public:
  // DATA_LOSS if the record could not have passed the rules.
  absl::Status Derive(const storage::RecordView& record, storage::StateTable& states) override;
};

}  // namespace pledger::ledger

#endif  // PLEDGER_SERVER_LEDGER_APPEND_RULES_H_
