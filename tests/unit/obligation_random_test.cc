// Long random histories: a rejected fact changes nothing (the fixture checks), and applying the
// accepted ones again gives the same bytes.
#include <cstdlib>
#include <random>
#include <string>

#include "gtest/gtest.h"
#include "server/domain/fact_types.h"
#include "tests/support/sample_facts.h"
#include "tests/unit/obligation_fixture.h"

namespace pledger::testing {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

class RandomFacts {
 public:
  explicit RandomFacts(uint64_t seed) : random_(seed), samples_(SampleFacts()) {}

  // A sample with its ids replaced by few others, so that facts meet.
  v1::Fact Next(uint64_t positions) {
    v1::Fact fact = samples_[Below(samples_.size())];
    if (fact.has_event_corrected() && positions > 0) {
      *fact.mutable_event_corrected()->mutable_replacement() = samples_[Below(samples_.size() - 8)];
    }
    Vary(&fact);
    const uint64_t target = positions == 0 ? 0 : Below(positions + 1);
    if (fact.has_event_corrected()) fact.mutable_event_corrected()->set_target_position(target);
    if (fact.has_event_retracted()) fact.mutable_event_retracted()->set_target_position(target);
    if (fact.has_statement_added()) fact.mutable_statement_added()->set_target_position(target);
    if (fact.has_policy_adopted()) {
      fact.mutable_policy_adopted()->set_version(1 + static_cast<int64_t>(Below(4)));
    }
    if (fact.has_parting_step_taken()) {
      fact.mutable_parting_step_taken()->set_step(
          static_cast<v1::PartingStepTaken::Step>(1 + Below(4)));
    }
    return fact;
  }

  // A correction of what is recorded, of the same kind and about the same obligation.
  v1::Fact CorrectionOf(uint64_t target, const v1::Fact& recorded) {
    v1::Fact fact;
    fact.mutable_event_corrected()->set_target_position(target);
    *fact.mutable_event_corrected()->mutable_replacement() = recorded;
    return fact;
  }

  size_t Below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random_); }

 private:
  void Vary(Message* message) {
    std::vector<const FieldDescriptor*> fields;
    message->GetReflection()->ListFields(*message, &fields);
    for (const FieldDescriptor* field : fields) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        if (!field->is_repeated()) {
          Vary(message->GetReflection()->MutableMessage(message, field));
          continue;
        }
        for (int i = 0; i < message->GetReflection()->FieldSize(*message, field); ++i) {
          Vary(message->GetReflection()->MutableRepeatedMessage(message, field, i));
        }
      } else if (field->name().ends_with("_id") && !field->is_repeated()) {
        message->GetReflection()->SetString(message, field, std::to_string(Below(3)));
      }
    }
  }

  std::mt19937_64 random_;
  const std::vector<v1::Fact> samples_;
};

void CheckSeed(uint64_t seed) {
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  RandomFacts random(seed);
  ObligationLedger ledger;
  int accepted_corrections = 0;
  int accepted_retractions = 0;
  for (int i = 0; i < 1'500; ++i) {
    const uint64_t positions = ledger.events.events.size();
    v1::Fact fact = random.Next(positions);
    if (positions > 0 && random.Below(10) == 0) {
      const uint64_t target = random.Below(positions);
      fact = random.CorrectionOf(target, ledger.events.events[target].fact);
    }
    const std::string client = random.Below(8) == 0 ? "d" : "c";
    if (!ledger.Record(fact, client).ok()) continue;
    accepted_corrections += fact.has_event_corrected();
    accepted_retractions += fact.has_event_retracted();
  }
  // A test of rejections alone would show nothing.
  EXPECT_GT(ledger.events.events.size(), 200u);
  EXPECT_GT(accepted_corrections, 3);
  EXPECT_GT(accepted_retractions, 3);
  MemoryTable rebuilt;
  for (size_t i = 0; i < ledger.events.events.size(); ++i) {
    const TargetEvent& event = ledger.events.events[i];
    const absl::Status status =
        ApplyObligations(event.client_id, i, event.fact, rebuilt, ledger.events);
    ASSERT_TRUE(status.ok()) << i << ": " << status.ToString();
  }
  EXPECT_EQ(rebuilt.values, ledger.table.values);
}

TEST(ObligationRandomTest, RebuildingGivesTheSameBytes) {
  const char* given = std::getenv("PLEDGER_SEED");
  const uint64_t first = given == nullptr ? 1 : std::strtoull(given, nullptr, 10);
  const uint64_t runs = given == nullptr ? 20 : 1;
  std::printf("seeds %llu to %llu; one alone by PLEDGER_SEED\n",
              static_cast<unsigned long long>(first),
              static_cast<unsigned long long>(first + runs - 1));
  for (uint64_t seed = first; seed < first + runs; ++seed) CheckSeed(seed);
}

}  // namespace
}  // namespace pledger::testing
