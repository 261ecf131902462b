#include "tests/scenarios/scenario.h"

#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/text_format.h"
#include "storage/format/text.h"
#include "tests/scenarios/fact_phrases.h"
#include "tests/scenarios/repeats.h"
#include "tests/scenarios/words.h"

namespace pledger::scenarios {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Reads the lines one by one.
class Reader {
 public:
  explicit Reader(std::string_view file) { scenario_.file = std::string(file); }

  absl::Status Read(const SourceLine& source) {
    absl::StatusOr<std::vector<Word>> words = SplitWords(source.text);
    absl::Status status = words.status();
    if (words.ok() && !words->empty()) status = ReadWords(source, *words);
    if (status.ok()) return status;
    return Complaint(
        absl::StrCat(scenario_.file, ":", source.line, ": ", std::string(status.message())));
  }

  absl::StatusOr<Scenario> Finish() {
    const char* missing = nullptr;
    if (scenario_.title.empty()) missing = "the first line must be: scenario B5: its title";
    if (scenario_.expectations.empty()) missing = "nothing is expected";
    if (missing != nullptr) return Complaint(absl::StrCat(scenario_.file, ":1: ", missing));
    return std::move(scenario_);
  }

 private:
  absl::Status ReadWords(const SourceLine& source, const std::vector<Word>& words) {
    if (scenario_.title.empty()) return ReadTitle(words);
    if (words[0].Is("client")) return ReadClient(words);
    if (words[0].Is("as")) return ReadAsOf(words);
    if (words[0].Is("policy")) return ReadDraft(source);
    if (words[0].Is("expect")) return ReadExpectation(source, words);
    return ReadFact(source, words);
  }

  absl::Status ReadTitle(const std::vector<Word>& words) {
    if (words.size() < 4 || !words[0].Is("scenario") || !words[2].Is(":")) {
      return Complaint("the first line must be: scenario B5: its title");
    }
    scenario_.tag = words[1].text;
    for (size_t i = 3; i < words.size(); ++i) {
      absl::StrAppend(&scenario_.title, i == 3 ? "" : " ", words[i].text);
    }
    return absl::OkStatus();
  }

  absl::Status ReadClient(const std::vector<Word>& words) {
    if (words.size() != 2) return Complaint("a client is named by one word: client anna");
    client_id_ = words[1].text;
    asked_.reset();
    return absl::OkStatus();
  }

  absl::Status ReadFact(const SourceLine& source, const std::vector<Word>& words) {
    const auto day = ParseDay(words[0].text);
    if (!day.has_value()) {
      return Complaint(absl::StrCat("\"", words[0].text, "\" begins no line; a fact begins with ",
                                    "its day: 2025-03-01 10:00 invoice I-1 100.00 EUR due +30d"));
    }
    if (client_id_.empty()) return Complaint("say first whom it is about: client anna");
    FactLine fact;
    fact.line = source.line;
    fact.text = std::string(absl::StripAsciiWhitespace(ToAbsl(source.text)));
    fact.client_id = client_id_;
    size_t at = 1;
    fact.occur_time = absl::FromCivil(*day, absl::UTCTimeZone());
    if (const auto minutes = at < words.size() ? ParseTimeOfDay(words[at].text) : std::nullopt) {
      fact.occur_time += absl::Minutes(*minutes);
      ++at;
    } else {
      // Lines of one day stand in the order in which things happened.
      fact.occur_time += absl::Hours(12) + absl::Seconds(noons_[{client_id_, *day}]++);
    }
    std::string own_label;
    if (at < words.size() && !words[at].quoted && absl::StartsWith(words[at].text, "@")) {
      own_label = words[at++].text;
    }
    std::string target;
    absl::Status status =
        ParseFact(absl::MakeConstSpan(words).subspan(at), fact.occur_time, &fact.fact, &target);
    if (!status.ok()) return status;
    if (!target.empty()) {
      const absl::StatusOr<size_t> index = Resolve(target);
      if (!index.ok()) return index.status();
      fact.target = *index;
    }
    if (!own_label.empty() && !scenario_.labels.emplace(own_label, scenario_.facts.size()).second) {
      return Complaint(absl::StrCat(own_label, " is the label of an earlier fact"));
    }
    scenario_.facts.push_back(std::move(fact));
    after_fact_ = true;
    return absl::OkStatus();
  }

  absl::StatusOr<size_t> Resolve(const std::string& label) const {
    const auto found = scenario_.labels.find(label);
    if (found != scenario_.labels.end()) return found->second;
    return Complaint(absl::StrCat("no fact before this line has the label ", label));
  }

