#include "storage/merkle/compact_range.h"

#include <bit>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "storage/merkle/hash.h"

namespace pledger::storage::merkle {

absl::StatusOr<CompactRange> CompactRange::FromHashes(uint64_t size, std::vector<Hash> hashes) {
  const auto wanted = static_cast<size_t>(std::popcount(size));
  if (hashes.size() != wanted) {
    return absl::InvalidArgumentError(absl::StrCat("a compact range of ", size, " leaves has ",
                                                   wanted, " hashes, not ", hashes.size()));
  }
  CompactRange range;
  range.size_ = size;
  range.hashes_ = std::move(hashes);
  return range;
}

void CompactRange::Append(const Hash& leaf) {
  Append(leaf, [](uint8_t, const Hash&) {});
}

void CompactRange::Append(const Hash& leaf, NodeVisitor on_node) {
  Hash node = leaf;
  uint8_t level = 0;
  on_node(level, node);
  // Each trailing one of the size is a complete subtree as high as the node is by now.
  for (uint64_t rest = size_; (rest & 1) != 0; rest >>= 1) {
    node = NodeHash(hashes_.back(), node);
    hashes_.pop_back();
    on_node(++level, node);
  }
  hashes_.push_back(node);
  ++size_;
}

Hash CompactRange::Root() const {
  if (hashes_.empty()) return EmptyRoot();
  Hash root = hashes_.back();
  for (size_t i = hashes_.size() - 1; i-- > 0;) root = NodeHash(hashes_[i], root);
  return root;
}

}  // namespace pledger::storage::merkle
