// From the texts of a row to the fields of a message.
#ifndef PLEDGER_CLIENT_CLI_IMPORT_CONVERT_H_
#define PLEDGER_CLIENT_CLI_IMPORT_CONVERT_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/cli/import/expression.h"

namespace pledger::client {

// How a plan says that its file writes things.
struct Conventions {
  absl::TimeZone time_zone;
  std::vector<std::string> time_formats;
  std::string currency_code;
  std::string decimal_point;
  std::string digit_separator;

  // INVALID_ARGUMENT where the plan names an unknown time zone.
  [[nodiscard]] static absl::StatusOr<Conventions> Of(const plan::ImportPlan& plan);
};

// The time that `value` says. INVALID_ARGUMENT where the text is in none of the formats; also when
// it is empty.
[[nodiscard]] absl::StatusOr<absl::Time> EvaluateTime(const Value& value, const RowContext& row,
                                                      const Conventions& conventions);

// A field somewhere below a message: "allocations[0].amount".
class FieldPath {
 public:
  // INVALID_ARGUMENT, naming the fields that there are, where the path leads nowhere or to
  // something that no text can fill.
  [[nodiscard]] static absl::StatusOr<FieldPath> Parse(
      const google::protobuf::Descriptor& descriptor, absl::string_view path);

  // Sets the field in `message`, making what lies on the way to it. INVALID_ARGUMENT where the
  // text does not suit the field's type.
  [[nodiscard]] absl::Status Set(const Value& value, const std::string& text, const RowContext& row,
                                 const Conventions& conventions,
                                 google::protobuf::Message& message) const;

  bool is_money() const;

 private:
  struct Step {
    const google::protobuf::FieldDescriptor* field;
    std::optional<int> index;
  };

  absl::Status SetLeaf(const Value& value, const std::string& text, const RowContext& row,
                       const Conventions& conventions, google::protobuf::Message& parent) const;

  std::vector<Step> steps_;
};

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_IMPORT_CONVERT_H_
