// What a client's facts say about privacy, and what others' references become in an export.
#include "server/domain/privacy_fold.h"

#include <string>

#include "gtest/gtest.h"
#include "server/domain/fact_types.h"
#include "server/domain/third_parties.h"
#include "tests/support/sample_facts.h"

namespace pledger {
namespace {

class PrivacyFoldTest : public ::testing::Test {
 protected:
  void Add(const std::string& text) {
    const v1::Fact fact = testing::FactFromText(text);
    EXPECT_TRUE(PrivacyFold::Concerns(FactTypeOf(fact))) << text;
    fold_.Add({position_, static_cast<int64_t>(position_) * 1'000, "officer"}, fact);
    ++position_;
  }

  uint64_t position_ = 10;
  PrivacyFold fold_;
};

// Goal: a hold is in force from its placing until its release; retracting either takes it back.
TEST_F(PrivacyFoldTest, HoldsAreInForceUntilTheyAreReleased) {
  EXPECT_EQ(fold_.hold_in_force(), nullptr);
  Add("hold_placed { hold_id: 'a' basis: 'lawsuit' }");
  Add("hold_placed { hold_id: 'b' basis: 'audit' }");
  ASSERT_NE(fold_.hold_in_force(), nullptr);
  EXPECT_EQ(fold_.hold_in_force()->hold_id, "a");
  EXPECT_EQ(fold_.hold_in_force()->placed_by, "officer");
  Add("hold_released { hold_id: 'a' basis: 'settled' }");
  EXPECT_EQ(fold_.hold_in_force()->hold_id, "b");
  Add("event_retracted { target_position: 11 reason: 'MISTAKE' }");
  EXPECT_EQ(fold_.hold_in_force(), nullptr);
  ASSERT_EQ(fold_.holds().size(), 1u);
  EXPECT_EQ(fold_.holds()[0].release->position, 12u);
  Add("event_retracted { target_position: 12 reason: 'MISTAKE' }");
  ASSERT_NE(fold_.hold_in_force(), nullptr);
  EXPECT_EQ(fold_.hold_in_force()->hold_id, "a");
}

// Goal: what is sealed counts until an erasure, and anew from there.
TEST_F(PrivacyFoldTest, AnErasureBeginsTheCountAnew) {
  fold_.AddSealed();
  fold_.AddSealed();
  EXPECT_EQ(fold_.sealed_count(), 2);
  Add("client_erased { basis: 'art. 17' approved_by: 'dpo' key_ids: 'k' affected_count: 2 }");
  EXPECT_EQ(fold_.sealed_count(), 0);
  fold_.AddSealed();
  EXPECT_EQ(fold_.sealed_count(), 1);
  ASSERT_EQ(fold_.erasures().size(), 1u);
  EXPECT_EQ(fold_.erasures()[0].position, 10u);
  EXPECT_EQ(fold_.erasures()[0].fact.key_ids(0), "k");
}

// Goal: references to others are hidden wherever they stand; what concerns the client stays.
TEST(ThirdPartiesTest, AreHiddenAndNothingElse) {
  v1::Fact fact = testing::FactFromText(
      "event_corrected { target_position: 3 replacement { conduct_reported { incident_id: 'i' "
      "kind: KIND_INSULT target: TARGET_STAFF severity: 2 staff_ref: 's-7' "
      "evidence: EVIDENCE_WITNESSED text: 'what was said' } } }");
  HideThirdParties(&fact);
  const v1::ConductReported& conduct = fact.event_corrected().replacement().conduct_reported();
  EXPECT_EQ(conduct.staff_ref(), kHidden);
  EXPECT_EQ(conduct.text(), "what was said");
  EXPECT_EQ(conduct.incident_id(), "i");
  EXPECT_EQ(fact.event_corrected().target_position(), 3u);
  v1::Fact opened = testing::FactFromText("client_opened { display_name: 'Ada' tier: 'premium' }");
  HideThirdParties(&opened);
  EXPECT_EQ(opened.client_opened().referred_by(), "") << "what is not there is not hidden either";
  EXPECT_EQ(opened.client_opened().display_name(), "Ada");
}

}  // namespace
}  // namespace pledger
