// Names of enum values as people type them.
#ifndef PLEDGER_CLIENT_CLI_ENUM_NAMES_H_
#define PLEDGER_CLIENT_CLI_ENUM_NAMES_H_

#include <google/protobuf/generated_enum_reflection.h>

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/cli/format.h"

namespace pledger::client {

// The value that is `name` without its enum's prefix, in either case and with - for _; 0 for an
// empty name. INVALID_ARGUMENT, naming those there are, where there is none.
template <class Enum>
[[nodiscard]] absl::StatusOr<Enum> ParseEnumName(const std::string& name) {
  if (name.empty()) return static_cast<Enum>(0);
  const google::protobuf::EnumDescriptor* type = google::protobuf::GetEnumDescriptor<Enum>();
  const std::string wanted = absl::StrReplaceAll(absl::AsciiStrToUpper(name), {{"-", "_"}});
  std::string known;
  for (int i = 1; i < type->value_count(); ++i) {
    const std::string candidate = ShortEnumName(type, type->value(i)->number());
    if (candidate == wanted) return static_cast<Enum>(type->value(i)->number());
    absl::StrAppend(&known, known.empty() ? "" : ", ", absl::AsciiStrToLower(candidate));
  }
  return absl::InvalidArgumentError(absl::StrCat("\"", name, "\" is none of ", known));
}

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_ENUM_NAMES_H_
