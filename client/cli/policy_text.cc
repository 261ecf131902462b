#include "client/cli/policy_text.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/format.h"

namespace pledger::client {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::string Value(const Message& message, const FieldDescriptor& field, int index);

// "(−30, 100)", "EUR 1.1": a small message in one value.
std::string Tuple(const Message& message) {
  if (message.GetDescriptor() == v1::Money::descriptor()) {
    return FormatMoney(static_cast<const v1::Money&>(message));
  }
  const google::protobuf::Descriptor& type = *message.GetDescriptor();
  std::vector<std::string> parts;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (!field.is_repeated()) {
      parts.push_back(Value(message, field, -1));
      continue;
    }
    std::vector<std::string> values;
    for (int j = 0; j < message.GetReflection()->FieldSize(message, &field); ++j) {
      values.push_back(Value(message, field, j));
    }
    parts.push_back(absl::StrCat("[", absl::StrJoin(values, " "), "]"));
  }
  return absl::StrCat("(", absl::StrJoin(parts, ", "), ")");
}

// A value of the field; `index` is −1 for one that is no list.
std::string Value(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& reflection = *message.GetReflection();
  const bool is_list = index >= 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return is_list ? reflection.GetRepeatedString(message, &field, index)
                     : reflection.GetString(message, &field);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return absl::StrCat(is_list ? reflection.GetRepeatedDouble(message, &field, index)
                                  : reflection.GetDouble(message, &field));
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(is_list ? reflection.GetRepeatedInt32(message, &field, index)
                                  : reflection.GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(is_list ? reflection.GetRepeatedInt64(message, &field, index)
                                  : reflection.GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return (is_list ? reflection.GetRepeatedBool(message, &field, index)
                      : reflection.GetBool(message, &field))
                 ? "yes"
                 : "no";
    case FieldDescriptor::CPPTYPE_ENUM:
      return ShortEnumName(field.enum_type(),
                           is_list ? reflection.GetRepeatedEnumValue(message, &field, index)
                                   : reflection.GetEnumValue(message, &field));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return Tuple(is_list ? reflection.GetRepeatedMessage(message, &field, index)
                           : reflection.GetMessage(message, &field));
    default:
      return "?";
  }
}

void AddLines(const Message& message, const std::string& prefix, std::vector<PolicyLine>& lines);

void AddSignal(const v1::SignalPolicy& signal, std::vector<PolicyLine>& lines) {
  v1::SignalPolicy numbers = signal;
  numbers.clear_signal();
  AddLines(numbers, absl::StrCat("signals[", signal.signal(), "]."), lines);
}

void AddLines(const Message& message, const std::string& prefix, std::vector<PolicyLine>& lines) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string name = prefix + field->name();
    if (!field->is_repeated()) {
      const bool is_group = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
                            field->message_type() != v1::Money::descriptor();
      if (is_group) {
        AddLines(message.GetReflection()->GetMessage(message, field), name + ".", lines);
      } else {
        lines.push_back({name, Value(message, *field, -1)});
      }
      continue;
    }
    std::vector<std::string> values;
    for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
      if (field->message_type() == v1::SignalPolicy::descriptor()) {
        AddSignal(static_cast<const v1::Policy&>(message).signals(i), lines);
      } else if (field->message_type() == v1::ActionRule::descriptor()) {
        lines.push_back({absl::StrCat(name, "[", i, "]"), Value(message, *field, i)});
      } else {
        values.push_back(Value(message, *field, i));
      }
    }
    if (!values.empty()) lines.push_back({name, absl::StrJoin(values, " ")});
  }
}

// Lets the lists of `to` give way to those that `draft` sets; merging would append to them.
void ClearReplacedLists(const Message& draft, Message& to) {
  std::vector<const FieldDescriptor*> fields;
  draft.GetReflection()->ListFields(draft, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->is_repeated()) {
      to.GetReflection()->ClearField(&to, field);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      ClearReplacedLists(draft.GetReflection()->GetMessage(draft, field),
                         *to.GetReflection()->MutableMessage(&to, field));
    }
  }
}

}  // namespace

std::vector<PolicyLine> PolicyLines(const v1::Policy& policy) {
  std::vector<PolicyLine> lines;
  AddLines(policy, "", lines);
  return lines;
}

std::vector<PolicyDifference> DiffPolicies(const v1::Policy& before, const v1::Policy& after) {
  std::map<std::string, std::string> old_values;
  for (PolicyLine& line : PolicyLines(before)) old_values[line.name] = line.value;
  std::vector<PolicyDifference> differences;
  for (const PolicyLine& line : PolicyLines(after)) {
    const auto old_value = old_values.find(line.name);
    if (old_value == old_values.end()) {
      differences.push_back({line.name, "", line.value});
      continue;
    }
    if (old_value->second != line.value) {
      differences.push_back({line.name, old_value->second, line.value});
    }
    old_values.erase(old_value);
  }
  for (const auto& [name, value] : old_values) differences.push_back({name, value, ""});
  return differences;
}

v1::Policy Overlay(const v1::Policy& base, const v1::Policy& draft) {
  v1::Policy result = base;
  ClearReplacedLists(draft, result);
  result.MergeFrom(draft);
  if (draft.signals().empty()) return result;
  *result.mutable_signals() = base.signals();
  for (const v1::SignalPolicy& signal : draft.signals()) {
    const auto same = std::find_if(
        result.mutable_signals()->begin(), result.mutable_signals()->end(),
        [&](const v1::SignalPolicy& other) { return other.signal() == signal.signal(); });
    if (same != result.mutable_signals()->end()) {
      same->MergeFrom(signal);
    } else {
      *result.add_signals() = signal;
    }
  }
  return result;
}

}  // namespace pledger::client
