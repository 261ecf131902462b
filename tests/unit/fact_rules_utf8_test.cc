#include <string>

#include "gtest/gtest.h"
#include "pledger/v1/ledger.pb.h"
#include "server/domain/fact_rules.h"
#include "tests/support/sample_facts.h"

namespace pledger {
namespace {

v1::AppendRequest TwoEvents() {
  v1::AppendRequest request;
  for (int i = 0; i < 2; ++i) {
    *request.add_events() = testing::SampleEvent(testing::SampleFact(v1::FACT_TYPE_PROMISE_MADE));
  }
  return request;
}

std::string Find(const v1::AppendRequest& request) {
  return FindInvalidUtf8(request.SerializePartialAsString(), request.GetDescriptor());
}

TEST(FindInvalidUtf8Test, NothingIsWrong) {
  EXPECT_EQ(Find(TwoEvents()), "");
  v1::AppendRequest request = TwoEvents();
  request.mutable_events(0)->set_client_id("Grüße, 世界 🌍\xf4\x8f\xbf\xbf");
  EXPECT_EQ(Find(request), "");
}

TEST(FindInvalidUtf8Test, NamesTheFirst) {
  // Set at the wire, so that the library does not log a warning.
  const auto spoil = [](std::string wire, std::string_view text, size_t skip = 0) {
    size_t at = wire.find(text);
    for (; skip > 0; --skip) at = wire.find(text, at + 1);
    wire[at] = '\xff';
    return FindInvalidUtf8(wire, v1::AppendRequest::descriptor());
  };
  const std::string wire = TwoEvents().SerializeAsString();
  EXPECT_EQ(spoil(wire, "client-1"), "events[0].client_id");
  EXPECT_EQ(spoil(wire, "client-1", 1), "events[1].client_id");
  EXPECT_EQ(spoil(wire, "By Monday", 1), "events[1].fact.promise_made.text");
  EXPECT_EQ(spoil(wire, "EUR"), "events[0].fact.promise_made.amount.currency_code");
}

TEST(FindInvalidUtf8Test, KnowsWhatUtf8Is) {
  const auto is_utf8 = [](std::string_view text) {
    const std::string wire =
        std::string("\x12") + static_cast<char>(text.size()) + std::string(text);
    return FindInvalidUtf8(wire, v1::ProposedEvent::descriptor()).empty();
  };
  EXPECT_TRUE(is_utf8("\x7f\xc2\x80\xdf\xbf"));
  EXPECT_TRUE(is_utf8("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"));
  EXPECT_TRUE(is_utf8("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"));
  for (const char* text :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x9f\xbf", "\xe1\x80",
        "\xed\xa0\x80", "\xef\xbf", "\xf0\x8f\xbf\xbf", "\xf0\x90\x80", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xfe", "\xff"}) {
    EXPECT_FALSE(is_utf8(text)) << ::testing::PrintToString(text);
  }
}

TEST(FindInvalidUtf8Test, SurvivesEveryTruncationAndByte) {
  const std::string wire = TwoEvents().SerializeAsString();
  for (size_t i = 0; i < wire.size(); ++i) {
    FindInvalidUtf8(std::string_view(wire).substr(0, i), v1::AppendRequest::descriptor());
    for (const char byte : {'\0', '\x7f', '\x80', '\xff'}) {
      std::string changed = wire;
      changed[i] = byte;
      FindInvalidUtf8(changed, v1::AppendRequest::descriptor());
    }
  }
}

TEST(FindInvalidUtf8Test, EndlessNestingEnds) {
  // EventCorrected in EventCorrected, deeper than any stack: each level is two tags of two bytes.
  std::string wire;
  for (int i = 0; i < 20'000; ++i) {
    const auto varint = [](size_t value) {
      std::string text;
      for (; value >= 0x80; value >>= 7) text.push_back(static_cast<char>(value | 0x80));
      return text + static_cast<char>(value);
    };
    std::string replacement = "\x12" + varint(wire.size()) + wire;
    wire = "\xa2\x06" + varint(replacement.size()) + replacement;
    if (wire.size() > 100'000) break;
  }
  EXPECT_EQ(FindInvalidUtf8(wire, v1::Fact::descriptor()), "");
}

}  // namespace
}  // namespace pledger
