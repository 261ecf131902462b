#include "client/cli/import/convert.h"

#include <google/protobuf/timestamp.pb.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "client/cli/currency.h"
#include "client/cli/format.h"
#include "pledger/v1/common.pb.h"

namespace pledger::client {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr int kRepeatedMax = 256;

absl::Status IsNo(absl::string_view text, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is no ", what));
}

bool IsMoney(const FieldDescriptor& field) {
  return field.message_type() == pledger::v1::Money::descriptor();
}

bool IsTimestamp(const FieldDescriptor& field) {
  return field.message_type() == google::protobuf::Timestamp::descriptor();
}

absl::StatusOr<absl::Time> ParseTimeText(const std::string& text, const Conventions& conventions) {
  std::string ignored;
  absl::Time time;
  for (const std::string& format : conventions.time_formats) {
    if (absl::ParseTime(format, text, conventions.time_zone, &time, &ignored)) return time;
  }
  return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is no time in the form ",
                                                 absl::StrJoin(conventions.time_formats, " or ")));
}

// The value of this name, or of this name behind the prefix that all values of an enum share.
const EnumValueDescriptor* FindEnumValue(const google::protobuf::EnumDescriptor& type,
                                         const std::string& text) {
  if (const EnumValueDescriptor* exact = type.FindValueByName(text)) return exact;
  std::string prefix = type.value(0)->name();
  constexpr absl::string_view kZero = "UNSPECIFIED";
  if (!absl::EndsWith(prefix, kZero)) return nullptr;
  prefix.resize(prefix.size() - kZero.size());
  return type.FindValueByName(absl::StrCat(prefix, absl::AsciiStrToUpper(text)));
}

absl::StatusOr<int64_t> EvaluateMoney(const Value& value, const std::string& text,
                                      absl::string_view currency, const RowContext& row,
                                      const Conventions& conventions) {
  const DecimalStyle style{conventions.decimal_point, conventions.digit_separator};
  absl::StatusOr<int64_t> amount = ParseMinorUnits(text, currency, style);
  if (!amount.ok() || value.minus() == nullptr) return amount;
  const absl::StatusOr<std::string> less_text = value.minus()->Text(row);
  if (!less_text.ok()) return less_text.status();
  const absl::StatusOr<int64_t> less = ParseMinorUnits(*less_text, currency, style);
  if (!less.ok()) return less;
  if (__builtin_sub_overflow(*amount, *less, &*amount)) return IsNo(text, "amount that fits");
  return amount;
}

absl::Status SetMoney(const Value& value, const std::string& text, const RowContext& row,
                      const Conventions& conventions, pledger::v1::Money& money) {
  std::string currency = conventions.currency_code;
  if (value.currency() != nullptr) {
    absl::StatusOr<std::string> own = value.currency()->Text(row);
    if (!own.ok()) return own.status();
    currency = *std::move(own);
  }
  const absl::StatusOr<int64_t> amount = EvaluateMoney(value, text, currency, row, conventions);
  if (!amount.ok()) return amount.status();
  money.set_currency_code(std::move(currency));
  money.set_minor_units(*amount);
  return absl::OkStatus();
}

absl::Status SetBool(const std::string& text, const FieldDescriptor& field, Message& parent) {
  bool flag = false;
  if (!absl::SimpleAtob(text, &flag)) return IsNo(text, "yes or no");
  parent.GetReflection()->SetBool(&parent, &field, flag);
  return absl::OkStatus();
}

absl::Status SetScalar(const std::string& text, const FieldDescriptor& field, Message& parent) {
  const google::protobuf::Reflection& reflection = *parent.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      reflection.SetString(&parent, &field, text);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_BOOL:
      return SetBool(text, field, parent);
    case FieldDescriptor::CPPTYPE_INT32: {
      int32_t number = 0;
      if (!absl::SimpleAtoi(text, &number)) return IsNo(text, "whole number that fits");
      reflection.SetInt32(&parent, &field, number);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_INT64: {
      int64_t number = 0;
      if (!absl::SimpleAtoi(text, &number)) return IsNo(text, "whole number that fits");
      reflection.SetInt64(&parent, &field, number);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_UINT64: {
      uint64_t number = 0;
      if (!absl::SimpleAtoi(text, &number)) return IsNo(text, "whole number that fits");
      reflection.SetUInt64(&parent, &field, number);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      double number = 0;
      if (!absl::SimpleAtod(text, &number)) return IsNo(text, "number");
      reflection.SetDouble(&parent, &field, number);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const EnumValueDescriptor* found = FindEnumValue(*field.enum_type(), text);
      if (found == nullptr) return IsNo(text, field.enum_type()->full_name());
      reflection.SetEnum(&parent, &field, found);
      return absl::OkStatus();
    }
    default:
      return absl::InvalidArgumentError("no text can fill this field");
  }
}

absl::Status AddScalar(const std::string& text, const FieldDescriptor& field, Message& parent) {
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) {
    return absl::InvalidArgumentError("of lists only those of texts and messages can be filled");
  }
  parent.GetReflection()->AddString(&parent, &field, text);
  return absl::OkStatus();
}

std::string FieldNames(const Descriptor& descriptor) {
  std::vector<std::string> names;
  for (int i = 0; i < descriptor.field_count(); ++i) names.push_back(descriptor.field(i)->name());
  return absl::StrJoin(names, ", ");
}

}  // namespace

