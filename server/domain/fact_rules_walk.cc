#include "server/domain/fact_rules_walk.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string>

#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/unknown_field_set.h"
#include "pledger/v1/common.pb.h"
#include "server/domain/errors.h"
#include "server/domain/fact_rules.h"
#include "server/domain/fact_rules_text.h"
#include "server/domain/limits.h"

namespace pledger::rules {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Timestamp;
using google::protobuf::UnknownFieldSet;
using Kind = FieldPlan::Kind;
using Rule = v1::FieldRule;

constexpr int64_t kNsPerSecond = 1'000'000'000;

// Where and why a message fails. The path is put together on the way out, so that a message that
// passes costs no strings.
struct Violation {
  v1::ErrorReason reason = v1::ERROR_REASON_INVALID_FIELD;
  std::string path;
  std::string rule;
  uint64_t limit = 0;
  uint64_t actual = 0;
  int number = 0;

  void Within(std::string_view outer) {
    path = path.empty() ? std::string(outer) : Concat(outer, ".", path);
  }
};

bool Fail(std::string_view rule, Violation* violation) {
  violation->rule = std::string(rule);
  return false;
}

bool FailLimit(uint64_t limit, uint64_t actual, Violation* violation) {
  violation->reason = v1::ERROR_REASON_LIMIT_EXCEEDED;
  violation->limit = limit;
  violation->actual = actual;
  return false;
}

template <typename Predicate>
constexpr std::array<bool, 256> TableOf(Predicate allowed) {
  std::array<bool, 256> table{};
  for (int c = 0; c < 256; ++c) table[c] = allowed(c);
  return table;
}

constexpr bool IsUpper(int c) { return c >= 'A' && c <= 'Z'; }
constexpr bool IsDigit(int c) { return c >= '0' && c <= '9'; }

constexpr auto kClientIdBytes = TableOf([](int c) {
  return IsUpper(c) || IsDigit(c) || (c >= 'a' && c <= 'z') || c == '.' || c == '_' || c == '~' ||
         c == '-';
});
constexpr auto kIdBytes = TableOf([](int c) { return c > ' ' && c < 0x7f; });
constexpr auto kCodeBytes = TableOf([](int c) { return IsUpper(c) || IsDigit(c) || c == '_'; });
constexpr auto kCurrencyBytes = TableOf([](int c) { return IsUpper(c); });

bool AllOf(const std::array<bool, 256>& allowed, const std::string& text) {
  for (const char c : text) {
    if (!allowed[static_cast<unsigned char>(c)]) return false;
  }
  return true;
}

bool CheckText(const FieldPlan& plan, const std::string& text, Violation* violation) {
  if (text.size() > plan.max_bytes) return FailLimit(plan.max_bytes, text.size(), violation);
  switch (plan.shape) {
    case Rule::TEXT_CLIENT_ID:
      return AllOf(kClientIdBytes, text) ||
             Fail("must be 1 to 128 characters of [A-Za-z0-9._~-]", violation);
    case Rule::TEXT_ID:
      return AllOf(kIdBytes, text) ||
             Fail("must be 1 to 128 printable ASCII characters without space", violation);
    case Rule::TEXT_CODE:
      return AllOf(kCodeBytes, text) || Fail("must be 1 to 64 characters of [A-Z0-9_]", violation);
    case Rule::TEXT_CURRENCY:
      return (text.size() == 3 && AllOf(kCurrencyBytes, text)) ||
             Fail("must be an ISO 4217 code: three capital letters", violation);
    default:
      return std::memchr(text.data(), '\0', text.size()) == nullptr ||
             Fail("must not contain NUL", violation);
  }
}

bool CheckBounds(const FieldPlan& plan, double value, Violation* violation) {
  if (!std::isfinite(value)) return Fail("must be a finite number", violation);
  if (!plan.bounded || (value >= plan.min && value <= plan.max)) return true;
  return Fail(Concat("must be from ", plan.min, " to ", plan.max), violation);
}

bool CheckEnum(const FieldPlan& plan, int number, bool zero_allowed, Violation* violation) {
  if (number == 0) return zero_allowed || Fail("is required", violation);
  const auto& known = plan.enum_numbers;
  const bool dense = number > 0 && static_cast<size_t>(number) < known.size() &&
                     known[static_cast<size_t>(number)] == number;
  return dense || std::binary_search(known.begin(), known.end(), number) ||
         Fail("must be a value that this version knows", violation);
}

bool CheckTime(const Message& message, Violation* violation) {
  const auto& time = static_cast<const Timestamp&>(message);
  if (time.nanos() < 0 || time.nanos() >= kNsPerSecond) {
    return Fail("must have nanos from 0 to 999,999,999", violation);
  }
  // In seconds first: nanoseconds of a hostile value overflow.
  if (time.seconds() < limits::kOccurTimeMinNs / kNsPerSecond ||
      time.seconds() > limits::kTimeMaxNs / kNsPerSecond || ToNanos(time) > limits::kTimeMaxNs) {
    return Fail("must be from 1900-01-01T00:00:00Z to 2200-01-01T00:00:00Z", violation);
  }
  return true;
}

bool CheckSign(const FieldPlan& plan, const Message& message, Violation* violation) {
  if (plan.sign == Rule::SIGN_UNSPECIFIED) return true;
  const int64_t minor_units = static_cast<const v1::Money&>(message).minor_units();
  if (minor_units > 0 || (minor_units == 0 && plan.sign == Rule::SIGN_NON_NEGATIVE)) return true;
  violation->path = "minor_units";
  return Fail(plan.sign == Rule::SIGN_POSITIVE ? "must be more than zero" : "must not be negative",
              violation);
}

bool CheckMessage(const MessagePlan& plan, const Message& message, int depth, Violation* violation);

bool CheckSubMessage(const FieldPlan& plan, const Message& message, int depth,
                     Violation* violation) {
  if (plan.kind == Kind::kTime) {
    const auto& unknown = message.GetReflection()->GetUnknownFields(message);
    if (unknown.empty()) return CheckTime(message, violation);
    violation->reason = v1::ERROR_REASON_UNKNOWN_FIELD;
    violation->number = unknown.field(0).number();
    return false;
  }
  return CheckMessage(*plan.message, message, depth + 1, violation) &&
         CheckSign(plan, message, violation);
}

double IntegerOf(const FieldPlan& plan, const Message& message, const Reflection& reflection) {
  switch (plan.field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection.GetInt32(message, plan.field);
    case FieldDescriptor::CPPTYPE_INT64:
      return static_cast<double>(reflection.GetInt64(message, plan.field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return reflection.GetUInt32(message, plan.field);
    default:
      return static_cast<double>(reflection.GetUInt64(message, plan.field));
  }
}

double RealOf(const FieldPlan& plan, const Message& message, const Reflection& reflection) {
  return plan.field->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE
             ? reflection.GetDouble(message, plan.field)
             : reflection.GetFloat(message, plan.field);
}

// A number without presence is unset when it is zero, and bounds concern numbers that are set.
bool CheckNumber(const FieldPlan& plan, double value, Violation* violation) {
  if (value == 0 && !plan.presence) return !plan.required || Fail("is required", violation);
  return CheckBounds(plan, value, violation);
}

bool CheckSingular(const FieldPlan& plan, const Message& message, const Reflection& reflection,
                   int depth, Violation* violation) {
  if (plan.presence && !reflection.HasField(message, plan.field)) {
    return !plan.required || Fail("is required", violation);
  }
  const bool wanted = plan.required || plan.chosen;
  switch (plan.kind) {
    case Kind::kText:
    case Kind::kBytes: {
      std::string scratch;
      const std::string& text = reflection.GetStringReference(message, plan.field, &scratch);
      if (text.empty()) return !wanted || Fail("is required", violation);
      return plan.kind == Kind::kBytes || CheckText(plan, text, violation);
    }
    case Kind::kBool:
      return !wanted || reflection.GetBool(message, plan.field) || Fail("must be true", violation);
    case Kind::kEnum:
      return CheckEnum(plan, reflection.GetEnumValue(message, plan.field), !wanted, violation);
    case Kind::kInteger:
      return CheckNumber(plan, IntegerOf(plan, message, reflection), violation);
    case Kind::kReal:
      return CheckNumber(plan, RealOf(plan, message, reflection), violation);
    case Kind::kTime:
    case Kind::kMessage:
      return CheckSubMessage(plan, reflection.GetMessage(message, plan.field), depth, violation);
  }
  return true;
}

bool CheckElement(const FieldPlan& plan, const Message& message, const Reflection& reflection,
                  int index, int depth, Violation* violation) {
  const FieldDescriptor* field = plan.field;
  switch (plan.kind) {
    case Kind::kText: {
      std::string scratch;
      const std::string& text =
          reflection.GetRepeatedStringReference(message, field, index, &scratch);
      return text.empty() ? Fail("must not be empty", violation) : CheckText(plan, text, violation);
    }
    case Kind::kEnum:
      return CheckEnum(plan, reflection.GetRepeatedEnumValue(message, field, index),
                       /*zero_allowed=*/false, violation);
    case Kind::kInteger:
      return field->cpp_type() != FieldDescriptor::CPPTYPE_INT32 ||
             CheckBounds(plan, reflection.GetRepeatedInt32(message, field, index), violation);
    case Kind::kReal:
      return field->cpp_type() != FieldDescriptor::CPPTYPE_DOUBLE ||
             CheckBounds(plan, reflection.GetRepeatedDouble(message, field, index), violation);
    case Kind::kTime:
    case Kind::kMessage:
      return CheckSubMessage(plan, reflection.GetRepeatedMessage(message, field, index), depth,
                             violation);
    default:
      return true;
  }
}

bool CheckList(const FieldPlan& plan, const Message& message, const Reflection& reflection,
               int depth, Violation* violation) {
  const int size = reflection.FieldSize(message, plan.field);
  if (size == 0) return !plan.required || Fail("must not be empty", violation);
  if (static_cast<uint32_t>(size) > plan.max_items) {
    return FailLimit(plan.max_items, static_cast<uint64_t>(size), violation);
  }
  for (int i = 0; i < size; ++i) {
    if (CheckElement(plan, message, reflection, i, depth, violation)) continue;
    violation->Within(Concat("[", i, "]"));
    return false;
  }
  return true;
}

bool CheckField(const FieldPlan& plan, const Message& message, const Reflection& reflection,
                int depth, Violation* violation) {
  if (plan.repeated) {
    if (CheckList(plan, message, reflection, depth, violation)) return true;
    // An index stands directly behind its field's name.
    violation->path = Concat(plan.field->name(), violation->path);
    return false;
  }
  if (CheckSingular(plan, message, reflection, depth, violation)) return true;
  violation->Within(plan.field->name());
  return false;
}

bool CheckMessage(const MessagePlan& plan, const Message& message, int depth,
                  Violation* violation) {
  if (depth > limits::kNestingMax) {
    return FailLimit(limits::kNestingMax, static_cast<uint64_t>(depth), violation);
  }
  const Reflection& reflection = *message.GetReflection();
  const UnknownFieldSet& unknown = reflection.GetUnknownFields(message);
  if (!unknown.empty()) {
    violation->reason = v1::ERROR_REASON_UNKNOWN_FIELD;
    violation->number = unknown.field(0).number();
    return false;
  }
  for (const FieldPlan& field : plan.fields) {
    if (!CheckField(field, message, reflection, depth, violation)) return false;
  }
  for (const OneofPlan& oneof : plan.oneofs) {
    const FieldDescriptor* chosen = reflection.GetOneofFieldDescriptor(message, oneof.oneof);
    if (chosen == nullptr) continue;
    const FieldPlan& field = oneof.members[static_cast<size_t>(chosen->index_in_oneof())];
    if (!CheckField(field, message, reflection, depth, violation)) return false;
  }
  return true;
}

absl::Status ToStatus(Violation violation, std::string_view path) {
  if (!path.empty()) violation.Within(path);
  switch (violation.reason) {
    case v1::ERROR_REASON_UNKNOWN_FIELD:
      return Error(violation.reason,
                   Concat(violation.path, ": has field ", violation.number,
                          ", which this version does not know; update the server or leave "
                          "the field out"),
                   {{"field", violation.path}, {"number", Concat(violation.number)}});
    case v1::ERROR_REASON_LIMIT_EXCEEDED:
      return Error(
          violation.reason,
          Concat(violation.path, ": at most ", violation.limit, " allowed, has ", violation.actual),
          {{"field", violation.path},
           {"limit", Concat(violation.limit)},
           {"actual", Concat(violation.actual)}});
    default:
      return InvalidField(violation.path, violation.rule);
  }
}

}  // namespace

absl::Status CheckPlan(const MessagePlan& plan, const Message& message, std::string_view path) {
  Violation violation;
  if (CheckMessage(plan, message, /*depth=*/0, &violation)) return absl::OkStatus();
  return ToStatus(std::move(violation), path);
}

}  // namespace pledger::rules
