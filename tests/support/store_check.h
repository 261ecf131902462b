// Whether all that a store says follows from its log.
#ifndef PLEDGER_TESTS_SUPPORT_STORE_CHECK_H_
#define PLEDGER_TESTS_SUPPORT_STORE_CHECK_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/event_store.h"
#include "storage/format/types.h"

namespace pledger::testing {

// What a store holds.
struct StoreContents {
  // By position.
  std::vector<std::string> records;
  // By position; empty where there is none.
  std::vector<std::string> sealed;
  // Derived anew from the records.
  std::map<std::string, std::string> states;
  storage::Hash root{};

  bool operator==(const StoreContents&) const = default;
};

// The root of RFC 6962's tree over leaf hashes, by its recursive definition.
storage::Hash ReferenceRoot(const std::vector<storage::Hash>& leaves);

// Reads everything in every way that the store offers, and compares it with what follows from the
// records: gapless positions, growing record times, chains, streams, heads, event ids, states,
// tiles. Waits for the index. FAILED_PRECONDITION names the first difference; other errors are the
// store's. Nothing may be committed meanwhile.
absl::StatusOr<StoreContents> CheckStore(storage::EventStore& store,
                                         storage::StateDeriver& deriver);

// Waits until everything that is recorded is in the index.
absl::Status WaitIndexed(storage::EventStore& store);

// The cursor's records.
absl::StatusOr<std::vector<std::string>> ReadAll(storage::RecordCursor& cursor);

}  // namespace pledger::testing

#endif  // PLEDGER_TESTS_SUPPORT_STORE_CHECK_H_
