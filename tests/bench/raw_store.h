// The RocksDB ceilings: a store that writes, syncs and scans keys and knows nothing of them.
#ifndef PLEDGER_TESTS_BENCH_RAW_STORE_H_
#define PLEDGER_TESTS_BENCH_RAW_STORE_H_

#include <rocksdb/db.h>

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace pledger::bench {

// Which keys an event gets.
enum class EventKeys {
  // Its position, with a record of 250 bytes.
  kPosition,
  // Also (client, revision) and the event id, each with the position.
  kPositionStreamAndId,
};

// A RocksDB in a folder of its own, with RocksDB's default options. Not thread-safe.
class RawStore {
 public:
  // `clients` is how many the (client, revision) keys are picked from.
  static absl::StatusOr<std::unique_ptr<RawStore>> Open(const std::string& folder, uint64_t seed,
                                                        int clients);

  // Writes batches of `events` events, each batch with one synced write, one after the other, for
  // `duration`. Returns events per second. Compaction and flushes run while it does and are waited
  // for, unmeasured, before it returns, so that they don't slow whatever is measured next.
  absl::StatusOr<double> WriteSynced(int events, EventKeys keys, absl::Duration duration);

 private:
  RawStore(std::unique_ptr<rocksdb::DB> db, uint64_t seed, int clients);

  std::unique_ptr<rocksdb::DB> db_;
  std::mt19937_64 random_;
  const int clients_;
  std::string noise_;
  uint64_t position_ = 0;
};

// Reads every record in the column family `events` of the store in `folder`, which no process may
// be writing, over and over for `duration`. Returns records per second. NOT_FOUND if there is none.
absl::StatusOr<double> ScanEvents(const std::string& folder, absl::Duration duration);

}  // namespace pledger::bench

#endif  // PLEDGER_TESTS_BENCH_RAW_STORE_H_
