// How expectations are written.
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tests/scenarios/phrase.h"
#include "tests/scenarios/scenario.h"
#include "tests/scenarios/words.h"

namespace pledger::scenarios {
namespace {

#define SCORE_OPTIONS                                                               \
  "[recent {recent}] [lifetime {lifetime}] [undisputed {undisputed}] [from {low}] " \
  "[to {high}] [items {items}]"

constexpr PhraseText kPhrases[] = {
    {"signal",
     "signal {code} {state} [segment {segment}] [since {since}] [our part {our_part}] "
     "[citing {citing}] [not citing {not_citing}] [measure {measure}] "
     "[suppressed => suppressed] [recovering => recovering] [aggravated => aggravated]"},
    {"no_signal", "no signal {code}"},
    {"no_pattern", "no pattern {code}"},
    {"score", "score {dimension} {value} " SCORE_OPTIONS},
    {"our_reliability", "our reliability {value} " SCORE_OPTIONS},
    {"overall",
     "overall {value} [recent {recent}] [lifetime {lifetime}] "
     "[undisputed {undisputed}]"},
    {"band", "band {band}"},
    {"confidence", "confidence {confidence} [of {dimension}]"},
    {"segment", "segment {segment}"},
    {"action",
     "action {action} [try first {try_first}] [tried {tried}] [because {because}] "
     "[held back => held_back]"},
    {"no_action", "no action {action}"},
    {"growth", "growth {code} [count {count}] [citing {citing}]"},
    {"no_growth", "no growth {code}"},
    {"drift", "drift {month}"},
    {"reason", "reason {dimension} {code} [count {count}] [points {points}] [citing {citing}]"},
    {"no_reason", "no reason {code}"},
    {"figure", "figure {path} {value...}"},
    {"solvency", "solvency {path} {value...}"},
    {"portfolio", "portfolio {path} {value...}"},
    {"row", "row {path} {value...}"},
    {"moved", "moved {dimension} by {label} [from {before}] [to {after}] [because {because}]"},
    {"changed", "changed {dimension} since {label} [from {before}] [to {after}] [citing {citing}]"},
    {"month", "month {month} {dimension} {value}"},
    {"disputed", "disputed {labels}"},
    {"amended", "amended {labels}"},
    {"statement", "statement {label} on {target}"},
    {"not_found", "not found"},
};

#undef SCORE_OPTIONS

bool IsDimension(const Word& word) {
  v1::Dimension dimension;
  return !word.quoted &&
         v1::Dimension_Parse(absl::StrCat("DIMENSION_", absl::AsciiStrToUpper(word.text)),
                             &dimension) &&
         dimension != v1::DIMENSION_OVERALL;
}

}  // namespace

absl::StatusOr<Expectation> ParseExpectation(std::string_view text) {
  static const PhraseBook* const book = new PhraseBook(Expectation::descriptor(), kPhrases);
  absl::StatusOr<std::vector<Word>> words = SplitWords(text);
  if (!words.ok()) return words.status();
  if (!words->empty() && IsDimension(words->front())) {
    words->insert(words->begin(), {"score", false});
  }
  Expectation expectation;
  std::string label;
  const absl::Status status = book->Parse(*words, absl::UnixEpoch(), &expectation, &label);
  if (!status.ok()) return status;
  return expectation;
}

}  // namespace pledger::scenarios
