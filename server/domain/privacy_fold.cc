#include "server/domain/privacy_fold.h"

#include <algorithm>

namespace pledger {

using v1::Fact;

bool PrivacyFold::Concerns(uint16_t fact_type) {
  return fact_type == Fact::kHoldPlaced || fact_type == Fact::kHoldReleased ||
         fact_type == Fact::kEventRetracted || fact_type == Fact::kClientErased;
}

void PrivacyFold::Add(const PrivacyEvent& event, const Fact& fact) {
  switch (fact.fact_case()) {
    case Fact::kHoldPlaced: {
      Hold hold;
      hold.hold_id = fact.hold_placed().hold_id();
      hold.basis = fact.hold_placed().basis();
      hold.position = event.position;
      hold.placed_time_ns = event.record_time_ns;
      hold.placed_by = event.actor;
      holds_.push_back(std::move(hold));
      return;
    }
    case Fact::kHoldReleased:
      for (Hold& hold : holds_) {
        if (hold.hold_id != fact.hold_released().hold_id() || hold.release.has_value()) continue;
        hold.release = {event.position, event.record_time_ns, std::string(event.actor)};
      }
      return;
    case Fact::kEventRetracted:
      Retract(fact.event_retracted().target_position());
      return;
    case Fact::kClientErased:
      erasures_.push_back({event.position, event.record_time_ns, fact.client_erased()});
      sealed_count_ = 0;
      return;
    default:
      return;
  }
}

void PrivacyFold::Retract(uint64_t target) {
  for (Hold& hold : holds_) {
    if (hold.release.has_value() && hold.release->position == target) hold.release.reset();
  }
  std::erase_if(holds_, [target](const Hold& hold) { return hold.position == target; });
}

const PrivacyFold::Hold* PrivacyFold::hold_in_force() const {
  const auto found = std::find_if(holds_.begin(), holds_.end(),
                                  [](const Hold& hold) { return !hold.release.has_value(); });
  return found == holds_.end() ? nullptr : &*found;
}

}  // namespace pledger
