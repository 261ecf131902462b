#include "server/ledger/client_privacy.h"

#include "absl/strings/str_cat.h"
#include "server/domain/errors.h"
#include "storage/format/record.h"
#include "storage/format/text.h"

namespace pledger::ledger {
namespace {

absl::Status Fold(const storage::RecordView& view, PrivacyFold* fold) {
  if (view.header.has_sealed) fold->AddSealed();
  if (!PrivacyFold::Concerns(view.header.fact_type)) return absl::OkStatus();
  const auto body = storage::ScanBody(view.body);
  if (!body.ok()) return body.status();
  v1::Fact fact;
  if (!fact.ParseFromArray(body->fact.data(), static_cast<int>(body->fact.size()))) {
    return storage::Corrupt(view.header.position, "its fact is malformed");
  }
  fold->Add({view.header.position, view.header.record_time_ns, body->actor}, fact);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PrivacyFold> ReadClientPrivacy(storage::EventStore& store,
                                              std::string_view client_id) {
  PrivacyFold fold;
  bool found = false;
  const auto cursor =
      store.ReadClient(client_id, 0, storage::Direction::kForward, storage::ReadTier::kAnywhere);
  while (cursor->Next()) {
    found = true;
    if (absl::Status status = Fold(cursor->view(), &fold); !status.ok()) return status;
  }
  if (!cursor->status().ok()) return cursor->status();
  if (found) return fold;
  return Error(v1::ERROR_REASON_CLIENT_NOT_FOUND,
               absl::StrCat("no event of client ", ToAbsl(client_id), " is recorded"),
               {{"client_id", std::string(client_id)}});
}

}  // namespace pledger::ledger
