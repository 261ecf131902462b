#include "client/cli/format.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "client/cli/currency.h"
#include "client/cli/terminal/text.h"

namespace pledger::client {
namespace {

using google::protobuf::Any;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::string MessageText(const Message& message);

std::string AnyText(const Any& any) {
  google::protobuf::Struct fields;
  if (!any.UnpackTo(&fields)) return any.type_url();
  // A map has no order; people want to find the same text in the same place.
  std::vector<std::string> parts;
  for (const auto& [name, value] : fields.fields()) {
    parts.push_back(absl::StrCat(name, "=", value.string_value()));
  }
  std::sort(parts.begin(), parts.end());
  return absl::StrJoin(parts, " ");
}

std::string ScalarText(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection.GetString(message, &field);
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(message, &field) ? "yes" : "no";
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(reflection.GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(reflection.GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(reflection.GetUInt32(message, &field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(reflection.GetUInt64(message, &field));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return absl::StrCat(reflection.GetDouble(message, &field));
    case FieldDescriptor::CPPTYPE_ENUM:
      return ShortEnumName(field.enum_type(), reflection.GetEnumValue(message, &field));
    default:
      return MessageText(reflection.GetMessage(message, &field));
  }
}

std::string ListText(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<std::string> parts;
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      parts.push_back(MessageText(reflection.GetRepeatedMessage(message, &field, i)));
    } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      parts.push_back(reflection.GetRepeatedString(message, &field, i));
    }
  }
  return absl::StrCat("[", absl::StrJoin(parts, "; "), "]");
}

std::string MessageText(const Message& message) {
  if (message.GetDescriptor() == pledger::v1::Money::descriptor()) {
    return FormatMoney(static_cast<const pledger::v1::Money&>(message));
  }
  if (message.GetDescriptor() == google::protobuf::Timestamp::descriptor()) {
    return FormatTime(static_cast<const google::protobuf::Timestamp&>(message));
  }
  if (message.GetDescriptor() == Any::descriptor()) {
    return AnyText(static_cast<const Any&>(message));
  }
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  std::vector<std::string> parts;
  for (const FieldDescriptor* field : fields) {
    parts.push_back(absl::StrCat(
        field->name(), "=",
        field->is_repeated() ? ListText(message, *field) : ScalarText(message, *field)));
  }
  return absl::StrJoin(parts, " ");
}

const FieldDescriptor* SetFact(const pledger::v1::Fact& fact) {
  std::vector<const FieldDescriptor*> fields;
  fact.GetReflection()->ListFields(fact, &fields);
  return fields.empty() ? nullptr : fields[0];
}

// Replaces every Any below `message` whose type is not known by what can be shown of it.
void ReplaceUnknownAny(Message& message) {
  if (message.GetDescriptor() == Any::descriptor()) {
    Any& any = static_cast<Any&>(message);
    const size_t slash = any.type_url().rfind('/');
    const std::string type = slash == std::string::npos ? "" : any.type_url().substr(slash + 1);
    if (google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(type) !=
        nullptr) {
      return;
    }
    google::protobuf::Struct shown;
    (*shown.mutable_fields())["type_url"].set_string_value(any.type_url());
    (*shown.mutable_fields())["value_base64"].set_string_value(absl::Base64Escape(any.value()));
    any.PackFrom(shown);
    return;
  }
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      ReplaceUnknownAny(*reflection.MutableMessage(&message, field));
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      ReplaceUnknownAny(*reflection.MutableRepeatedMessage(&message, field, i));
    }
  }
}

}  // namespace

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  google::protobuf::Timestamp timestamp;
  const int64_t seconds = absl::ToUnixSeconds(time);
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return timestamp;
}

absl::Time ToTime(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

std::string FormatTime(const google::protobuf::Timestamp& timestamp) {
  const absl::Time time = ToTime(timestamp);
  const bool is_midnight = timestamp.nanos() == 0 && timestamp.seconds() % 86'400 == 0;
  return absl::FormatTime(is_midnight ? "%Y-%m-%d" : "%Y-%m-%d %H:%M:%S", time,
                          absl::UTCTimeZone());
}

std::string FormatDate(const google::protobuf::Timestamp& timestamp) {
  return absl::FormatTime("%Y-%m-%d", ToTime(timestamp), absl::UTCTimeZone());
}

std::string FormatMoney(const pledger::v1::Money& money) {
  return absl::StrCat(FormatMinorUnits(money.minor_units(), money.currency_code()), " ",
                      money.currency_code());
}

std::string FormatCount(uint64_t count) {
  const std::string digits = absl::StrCat(count);
  std::string text;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text.push_back(',');
    text.push_back(digits[i]);
  }
  return text;
}

std::string Counted(uint64_t count, const std::string& noun) {
  return absl::StrCat(FormatCount(count), " ", noun, count == 1 ? "" : "s");
}

std::string FormatNumber(double value, int digits) {
  // The typographic minus has the width of a digit and cannot be taken for a dash.
  const std::string text = absl::StrFormat("%.*f", digits, value);
  return text[0] == '-' ? absl::StrCat("−", text.substr(1)) : text;
}

std::string ShortEnumName(const EnumDescriptor* type, int number) {
  const auto* value = type->FindValueByNumber(number);
  if (value == nullptr) return absl::StrCat(number);
  absl::string_view prefix = type->value(0)->name();
  absl::string_view name = value->name();
  constexpr absl::string_view kZero = "UNSPECIFIED";
  absl::ConsumeSuffix(&prefix, kZero);
  absl::ConsumePrefix(&name, prefix);
  return std::string(name);
}

std::string FactName(const pledger::v1::Fact& fact) {
  const FieldDescriptor* field = SetFact(fact);
  return field == nullptr ? "unknown fact" : absl::StrReplaceAll(field->name(), {{"_", " "}});
}

std::string FactDetails(const pledger::v1::Fact& fact) {
  const FieldDescriptor* field = SetFact(fact);
  return field == nullptr ? "" : MessageText(fact.GetReflection()->GetMessage(fact, field));
}

absl::StatusOr<std::string> ToJson(const Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  if (google::protobuf::util::MessageToJsonString(message, &json, options).ok()) return json;
  const std::unique_ptr<Message> copy(message.New());
  copy->CopyFrom(message);
  ReplaceUnknownAny(*copy);
  json.clear();
  const auto status = google::protobuf::util::MessageToJsonString(*copy, &json, options);
  if (!status.ok()) return absl::InternalError(absl::StrCat("no JSON for it: ", status.ToString()));
  return json;
}

}  // namespace pledger::client
