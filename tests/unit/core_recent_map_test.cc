#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "storage/rocks/recent_map.h"

namespace pledger::storage {
namespace {

using Map = RecentMap<std::string, int>;

// Puts `count` entries as of one event each, from `first` on.
void PutEvents(Map& map, Position first, int count, Position indexed) {
  for (int i = 0; i < count; ++i) {
    const Position position = first + i;
    map.Put(absl::StrCat(position), static_cast<int>(position));
    map.MaybeAge(position + 1, indexed);
  }
}

TEST(RecentMapTest, TheLatestValueIsFoundInEitherGeneration) {
  Map map(2);
  EXPECT_EQ(map.Find("a"), nullptr);
  map.Put("a", 1);
  map.Put("b", 2);
  map.MaybeAge(2, 2);
  map.Put("a", 3);
  ASSERT_NE(map.Find("a"), nullptr);
  EXPECT_EQ(*map.Find("a"), 3);
  ASSERT_NE(map.Find("b"), nullptr);
  EXPECT_EQ(*map.Find("b"), 2);
  map.Put("a", 4);
  EXPECT_EQ(*map.Find("a"), 4);
}

TEST(RecentMapTest, NothingIsForgottenBeforeItIsIndexed) {
  Map map(4);
  // The index stands still: everything stays, however much there is.
  PutEvents(map, 0, 100, 0);
  for (int i = 0; i < 100; ++i) ASSERT_NE(map.Find(absl::StrCat(i)), nullptr) << i;
}

TEST(RecentMapTest, WhatIsIndexedIsForgottenInTime) {
  Map map(4);
  for (Position position = 0; position < 100; ++position) PutEvents(map, position, 1, position);
  int found = 0;
  for (int i = 0; i < 100; ++i) found += map.Find(absl::StrCat(i)) != nullptr;
  EXPECT_GE(found, 4);
  EXPECT_LE(found, 8);
  // The last ones are those that are kept.
  EXPECT_NE(map.Find("99"), nullptr);
  EXPECT_EQ(map.Find("0"), nullptr);
}

TEST(RecentMapTest, AnIndexThatLagsKeepsWhatItLacks) {
  Map map(4);
  constexpr Position kLag = 17;
  for (Position position = 0; position < 200; ++position) {
    const Position indexed = position < kLag ? 0 : position - kLag;
    PutEvents(map, position, 1, indexed);
    for (Position missing = indexed; missing <= position; ++missing) {
      ASSERT_NE(map.Find(absl::StrCat(missing)), nullptr) << missing << " at " << position;
    }
  }
}

TEST(RecentMapTest, ClearForgetsEverything) {
  Map map(4);
  PutEvents(map, 0, 20, 0);
  map.Clear();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(map.Find(absl::StrCat(i)), nullptr);
}

}  // namespace
}  // namespace pledger::storage
