// The tree over a pack's records, from bundle to bundle: its upper tiles, and its root at the size
// of each checkpoint.
#ifndef PLEDGER_CLIENT_VERIFY_TREE_CHECK_H_
#define PLEDGER_CLIENT_VERIFY_TREE_CHECK_H_

#include <cstdint>
#include <optional>
#include <string>

#include "client/verify/bundle_check.h"
#include "client/verify/verdicts.h"
#include "storage/format/types.h"
#include "storage/merkle/tiles.h"

namespace pledger::verify {

// Not thread-safe.
class TreeCheck {
 public:
  // `report` must outlive it.
  TreeCheck(std::string folder, uint64_t size, Report& report)
      : folder_(std::move(folder)), size_(size), report_(report) {}

  // The next bundle, in order.
  void Take(const CheckedBundle& bundle);

  // The root of the tree of this size, which lies in the bundle that comes next; none where leaves
  // before it are missing.
  std::optional<storage::Hash> RootAt(uint64_t size, const CheckedBundle& next) const;

  // After the last bundle: compares the partial tiles above the leaves.
  void Finish();

  uint64_t tiles() const { return tiles_; }

 private:
  void Compare(storage::merkle::TileId id, absl::Span<const storage::Hash> hashes);

  const std::string folder_;
  const uint64_t size_;
  Report& report_;
  // Its leaves are the roots of full bundles.
  storage::merkle::TileBuilder bundles_;
  // All bundles until now had their leaves.
  bool is_whole_ = true;
  uint64_t tiles_ = 0;
};

}  // namespace pledger::verify

#endif  // PLEDGER_CLIENT_VERIFY_TREE_CHECK_H_
