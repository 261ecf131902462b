// The field options of a message type, compiled once into what a walk over such a message needs.
//
// Internal to fact_rules. Plans are immutable, live for ever and may be shared by threads.
#ifndef PLEDGER_SERVER_DOMAIN_FACT_RULES_PLAN_H_
#define PLEDGER_SERVER_DOMAIN_FACT_RULES_PLAN_H_

#include <cstdint>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "pledger/v1/options.pb.h"

namespace pledger::rules {

struct MessagePlan;

// What is demanded of one field.
struct FieldPlan {
  enum class Kind : uint8_t { kText, kBytes, kBool, kEnum, kInteger, kReal, kTime, kMessage };

  const google::protobuf::FieldDescriptor* field = nullptr;
  Kind kind = Kind::kMessage;
  v1::FieldRule::Text shape = v1::FieldRule::TEXT_UNSPECIFIED;
  v1::FieldRule::Sign sign = v1::FieldRule::SIGN_UNSPECIFIED;
  bool repeated = false;
  bool required = false;
  // A member of a oneof: present only when it is chosen, and then it must say something.
  bool chosen = false;
  // Tells unset from zero.
  bool presence = false;
  bool bounded = false;
  double min = 0;
  double max = 0;
  uint32_t max_bytes = 0;
  uint32_t max_items = 0;
  // For an enum: the numbers it has, ascending.
  std::vector<int> enum_numbers;
  // For a message that is not a Timestamp.
  const MessagePlan* message = nullptr;
};

struct OneofPlan {
  const google::protobuf::OneofDescriptor* oneof = nullptr;
  // By FieldDescriptor::index_in_oneof().
  std::vector<FieldPlan> members;
};

struct MessagePlan {
  // Those outside of oneofs.
  std::vector<FieldPlan> fields;
  std::vector<OneofPlan> oneofs;
};

// The plan for a type, built at the first call. Takes a lock: callers on a hot path keep the
// result.
const MessagePlan& PlanOf(const google::protobuf::Descriptor& descriptor);

}  // namespace pledger::rules

#endif  // PLEDGER_SERVER_DOMAIN_FACT_RULES_PLAN_H_
