// From a recorded fact to the few fields that are kept of it.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_HISTORY_REDUCER_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_HISTORY_REDUCER_H_

#include <string>
#include <string_view>

#include "google/protobuf/repeated_ptr_field.h"
#include "pledger/v1/fact.pb.h"
#include "server/domain/reliability/history_fact.h"

namespace pledger::reliability {

// The texts of a fact, not yet numbered; they point into the fact. Empty: none.
struct FactTexts {
  std::string_view id;
  std::string_view engagement;
  std::string_view about;
  std::string_view currency;
  const google::protobuf::RepeatedPtrField<std::string>* reasons = nullptr;
  const v1::PaymentReceived* payment = nullptr;
};

// Fills in `out->type` and every field of its kind but texts and lists, which go to `texts`;
// `out->currency` becomes 0 where there is money. Null if it could; else why not.
const char* ReduceFact(const v1::Fact& fact, HistoryFact* out, FactTexts* texts);

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_HISTORY_REDUCER_H_
