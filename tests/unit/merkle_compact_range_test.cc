#include <gtest/gtest.h>

#include <map>
#include <utility>

#include "storage/merkle/compact_range.h"
#include "tests/unit/merkle_reference.h"

namespace pledger::storage::merkle {
namespace {

// Goal: at every size the root is the recursively defined one, and the hashes suffice to go on.
TEST(CompactRangeTest, IsTheRecursiveDefinitionAtEverySize) {
  ReferenceTree tree(TestLeaves(1100));
  CompactRange range;
  for (uint64_t size = 0; size <= tree.leaves().size(); ++size) {
    ASSERT_EQ(range.size(), size);
    ASSERT_EQ(range.Root(), tree.Root(size)) << "at size " << size;
    const auto restored = CompactRange::FromHashes(size, range.hashes());
    ASSERT_TRUE(restored.ok()) << restored.status();
    ASSERT_EQ(*restored, range);
    if (size < tree.leaves().size()) range.Append(tree.leaves()[size]);
  }
}

// Goal: every complete subtree is told of once, at the right place and after those below it.
TEST(CompactRangeTest, VisitorSeesEachCompleteSubtreeOnce) {
  ReferenceTree tree(TestLeaves(300));
  CompactRange range;
  std::map<uint8_t, uint64_t> count_of_level;
  for (uint64_t i = 0; i < tree.leaves().size(); ++i) {
    int below = -1;
    range.Append(tree.leaves()[i], [&](uint8_t level, const Hash& node) {
      EXPECT_EQ(level, below + 1);
      below = level;
      const uint64_t index = count_of_level[level]++;
      EXPECT_EQ(node, tree.Root(index << level, (index + 1) << level));
    });
  }
  for (const auto& [level, count] : count_of_level) EXPECT_EQ(count, 300u >> level);
  EXPECT_EQ(count_of_level.size(), 9u);
}

// Goal: a number of hashes that doesn't belong to the size is refused.
TEST(CompactRangeTest, RefusesAnotherNumberOfHashes) {
  const std::vector<Hash> leaves = TestLeaves(3);
  EXPECT_EQ(CompactRange::FromHashes(0, leaves).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CompactRange::FromHashes(3, leaves).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CompactRange::FromHashes(UINT64_MAX, leaves).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(CompactRange::FromHashes(7, leaves).ok());
}

}  // namespace
}  // namespace pledger::storage::merkle
