#include "server/services/audit_service.h"

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pledger/v1/audit.grpc.pb.h"
#include "server/domain/errors.h"
#include "server/services/append_request.h"
#include "server/services/audit_streams.h"
#include "server/services/unary_call.h"
#include "server/services/view_waiting.h"

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
                            Base::WithRawCallbackMethod_RotateSigningKey<Base::Service>>>>>>>>>>>;

using Ready = std::function<void(absl::Status)>;

class AuditService final : public RawBase {
 public:
  explicit AuditService(AuditContext& context) : context_(context) {}

  grpc::ServerUnaryReactor* GetCheckpoint(grpc::CallbackServerContext* call,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response) override {
    using Call = UnaryCall<v1::GetCheckpointRequest, v1::GetCheckpointResponse>;
    Call::Steps steps;
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
    return Answer(request, response, &audit::Auditor::ListCheckpoints);
  }
  grpc::ServerUnaryReactor* GetInclusionProof(grpc::CallbackServerContext* call,
                                              const grpc::ByteBuffer* request,
                                              grpc::ByteBuffer* response) override {
    return Answer(request, response, &audit::Auditor::GetInclusionProof);
  }
  grpc::ServerUnaryReactor* GetConsistencyProof(grpc::CallbackServerContext* call,
                                                const grpc::ByteBuffer* request,
                                                grpc::ByteBuffer* response) override {
    return Answer(request, response, &audit::Auditor::GetConsistencyProof);
  }
  grpc::ServerUnaryReactor* GetReceipt(grpc::CallbackServerContext* call,
                                       const grpc::ByteBuffer* request,
                                       grpc::ByteBuffer* response) override {
    return Answer(request, response, &audit::Auditor::GetReceipt);
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
    return Answer(request, response, &audit::Auditor::GetAuditKeys);
  }
  grpc::ServerUnaryReactor* RotateSigningKey(grpc::CallbackServerContext* call,
                                             const grpc::ByteBuffer* request,
                                             grpc::ByteBuffer* response) override {
    using Call = UnaryCall<v1::RotateSigningKeyRequest, v1::RotateSigningKeyResponse>;
    Call::Steps steps;
    steps.wait = [this](const v1::RotateSigningKeyRequest&, Ready ready) { AwaitIndex(ready); };
    steps.answer = [this](const v1::RotateSigningKeyRequest& parsed) {
      return context_.auditor.RotateSigningKey(parsed, std::string(kLocalPrincipal));
    };
    return Call::Start(context_.ledger.executor, request, response, std::move(steps));
  }

 private:
  // Answers when the index holds all that is recorded now.
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* Answer(
      const grpc::ByteBuffer* request, grpc::ByteBuffer* response,
      absl::StatusOr<Response> (audit::Auditor::*answer)(const Request&)) {
    typename UnaryCall<Request, Response>::Steps steps;
    steps.wait = [this](const Request&, Ready ready) { AwaitIndex(std::move(ready)); };
    steps.answer = [this, answer](const Request& parsed) {
      return (context_.auditor.*answer)(parsed);
    };
    return UnaryCall<Request, Response>::Start(context_.ledger.executor, request, response,
                                               std::move(steps));
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
                    context_.ledger.signal.WhenGrown(position, [this, ready] { AwaitIndex(ready); });
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
  steps.wait = [this, call](const v1::VerifyProjectionRequest& parsed, Ready ready) {
    if (!parsed.view().empty() && parsed.view() != kReliabilityView) {
      return ready(Error(v1::ERROR_REASON_VIEW_NOT_FOUND,
                         absl::StrCat("there is no view ", parsed.view(), "; there is ",
                                      kReliabilityView),
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
  steps.answer = [this](const v1::VerifyProjectionRequest&)
      -> absl::StatusOr<v1::VerifyProjectionResponse> {
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

}  // namespace

std::unique_ptr<grpc::Service> MakeAuditService(AuditContext& context) {
  return std::make_unique<AuditService>(context);
}

}  // namespace pledger::services
