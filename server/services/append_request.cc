#include "server/services/append_request.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/domain/errors.h"
#include "server/domain/limits.h"
#include "server/services/event_encoder.h"
#include "server/services/request_parsing.h"
#include "storage/format/wire.h"

namespace pledger::services {
namespace {

google::protobuf::ArenaOptions BlockOptions(char* block, size_t bytes) {
  google::protobuf::ArenaOptions options;
  options.initial_block = block;
  options.initial_block_size = bytes;
  return options;
}

}  // namespace

AppendRequestBase::AppendRequestBase()
    : arena_(BlockOptions(block_, sizeof block_)),
      request_(google::protobuf::Arena::CreateMessage<v1::AppendRequest>(&arena_)) {}

absl::Status AppendRequestBase::CheckRequest(const LedgerContext& context, std::string_view bytes,
                                             bool deadline_passed) {
  if (deadline_passed) {
    return Error(v1::ERROR_REASON_DEADLINE_PASSED,
                 "the deadline had passed when the request arrived; nothing is recorded");
  }
  if (bytes.size() > limits::kAppendBytesMax) {
    return Error(v1::ERROR_REASON_LIMIT_EXCEEDED,
                 absl::StrCat("an append of ", bytes.size(), " bytes is larger than the limit of ",
                              limits::kAppendBytesMax),
                 {{"field", "events"},
                  {"limit", absl::StrCat(limits::kAppendBytesMax)},
                  {"actual", absl::StrCat(bytes.size())}});
  }
  absl::Status status = context.machine.CheckWritable();
  if (status.ok()) status = ParseWire(bytes, request_);
  if (status.ok()) status = context.preparer.Check(*request_);
  return status;
}

absl::Status AppendRequestBase::Start(LedgerContext& context, std::string_view bytes,
                                      bool deadline_passed, std::function<void()> in_line) {
  absl::Status started = CheckRequest(context, bytes, deadline_passed);
  std::vector<std::string_view> missing;
  if (started.ok()) missing = context.preparer.MissingKeys(*request_);
  if (!missing.empty()) {
    started = context.executor.Post([this, &context, in_line, missing = std::move(missing)] {
      absl::Status submitted = context.preparer.LoadKeys(missing);
      // Once it is submitted, the append may be answered and gone.
      if (submitted.ok()) submitted = FillAndSubmit(context);
      if (!submitted.ok()) {
        status = std::move(submitted);
        Failed();
      }
      in_line();
    });
    if (started.ok()) return started;
  } else if (started.ok()) {
    started = FillAndSubmit(context);
  }
  in_line();
  return started;
}

absl::Status AppendRequestBase::FillAndSubmit(LedgerContext& context) {
  absl::Status filled = context.preparer.Fill(*request_, kLocalPrincipal, this);
  if (!filled.ok()) return filled;
  return context.sequencer.Submit(this);
}

std::string AppendRequestBase::EncodeResponse() const {
  std::string response;
  response.reserve(recorded.size() * 40);
  std::string event;
  for (const ledger::RecordedEvent& one : recorded) {
    event.clear();
    AppendNumber(v1::AppendedEvent::kPositionFieldNumber, one.position, &event);
    AppendNumber(v1::AppendedEvent::kRevisionFieldNumber, one.revision, &event);
    AppendTimestamp(v1::AppendedEvent::kRecordTimeFieldNumber, one.record_time_ns, &event);
    AppendNumber(v1::AppendedEvent::kDuplicateFieldNumber, one.duplicate ? 1 : 0, &event);
    storage::AppendWireBytes(v1::AppendResponse::kEventsFieldNumber, event, &response);
  }
  return response;
}

}  // namespace pledger::services
