#include "server/domain/obligation_state.h"

#include <string>

#include "gtest/gtest.h"
#include "server/domain/errors.h"

namespace pledger {
namespace {

ObligationState Full() {
  ObligationState state;
  state.status = ObligationStatus::kResolved;
  state.opener_position = 300;
  state.dependents = 2;
  state.move_count = 5;
  state.aux = UINT64_MAX;
  state.moves = {{301, ObligationStatus::kOpen, 0}, {70'000, ObligationStatus::kResolved, 3}};
  return state;
}

TEST(ObligationStateTest, BytesAreFixed) {
  EXPECT_EQ(EncodeObligation(ObligationState()), std::string("\1\0\0\0\0\0\0", 7));
  EXPECT_EQ(EncodeObligation(Full()),
            std::string("\1\x09\xac\x02\x02\x05\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x02"
                        "\xad\x02\x01\x00\xf0\xa2\x04\x09\x03",
                        26));
}

TEST(ObligationStateTest, RoundTrips) {
  for (const ObligationState& state : {ObligationState(), Full()}) {
    const auto decoded = DecodeObligation(EncodeObligation(state));
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(*decoded, state);
  }
}

TEST(ObligationStateTest, WhatDecodesIsCanonical) {
  const std::string value = EncodeObligation(Full());
  for (size_t i = 0; i < value.size(); ++i) {
    EXPECT_EQ(ReasonOf(DecodeObligation(value.substr(0, i)).status()), v1::ERROR_REASON_CORRUPT);
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = value;
      changed[i] = static_cast<char>(byte);
      const auto decoded = DecodeObligation(changed);
      if (!decoded.ok()) continue;
      EXPECT_EQ(EncodeObligation(*decoded), changed);
    }
  }
  EXPECT_FALSE(DecodeObligation(value + '\0').ok());
}

TEST(ObligationStateTest, KeysHoldTheirParts) {
  EXPECT_EQ(ObligationKey("c", ObligationKind::kInvoice, "i-1"), std::string("c\0\x05i-1", 6));
  EXPECT_EQ(ObligationKey("c", ObligationKind::kClient, ""), std::string("c\0\x01", 3));
}

TEST(ObligationStateTest, KindsAndStatusesHaveNames) {
  EXPECT_EQ(ObligationKindName(ObligationKind::kClient), "client");
  EXPECT_EQ(ObligationKindName(ObligationKind::kParting), "parting");
  EXPECT_EQ(ObligationKindName(ObligationKind::kPolicy), "policy");
  EXPECT_EQ(ObligationStatusName(ObligationStatus::kWrittenOff), "written_off");
  EXPECT_EQ(ObligationStatusName(ObligationStatus::kThanked), "thanked");
  EXPECT_EQ(ObligationStatusName(ObligationStatus::kRetracted), "retracted");
}

}  // namespace
}  // namespace pledger
