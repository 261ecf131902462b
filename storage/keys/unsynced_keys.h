// The keys that a store of keys has been given and not yet synced.
#ifndef PLEDGER_STORAGE_KEYS_UNSYNCED_KEYS_H_
#define PLEDGER_STORAGE_KEYS_UNSYNCED_KEYS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"

namespace pledger::storage::keys {

// Thread-safe; never waits for I/O. Puts are numbered upwards by the store.
class UnsyncedKeys {
 public:
  void Add(std::string_view client_id, std::string_view wrapped, uint64_t put);
  // Those of a put that failed.
  void Remove(uint64_t put);
  // Those of this put and of all before it are synced.
  void DropUpTo(uint64_t put);
  // This key, if it is here, is durable elsewhere: Find() no longer gives it.
  void NoteDurable(std::string_view client_id, std::string_view wrapped);
  // The client's key, if it is durable nowhere.
  std::optional<std::string> Find(std::string_view client_id) const;
  // Whose they are, in no order, also those that are durable elsewhere.
  std::vector<std::string> client_ids() const;
  size_t size() const { return size_.load(std::memory_order_acquire); }

 private:
  struct Entry {
    std::string wrapped;
    uint64_t put = 0;
    bool is_durable = false;
  };

  // Of `keys_`, so that there being none, as mostly, is seen without the lock.
  std::atomic<size_t> size_{0};
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Entry> keys_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pledger::storage::keys

#endif  // PLEDGER_STORAGE_KEYS_UNSYNCED_KEYS_H_
