// Whether an event that is sent again is the one that was recorded.
#ifndef PLEDGER_SERVER_LEDGER_SAME_EVENT_H_
#define PLEDGER_SERVER_LEDGER_SAME_EVENT_H_

#include <string_view>

#include "absl/status/status.h"
#include "server/ledger/pending_append.h"

namespace pledger::ledger {

// For an event whose fingerprint is not that of the record with its id: compares them field by
// field. OK if they say the same (another version may have serialised it differently);
// EVENT_ID_REUSED that names the first field that differs; DATA_LOSS if the record can't be read.
absl::Status CheckSameEvent(const PreparedEvent& event, std::string_view record);

}  // namespace pledger::ledger

#endif  // PLEDGER_SERVER_LEDGER_SAME_EVENT_H_
