#include "server/ledger/erasure_guard.h"

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "server/domain/errors.h"
#include "server/domain/personal.h"

namespace pledger::ledger {
namespace {

bool IsGuarded(const v1::ProposedEvent& event) {
  return event.fact().has_hold_placed() || HasPersonalFields(event.fact());
}

}  // namespace

absl::Status ErasureGuard::Submit(const v1::AppendRequest& request,
                                  absl::FunctionRef<absl::Status()> submit) {
  if (!absl::c_any_of(request.events(), IsGuarded)) return submit();
  absl::ReaderMutexLock lock(&mutex_);
  if (!client_id_.empty()) {
    for (const v1::ProposedEvent& event : request.events()) {
      if (event.client_id() != client_id_ || !IsGuarded(event)) continue;
      return Error(v1::ERROR_REASON_ERASURE_UNDER_WAY,
                   absl::StrCat("client ", client_id_, " is just being erased; send it again"),
                   {{"client_id", client_id_}});
    }
  }
  return submit();
}

void ErasureGuard::Begin(std::string_view client_id) {
  absl::MutexLock lock(&mutex_);
  client_id_ = client_id;
}

void ErasureGuard::End() {
  absl::MutexLock lock(&mutex_);
  client_id_.clear();
}

}  // namespace pledger::ledger
