#include "server/services/audit_service.h"

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pledger/v1/audit.grpc.pb.h"
#include "server/domain/errors.h"
#include "server/services/access_log_call.h"
#include "server/services/audit_streams.h"
#include "server/services/permissions.h"
#include "server/services/unary_call.h"
#include "server/services/view_waiting.h"
#include "storage/format/record.h"

namespace pledger::services {
namespace {

constexpr char kReliabilityView[] = "reliability";

using Base = v1::AuditService;
using RawBase = Base::WithRawCallbackMethod_GetCheckpoint<
    Base::WithRawCallbackMethod_ListCheckpoints<Base::WithRawCallbackMethod_GetInclusionProof<
        Base::WithRawCallbackMethod_GetConsistencyProof<Base::WithRawCallbackMethod_GetReceipt<
            Base::WithRawCallbackMethod_ReadRecords<Base::WithRawCallbackMethod_ProveClientHistory<
                Base::WithRawCallbackMethod_RecordClientDirectory<
                    Base::WithRawCallbackMethod_VerifyProjection<
                        Base::WithRawCallbackMethod_GetAuditKeys<
                            Base::WithRawCallbackMethod_RotateSigningKey<
                                Base::WithRawCallbackMethod_ReadAccessLog<Base::Service>>>>>>>>>>>>;

using Ready = std::function<void(absl::Status)>;

class AuditService final : public RawBase {
 public:
  explicit AuditService(AuditContext& context) : context_(context) {}

