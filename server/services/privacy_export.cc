#include "server/services/privacy_export.h"

#include <atomic>
#include <optional>
#include <string>
#include <utility>

#include "pledger/v1/privacy.pb.h"
#include "server/domain/errors.h"
#include "server/domain/fact_rules.h"
#include "server/domain/limits.h"
#include "server/domain/third_parties.h"
#include "server/ledger/client_privacy.h"
#include "server/services/byte_buffers.h"
#include "server/services/page_reader.h"
#include "server/services/permissions.h"
#include "server/services/perspective.h"
#include "server/services/privacy_calls.h"
#include "server/services/request_parsing.h"
#include "server/services/status_mapping.h"
#include "server/services/view_waiting.h"

namespace pledger::services {
namespace {

using Reactor = grpc::ServerWriteReactor<grpc::ByteBuffer>;

class ExportClientCall final : public Reactor, public TickedStream {
 public:
  ExportClientCall(PrivacyContext& context, grpc::CallbackServerContext* call)
      : context_(context), call_(call) {}

  void Begin(const grpc::ByteBuffer& bytes) {
    const auto caller = context_.ledger.principals.Of(*call_);
    absl::Status status = caller.status();
    if (status.ok()) status = ParseRequest(bytes, &request_);
    if (status.ok()) status = CheckRead(**caller, Right::kPrivacy, request_.client_id());
    if (status.ok()) status = context_.ledger.ticker.Add(this);
    if (!status.ok()) {
      Finish(ToGrpcStatus(status));
      return;
    }
    end_ = context_.ledger.store.next_position();
    context_.ledger.access.Record(
        **caller,
        MakeAccessEntry(v1::AccessEntry::KIND_EXPORT, "ExportClient", request_.client_id()),
        [this](const absl::Status& recorded) {
          recorded.ok() ? AwaitFigures() : Finish(ToGrpcStatus(recorded));
        });
  }

  void OnWriteDone(bool ok) override {
    write_began_ns_.store(0, std::memory_order_relaxed);
    if (!ok) {
      Finish(grpc::Status(grpc::StatusCode::CANCELLED, "the reader has gone"));
      return;
    }
    context_.ledger.executor.PostNext([this] { SendEvents(); });
  }
  void OnDone() override {
    context_.ledger.ticker.Remove(this);
    delete this;
  }

  void OnTick(int64_t now_ns) override {
    const int64_t began_ns = write_began_ns_.load(std::memory_order_relaxed);
    if (began_ns == 0 || now_ns - began_ns < int64_t{limits::kSlowReaderMs} * 1'000'000) return;
    call_->TryCancel();
  }
  void OnShutdown() override { shutdown_.store(true, std::memory_order_relaxed); }

 private:
  // Until the index and the view have all that is to be exported.
  void AwaitFigures() {
    std::optional<uint64_t> last;
    if (end_ > 0) last = end_ - 1;
    AwaitPosition(context_.reliability, *call_, last, "", [this](const absl::Status& applied) {
      if (!applied.ok()) {
        Finish(ToGrpcStatus(applied));
        return;
      }
      context_.ledger.store.WhenIndexed(end_, [this](const absl::Status& indexed) {
        absl::Status status = indexed;
        if (status.ok()) status = context_.ledger.executor.Post([this] { SendHead(); });
        if (!status.ok()) Finish(ToGrpcStatus(status));
      });
    });
  }

  void SendHead() {
    v1::ExportClientResponse response;
    const absl::Status status = FillHead(response.mutable_export_());
    if (!status.ok()) {
      Finish(ToGrpcStatus(status));
      return;
    }
    PageReader::Options options;
    options.client_id = request_.client_id();
    options.with_personal = true;
    reader_.emplace(context_.ledger.store, context_.ledger.personal, std::move(options));
    reader_->Seek(0, end_);
    Send(response);
  }

