#include "server/domain/personal.h"

#include <set>
#include <string>

#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "pledger/v1/options.pb.h"
#include "server/domain/fact_types.h"
#include "tests/support/sample_facts.h"

namespace pledger {
namespace {

using google::protobuf::Descriptor;
using v1::Fact;

// Every string field with the option, by a walk of its own: the split has plans, this has none.
void ExpectNoPersonal(const google::protobuf::Message& message) {
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const auto* field : fields) {
    EXPECT_FALSE(field->options().GetExtension(v1::personal)) << field->full_name();
    if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE &&
        !field->is_repeated()) {
      ExpectNoPersonal(message.GetReflection()->GetMessage(message, field));
    }
  }
}

void ExpectSplits(const Fact& original) {
  Fact clear = original;
  Fact personal = testing::SampleFacts().front();
  const bool has = HasPersonalFields(original);
  SplitPersonal(clear, &personal);
  EXPECT_EQ(has, personal.ByteSizeLong() > 0);
  EXPECT_FALSE(HasPersonalFields(clear));
  EXPECT_EQ(FactTypeOf(clear), FactTypeOf(original));
  ExpectNoPersonal(clear);
  Fact merged;
  ASSERT_TRUE(merged.ParseFromString(clear.SerializeAsString() + personal.SerializeAsString()));
  EXPECT_EQ(merged.SerializeAsString(), original.SerializeAsString());
}

TEST(PersonalTest, EveryTypeSplitsAndMerges) {
  for (const Fact& fact : testing::SampleFacts()) {
    SCOPED_TRACE(FactTypeName(FactTypeOf(fact)));
    ExpectSplits(fact);
    if (fact.has_event_corrected()) continue;
    Fact correction;
    correction.mutable_event_corrected()->set_target_position(9);
    *correction.mutable_event_corrected()->mutable_replacement() = fact;
    ExpectSplits(correction);
  }
}

TEST(PersonalTest, EmptyFactsSplitAndMerge) {
  for (const uint16_t type : AllFactTypes()) {
    Fact fact;
    const auto* field = Fact::descriptor()->FindFieldByNumber(type);
    fact.GetReflection()->MutableMessage(&fact, field);
    EXPECT_FALSE(HasPersonalFields(fact));
    ExpectSplits(fact);
  }
  ExpectSplits(Fact());
}

TEST(PersonalTest, AFactOfNothingElseKeepsItsType) {
  Fact fact;
  fact.mutable_client_opened()->set_display_name("Ada");
  Fact personal;
  SplitPersonal(fact, &personal);
  EXPECT_TRUE(fact.has_client_opened());
  EXPECT_EQ(fact.client_opened().display_name(), "");
  EXPECT_EQ(personal.client_opened().display_name(), "Ada");
}

TEST(PersonalTest, TheSamplesHavePersonalFieldsWhereTheProtosSaySo) {
  for (const Fact& fact : testing::SampleFacts()) {
    const auto* message = Fact::descriptor()->FindFieldByNumber(FactTypeOf(fact))->message_type();
    bool personal = fact.has_event_corrected();
    for (int i = 0; i < message->field_count(); ++i) {
      personal |= message->field(i)->options().GetExtension(v1::personal);
    }
    EXPECT_EQ(HasPersonalFields(fact), personal) << FactTypeName(FactTypeOf(fact));
  }
}

// The split relies on personal fields being texts directly in the message of a fact.
void ExpectPersonalOnlyAt(const Descriptor& message, bool is_fact_message,
                          std::set<const Descriptor*>* seen) {
  if (!seen->insert(&message).second) return;
  for (int i = 0; i < message.field_count(); ++i) {
    const auto* field = message.field(i);
    if (field->options().GetExtension(v1::personal)) {
      EXPECT_TRUE(is_fact_message && !field->is_repeated() &&
                  field->real_containing_oneof() == nullptr &&
                  field->type() == google::protobuf::FieldDescriptor::TYPE_STRING)
          << field->full_name();
    }
    if (field->message_type() == nullptr) continue;
    ExpectPersonalOnlyAt(*field->message_type(), &message == Fact::descriptor(), seen);
  }
}

TEST(PersonalTest, PersonalFieldsAreTextsOfAFactsOwnMessage) {
  std::set<const Descriptor*> seen;
  ExpectPersonalOnlyAt(*Fact::descriptor(), false, &seen);
  EXPECT_GT(seen.size(), 50u);
}

}  // namespace
}  // namespace pledger