  grpc::ServerUnaryReactor* GetCheckpoint(grpc::CallbackServerContext* call,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response) override {
    using Call = UnaryCall<v1::GetCheckpointRequest, v1::GetCheckpointResponse>;
    Call::Steps steps;
    steps.caller = context_.ledger.principals.Of(*call);
    steps.wait = [this, call](const v1::GetCheckpointRequest& parsed, Ready ready) {
      if (parsed.which_case() != v1::GetCheckpointRequest::kMinPosition) return AwaitIndex(ready);
      AwaitRecorded(*call, parsed.min_position(), std::move(ready));
    };
    steps.answer = [this](const v1::GetCheckpointRequest& parsed) {
      return context_.auditor.GetCheckpoint(parsed);
    };
    return Call::Start(context_.ledger.executor, request, response, std::move(steps));
  }
  grpc::ServerUnaryReactor* ListCheckpoints(grpc::CallbackServerContext* call,
                                            const grpc::ByteBuffer* request,
                                            grpc::ByteBuffer* response) override {
    return Answer(call, request, response, &audit::Auditor::ListCheckpoints);
  }
  grpc::ServerUnaryReactor* GetInclusionProof(grpc::CallbackServerContext* call,
                                              const grpc::ByteBuffer* request,
                                              grpc::ByteBuffer* response) override {
    return Answer(call, request, response, &audit::Auditor::GetInclusionProof);
  }
  grpc::ServerUnaryReactor* GetConsistencyProof(grpc::CallbackServerContext* call,
                                                const grpc::ByteBuffer* request,
                                                grpc::ByteBuffer* response) override {
    return Answer(call, request, response, &audit::Auditor::GetConsistencyProof);
  }
  grpc::ServerUnaryReactor* GetReceipt(grpc::CallbackServerContext* call,
                                       const grpc::ByteBuffer* request,
                                       grpc::ByteBuffer* response) override {
    using Call = UnaryCall<v1::GetReceiptRequest, v1::GetReceiptResponse>;
    Call::Steps steps = StepsOf<v1::GetReceiptRequest, v1::GetReceiptResponse>(
        call, Right::kReceipt, &audit::Auditor::GetReceipt);
    if (steps.caller.ok()) {
      const PrincipalRef caller = *steps.caller;
      steps.authorise = [](const Principal& who, const v1::GetReceiptRequest& parsed) {
        return CheckRight(who, parsed.with_sealed() ? Right::kAudit : Right::kReceipt);
      };
      steps.wait = [this, caller](const v1::GetReceiptRequest& parsed, Ready ready) {
        if (!parsed.with_sealed()) return AwaitIndex(std::move(ready));
        v1::AccessEntry entry = MakeAccessEntry(v1::AccessEntry::KIND_AUDIT, "GetReceipt", "");
        if (parsed.key_case() == v1::GetReceiptRequest::kPosition) {
          entry.set_position(parsed.position());
        } else {
          entry.set_event_id(parsed.event_id());
        }
        RecordThenAwaitIndex(*caller, std::move(entry), std::move(ready));
      };
      steps.answer = [this, caller](const v1::GetReceiptRequest& parsed) {
        return GetReceiptFor(*caller, parsed);
      };
    }
    return Call::Start(context_.ledger.executor, request, response, std::move(steps));
  }
  grpc::ServerWriteReactor<grpc::ByteBuffer>* ReadRecords(
      grpc::CallbackServerContext* call, const grpc::ByteBuffer* request) override {
    return StartReadRecords(context_, call, request);
  }
  grpc::ServerWriteReactor<grpc::ByteBuffer>* ProveClientHistory(
      grpc::CallbackServerContext* call, const grpc::ByteBuffer* request) override {
    return StartProveClientHistory(context_, call, request);
  }
  grpc::ServerUnaryReactor* RecordClientDirectory(grpc::CallbackServerContext* call,
                                                  const grpc::ByteBuffer* request,
                                                  grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* VerifyProjection(grpc::CallbackServerContext* call,
                                             const grpc::ByteBuffer* request,
                                             grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* GetAuditKeys(grpc::CallbackServerContext* call,
                                         const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response) override {
    return Answer(call, request, response, &audit::Auditor::GetAuditKeys);
  }
  grpc::ServerUnaryReactor* RotateSigningKey(grpc::CallbackServerContext* call,
                                             const grpc::ByteBuffer* request,
                                             grpc::ByteBuffer* response) override {
    using Call = UnaryCall<v1::RotateSigningKeyRequest, v1::RotateSigningKeyResponse>;
    Call::Steps steps;
    steps.caller = context_.ledger.principals.Of(*call);
    steps.authorise = [](const Principal& caller, const v1::RotateSigningKeyRequest&) {
      return CheckRight(caller, Right::kRotateSigningKey);
    };
    steps.wait = [this](const v1::RotateSigningKeyRequest&, Ready ready) { AwaitIndex(ready); };
    if (steps.caller.ok()) {
      steps.answer = [this,
                      actor = (*steps.caller)->name](const v1::RotateSigningKeyRequest& parsed) {
        return context_.auditor.RotateSigningKey(parsed, actor);
      };
    }
    return Call::Start(context_.ledger.executor, request, response, std::move(steps));
  }

  grpc::ServerUnaryReactor* ReadAccessLog(grpc::CallbackServerContext* call,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response) override;

 private:
  // Answers when the index holds all that is recorded now.
  template <typename Request, typename Response>
  typename UnaryCall<Request, Response>::Steps StepsOf(
      const grpc::CallbackServerContext* call, std::optional<Right> right,
      absl::StatusOr<Response> (audit::Auditor::*answer)(const Request&)) {
    typename UnaryCall<Request, Response>::Steps steps;
    steps.caller = context_.ledger.principals.Of(*call);
    if (right.has_value()) {
      steps.authorise = [right](const Principal& caller, const Request&) {
        return CheckRight(caller, *right);
      };
    }
    steps.wait = [this](const Request&, Ready ready) { AwaitIndex(std::move(ready)); };
    steps.answer = [this, answer](const Request& parsed) {
      return (context_.auditor.*answer)(parsed);
    };
    return steps;
  }

  // For every principal: what it tells of the ledger says nothing of anybody.
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* Answer(
      const grpc::CallbackServerContext* call, const grpc::ByteBuffer* request,
      grpc::ByteBuffer* response,
      absl::StatusOr<Response> (audit::Auditor::*answer)(const Request&)) {
    return UnaryCall<Request, Response>::Start(context_.ledger.executor, request, response,
                                               StepsOf(call, std::nullopt, answer));
  }

  // A receipt has the whole record in it: it must be one of the caller's clients.
  absl::StatusOr<v1::GetReceiptResponse> GetReceiptFor(const Principal& caller,
                                                       const v1::GetReceiptRequest& request) {
    auto receipt = context_.auditor.GetReceipt(request);
    if (!receipt.ok()) return receipt;
    const auto view = storage::DecodeRecord(receipt->record().record());
    if (!view.ok()) return view.status();
    const auto client_id = storage::BodyClientId(view->body);
    if (!client_id.ok()) return client_id.status();
    if (absl::Status status = CheckClient(caller, *client_id); !status.ok()) return status;
    return receipt;
  }

  void RecordThenAwaitIndex(const Principal& caller, v1::AccessEntry entry, Ready ready) {
    context_.ledger.access.Record(caller, std::move(entry),
                                  [this, ready = std::move(ready)](const absl::Status& recorded) {
                                    recorded.ok() ? AwaitIndex(ready) : ready(recorded);
                                  });
  }

  void AwaitIndex(Ready ready) {
    context_.ledger.store.WhenIndexed(context_.ledger.store.next_position(), std::move(ready));
  }

  // The view has the event soon after it is recorded, and knows how to wait no longer than the
  // caller; the announcement comes when the head of the tree has it as well.
  void AwaitRecorded(const grpc::CallbackServerContext& call, storage::Position position,
                     Ready ready) {
    AwaitPosition(context_.reliability, call, position, "min_position",
                  [this, position, ready = std::move(ready)](const absl::Status& status) {
                    if (!status.ok()) return ready(status);
                    context_.ledger.signal.WhenGrown(position,
                                                     [this, ready] { AwaitIndex(ready); });
                  });
  }

  AuditContext& context_;
};

grpc::ServerUnaryReactor* AuditService::RecordClientDirectory(grpc::CallbackServerContext* call,
                                                              const grpc::ByteBuffer* request,
                                                              grpc::ByteBuffer* response) {
  using Call = UnaryCall<v1::RecordClientDirectoryRequest, v1::RecordClientDirectoryResponse>;
  const auto recorded = std::make_shared<audit::RecordedDirectory>();
  Call::Steps steps;
  steps.caller = context_.ledger.principals.Of(*call);
  steps.authorise = [](const Principal& caller, const v1::RecordClientDirectoryRequest&) {
    return CheckRight(caller, Right::kRecordDirectory);
  };
  steps.wait = [this, recorded](const v1::RecordClientDirectoryRequest&, Ready ready) {
    context_.directories.Record(
        [recorded, ready = std::move(ready)](const absl::StatusOr<audit::RecordedDirectory>& done) {
          if (done.ok()) *recorded = *done;
          ready(done.status());
        });
  };
  steps.answer = [recorded](const v1::RecordClientDirectoryRequest&) {
    v1::RecordClientDirectoryResponse said;
    said.set_position(recorded->position);
    said.set_next_position(recorded->summary.next_position);
    said.set_client_count(recorded->summary.client_count);
    said.set_root_hash(std::string(storage::AsChars(recorded->summary.root)));
    return said;
  };
  return Call::Start(context_.ledger.executor, request, response, std::move(steps));
}

grpc::ServerUnaryReactor* AuditService::VerifyProjection(grpc::CallbackServerContext* call,
                                                         const grpc::ByteBuffer* request,
                                                         grpc::ByteBuffer* response) {
  using Call = UnaryCall<v1::VerifyProjectionRequest, v1::VerifyProjectionResponse>;
  Call::Steps steps;
  steps.caller = context_.ledger.principals.Of(*call);
  steps.authorise = [](const Principal& caller, const v1::VerifyProjectionRequest&) {
    return CheckRight(caller, Right::kAudit);
  };
  steps.wait = [this, call](const v1::VerifyProjectionRequest& parsed, Ready ready) {
    if (!parsed.view().empty() && parsed.view() != kReliabilityView) {
      return ready(
          Error(v1::ERROR_REASON_VIEW_NOT_FOUND,
                absl::StrCat("there is no view ", parsed.view(), "; there is ", kReliabilityView),
                {{"view", parsed.view()}}));
    }
    std::optional<uint64_t> min_position;
    if (parsed.has_min_position()) min_position = parsed.min_position();
    AwaitPosition(context_.reliability, *call, min_position, "min_position",
                  [this, ready = std::move(ready)](const absl::Status& status) {
                    if (!status.ok()) return ready(status);
                    context_.reliability.view.WhenWritten(ready);
                  });
  };
  steps.answer =
      [this](const v1::VerifyProjectionRequest&) -> absl::StatusOr<v1::VerifyProjectionResponse> {
    const auto contents = context_.reliability.view.ReadContents();
    if (!contents.ok()) return contents.status();
    v1::VerifyProjectionResponse said;
    said.set_view(kReliabilityView);
    said.set_version(projections::ReliabilityView::kVersion);
    said.set_next_position(contents->position);
    said.set_entry_count(contents->digest.entry_count());
    said.set_quarantined_count(contents->quarantined_count);
    said.set_digest(std::string(storage::AsChars(contents->digest.sum())));
    return said;
  };
  return Call::Start(context_.ledger.executor, request, response, std::move(steps));
}

grpc::ServerUnaryReactor* AuditService::ReadAccessLog(grpc::CallbackServerContext* call,
                                                      const grpc::ByteBuffer* request,
                                                      grpc::ByteBuffer* response) {
  using Call = UnaryCall<v1::ReadAccessLogRequest, v1::ReadAccessLogResponse>;
  Call::Steps steps;
  steps.caller = context_.ledger.principals.Of(*call);
  steps.authorise = [](const Principal& caller, const v1::ReadAccessLogRequest&) {
    return CheckRight(caller, Right::kReadAccessLog);
  };
  if (steps.caller.ok()) {
    steps.wait = [this, caller = *steps.caller](const v1::ReadAccessLogRequest&, Ready ready) {
      context_.ledger.access.Record(
          *caller, MakeAccessEntry(v1::AccessEntry::KIND_ACCESS_LOG, "ReadAccessLog", ""),
          std::move(ready));
    };
  }
  steps.answer = [this](const v1::ReadAccessLogRequest& parsed) {
    return services::ReadAccessLog(context_.ledger.access.log(), parsed);
  };
  return Call::Start(context_.ledger.executor, request, response, std::move(steps));
}

}  // namespace

std::unique_ptr<grpc::Service> MakeAuditService(AuditContext& context) {
  return std::make_unique<AuditService>(context);
}

}  // namespace pledger::services