  absl::Status FillHead(v1::ClientExport* out) {
    const auto head = context_.ledger.store.FindIndexedHead(request_.client_id());
    if (!head.ok()) return head.status();
    const auto privacy = ledger::ReadClientPrivacy(context_.ledger.store, request_.client_id());
    if (!privacy.ok()) return privacy.status();
    out->set_client_id(request_.client_id());
    out->set_next_position(end_);
    *out->mutable_export_time() = FromNanos(context_.ledger.clock.NowNs());
    out->set_event_count((*head)->revision + 1);
    for (const PrivacyFold::Hold& hold : privacy->holds()) {
      v1::Hold* shown = out->add_holds();
      *shown = ToProto(hold);
      shown->set_placed_by(std::string(kHidden));
      if (hold.release.has_value()) shown->set_released_by(std::string(kHidden));
    }
    for (const PrivacyFold::Erasure& erasure : privacy->erasures()) {
      *out->add_erasures() = ToProto(erasure);
    }
    return FillFigures(out);
  }

  absl::Status FillFigures(v1::ClientExport* out) {
    ReliabilityContext& context = context_.reliability;
    v1::GetReliabilityRequest request;
    request.set_client_id(request_.client_id());
    const auto at =
        ResolvePerspective({}, end_, context_.ledger.clock.NowNs(), context.policies);
    if (!at.ok()) return at.status();
    v1::GetReliabilityResponse figures;
    const absl::Status got = context.queries.Get(request, *at, &figures);
    // Without figures there is still what they would be computed from.
    const v1::ErrorReason reason = ReasonOf(got);
    if (reason == v1::ERROR_REASON_CLIENT_QUARANTINED ||
        reason == v1::ERROR_REASON_CLIENT_NOT_FOUND) {
      return absl::OkStatus();
    }
    if (!got.ok()) return got;
    *out->mutable_figures() = std::move(*figures.mutable_reliability());
    return absl::OkStatus();
  }

  void SendEvents() {
    if (shutdown_.load(std::memory_order_relaxed)) {
      Finish(ToGrpcStatus(
          Error(v1::ERROR_REASON_SHUTTING_DOWN, "the server is going down; export again later")));
      return;
    }
    auto page = reader_->Next();
    if (!page.ok()) {
      Finish(ToGrpcStatus(page.status()));
      return;
    }
    if (page->bytes.empty()) {
      Finish(grpc::Status::OK);
      return;
    }
    v1::ExportClientResponse response;
    v1::ExportedEvents* events = response.mutable_events();
    // The field of the events has the number that it has in a batch.
    if (!events->ParseFromString(page->bytes)) {
      Finish(ToGrpcStatus(absl::DataLossError("a record of the client is malformed")));
      return;
    }
    for (v1::Event& event : *events->mutable_events()) {
      HideThirdParties(event.mutable_fact());
      event.set_actor(std::string(kHidden));
      if (!event.reporter().empty()) event.set_reporter(std::string(kHidden));
    }
    Send(response);
  }

  void Send(const v1::ExportClientResponse& response) {
    buffer_ = ToBuffer(response.SerializeAsString());
    write_began_ns_.store(context_.ledger.clock.NowNs(), std::memory_order_relaxed);
    StartWrite(&buffer_);
  }

  PrivacyContext& context_;
  grpc::CallbackServerContext* const call_;
  v1::ExportClientRequest request_;
  storage::Position end_ = 0;
  std::optional<PageReader> reader_;
  grpc::ByteBuffer buffer_;
  // 0 while nothing is on its way.
  std::atomic<int64_t> write_began_ns_{0};
  std::atomic<bool> shutdown_{false};
};

}  // namespace

Reactor* StartExportClient(PrivacyContext& context, grpc::CallbackServerContext* call,
                           const grpc::ByteBuffer* request) {
  auto* stream = new ExportClientCall(context, call);
  stream->Begin(*request);
  return stream;
}

}  // namespace pledger::services
