#include "server/services/privacy_calls.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/domain/errors.h"
#include "server/domain/fact_rules.h"
#include "server/ledger/client_privacy.h"
#include "spdlog/spdlog.h"
#include "storage/format/record.h"
#include "storage/merkle/hash.h"

namespace pledger::services {
namespace {

// The certificate: the ClientErased at that position.
absl::StatusOr<v1::EraseClientResponse> Certify(PrivacyContext& context,
                                                storage::Position position) {
  auto record = context.ledger.store.ReadRecord(position);
  if (!record.ok()) return record.status();
  const auto view = storage::DecodeRecord(*record);
  if (!view.ok()) return view.status();
  const auto body = storage::ScanBody(view->body);
  if (!body.ok()) return body.status();
  PrivacyFold::Erasure erasure{position, view->header.record_time_ns, {}};
  v1::Fact fact;
  if (!fact.ParseFromArray(body->fact.data(), static_cast<int>(body->fact.size()))) {
    return storage::Corrupt(position, "its fact is malformed");
  }
  erasure.fact = std::move(*fact.mutable_client_erased());
  v1::EraseClientResponse response;
  *response.mutable_erasure() = ToProto(erasure);
  response.set_leaf_hash(std::string(storage::AsChars(storage::merkle::LeafHash(*record))));
  response.mutable_record()->set_record(*std::move(record));
  if (context.receipt == nullptr) return response;
  auto receipt = context.receipt(position);
  if (receipt.ok()) {
    response.set_receipt(*std::move(receipt));
  } else {
    // The erasure is done and recorded; its proof can be asked for later.
    spdlog::warn("no receipt for the erasure at position {} yet: {}", position,
                 std::string(receipt.status().message()));
  }
  return response;
}

}  // namespace

absl::StatusOr<v1::EraseClientResponse> EraseClient(PrivacyContext& context,
                                                    const Principal& caller,
                                                    const v1::EraseClientRequest& request) {
  if (!ParseUuid(request.event_id()).has_value()) {
    return InvalidField("event_id", "must be a UUID in its canonical text form");
  }
  const auto position = context.eraser.Erase({request.client_id(), request.event_id(),
                                              request.basis(), request.approved_by(), caller.name});
  if (!position.ok()) return position.status();
  return Certify(context, *position);
}

absl::StatusOr<v1::ListHoldsResponse> ListHolds(PrivacyContext& context,
                                                const v1::ListHoldsRequest& request) {
  const auto privacy = ledger::ReadClientPrivacy(context.ledger.store, request.client_id());
  if (!privacy.ok()) return privacy.status();
  v1::ListHoldsResponse response;
  for (const PrivacyFold::Hold& hold : privacy->holds()) *response.add_holds() = ToProto(hold);
  return response;
}

v1::Hold ToProto(const PrivacyFold::Hold& hold) {
  v1::Hold out;
  out.set_hold_id(hold.hold_id);
  out.set_basis(hold.basis);
  out.set_position(hold.position);
  *out.mutable_placed_time() = FromNanos(hold.placed_time_ns);
  out.set_placed_by(hold.placed_by);
  if (!hold.release.has_value()) return out;
  *out.mutable_released_time() = FromNanos(hold.release->time_ns);
  out.set_released_by(hold.release->by);
  return out;
}

v1::Erasure ToProto(const PrivacyFold::Erasure& erasure) {
  v1::Erasure out;
  out.set_position(erasure.position);
  *out.mutable_record_time() = FromNanos(erasure.record_time_ns);
  out.set_basis(erasure.fact.basis());
  *out.mutable_key_ids() = erasure.fact.key_ids();
  out.set_affected_count(erasure.fact.affected_count());
  return out;
}

}  // namespace pledger::services
