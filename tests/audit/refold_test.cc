// Figures folded again from a pack, against what was served.
#include "client/verify/refold.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server/domain/reliability/assess.h"
#include "tests/support/pack_maker.h"
#include "tests/support/temp_folder.h"

namespace pledger::verify {
namespace {

using ::testing::HasSubstr;
using testing::PackMaker;

class RefoldTest : public ::testing::Test {
 protected:
  RefoldTest() {
    ledger_.AddBusiness(200, 4);
    ledger_.Write(folder_.path() + "/pack", ledger_.Checkpoint(200));
    basis_.set_next_position(200);
    basis_.mutable_as_of()->set_seconds(PackMaker::kFirstTimeNs / 1'000'000'000 + 86'400 * 200);
  }

  Refold FromPack() { return Refold::FromPack(folder_.path() + "/pack", 200).value(); }

  testing::TempFolder folder_;
  PackMaker ledger_;
  v1::AnswerBasis basis_;
};

// Goal: the same records give the same figures and the same digest; other records give others.
TEST_F(RefoldTest, IsReproducible) {
  const Refold one = FromPack();
  Refold other;
  for (const std::string& record : ledger_.records()) ASSERT_TRUE(other.Add(record).ok());
  ASSERT_EQ(one.ClientIds().size(), 4u);
  for (const std::string& client_id : one.ClientIds()) {
    const auto served = other.Assess(client_id, basis_);
    ASSERT_TRUE(served.ok()) << served.status();
    EXPECT_EQ(served->events(), 50);
    EXPECT_GT(served->payment().portions(), 0);
    EXPECT_FALSE(one.Compare(*served, basis_).has_value());
  }
  const auto projection = one.Projection();
  EXPECT_EQ(projection.digest(), other.Projection().digest());
  EXPECT_EQ(projection.entry_count(), 4u);
  EXPECT_EQ(projection.next_position(), 200u);
  Refold shorter;
  for (size_t i = 0; i < 199; ++i) ASSERT_TRUE(shorter.Add(ledger_.records()[i]).ok());
  EXPECT_NE(projection.digest(), shorter.Projection().digest());
}

// Goal: a figure that was altered on its way from the records to the answer is found and named.
TEST_F(RefoldTest, AlteredFiguresAreFound) {
  const Refold refold = FromPack();
  v1::ClientReliability served = refold.Assess("client-1", basis_).value();
  served.mutable_payment()->set_portions(served.payment().portions() - 1);
  auto difference = refold.Compare(served, basis_);
  ASSERT_TRUE(difference.has_value());
  EXPECT_EQ(difference->client_id, "client-1");
  EXPECT_THAT(difference->what, HasSubstr("payment.portions"));
  served = refold.Assess("client-1", basis_).value();
  served.mutable_overall()->set_value(99);
  EXPECT_THAT(refold.Compare(served, basis_)->what, HasSubstr("overall.value"));
  served.set_client_id("client-9");
  EXPECT_THAT(refold.Compare(served, basis_)->what, HasSubstr("say nothing of client-9"));
}

// Goal: an answer that takes more into account than there is can't be compared.
TEST_F(RefoldTest, RefusesWhatItCannotKnow) {
  const Refold refold = FromPack();
  v1::AnswerBasis later = basis_;
  later.set_next_position(201);
  EXPECT_EQ(refold.Assess("client-1", later).status().code(), absl::StatusCode::kOutOfRange);
  v1::AnswerBasis policy = basis_;
  policy.set_policy_version(1);
  EXPECT_EQ(refold.Assess("client-1", policy).status().code(), absl::StatusCode::kNotFound);
  Refold broken;
  EXPECT_EQ(broken.Add("no record").code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace pledger::verify
