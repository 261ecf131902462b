// Facts about recorded events: corrections, retractions, statements, and disputes of an event.
//
// Internal to obligations.
#ifndef PLEDGER_SERVER_DOMAIN_OBLIGATION_TARGETS_H_
#define PLEDGER_SERVER_DOMAIN_OBLIGATION_TARGETS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "pledger/v1/fact.pb.h"
#include "server/domain/obligation_state.h"
#include "server/domain/obligations.h"

namespace pledger {

// The event at `target` must be one of this client's, recorded before `position`.
[[nodiscard]] absl::Status CheckTarget(std::string_view client_id, uint64_t position,
                                       uint64_t target, EventLookup& events);

[[nodiscard]] absl::Status ApplyCorrection(uint64_t position, const v1::EventCorrected& correction,
                                           ObligationDraft& draft, EventLookup& events);

[[nodiscard]] absl::Status ApplyRetraction(uint64_t position, const v1::EventRetracted& retraction,
                                           ObligationDraft& draft, EventLookup& events);

}  // namespace pledger

#endif  // PLEDGER_SERVER_DOMAIN_OBLIGATION_TARGETS_H_
