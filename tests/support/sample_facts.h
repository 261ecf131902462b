// One example of every type of fact, for tests that must cover them all.
#ifndef PLEDGER_TESTS_SUPPORT_SAMPLE_FACTS_H_
#define PLEDGER_TESTS_SUPPORT_SAMPLE_FACTS_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "pledger/v1/event.pb.h"
#include "pledger/v1/fact.pb.h"

namespace pledger::testing {

// 2024-05-01T12:00:00Z: the occur time of sample events.
inline constexpr int64_t kSampleTimeNs = 1'714'564'800'000'000'000;

// A fact in protobuf's text format; dies if `text` is none.
v1::Fact FactFromText(std::string_view text);

// The example of that type; dies if there is none. Every field is set (of a oneof, one), and each
// passes CheckProposedEvent but for those that only the ledger records. The examples do
// not form a history: PromiseKept is about another promise than PromiseMade.
v1::Fact SampleFact(uint16_t type);

// The examples of all types, in ascending order.
std::vector<v1::Fact> SampleFacts();

// An event of every optional field, about a client who may have such a fact: `~ledger` for a
// policy, "client-1" for others.
v1::ProposedEvent SampleEvent(const v1::Fact& fact);

}  // namespace pledger::testing

#endif  // PLEDGER_TESTS_SUPPORT_SAMPLE_FACTS_H_
