#include "tests/scenarios/phrase.h"

#include <cstdio>
#include <cstdlib>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/timestamp.pb.h"

namespace pledger::scenarios {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

[[noreturn]] void DieOfPattern(const PhraseText& text, const std::string& why) {
  std::fprintf(stderr, "phrase \"%s\": %s\n", text.pattern, why.c_str());
  std::abort();
}

// "UNSPECIFIED" is the value zero of every enum; what stands before it is the prefix.
size_t PrefixLength(const EnumValueDescriptor* value) {
  const std::string zero(value->type()->value(0)->name());
  const size_t at = zero.rfind("UNSPECIFIED");
  return at == std::string::npos ? 0 : at;
}

absl::Status SetEnum(const std::string& word, const FieldDescriptor* field, Message* message) {
  const std::string wanted = absl::StrReplaceAll(absl::AsciiStrToUpper(word), {{"-", "_"}});
  std::vector<std::string> known;
  for (int i = 1; i < field->enum_type()->value_count(); ++i) {
    const EnumValueDescriptor* value = field->enum_type()->value(i);
    known.push_back(ShortName(value));
    if (known.back() != wanted) continue;
    if (field->is_repeated()) {
      message->GetReflection()->AddEnum(message, field, value);
    } else {
      message->GetReflection()->SetEnum(message, field, value);
    }
    return absl::OkStatus();
  }
  return Complaint(absl::StrCat("\"", word, "\" is none of ", absl::StrJoin(known, ", ")));
}

absl::Status SetNumber(const std::string& word, const FieldDescriptor* field, Message* message) {
  const Reflection* reflection = message->GetReflection();
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
    double value = 0;
    if (!absl::SimpleAtod(word, &value)) {
      return Complaint(absl::StrCat("\"", word, "\" is no number"));
    }
    reflection->SetDouble(message, field, value);
    return absl::OkStatus();
  }
  int64_t value = 0;
  if (absl::StrContains(std::string(field->name()), "minutes")) {
    const auto minutes = ParseMinutes(word);
    if (!minutes) return Complaint(absl::StrCat("\"", word, "\" is no time such as 90min or 8h"));
    value = *minutes;
  } else if (!absl::SimpleAtoi(word, &value)) {
    return Complaint(absl::StrCat("\"", word, "\" is no whole number"));
  }
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
    reflection->SetInt32(message, field, static_cast<int32_t>(value));
  } else {
    reflection->SetInt64(message, field, value);
  }
  return absl::OkStatus();
}

}  // namespace

std::string ShortName(const EnumValueDescriptor* value) {
  return std::string(value->name()).substr(PrefixLength(value));
}

// Goes through the words and fills one message.
class PhraseBook::Filler {
 public:
  Filler(absl::Span<const Word> words, absl::Time moment, Message* message, std::string* label)
      : words_(words), moment_(moment), message_(message), label_(label) {}

  absl::Status Run(const Phrase& phrase) {
    absl::Status status = Take(phrase.elements);
    std::set<const Option*> taken;
    while (status.ok() && at_ < words_.size()) {
      const Option* option = FindOption(phrase);
      if (option == nullptr || (!option->repeats && !taken.insert(option).second)) {
        status = Complaint(absl::StrCat("\"", words_[at_].text, "\" does not belong here"));
        break;
      }
      entered_ = nullptr;
      status = Take(option->elements);
      if (option->flag != nullptr) {
        message_->GetReflection()->SetBool(message_, option->flag, true);
      }
    }
    if (status.ok()) return status;
    return Complaint(absl::StrCat(std::string(status.message()), "; it is \"", phrase.text, "\""));
  }

 private:
  const Option* FindOption(const Phrase& phrase) const {
    const Option* best = nullptr;
    size_t best_length = 0;
    for (const Option& option : phrase.options) {
      size_t length = 0;
      while (length < option.elements.size() && !option.elements[length].literal.empty() &&
             at_ + length < words_.size() &&
             words_[at_ + length].Is(option.elements[length].literal)) {
        ++length;
      }
      const bool fits = length == option.elements.size() || option.elements[length].literal.empty();
      if (fits && length > best_length) {
        best = &option;
        best_length = length;
      }
    }
    return best;
  }

