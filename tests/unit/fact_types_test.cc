#include "server/domain/fact_types.h"

#include <algorithm>
#include <string>

#include "gtest/gtest.h"
#include "tests/support/sample_facts.h"

namespace pledger {
namespace {

TEST(FactTypesTest, NumbersAndNamesAreThoseOfTheEnum) {
  const auto* type_enum = v1::FactType_descriptor();
  EXPECT_EQ(AllFactTypes().size() + 1, static_cast<size_t>(type_enum->value_count()));
  for (const uint16_t type : AllFactTypes()) {
    std::string name(FactTypeName(type));
    EXPECT_EQ(FactTypeFromName(name), type);
    std::transform(name.begin(), name.end(), name.begin(), ::toupper);
    const auto* value = type_enum->FindValueByNumber(type);
    ASSERT_NE(value, nullptr) << type;
    EXPECT_EQ(value->name(), "FACT_TYPE_" + name);
  }
}

TEST(FactTypesTest, SamplesCoverEveryTypeInOrder) {
  std::vector<uint16_t> types;
  for (const v1::Fact& fact : testing::SampleFacts()) types.push_back(FactTypeOf(fact));
  EXPECT_EQ(types, AllFactTypes());
}

TEST(FactTypesTest, SamplesSetEveryField) {
  for (const v1::Fact& fact : testing::SampleFacts()) {
    const auto* type = v1::Fact::descriptor()->FindFieldByNumber(FactTypeOf(fact));
    const auto& message = fact.GetReflection()->GetMessage(fact, type);
    const auto& reflection = *message.GetReflection();
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
      const auto* field = message.GetDescriptor()->field(i);
      if (field->real_containing_oneof() != nullptr) {
        EXPECT_TRUE(reflection.HasOneof(message, field->real_containing_oneof()));
      } else if (field->is_repeated()) {
        EXPECT_GT(reflection.FieldSize(message, field), 0) << field->full_name();
      } else {
        EXPECT_TRUE(reflection.HasField(message, field)) << field->full_name();
      }
    }
  }
}

TEST(FactTypesTest, NothingIsNoType) {
  EXPECT_EQ(FactTypeOf(v1::Fact()), 0);
  EXPECT_EQ(FactTypeName(0), "");
  EXPECT_EQ(FactTypeName(9999), "");
  EXPECT_EQ(FactTypeFromName("nonsense"), 0);
  EXPECT_EQ(FactTypeFromName(""), 0);
}

}  // namespace
}  // namespace pledger
