// How each kind of fact is written in a scenario; README.md shows them to the reader.
#ifndef PLEDGER_TESTS_SCENARIOS_FACT_PHRASES_H_
#define PLEDGER_TESTS_SCENARIOS_FACT_PHRASES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "pledger/v1/fact.pb.h"
#include "tests/scenarios/phrase.h"
#include "tests/scenarios/words.h"

namespace pledger::scenarios {

// Every kind but the correction and the adopted policy, which contain another message.
absl::Span<const PhraseText> FactPhrases();

// Reads a fact that occurred at `moment`; a position in it is left 0 and named in `label`.
//   correct @bill: invoice I-1 1000.00 EUR due 2025-03-31
//   policy 1: economy { cost_of_capital: 0.1 }
[[nodiscard]] absl::Status ParseFact(absl::Span<const Word> words, absl::Time moment,
                                     v1::Fact* fact, std::string* label);

}  // namespace pledger::scenarios

#endif  // PLEDGER_TESTS_SCENARIOS_FACT_PHRASES_H_