  absl::Status Take(const std::vector<Element>& elements) {
    for (const Element& element : elements) {
      if (at_ == words_.size()) return Complaint("the line ends too early");
      if (!element.literal.empty()) {
        if (!words_[at_].Is(element.literal)) {
          return Complaint(absl::StrCat("\"", words_[at_].text, "\" stands where \"",
                                        element.literal, "\" belongs"));
        }
        ++at_;
        continue;
      }
      const absl::Status status = TakeValue(element);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status TakeValue(const Element& element) {
    Message* message = message_;
    for (size_t i = 0; i + 1 < element.path.size(); ++i) {
      const FieldDescriptor* step = element.path[i];
      if (!step->is_repeated()) {
        message = message->GetReflection()->MutableMessage(message, step);
        continue;
      }
      if (entered_ == nullptr) entered_ = message->GetReflection()->AddMessage(message, step);
      message = entered_;
    }
    const FieldDescriptor* field = element.path.back();
    if (!element.takes_rest) return TakeField(field, message);
    std::vector<std::string> rest;
    while (at_ < words_.size()) rest.push_back(words_[at_++].text);
    message->GetReflection()->SetString(message, field, absl::StrJoin(rest, " "));
    return absl::OkStatus();
  }

  absl::Status TakeField(const FieldDescriptor* field, Message* message) {
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return TakeMessage(field, message);
      case FieldDescriptor::CPPTYPE_ENUM:
        for (const auto word : absl::StrSplit(words_[at_++].text, ',')) {
          const absl::Status status = SetEnum(std::string(word), field, message);
          if (!status.ok()) return status;
        }
        return absl::OkStatus();
      case FieldDescriptor::CPPTYPE_STRING:
        return TakeText(field, message);
      case FieldDescriptor::CPPTYPE_UINT64:
        if (words_[at_].quoted || words_[at_].text[0] != '@') {
          return Complaint(absl::StrCat("\"", words_[at_].text, "\" is no label such as @bill"));
        }
        *label_ = words_[at_++].text;
        return absl::OkStatus();
      default:
        return SetNumber(words_[at_++].text, field, message);
    }
  }

  absl::Status TakeText(const FieldDescriptor* field, Message* message) {
    const std::string& text = words_[at_++].text;
    if (!field->is_repeated()) {
      message->GetReflection()->SetString(message, field, text);
      return absl::OkStatus();
    }
    for (const auto part : absl::StrSplit(text, ',')) {
      message->GetReflection()->AddString(message, field, std::string(part));
    }
    return absl::OkStatus();
  }

  absl::Status TakeMessage(const FieldDescriptor* field, Message* message) {
    Message* value = message->GetReflection()->MutableMessage(message, field);
    if (field->message_type() == v1::Money::descriptor()) {
      if (at_ + 2 > words_.size()) return Complaint("an amount lacks its currency");
      const auto money = ParseMoney(words_[at_].text, words_[at_ + 1].text);
      if (!money.ok()) return money.status();
      value->CopyFrom(*money);
      at_ += 2;
      return absl::OkStatus();
    }
    absl::Time time = moment_;
    const std::string& word = words_[at_].text;
    if (const auto offset = ParseDayOffset(word)) {
      time += absl::Hours(24) * *offset;
    } else if (const auto day = ParseDay(word)) {
      time = absl::FromCivil(*day, absl::UTCTimeZone()) + absl::Hours(12);
    } else {
      return Complaint(absl::StrCat("\"", word, "\" is no day such as 2025-03-01 or +30d"));
    }
    if (++at_ < words_.size()) {
      if (const auto minutes = ParseTimeOfDay(words_[at_].text)) {
        const absl::CivilDay day = absl::ToCivilDay(time, absl::UTCTimeZone());
        time = absl::FromCivil(day, absl::UTCTimeZone()) + absl::Minutes(*minutes);
        ++at_;
      }
    }
    google::protobuf::Timestamp stamp;
    stamp.set_seconds(absl::ToUnixSeconds(time));
    value->CopyFrom(stamp);
    return absl::OkStatus();
  }

  const absl::Span<const Word> words_;
  const absl::Time moment_;
  Message* const message_;
  std::string* const label_;
  size_t at_ = 0;
  // The element of a repeated message that the option being read fills.
  Message* entered_ = nullptr;
};

PhraseBook::PhraseBook(const Descriptor* type, absl::Span<const PhraseText> texts) {
  for (const PhraseText& text : texts) phrases_.push_back(Compile(type, text));
}

PhraseBook::Phrase PhraseBook::Compile(const Descriptor* type, const PhraseText& text) {
  Phrase phrase;
  phrase.text = text.pattern;
  phrase.field = type->FindFieldByName(text.field);
  if (phrase.field == nullptr) DieOfPattern(text, absl::StrCat("no field ", text.field));
  const auto find = [&](const Descriptor* in, const std::string& name) {
    const FieldDescriptor* field = in->FindFieldByName(name);
    if (field == nullptr) DieOfPattern(text, absl::StrCat("no field ", name));
    return field;
  };
  const auto element_of = [&](std::string word) {
    Element element;
    if (word[0] != '{') {
      element.literal = word;
      return element;
    }
    word = word.substr(1, word.size() - 2);
    element.takes_rest = absl::EndsWith(word, "...");
    if (element.takes_rest) word.resize(word.size() - 3);
    const Descriptor* in = phrase.field->message_type();
    for (const auto name : absl::StrSplit(word, '.')) {
      element.path.push_back(find(in, std::string(name)));
      in = element.path.back()->message_type();
    }
    return element;
  };
  bool in_option = false;
  for (const auto piece : absl::StrSplit(text.pattern, ' ')) {
    std::string word(piece);
    if (word[0] == '[') {
      in_option = true;
      word.erase(0, 1);
      phrase.options.emplace_back();
    }
    const bool repeats = in_option && absl::EndsWith(word, "]*");
    const bool ends = repeats || (in_option && absl::EndsWith(word, "]"));
    if (ends) word.resize(word.size() - (repeats ? 2 : 1));
    if (!in_option) {
      phrase.elements.push_back(element_of(word));
      const bool literal = !phrase.elements.back().literal.empty();
      if (literal && phrase.head + 1 == phrase.elements.size()) ++phrase.head;
      continue;
    }
    Option& option = phrase.options.back();
    if (!option.elements.empty() && option.elements.back().literal == "=>") {
      option.elements.pop_back();
      option.flag = find(phrase.field->message_type(), word);
    } else {
      option.elements.push_back(element_of(word));
    }
    if (!ends) continue;
    option.repeats = repeats;
    in_option = false;
  }
  return phrase;
}

const PhraseBook::Phrase* PhraseBook::Find(absl::Span<const Word> words) const {
  const Phrase* best = nullptr;
  for (const Phrase& phrase : phrases_) {
    size_t length = 0;
    while (length < phrase.head && length < words.size() &&
           words[length].Is(phrase.elements[length].literal)) {
      ++length;
    }
    if (length == phrase.head && (best == nullptr || phrase.head > best->head)) best = &phrase;
  }
  return best;
}

absl::Status PhraseBook::Parse(absl::Span<const Word> words, absl::Time moment, Message* message,
                               std::string* label) const {
  label->clear();
  if (words.empty()) return Complaint("nothing is said");
  const Phrase* phrase = Find(words);
  if (phrase == nullptr) {
    std::vector<std::string> said;
    for (const Word& word : words) said.push_back(word.text);
    return Complaint(absl::StrCat("no phrase begins like \"", absl::StrJoin(said, " "),
                                  "\"; README.md lists them"));
  }
  Message* filled = message->GetReflection()->MutableMessage(message, phrase->field);
  return Filler(words, moment, filled, label).Run(*phrase);
}

}  // namespace pledger::scenarios
