// How the tool writes what the ledger says: times, money, facts, numbers.
#ifndef PLEDGER_CLIENT_CLI_FORMAT_H_
#define PLEDGER_CLIENT_CLI_FORMAT_H_

#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pledger/v1/common.pb.h"
#include "pledger/v1/event.pb.h"
#include "pledger/v1/fact.pb.h"

namespace pledger::client {

google::protobuf::Timestamp ToTimestamp(absl::Time time);
absl::Time ToTime(const google::protobuf::Timestamp& timestamp);

// "2014-03-03", with the time of day where it is not midnight: "2014-03-03 14:07:00". UTC.
std::string FormatTime(const google::protobuf::Timestamp& timestamp);

// "2014-03-03". UTC.
std::string FormatDate(const google::protobuf::Timestamp& timestamp);

// "1,234.50 EUR".
std::string FormatMoney(const pledger::v1::Money& money);

// "567,890".
std::string FormatCount(uint64_t count);

// "1 invoice", "2,466 invoices".
std::string Counted(uint64_t count, const std::string& noun);

// "80.9".
std::string FormatNumber(double value, int digits);

// "invoice issued".
std::string FactName(const pledger::v1::Fact& fact);

// What the fact says in one line: "invoice_id=INV-1 amount=55.94 USD due_time=2013-02-01".
std::string FactDetails(const pledger::v1::Fact& fact);

// Proto JSON with proto field names, in one line. The payload of a custom fact whose type this
// program does not know is given as its type and its bytes in base64.
[[nodiscard]] absl::StatusOr<std::string> ToJson(const google::protobuf::Message& message);

// An enum value without the prefix that all of its enum share: "PAYMENT".
std::string ShortEnumName(const google::protobuf::EnumDescriptor* type, int number);

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_FORMAT_H_
