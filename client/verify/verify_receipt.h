// Verifies a receipt, the proof of one event, without its server.
#ifndef PLEDGER_CLIENT_VERIFY_VERIFY_RECEIPT_H_
#define PLEDGER_CLIENT_VERIFY_VERIFY_RECEIPT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "client/verify/verdicts.h"
#include "client/verify/verify_pack.h"
#include "storage/format/types.h"

namespace pledger::verify {

struct ReceiptReport {
  Report report;
  std::string origin;
  // Of the checkpoint.
  uint64_t size = 0;
  storage::Position position = 0;
  // Of the event; empty where the record can't be read.
  std::string client_id;
};

// `receipt` is a C2SP tlog-proof with the record as its extra data. INVALID_ARGUMENT if it isn't
// that; what it says may still be false, which the report tells.
[[nodiscard]] absl::StatusOr<ReceiptReport> VerifyReceipt(std::string_view receipt,
                                                          const Trust& trust);

}  // namespace pledger::verify

#endif  // PLEDGER_CLIENT_VERIFY_VERIFY_RECEIPT_H_
