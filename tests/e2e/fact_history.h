// What must be recorded before the examples of sample_facts.h are accepted.
#ifndef PLEDGER_TESTS_E2E_FACT_HISTORY_H_
#define PLEDGER_TESTS_E2E_FACT_HISTORY_H_

#include <vector>

#include "pledger/v1/fact.pb.h"

namespace pledger::testing {

// The facts of the same client on which `sample`, one of SampleFacts(), relies, in their order;
// empty where it relies on none. For a fact that names an event by its position, the last of them
// is the event to name.
std::vector<v1::Fact> FactsBefore(const v1::Fact& sample);

// Sets the position that `fact` names, where it names one.
void SetTarget(uint64_t position, v1::Fact* fact);

}  // namespace pledger::testing

#endif  // PLEDGER_TESTS_E2E_FACT_HISTORY_H_
