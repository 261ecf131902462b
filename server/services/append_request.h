// One append through the service, whichever call brings it: parse, check, prepare, submit, answer.
#ifndef PLEDGER_SERVER_SERVICES_APPEND_REQUEST_H_
#define PLEDGER_SERVER_SERVICES_APPEND_REQUEST_H_

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "google/protobuf/arena.h"
#include "pledger/v1/ledger.pb.h"
#include "server/ledger/pending_append.h"
#include "server/services/ledger_context.h"
#include "server/services/principal.h"

namespace pledger::services {

class AppendRequestBase : public ledger::PendingAppend {
 public:
  // Starts on the bytes of an AppendRequest, which `principal` sends. Returns the error, or Done()
  // or Failed() will be called once, perhaps before it returns. `deadline_passed` tells whether the
  // caller still waits. `bytes` may go when it returns. `in_line` is called once the append has its
  // place in the order, or failed: on this thread before it returns, or on another; it must not
  // touch the append.
  absl::Status Start(LedgerContext& context, PrincipalRef principal, std::string_view bytes,
                     bool deadline_passed, std::function<void()> in_line);

  // The response, as bytes of a pledger.v1.AppendResponse. Only after an OK outcome.
  std::string EncodeResponse() const;

 protected:
  AppendRequestBase();
  // Called instead of Done() when preparing failed on another thread; `status` has the reason.
  virtual void Failed() = 0;

 private:
  absl::Status CheckRequest(const LedgerContext& context, std::string_view bytes,
                            bool deadline_passed);
  // What has to be read before it can be submitted. May block.
  absl::Status Load(LedgerContext& context, absl::Span<const std::string_view> missing_keys);
  absl::Status CheckTargets(LedgerContext& context);
  absl::Status FillAndSubmit(LedgerContext& context);

  // Room for a request of one event, so that it costs no allocation.
  alignas(8) char block_[2048];
  google::protobuf::Arena arena_;
  v1::AppendRequest* request_;
  PrincipalRef principal_;
};

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_APPEND_REQUEST_H_
