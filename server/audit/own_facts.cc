#include "server/audit/own_facts.h"

#include <algorithm>
#include <utility>

#include "server/domain/fact_rules.h"
#include "server/domain/fact_types.h"
#include "server/ledger/awaited_append.h"
#include "storage/merkle/hash.h"

namespace pledger::audit {

absl::StatusOr<ledger::RecordedEvent> LedgerFactRecorder::Record(const OwnFact& fact) {
  v1::AppendRequest request;
  v1::ProposedEvent* event = request.add_events();
  event->set_event_id(fact.event_id);
  event->set_client_id(std::string(kLedgerClient));
  *event->mutable_occur_time() = FromNanos(fact.occur_time_ns);
  *event->mutable_fact() = fact.fact;
  // Not the rules for callers, whom these facts are forbidden to.
  if (absl::Status status = CheckRules(*event, ""); !status.ok()) return status;
  ledger::AwaitedAppend append;
  absl::Status status = preparer_.Fill(request, fact.actor, &append);
  if (status.ok()) status = append.Await(sequencer_);
  if (!status.ok()) return status;
  return append.recorded.front();
}

std::string DerivedEventId(std::string_view text) {
  const storage::Hash hash = storage::merkle::Sha256(text);
  storage::EventId id;
  std::copy_n(hash.begin(), id.size(), id.begin());
  // Version 8: made in a way of our own (RFC 9562).
  id[6] = static_cast<uint8_t>((id[6] & 0x0f) | 0x80);
  id[8] = static_cast<uint8_t>((id[8] & 0x3f) | 0x80);
  return FormatUuid(id);
}

}  // namespace pledger::audit
