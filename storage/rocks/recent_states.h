// The states that were committed lately, by key; see recent_map.h. Not thread-safe.
#ifndef PLEDGER_STORAGE_ROCKS_RECENT_STATES_H_
#define PLEDGER_STORAGE_ROCKS_RECENT_STATES_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "storage/event_store.h"
#include "storage/format/text.h"
#include "storage/rocks/recent_map.h"

namespace pledger::storage {

// Keeps what was committed alive instead of copying it.
class RecentStates {
 public:
  explicit RecentStates(size_t generation_entries) : states_(generation_entries) {}

  // Null if the key was not written lately. Valid until the next Put().
  const std::string* Find(std::string_view key) const {
    const std::string* const* found = states_.Find(ToAbsl(key));
    return found == nullptr ? nullptr : *found;
  }

  void Put(std::shared_ptr<const StateUpdates> updates) {
    for (const StateUpdate& update : *updates) {
      states_.Put(absl::string_view(update.key), &update.value);
    }
    if (!updates->empty()) young_.push_back(std::move(updates));
  }

  // As that of RecentMap.
  void MaybeAge(Position end, Position indexed) {
    if (states_.MaybeAge(end, indexed)) old_ = std::exchange(young_, {});
  }

 private:
  using Owners = std::vector<std::shared_ptr<const StateUpdates>>;

  RecentMap<absl::string_view, const std::string*> states_;
  // Of what the generations refer to.
  Owners young_;
  Owners old_;
};

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_ROCKS_RECENT_STATES_H_
