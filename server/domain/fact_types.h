// The kinds of fact, by the number of their field in v1.Fact: what a record's header stores.
//
// Numbers and names come from the descriptor of v1.Fact alone. Thread-safe.
#ifndef PLEDGER_SERVER_DOMAIN_FACT_TYPES_H_
#define PLEDGER_SERVER_DOMAIN_FACT_TYPES_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "pledger/v1/fact.pb.h"

namespace pledger {

// The stream of facts about the whole ledger: policies and the like.
inline constexpr std::string_view kLedgerClient = "~ledger";

// The number of the one fact that is set, equal to its v1::FactType; 0 if none is.
inline uint16_t FactTypeOf(const v1::Fact& fact) { return static_cast<uint16_t>(fact.fact_case()); }

// Whether a fact of this kind can be corrected, and so replace the one that is.
bool IsCorrectable(v1::Fact::FactCase type);

// Whether only the ledger itself records such facts, and refuses them in an append.
bool IsRecordedByLedgerOnly(v1::Fact::FactCase type);

// "invoice_issued"; empty if there is no such type. The view lives for ever.
std::string_view FactTypeName(uint16_t type);

// The type of that name; 0 if there is none.
uint16_t FactTypeFromName(std::string_view name);

// All types in ascending order.
const std::vector<uint16_t>& AllFactTypes();

}  // namespace pledger

#endif  // PLEDGER_SERVER_DOMAIN_FACT_TYPES_H_
