#include "client/verify/message_difference.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/text_format.h>

#include "absl/strings/str_cat.h"

namespace pledger::verify {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::TextFormat;

constexpr int kSingular = -1;

bool IsMessage(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
}

std::string ValueText(const Message& message, const FieldDescriptor& field, int index) {
  if (index == kSingular && field.has_presence() &&
      !message.GetReflection()->HasField(message, &field)) {
    return "nothing";
  }
  if (IsMessage(field)) return "something";
  std::string text;
  TextFormat::PrintFieldValueToString(message, &field, index, &text);
  return text;
}

// Of one value; empty if it is the same.
std::string ValueDifference(const Message& served, const Message& computed,
                            const FieldDescriptor& field, int index, const std::string& path) {
  if (IsMessage(field)) {
    const auto* of_served = served.GetReflection();
    const auto* of_computed = computed.GetReflection();
    return index == kSingular
               ? FirstDifference(of_served->GetMessage(served, &field),
                                 of_computed->GetMessage(computed, &field), path + ".")
               : FirstDifference(of_served->GetRepeatedMessage(served, &field, index),
                                 of_computed->GetRepeatedMessage(computed, &field, index),
                                 path + ".");
  }
  const std::string one = ValueText(served, field, index);
  const std::string other = ValueText(computed, field, index);
  return one == other ? "" : absl::StrCat(path, ": ", one, " served, ", other, " by the records");
}

std::string RepeatedDifference(const Message& served, const Message& computed,
                               const FieldDescriptor& field, const std::string& path) {
  const int size = served.GetReflection()->FieldSize(served, &field);
  const int computed_size = computed.GetReflection()->FieldSize(computed, &field);
  if (size != computed_size) {
    return absl::StrCat(path, ": ", size, " served, ", computed_size, " by the records");
  }
  for (int i = 0; i < size; ++i) {
    std::string difference =
        ValueDifference(served, computed, field, i, absl::StrCat(path, "[", i, "]"));
    if (!difference.empty()) return difference;
  }
  return "";
}

}  // namespace

std::string FirstDifference(const Message& served, const Message& computed,
                            const std::string& path) {
  const auto& type = *served.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const std::string name = path + field.name();
    if (field.is_repeated()) {
      std::string difference = RepeatedDifference(served, computed, field, name);
      if (!difference.empty()) return difference;
      continue;
    }
    const bool is_set = served.GetReflection()->HasField(served, &field);
    const bool is_computed = computed.GetReflection()->HasField(computed, &field);
    if (field.has_presence() && is_set != is_computed) {
      return absl::StrCat(name, ": ", ValueText(served, field, kSingular), " served, ",
                          ValueText(computed, field, kSingular), " by the records");
    }
    if (!is_set && !is_computed) continue;
    std::string difference = ValueDifference(served, computed, field, kSingular, name);
    if (!difference.empty()) return difference;
  }
  return "";
}

}  // namespace pledger::verify
