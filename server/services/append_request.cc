#include "server/services/append_request.h"

#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "pledger/store/v1/record_body.pb.h"
#include "server/domain/errors.h"
#include "server/domain/limits.h"
#include "server/services/event_encoder.h"
#include "server/services/permissions.h"
#include "server/services/request_parsing.h"
#include "storage/format/record.h"
#include "storage/format/wire.h"

namespace pledger::services {
namespace {

// How many new clients' keys an append may have made on the caller's thread.
constexpr size_t kKeysInLineMax = 8;

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
  if (status.ok()) status = CheckAppend(*principal_, *request_);
  return status;
}

absl::Status AppendRequestBase::Start(LedgerContext& context, PrincipalRef principal,
                                      std::string_view bytes, bool deadline_passed,
                                      std::function<void()> in_line) {
  principal_ = std::move(principal);
  absl::Status started = CheckRequest(context, bytes, deadline_passed);
  std::vector<std::string_view> missing;
  bool has_targets = false;
  if (started.ok()) {
    missing = context.preparer.MissingKeys(*request_);
    // Making a few keys takes less than waking a thread that may wait for the disk. Where that has
    // to be, it will say what is wrong.
    if (!missing.empty() && missing.size() <= kKeysInLineMax &&
        context.preparer.LoadKeys(missing, storage::ReadTier::kMemory).ok()) {
      missing.clear();
    }
    has_targets = !principal_->may_all() &&
                  absl::c_any_of(request_->events(), [this](const v1::ProposedEvent& event) {
                    return NeedsTargetCheck(*principal_, event);
                  });
  }
  if (!missing.empty() || has_targets) {
    started = context.executor.Post([this, &context, in_line, missing = std::move(missing)] {
      absl::Status submitted = Load(context, missing);
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

absl::Status AppendRequestBase::Load(LedgerContext& context,
                                     absl::Span<const std::string_view> missing_keys) {
  absl::Status loaded = CheckTargets(context);
  if (loaded.ok() && !missing_keys.empty()) {
    loaded = context.preparer.LoadKeys(missing_keys, storage::ReadTier::kAnywhere);
  }
  return loaded;
}

absl::Status AppendRequestBase::CheckTargets(LedgerContext& context) {
  if (principal_->may_all()) return absl::OkStatus();
  for (const v1::ProposedEvent& event : request_->events()) {
    if (!NeedsTargetCheck(*principal_, event)) continue;
    const v1::Fact& fact = event.fact();
    const uint64_t target = fact.has_event_corrected() ? fact.event_corrected().target_position()
                                                       : fact.event_retracted().target_position();
    const auto record = context.store.ReadRecord(target);
    // What is wrong with the target otherwise is for the rules to say.
    if (absl::IsNotFound(record.status())) continue;
    if (!record.ok()) return record.status();
    const auto view = storage::DecodeRecord(*record);
    if (!view.ok()) return view.status();
    store::v1::RecordBody body;
    if (!body.ParseFromArray(view->body.data(), static_cast<int>(view->body.size()))) {
      return storage::Corrupt(target, "its body is malformed");
    }
    absl::Status status = CheckTargetSource(*principal_, target, body.source());
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status AppendRequestBase::FillAndSubmit(LedgerContext& context) {
  return context.guard.Submit(*request_, [this, &context] {
    absl::Status filled = context.preparer.Fill(*request_, principal_->name, this);
    if (!filled.ok()) return filled;
    return context.sequencer.Submit(this);
  });
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
