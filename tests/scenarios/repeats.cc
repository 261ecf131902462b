#include "tests/scenarios/repeats.h"

#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "storage/format/text.h"
#include "tests/scenarios/words.h"

namespace pledger::scenarios {
namespace {

constexpr char kForm[] = "a repeat is written as: repeat 12 monthly from 2025-01-05 as n";

struct Repeat {
  int line = 0;
  int rounds = 0;
  int step_days = 0;
  // Whole months are no number of days.
  int step_months = 0;
  std::optional<absl::CivilDay> from;
  std::string variable;
  std::vector<SourceLine> body;

  absl::CivilDay DayOf(int round) const {
    const absl::CivilMonth month = absl::CivilMonth(*from) + step_months * round;
    return absl::CivilDay(month.year(), month.month(), from->day()) + step_days * round;
  }
};

absl::Status ReadStep(const std::vector<Word>& words, size_t* at, Repeat* repeat) {
  const Word& step = words[*at];
  if (step.Is("daily")) {
    repeat->step_days = 1;
  } else if (step.Is("weekly")) {
    repeat->step_days = 7;
  } else if (step.Is("monthly")) {
    repeat->step_months = 1;
  } else if (step.Is("every") && *at + 1 < words.size()) {
    const auto days = ParseDayOffset(absl::StrCat("+", words[++*at].text));
    if (!days.has_value()) return Complaint(kForm);
    repeat->step_days = *days;
  } else {
    return Complaint(kForm);
  }
  ++*at;
  if (*at + 1 >= words.size() || !words[*at].Is("from")) return Complaint(kForm);
  repeat->from = ParseDay(words[*at + 1].text);
  if (!repeat->from.has_value() || repeat->from->day() > 28) {
    return Complaint("a repeat begins on a day up to the 28th");
  }
  *at += 2;
  return absl::OkStatus();
}

absl::StatusOr<Repeat> ReadRepeat(const std::vector<Word>& words) {
  Repeat repeat;
  if (words.size() < 4 || !absl::SimpleAtoi(words[1].text, &repeat.rounds)) {
    return Complaint(kForm);
  }
  size_t at = 2;
  if (!words[at].Is("as")) {
    const absl::Status status = ReadStep(words, &at, &repeat);
    if (!status.ok()) return status;
  }
  if (at + 2 != words.size() || !words[at].Is("as")) return Complaint(kForm);
  repeat.variable = absl::StrCat("$", words[at + 1].text);
  return repeat;
}

absl::Status Unroll(const Repeat& repeat, std::vector<SourceLine>* lines) {
  for (int round = 0; round < repeat.rounds; ++round) {
    for (const SourceLine& source : repeat.body) {
      std::string text =
          absl::StrReplaceAll(source.text, {{repeat.variable, absl::StrCat(round + 1)}});
      const auto words = SplitWords(text);
      if (words.ok() && !words->empty()) {
        const auto offset = ParseDayOffset(words->front().text);
        if (offset.has_value() && !repeat.from.has_value()) {
          return Complaint("this repeat has no day to count from");
        }
        if (offset.has_value()) {
          const size_t begin = text.find(words->front().text);
          text.replace(begin, words->front().text.size(),
                       absl::FormatCivilTime(repeat.DayOf(round) + *offset));
        }
      }
      lines->push_back({source.line, std::move(text)});
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<SourceLine>> ExpandRepeats(std::string_view file,
                                                      std::string_view text) {
  std::vector<SourceLine> lines;
  std::optional<Repeat> repeat;
  int number = 0;
  for (const auto piece : absl::StrSplit(ToAbsl(text), '\n')) {
    ++number;
    const auto words = SplitWords(FromAbsl(piece));
    const bool said = words.ok() && !words->empty();
    absl::Status status;
    if (said && words->front().Is("repeat")) {
      absl::StatusOr<Repeat> read = ReadRepeat(*words);
      status = repeat.has_value() ? Complaint("repeats don't nest") : read.status();
      if (status.ok()) {
        repeat = *std::move(read);
        repeat->line = number;
      }
    } else if (said && words->front().Is("end")) {
      status =
          repeat.has_value() ? Unroll(*repeat, &lines) : Complaint("there is no repeat to end");
      repeat.reset();
    } else if (repeat.has_value()) {
      repeat->body.push_back({number, std::string(piece)});
    } else {
      lines.push_back({number, std::string(piece)});
    }
    if (!status.ok()) {
      return Complaint(
          absl::StrCat(ToAbsl(file), ":", number, ": ", std::string(status.message())));
    }
  }
  if (repeat.has_value()) {
    return Complaint(absl::StrCat(ToAbsl(file), ":", repeat->line, ": the repeat has no end"));
  }
  return lines;
}

}  // namespace pledger::scenarios