absl::StatusOr<Conventions> Conventions::Of(const plan::ImportPlan& plan) {
  Conventions conventions;
  const std::string zone = plan.time_zone().empty() ? "UTC" : plan.time_zone();
  if (!absl::LoadTimeZone(zone, &conventions.time_zone)) {
    return absl::InvalidArgumentError(absl::StrCat("the time zone \"", zone, "\" is not known"));
  }
  for (const std::string& format : plan.time_formats()) {
    conventions.time_formats.push_back(format == "RFC3339" ? absl::RFC3339_full : format);
  }
  if (conventions.time_formats.empty()) {
    conventions.time_formats = {absl::RFC3339_full, "%Y-%m-%d"};
  }
  conventions.currency_code = plan.currency_code();
  conventions.decimal_point = plan.decimal_point().empty() ? "." : plan.decimal_point();
  conventions.digit_separator = plan.digit_separator();
  return conventions;
}

absl::StatusOr<absl::Time> EvaluateTime(const Value& value, const RowContext& row,
                                        const Conventions& conventions) {
  const absl::StatusOr<std::string> text = value.Text(row);
  if (!text.ok()) return text.status();
  absl::StatusOr<absl::Time> time = ParseTimeText(*text, conventions);
  if (!time.ok()) return time;
  if (value.plus_days() != 0) {
    const absl::CivilSecond local = absl::ToCivilSecond(*time, conventions.time_zone);
    const absl::CivilDay day = absl::CivilDay(local) + value.plus_days();
    *time = absl::FromCivil(absl::CivilSecond(day.year(), day.month(), day.day(), local.hour(),
                                              local.minute(), local.second()),
                            conventions.time_zone);
  }
  if (value.not_before() != nullptr) {
    const absl::StatusOr<absl::Time> bound = EvaluateTime(*value.not_before(), row, conventions);
    if (!bound.ok()) return bound;
    *time = std::max(*time, *bound);
  }
  return time;
}

absl::StatusOr<FieldPath> FieldPath::Parse(const Descriptor& descriptor, absl::string_view path) {
  FieldPath result;
  const Descriptor* message = &descriptor;
  for (absl::string_view part : absl::StrSplit(path, '.')) {
    if (message == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", part, "\" of something that has no fields"));
    }
    Step step{};
    if (const size_t bracket = part.find('['); bracket != absl::string_view::npos) {
      int index = 0;
      if (!absl::EndsWith(part, "]") ||
          !absl::SimpleAtoi(part.substr(bracket + 1, part.size() - bracket - 2), &index) ||
          index < 0 || index >= kRepeatedMax) {
        return absl::InvalidArgumentError(absl::StrCat("\"", part, "\" has no valid index"));
      }
      step.index = index;
      part = part.substr(0, bracket);
    }
    step.field = message->FindFieldByName(std::string(part));
    if (step.field == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat(message->full_name(), " has no field \"", part,
                                                     "\"; it has: ", FieldNames(*message)));
    }
    if (step.field->is_repeated() != step.index.has_value()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "\"", part,
          step.index.has_value() ? "\" is no list" : "\" is a list: it needs an index"));
    }
    message = step.field->message_type();
    result.steps_.push_back(step);
  }
  const FieldDescriptor& leaf = *result.steps_.back().field;
  if (leaf.message_type() != nullptr && !IsMoney(leaf) && !IsTimestamp(leaf)) {
    return absl::InvalidArgumentError(
        absl::StrCat("it is a ", leaf.message_type()->full_name(), ": name a field of it"));
  }
  if (leaf.message_type() != nullptr && leaf.is_repeated()) {
    return absl::InvalidArgumentError("of lists only those of texts and messages can be filled");
  }
  return result;
}

bool FieldPath::is_money() const { return IsMoney(*steps_.back().field); }

absl::Status FieldPath::SetLeaf(const Value& value, const std::string& text, const RowContext& row,
                                const Conventions& conventions, Message& parent) const {
  const FieldDescriptor& field = *steps_.back().field;
  if (field.is_repeated() && field.message_type() == nullptr) {
    return AddScalar(text, field, parent);
  }
  if (IsMoney(field)) {
    auto* money =
        static_cast<pledger::v1::Money*>(parent.GetReflection()->MutableMessage(&parent, &field));
    return SetMoney(value, text, row, conventions, *money);
  }
  if (IsTimestamp(field)) {
    const absl::StatusOr<absl::Time> time = EvaluateTime(value, row, conventions);
    if (!time.ok()) return time.status();
    auto* timestamp = static_cast<google::protobuf::Timestamp*>(
        parent.GetReflection()->MutableMessage(&parent, &field));
    *timestamp = ToTimestamp(*time);
    return absl::OkStatus();
  }
  return SetScalar(text, field, parent);
}

absl::Status FieldPath::Set(const Value& value, const std::string& text, const RowContext& row,
                            const Conventions& conventions, Message& message) const {
  Message* parent = &message;
  for (size_t i = 0; i + 1 < steps_.size(); ++i) {
    const google::protobuf::Reflection& reflection = *parent->GetReflection();
    const FieldDescriptor* field = steps_[i].field;
    if (!steps_[i].index.has_value()) {
      parent = reflection.MutableMessage(parent, field);
      continue;
    }
    while (reflection.FieldSize(*parent, field) <= *steps_[i].index) {
      reflection.AddMessage(parent, field);
    }
    parent = reflection.MutableRepeatedMessage(parent, field, *steps_[i].index);
  }
  return SetLeaf(value, text, row, conventions, *parent);
}

}  // namespace pledger::client
