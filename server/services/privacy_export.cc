#include "server/services/privacy_export.h"

#include <optional>
#include <string>
#include <utility>

#include "pledger/v1/privacy.pb.h"
#include "server/domain/errors.h"
#include "server/domain/fact_rules.h"
#include "server/domain/third_parties.h"
#include "server/ledger/client_privacy.h"
#include "server/services/page_reader.h"
#include "server/services/page_stream.h"
#include "server/services/permissions.h"
#include "server/services/perspective.h"
#include "server/services/privacy_calls.h"
#include "server/services/request_parsing.h"
#include "server/services/view_waiting.h"

namespace pledger::services {
namespace {

using Reactor = grpc::ServerWriteReactor<grpc::ByteBuffer>;

class ExportClientCall final : public PageStream {
 public:
  ExportClientCall(PrivacyContext& context, grpc::CallbackServerContext* call)
      : PageStream(call, context.ledger.executor, context.ledger.ticker, context.ledger.clock),
        context_(context),
        call_(call) {}

  void Start(const grpc::ByteBuffer& bytes) {
    const auto caller = context_.ledger.principals.Of(*call_);
    absl::Status status = caller.status();
    if (status.ok()) status = ParseRequest(bytes, &request_);
    if (status.ok()) status = CheckRead(**caller, Right::kPrivacy, request_.client_id());
    if (status.ok()) status = Enter();
    if (!status.ok()) return Fail(status);
    end_ = context_.ledger.store.next_position();
    context_.ledger.access.Record(
        **caller,
        MakeAccessEntry(v1::AccessEntry::KIND_EXPORT, "ExportClient", request_.client_id()),
        [this](const absl::Status& recorded) { recorded.ok() ? AwaitFigures() : Fail(recorded); });
  }

 private:
  // Until the index and the view have all that is to be exported.
  void AwaitFigures() {
    std::optional<uint64_t> last;
    if (end_ > 0) last = end_ - 1;
    AwaitPosition(context_.reliability, *call_, last, "", [this](const absl::Status& applied) {
      if (!applied.ok()) return Fail(applied);
      context_.ledger.store.WhenIndexed(
          end_, [this](const absl::Status& indexed) { indexed.ok() ? Begin() : Fail(indexed); });
    });
  }

  absl::Status Open() override {
    v1::ExportClientResponse response;
    absl::Status status = FillHead(response.mutable_export_());
    if (!status.ok()) return status;
    head_ = response.SerializeAsString();
    PageReader::Options options;
    options.client_id = request_.client_id();
    options.with_personal = true;
    reader_.emplace(context_.ledger.store, context_.ledger.personal, std::move(options));
    reader_->Seek(0, end_);
    return absl::OkStatus();
  }

  absl::StatusOr<Page> NextPage() override {
    Page page;
    if (!head_.empty()) {
      page.bytes.swap(head_);
      return page;
    }
    const auto read = reader_->Next();
    if (!read.ok()) return read.status();
    page.at_end = read->at_end;
    if (read->bytes.empty()) return page;
    v1::ExportClientResponse response;
    v1::ExportedEvents* events = response.mutable_events();
    // The field of the events has the number that it has in a batch.
    if (!events->ParseFromString(read->bytes)) {
      return absl::DataLossError("a record of the client is malformed");
    }
    for (v1::Event& event : *events->mutable_events()) {
      HideThirdParties(event.mutable_fact());
      event.set_actor(std::string(kHidden));
      if (!event.reporter().empty()) event.set_reporter(std::string(kHidden));
    }
    page.bytes = response.SerializeAsString();
    return page;
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
    const auto at = ResolvePerspective({}, end_, context_.ledger.clock.NowNs(), context.policies);
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

  PrivacyContext& context_;
  grpc::CallbackServerContext* const call_;
  v1::ExportClientRequest request_;
  storage::Position end_ = 0;
  // The first message, until it is sent.
  std::string head_;
  std::optional<PageReader> reader_;
};

}  // namespace

Reactor* StartExportClient(PrivacyContext& context, grpc::CallbackServerContext* call,
                           const grpc::ByteBuffer* request) {
  auto* stream = new ExportClientCall(context, call);
  stream->Start(*request);
  return stream;
}

}  // namespace pledger::services
