#include "server/domain/personal.h"

#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "pledger/v1/options.pb.h"
#include "server/domain/fact_types.h"

namespace pledger {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using v1::Fact;

// The personal fields of one type of fact. They are texts directly in the fact's message; a test
// holds the protos to that.
struct Plan {
  // The field of Fact that this type is.
  const FieldDescriptor* fact = nullptr;
  std::vector<const FieldDescriptor*> fields;
};

std::vector<Plan> MakePlans() {
  std::vector<Plan> plans;
  for (const uint16_t type : AllFactTypes()) {
    if (plans.size() <= type) plans.resize(type + size_t{1});
    Plan& plan = plans[type];
    plan.fact = Fact::descriptor()->FindFieldByNumber(type);
    const auto* message = plan.fact->message_type();
    for (int i = 0; i < message->field_count(); ++i) {
      if (message->field(i)->options().GetExtension(v1::personal)) {
        plan.fields.push_back(message->field(i));
      }
    }
  }
  return plans;
}

// By fact type; that of no fact is empty.
const Plan& PlanOf(const Fact& fact) {
  static const auto* const plans = new std::vector<Plan>(MakePlans());
  return (*plans)[FactTypeOf(fact)];
}

bool HasOwn(const Plan& plan, const Fact& fact) {
  if (plan.fields.empty()) return false;
  const Message& message = fact.GetReflection()->GetMessage(fact, plan.fact);
  const Reflection& reflection = *message.GetReflection();
  for (const FieldDescriptor* field : plan.fields) {
    std::string scratch;
    if (!reflection.GetStringReference(message, field, &scratch).empty()) return true;
  }
  return false;
}

// The fact whose own fields count: behind a correction, its replacement.
const Fact& Innermost(const Fact& fact) {
  const Fact* innermost = &fact;
  while (innermost->has_event_corrected()) {
    innermost = &innermost->event_corrected().replacement();
  }
  return *innermost;
}

}  // namespace

bool HasPersonalFields(const Fact& fact) {
  const Fact& innermost = Innermost(fact);
  return HasOwn(PlanOf(innermost), innermost);
}

void SplitPersonal(Fact& fact, Fact* personal) {
  personal->Clear();
  if (!HasPersonalFields(fact)) return;
  Fact* from = &fact;
  Fact* to = personal;
  while (from->has_event_corrected()) {
    from = from->mutable_event_corrected()->mutable_replacement();
    to = to->mutable_event_corrected()->mutable_replacement();
  }
  const Plan& plan = PlanOf(*from);
  Message* clear = from->GetReflection()->MutableMessage(from, plan.fact);
  Message* sealed = to->GetReflection()->MutableMessage(to, plan.fact);
  clear->GetReflection()->SwapFields(clear, sealed, plan.fields);
}

}  // namespace pledger
