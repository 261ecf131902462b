// What was written lately, by key: answers for what the index does not hold yet, and spares the
// index the questions about what is hot. Not thread-safe.
#ifndef PLEDGER_STORAGE_ROCKS_RECENT_MAP_H_
#define PLEDGER_STORAGE_ROCKS_RECENT_MAP_H_

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "storage/format/types.h"

namespace pledger::storage {

// Two generations: entries go into the young one; when it is full it becomes the old one, and what
// was old is forgotten, but never an entry that is not in the index yet.
template <typename Key, typename Value>
class RecentMap {
 public:
  // Holds about twice `generation_entries`.
  explicit RecentMap(size_t generation_entries) : generation_entries_(generation_entries) {}

  // Null if the key was not written lately. Valid until the next Put().
  template <typename K>
  const Value* Find(const K& key) const {
    if (const auto found = young_.find(key); found != young_.end()) return &found->second;
    if (const auto found = old_.find(key); found != old_.end()) return &found->second;
    return nullptr;
  }

  template <typename K>
  void Put(K&& key, Value value) {
    const auto [entry, inserted] = young_.try_emplace(std::forward<K>(key), value);
    if (!inserted) entry->second = std::move(value);
  }

  // To be called after the entries of all events below `end` were put, with the index holding all
  // below `indexed`. True if the young generation became the old one.
  bool MaybeAge(Position end, Position indexed) {
    if (young_.size() < generation_entries_ || old_end_ > indexed) return false;
    old_ = std::move(young_);
    young_ = {};
    young_.reserve(generation_entries_);
    old_end_ = end;
    return true;
  }

  void Clear() {
    young_ = {};
    old_ = {};
    old_end_ = 0;
  }

 private:
  const size_t generation_entries_;
  absl::flat_hash_map<Key, Value> young_;
  absl::flat_hash_map<Key, Value> old_;
  // The entries of the old generation are of events below it.
  Position old_end_ = 0;
};

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_ROCKS_RECENT_MAP_H_
