#include "tests/scenarios/figure.h"

#include <cmath>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/timestamp.pb.h"
#include "pledger/v1/common.pb.h"
#include "storage/format/text.h"
#include "tests/scenarios/phrase.h"
#include "tests/scenarios/words.h"

namespace pledger::scenarios {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::string TextOf(const Message& message) {
  if (message.GetDescriptor() == v1::Money::descriptor()) {
    v1::Money money;
    money.CopyFrom(message);
    return MoneyText(money);
  }
  if (message.GetDescriptor() == google::protobuf::Timestamp::descriptor()) {
    google::protobuf::Timestamp stamp;
    stamp.CopyFrom(message);
    return TimeText(absl::FromUnixSeconds(stamp.seconds()));
  }
  return absl::StrCat("{ ", message.ShortDebugString(), " }");
}

std::string NumberText(double value) { return absl::StrFormat("%.12g", value); }

std::string ScalarAt(const Message& message, const FieldDescriptor* field, int i) {
  const Reflection* r = message.GetReflection();
  const bool many = field->is_repeated();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return NumberText(many ? r->GetRepeatedDouble(message, field, i)
                             : r->GetDouble(message, field));
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(many ? r->GetRepeatedInt32(message, field, i)
                               : r->GetInt32(message, field));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(many ? r->GetRepeatedInt64(message, field, i)
                               : r->GetInt64(message, field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(many ? r->GetRepeatedUInt64(message, field, i)
                               : r->GetUInt64(message, field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return r->GetBool(message, field) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return ShortName(many ? r->GetRepeatedEnum(message, field, i) : r->GetEnum(message, field));
    case FieldDescriptor::CPPTYPE_STRING:
      return many ? r->GetRepeatedString(message, field, i) : r->GetString(message, field);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return TextOf(many ? r->GetRepeatedMessage(message, field, i)
                         : r->GetMessage(message, field));
    default:
      return "unreadable";
  }
}

std::string TextOf(const Message& message, const FieldDescriptor* field) {
  if (!field->is_repeated()) {
    if (field->has_presence() && !message.GetReflection()->HasField(message, field)) {
      return "unset";
    }
    return ScalarAt(message, field, 0);
  }
  std::vector<std::string> texts;
  for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
    texts.push_back(ScalarAt(message, field, i));
  }
  return absl::StrJoin(texts, ",");
}

// The element that `selector` ("0", "code=LATE_PAYER") picks; -1 for none.
absl::StatusOr<int> Select(const Message& message, const FieldDescriptor* field,
                           const std::string& selector) {
  const Reflection* reflection = message.GetReflection();
  const int size = reflection->FieldSize(message, field);
  int index = 0;
  if (absl::SimpleAtoi(selector, &index)) return index < size ? index : -1;
  const std::vector<std::string> pair = absl::StrSplit(selector, absl::MaxSplits('=', 1));
  const FieldDescriptor* key = pair.size() == 2 && field->message_type() != nullptr
                                   ? field->message_type()->FindFieldByName(pair[0])
                                   : nullptr;
  if (key == nullptr) return Complaint(absl::StrCat("[", selector, "] selects nothing"));
  for (int i = 0; i < size; ++i) {
    if (TextOf(reflection->GetRepeatedMessage(message, field, i), key) == pair[1]) return i;
  }
  return -1;
}

struct PathStep {
  std::string name;
  std::string selector;
};

// At dots outside brackets.
std::vector<PathStep> StepsOf(std::string_view path) {
  std::vector<PathStep> steps(1);
  bool selecting = false;
  for (const char c : path) {
    if (c == '[' || c == ']') {
      selecting = c == '[';
    } else if (selecting) {
      steps.back().selector += c;
    } else if (c == '.') {
      steps.emplace_back();
    } else {
      steps.back().name += c;
    }
  }
  return steps;
}

}  // namespace

bool RoundsTo(double value, std::string_view expected) {
  double wanted = 0;
  if (!absl::SimpleAtod(ToAbsl(expected), &wanted)) return false;
  const size_t point = expected.find('.');
  const auto decimals =
      point == std::string_view::npos ? 0 : static_cast<int>(expected.size() - point - 1);
  return std::abs(value - wanted) <= 0.5 * std::pow(10, -decimals) + 1e-9;
}

absl::StatusOr<std::string> FigureAt(const Message& message, std::string_view path) {
  const Message* at = &message;
  const std::vector<PathStep> steps = StepsOf(path);
  for (size_t i = 0; i < steps.size(); ++i) {
    const bool last = i + 1 == steps.size();
    const FieldDescriptor* field = at->GetDescriptor()->FindFieldByName(steps[i].name);
    if (field == nullptr) {
      return Complaint(absl::StrCat(std::string(at->GetDescriptor()->name()), " has no field \"",
                                    steps[i].name, "\""));
    }
    const Reflection* reflection = at->GetReflection();
    if (field->is_repeated() && !steps[i].selector.empty()) {
      const absl::StatusOr<int> index = Select(*at, field, steps[i].selector);
      if (!index.ok()) return index.status();
      if (*index < 0) return "unset";
      if (last) return ScalarAt(*at, field, *index);
      at = &reflection->GetRepeatedMessage(*at, field, *index);
      continue;
    }
    if (last) return TextOf(*at, field);
    if (field->is_repeated() && steps[i + 1].name == "count") {
      return absl::StrCat(reflection->FieldSize(*at, field));
    }
    if (field->is_repeated() || field->message_type() == nullptr) {
      return Complaint(absl::StrCat("\"", steps[i].name, "\" has no fields of its own"));
    }
    if (!reflection->HasField(*at, field)) return "unset";
    at = &reflection->GetMessage(*at, field);
  }
  return "unset";
}

bool FigureIs(const std::string& figure, std::string_view expected) {
  double number = 0;
  if (absl::SimpleAtod(figure, &number) && RoundsTo(number, expected)) return true;
  const bool time = figure.size() == 19 && figure[4] == '-' && figure[13] == ':';
  return figure == expected || (time && absl::StartsWith(figure, ToAbsl(expected)));
}

}  // namespace pledger::scenarios
