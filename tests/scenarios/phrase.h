// Phrases: how a message is written as words in a line.
//
// A phrase is a pattern such as
//   invoice {invoice_id} {amount} due {due_time} [for {engagement_id}] [part {a.x} of {a.y}]*
// Plain words stand for themselves. `{field}` is the value of a field, or of a field of a message
// field; what it looks like follows from the field's type (README.md). `{field...}` is a text that
// takes all the words that are left. Parts in brackets are optional and come after the others, in
// any order, each once, with `*` any number of times; `{a.x}` of a repeated message then begins a
// new element. `[in advance => paid_early]` sets a bool. The longest fitting beginning of plain
// words decides between phrases.
//
// Immutable once made, therefore thread-safe.
#ifndef PLEDGER_TESTS_SCENARIOS_PHRASE_H_
#define PLEDGER_TESTS_SCENARIOS_PHRASE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "google/protobuf/message.h"
#include "tests/scenarios/words.h"

namespace pledger::scenarios {

struct PhraseText {
  // The field of the enclosing message, of a message type, that the phrase fills.
  const char* field;
  const char* pattern;
};

class PhraseBook {
 public:
  // Dies if a pattern names a field that there isn't.
  PhraseBook(const google::protobuf::Descriptor* type, absl::Span<const PhraseText> texts);

  // Fills `message`, of the book's type. `moment` is what "+30d" counts from. A position is written
  // as a label, "@bill", and given back in `label`, which is empty if there is none.
  // INVALID_ARGUMENT says which word is wrong and what could stand there.
  [[nodiscard]] absl::Status Parse(absl::Span<const Word> words, absl::Time moment,
                                   google::protobuf::Message* message, std::string* label) const;

 private:
  struct Element {
    // A plain word, or empty for a value.
    std::string literal;
    std::vector<const google::protobuf::FieldDescriptor*> path;
    bool takes_rest = false;
  };
  struct Option {
    std::vector<Element> elements;
    const google::protobuf::FieldDescriptor* flag = nullptr;
    bool repeats = false;
    std::string text;
  };
  struct Phrase {
    const google::protobuf::FieldDescriptor* field = nullptr;
    // How many plain words it begins with.
    size_t head = 0;
    std::vector<Element> elements;
    std::vector<Option> options;
    std::string text;
  };
  class Filler;

  static Phrase Compile(const google::protobuf::Descriptor* type, const PhraseText& text);
  const Phrase* Find(absl::Span<const Word> words) const;

  std::vector<Phrase> phrases_;
};

// An enum value without the prefix that all of its enum share: "FIXED_PRICE".
std::string ShortName(const google::protobuf::EnumValueDescriptor* value);

}  // namespace pledger::scenarios

#endif  // PLEDGER_TESTS_SCENARIOS_PHRASE_H_
