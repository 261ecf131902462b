#include "server/domain/fact_rules_plan.h"

#include <algorithm>
#include <cassert>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "google/protobuf/timestamp.pb.h"
#include "pledger/v1/common.pb.h"
#include "server/domain/limits.h"

namespace pledger::rules {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::OneofDescriptor;
using google::protobuf::Timestamp;

FieldPlan::Kind KindOf(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return field.type() == FieldDescriptor::TYPE_STRING ? FieldPlan::Kind::kText
                                                          : FieldPlan::Kind::kBytes;
    case FieldDescriptor::CPPTYPE_BOOL:
      return FieldPlan::Kind::kBool;
    case FieldDescriptor::CPPTYPE_ENUM:
      return FieldPlan::Kind::kEnum;
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return FieldPlan::Kind::kReal;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return field.message_type() == Timestamp::descriptor() ? FieldPlan::Kind::kTime
                                                             : FieldPlan::Kind::kMessage;
    default:
      return FieldPlan::Kind::kInteger;
  }
}

uint32_t MaxBytes(const v1::FieldRule& rule) {
  switch (rule.text()) {
    case v1::FieldRule::TEXT_CLIENT_ID:
      return limits::kClientIdBytesMax;
    case v1::FieldRule::TEXT_ID:
      return limits::kIdBytesMax;
    case v1::FieldRule::TEXT_CODE:
      return limits::kCodeBytesMax;
    default:
      return rule.max_bytes() != 0 ? rule.max_bytes() : uint32_t{limits::kTextBytesMax};
  }
}

std::vector<int> NumbersOf(const EnumDescriptor& type) {
  std::vector<int> numbers;
  for (int i = 0; i < type.value_count(); ++i) numbers.push_back(type.value(i)->number());
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

class Registry {
 public:
  const MessagePlan& Get(const Descriptor& descriptor) {
    absl::MutexLock lock(&mutex_);
    return *Build(descriptor);
  }

 private:
  // A plan is entered before it is filled, so that a type may contain itself. Nobody else sees it
  // half-filled: the lock is held until everything that the first caller asked for is built.
  const MessagePlan* Build(const Descriptor& descriptor) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    auto [entry, inserted] = plans_.try_emplace(&descriptor);
    if (!inserted) return entry->second.get();
    entry->second = std::make_unique<MessagePlan>();
    MessagePlan* plan = entry->second.get();
    for (int i = 0; i < descriptor.field_count(); ++i) {
      const FieldDescriptor& field = *descriptor.field(i);
      if (field.real_containing_oneof() == nullptr) plan->fields.push_back(Build(field));
    }
    for (int i = 0; i < descriptor.real_oneof_decl_count(); ++i) {
      const OneofDescriptor& oneof = *descriptor.oneof_decl(i);
      OneofPlan members{&oneof, {}};
      for (int j = 0; j < oneof.field_count(); ++j) {
        members.members.push_back(Build(*oneof.field(j)));
      }
      plan->oneofs.push_back(std::move(members));
    }
    return plan;
  }

  FieldPlan Build(const FieldDescriptor& field) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const v1::FieldRule& rule = field.options().GetExtension(v1::rule);
    FieldPlan plan;
    plan.field = &field;
    plan.kind = KindOf(field);
    plan.shape = rule.text();
    plan.sign = rule.sign();
    plan.repeated = field.is_repeated();
    plan.required = rule.required();
    plan.chosen = field.real_containing_oneof() != nullptr;
    plan.presence = field.has_presence();
    plan.bounded = rule.min() != 0 || rule.max() != 0;
    plan.min = rule.min();
    plan.max = rule.max();
    plan.max_bytes = MaxBytes(rule);
    plan.max_items = rule.max_items() != 0 ? rule.max_items() : uint32_t{limits::kListItemsMax};
    // The walk knows no bounds for these; a rule that nobody enforces must not go unnoticed.
    assert(!(plan.repeated && plan.bounded && plan.kind == FieldPlan::Kind::kInteger &&
             field.cpp_type() != FieldDescriptor::CPPTYPE_INT32));
    assert(plan.sign == v1::FieldRule::SIGN_UNSPECIFIED ||
           field.message_type() == v1::Money::descriptor());
    if (plan.kind == FieldPlan::Kind::kEnum) plan.enum_numbers = NumbersOf(*field.enum_type());
    if (plan.kind == FieldPlan::Kind::kMessage) plan.message = Build(*field.message_type());
    return plan;
  }

  absl::Mutex mutex_;
  absl::flat_hash_map<const Descriptor*, std::unique_ptr<MessagePlan>> plans_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace

const MessagePlan& PlanOf(const Descriptor& descriptor) {
  static auto* const registry = new Registry;
  return registry->Get(descriptor);
}

}  // namespace pledger::rules