  // as of 2025-03-31 [known at @bill]
  absl::Status ReadAsOf(const std::vector<Word>& words) {
    const auto day = words.size() > 2 ? ParseDay(words[2].text) : std::nullopt;
    const bool known = words.size() == 6 && words[3].Is("known") && words[4].Is("at");
    if (!day.has_value() || !words[1].Is("of") || (words.size() != 3 && !known)) {
      return Complaint("a moment is written as: as of 2025-03-31 known at @bill");
    }
    // The whole day counts.
    as_of_ = absl::FromCivil(*day + 1, absl::UTCTimeZone()) - absl::Seconds(1);
    known_at_.reset();
    asked_.reset();
    if (!known) return absl::OkStatus();
    const absl::StatusOr<size_t> index = Resolve(words[5].text);
    if (!index.ok()) return index.status();
    known_at_ = *index;
    return absl::OkStatus();
  }

  // policy draft: economy { ... }, or policy recorded
  absl::Status ReadDraft(const SourceLine& source) {
    const std::string_view text = FromAbsl(absl::StripAsciiWhitespace(ToAbsl(source.text)));
    constexpr std::string_view kDraft = "policy draft:";
    asked_.reset();
    if (text == "policy recorded") {
      draft_.reset();
      return absl::OkStatus();
    }
    v1::Policy draft;
    if (text.substr(0, kDraft.size()) != kDraft ||
        !google::protobuf::TextFormat::ParseFromString(std::string(text.substr(kDraft.size())),
                                                       &draft)) {
      return Complaint("a draft is written as: policy draft: payment { ... } (protobuf's text)");
    }
    draft_ = std::move(draft);
    return absl::OkStatus();
  }

  absl::Status ReadExpectation(const SourceLine& source, const std::vector<Word>& words) {
    const bool error = words.size() == 3 && words[1].Is("error");
    if (error) return ReadRejection(words[2].text);
    after_fact_ = false;
    if (!as_of_.has_value()) return Complaint("say first when to look: as of 2025-03-31");
    if (client_id_.empty()) return Complaint("say first whom it is about: client anna");
    const std::string_view text = FromAbsl(absl::StripAsciiWhitespace(ToAbsl(source.text)));
    absl::StatusOr<Expectation> expectation =
        ParseExpectation(text.substr(std::string_view("expect").size()));
    if (!expectation.ok()) return expectation.status();
    const absl::Status status = CheckLabels(*expectation);
    if (!status.ok()) return status;
    if (!asked_.has_value()) {
      asked_ = scenario_.questions.size();
      scenario_.questions.push_back({client_id_, *as_of_, known_at_, draft_});
    }
    scenario_.expectations.push_back(
        {source.line, std::string(text), *asked_, *std::move(expectation)});
    return absl::OkStatus();
  }

  absl::Status ReadRejection(const std::string& reason) {
    if (!after_fact_) return Complaint("an error is expected of the fact just before it");
    if (!v1::ErrorReason_Parse(absl::StrCat("ERROR_REASON_", reason),
                               &scenario_.facts.back().rejected)) {
      return Complaint(absl::StrCat("\"", reason, "\" is no reason of errors.proto"));
    }
    after_fact_ = false;
    return absl::OkStatus();
  }

  // Every text that begins with @ must be the label of a fact.
  absl::Status CheckLabels(const Message& message) const {
    std::vector<const FieldDescriptor*> fields;
    message.GetReflection()->ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      const int count =
          field->is_repeated() ? message.GetReflection()->FieldSize(message, field) : 1;
      for (int i = 0; i < count; ++i) {
        const absl::Status status = CheckLabel(message, field, i);
        if (!status.ok()) return status;
      }
    }
    return absl::OkStatus();
  }

  absl::Status CheckLabel(const Message& message, const FieldDescriptor* field, int i) const {
    const google::protobuf::Reflection* reflection = message.GetReflection();
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      return CheckLabels(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                              : reflection->GetMessage(message, field));
    }
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_STRING) return absl::OkStatus();
    const std::string text = field->is_repeated() ? reflection->GetRepeatedString(message, field, i)
                                                  : reflection->GetString(message, field);
    if (!absl::StartsWith(text, "@")) return absl::OkStatus();
    return Resolve(text).status();
  }

  Scenario scenario_;
  std::string client_id_;
  std::optional<absl::Time> as_of_;
  std::optional<size_t> known_at_;
  std::optional<v1::Policy> draft_;
  // The question that the next expectation belongs to.
  std::optional<size_t> asked_;
  // Whether the line before is a fact.
  bool after_fact_ = false;
  // How many facts of a client and day had no time of day.
  std::map<std::pair<std::string, absl::CivilDay>, int> noons_;
};

}  // namespace

absl::StatusOr<Scenario> ParseScenario(std::string_view file, std::string_view text) {
  const absl::StatusOr<std::vector<SourceLine>> lines = ExpandRepeats(file, text);
  if (!lines.ok()) return lines.status();
  Reader reader(file);
  for (const SourceLine& line : *lines) {
    const absl::Status status = reader.Read(line);
    if (!status.ok()) return status;
  }
  return reader.Finish();
}

}  // namespace pledger::scenarios
