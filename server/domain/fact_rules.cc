#include "server/domain/fact_rules.h"

#include "server/domain/errors.h"
#include "server/domain/fact_rules_cross.h"
#include "server/domain/fact_rules_plan.h"
#include "server/domain/fact_rules_text.h"
#include "server/domain/fact_rules_walk.h"

namespace pledger {
namespace {

using google::protobuf::Message;
using google::protobuf::Timestamp;

constexpr int64_t kNsPerSecond = 1'000'000'000;

// The value of a hexadecimal digit; −1 if it is none.
int NibbleOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Whether the canonical form has a hyphen before this byte of the UUID.
bool HyphenBefore(size_t byte) { return byte == 4 || byte == 6 || byte == 8 || byte == 10; }

}  // namespace

absl::Status CheckRules(const Message& message, std::string_view path) {
  return rules::CheckPlan(rules::PlanOf(*message.GetDescriptor()), message, path);
}

absl::Status CheckProposedEvent(const v1::ProposedEvent& event, std::string_view path,
                                int64_t now_ns) {
  static const rules::MessagePlan* const plan = &rules::PlanOf(*v1::ProposedEvent::descriptor());
  if (absl::Status status = rules::CheckPlan(*plan, event, path); !status.ok()) return status;
  const absl::Status status = rules::CheckAcrossFields(event, now_ns);
  if (status.ok() || path.empty()) return status;
  return PrefixField(status, rules::Concat(path, "."));
}

std::optional<std::array<uint8_t, 16>> ParseUuid(std::string_view text) {
  if (text.size() != kUuidTextBytes) return std::nullopt;
  std::array<uint8_t, 16> uuid;
  size_t at = 0;
  for (size_t i = 0; i < uuid.size(); ++i) {
    if (HyphenBefore(i) && text[at++] != '-') return std::nullopt;
    const int high = NibbleOf(text[at++]);
    const int low = NibbleOf(text[at++]);
    if (high < 0 || low < 0) return std::nullopt;
    uuid[i] = static_cast<uint8_t>(high << 4 | low);
  }
  return uuid;
}

char* PutUuid(const std::array<uint8_t, 16>& uuid, char* out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (size_t i = 0; i < uuid.size(); ++i) {
    if (HyphenBefore(i)) *out++ = '-';
    *out++ = kDigits[uuid[i] >> 4];
    *out++ = kDigits[uuid[i] & 15];
  }
  return out;
}

std::string FormatUuid(const std::array<uint8_t, 16>& uuid) {
  std::string text(kUuidTextBytes, '\0');
  PutUuid(uuid, text.data());
  return text;
}

int64_t ToNanos(const Timestamp& timestamp) {
  return timestamp.seconds() * kNsPerSecond + timestamp.nanos();
}

Timestamp FromNanos(int64_t ns) {
  int64_t seconds = ns / kNsPerSecond;
  int64_t nanos = ns % kNsPerSecond;
  // Timestamp counts nanos forward, also before 1970.
  if (nanos < 0) {
    --seconds;
    nanos += kNsPerSecond;
  }
  Timestamp timestamp;
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(static_cast<int32_t>(nanos));
  return timestamp;
}

}  // namespace pledger
