// The obligations that facts open, move and close: DOMAIN.md section 1.
//
// A promise is kept once; a payment settles only an invoice that is known and open. The rules look
// at the order of recording alone. They are a deterministic function of the facts recorded before:
// applying the recorded facts again, in order, to an empty table gives the same table, byte for
// byte, which is how the index is rebuilt.
//
// Where the states live is the caller's: a table in the index, below an overlay of what is not yet
// written. Nothing here keeps state; as thread-safe as the table and the lookup that it is given.
#ifndef PLEDGER_SERVER_DOMAIN_OBLIGATIONS_H_
#define PLEDGER_SERVER_DOMAIN_OBLIGATIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pledger/v1/fact.pb.h"

namespace pledger {

// What an obligation is about. The numbers are stored.
enum class ObligationKind : uint8_t {
  kClient = 1,
  kEnquiry,
  kEngagement,
  kPromise,
  kInvoice,
  kPayment,
  kCredit,
  kDispute,
  kComplaint,
  kChange,
  kIncident,
  kAdvice,
  kRefusal,
  kProposal,
  kParting,
  kHold,
  // An event that was corrected or retracted; its id is the position, eight bytes big-endian.
  kTarget,
  // The policy in force, of the ledger's own client.
  kPolicy,
};

// "invoice": how errors name the kind.
std::string_view ObligationKindName(ObligationKind kind);

// Where the state of an obligation is kept: client id, 0x00, kind, id. One client's keys are
// contiguous. `id` is empty for kClient and kPolicy.
std::string ObligationKey(std::string_view client_id, ObligationKind kind, std::string_view id);

// The states, by ObligationKey. Values are opaque and short, whatever the history: their format is
// obligation_state.h's.
class ObligationTable {
 public:
  virtual ~ObligationTable() = default;
  // The value last put; none if there was none. Another status than OK fails the fact.
  virtual absl::StatusOr<std::optional<std::string>> Find(std::string_view key) = 0;
  virtual void Put(std::string key, std::string value) = 0;
};

// An event that another one is about.
struct TargetEvent {
  std::string client_id;
  // As recorded, without personal fields.
  v1::Fact fact;
};

// Finds recorded events.
class EventLookup {
 public:
  virtual ~EventLookup() = default;
  // The event at `position`; none if there is none. Asked only for positions below that of the fact
  // being applied, so a lookup that knows later events does no harm.
  virtual absl::StatusOr<std::optional<TargetEvent>> FindEvent(uint64_t position) = 0;
};

// Checks the fact that is to be recorded at `position` against `table`, and puts the states that it
// changes. Puts nothing unless it returns OK. A fact that concerns no obligation returns at once
// and touches neither the table nor the lookup. `fact` has passed CheckProposedEvent, or was
// recorded.
//
// Errors carry the metadata that errors.proto names; `field` is relative to the fact:
// "payment_received.allocations[1].invoice_id".
//
//   OBLIGATION_UNKNOWN  the fact names an obligation that is not known for this client
//   OBLIGATION_STATE    the obligation is not in a state that allows the fact
//   OBLIGATION_EXISTS   the fact opens an obligation whose id is taken
//   TARGET_INVALID      the fact is about an event that it cannot be about; `why` is
//       "unknown"               there is no such event before this one
//       "other_client"          it is another client's
//       "kind"                  events of its kind can be neither corrected nor retracted
//       "retracted"             it was retracted
//       "different_kind"        the replacement is another kind of fact
//       "different_obligation"  the replacement is about another obligation
//       "different_step"        the replacement is another step of the parting
//       "relied_upon"           later facts rely on it: correct it instead
//   CORRUPT             a stored state is not one
//   others              what the table or the lookup returned
[[nodiscard]] absl::Status ApplyObligations(std::string_view client_id, uint64_t position,
                                            const v1::Fact& fact, ObligationTable& table,
                                            EventLookup& events);

}  // namespace pledger

#endif  // PLEDGER_SERVER_DOMAIN_OBLIGATIONS_H_
