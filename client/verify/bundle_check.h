// What can be checked of 256 records by themselves: that the bundle is whole, that each record is
// one, and that it hashes to the leaf in the tile.
#ifndef PLEDGER_CLIENT_VERIFY_BUNDLE_CHECK_H_
#define PLEDGER_CLIENT_VERIFY_BUNDLE_CHECK_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/format/record.h"
#include "storage/format/types.h"

namespace pledger::verify {

// What is looked at of a record in its order. All but `is_record` is meaningless where that is
// false: `damage` of the bundle names the record.
struct CheckedRecord {
  bool is_record = false;
  uint16_t fact_type = 0;
  storage::Position position = 0;
  storage::Revision revision = 0;
  int64_t record_time_ns = 0;
  // Of the client id, computed beside others' work.
  size_t client_hash = 0;
  storage::Hash previous_leaf_hash{};
  // View the bundle's bytes.
  std::string_view client_id;
  std::string_view fact;
};

struct BundleDamage {
  std::string what;
  // Within the bundle; none if it is about all of it.
  std::optional<size_t> index;
  // Something isn't there, rather than being wrong.
  bool missing = false;
};

struct CheckedBundle {
  storage::Position first = 0;
  size_t width = 0;
  // The bundle's.
  std::string bytes;
  std::string tile_bytes;
  std::vector<CheckedRecord> records;
  // By record: as the record hashes, or as the tile says where the record doesn't hash to it or is
  // missing. Empty if neither bundle nor tile can be read.
  std::vector<storage::Hash> leaves;
  // The root of the subtree, where the bundle is full and its leaves are known.
  std::optional<storage::Hash> root;
  std::vector<BundleDamage> damage;
};

// Reads and checks bundle `index` of a pack of `size` records. What is in `out` is overwritten.
// Thread-safe.
void CheckBundle(const std::string& folder, uint64_t size, uint64_t index, CheckedBundle* out);

}  // namespace pledger::verify

#endif  // PLEDGER_CLIENT_VERIFY_BUNDLE_CHECK_H_
