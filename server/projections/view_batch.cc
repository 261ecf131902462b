#include "server/projections/view_batch.h"

#include <memory>

#include "absl/hash/hash.h"
#include "pledger/v1/fact.pb.h"
#include "server/domain/reliability/client_history.h"
#include "storage/format/record.h"
#include "storage/format/text.h"

namespace pledger::projections {
namespace {

bool IsLookedAt(uint16_t fact_type) {
  return reliability::ClientHistory::Matters(fact_type) ||
         fact_type == v1::FACT_TYPE_POLICY_ADOPTED;
}

}  // namespace

ClientKey::ClientKey(std::string_view client_id)
    : id(client_id), hash(absl::Hash<absl::string_view>()(ToAbsl(client_id))) {}

void ViewBatch::Read(storage::EventStore& store, storage::Position first, uint64_t events_max) {
  for (Part& part : parts) {
    part.events.clear();
    part.bytes.clear();
  }
  from = end = first;
  const auto cursor = store.ReadLog(first, first + events_max, storage::Direction::kForward);
  while (cursor->Next()) {
    const storage::RecordView& view = cursor->view();
    const auto body = storage::ScanBody(view.body);
    if (!body.ok()) {
      status = storage::Corrupt(end, FromAbsl(body.status().message()));
      return;
    }
    const storage::RecordHeader& header = view.header;
    const ClientKey client(body->client_id);
    const std::string_view fact = IsLookedAt(header.fact_type) ? body->fact : std::string_view();
    Part& part = parts[ShardOfHash(client.hash)];
    part.events.push_back({.position = header.position,
                           .record_time_ns = header.record_time_ns,
                           .occur_time_ns = header.occur_time_ns,
                           .client_hash = client.hash,
                           .begin = static_cast<uint32_t>(part.bytes.size()),
                           .fact_bytes = static_cast<uint32_t>(fact.size()),
                           .client_bytes = static_cast<uint16_t>(client.id.size()),
                           .fact_type = header.fact_type});
    part.bytes.append(client.id).append(fact);
    ++end;
  }
  status = cursor->status();
}

}  // namespace pledger::projections
