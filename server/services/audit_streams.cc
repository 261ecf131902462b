#include "server/services/audit_streams.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pledger/v1/audit.pb.h"
#include "server/domain/errors.h"
#include "server/domain/limits.h"
#include "server/services/event_encoder.h"
#include "server/services/page_stream.h"
#include "server/services/permissions.h"
#include "server/services/request_parsing.h"
#include "storage/format/wire.h"

namespace pledger::services {
namespace {

using Reactor = grpc::ServerWriteReactor<grpc::ByteBuffer>;

// Appends the cursor's current record as the field `number`.
absl::Status AppendCurrent(uint32_t number, storage::RecordCursor& cursor, bool with_sealed,
                           std::string* out) {
  std::string_view sealed;
  if (with_sealed && cursor.view().header.has_sealed) {
    const auto read = SealedPart(cursor.view(), cursor.ReadSealed());
    if (!read.ok()) return read.status();
    sealed = *read;
  }
  AppendRawRecord(number, cursor.record(), sealed, out);
  return absl::OkStatus();
}

class ReadRecordsCall final : public PageStream {
 public:
  ReadRecordsCall(AuditContext& context, grpc::CallbackServerContext* call)
      : PageStream(call, context.ledger.executor, context.ledger.ticker, context.ledger.clock),
        context_(context),
        store_(context.ledger.store) {}

  void Start(const grpc::CallbackServerContext& call, const grpc::ByteBuffer& bytes) {
    const auto caller = context_.ledger.principals.Of(call);
    absl::Status status = caller.status();
    if (status.ok()) status = ParseRequest(bytes, &request_);
    if (status.ok()) status = CheckRead(**caller, Right::kAudit, "");
    if (status.ok()) status = CheckBounds();
    if (status.ok()) status = Enter();
    if (!status.ok()) return Fail(status);
    if (!request_.with_sealed()) return Begin();
    context_.ledger.access.Record(
        **caller, MakeAccessEntry(v1::AccessEntry::KIND_AUDIT, "ReadRecords", ""),
        [this](const absl::Status& recorded) { recorded.ok() ? Begin() : Fail(recorded); });
  }

 private:
  absl::Status CheckBounds() {
    const storage::Position next = store_.next_position();
    end_ = request_.end_position() == 0 ? next : request_.end_position();
    if (request_.from_position() <= end_ && end_ <= next) return absl::OkStatus();
    return Error(v1::ERROR_REASON_TREE_SIZE_UNKNOWN,
                 absl::StrCat("end_position: must be at least from_position and at most ", next,
                              ", which is how many events are recorded"),
                 {{"field", "end_position"},
                  {"size", absl::StrCat(end_)},
                  {"next_position", absl::StrCat(next)}});
  }

  absl::Status Open() override {
    cursor_ = store_.ReadLog(request_.from_position(), end_, storage::Direction::kForward);
    return absl::OkStatus();
  }

  absl::StatusOr<Page> NextPage() override {
    Page page;
    while (page.bytes.size() < limits::kReadRawBatchBytes) {
      if (!cursor_->Next()) {
        page.at_end = true;
        return cursor_->status().ok() ? absl::StatusOr<Page>(std::move(page)) : cursor_->status();
      }
      if (page.bytes.empty()) {
        AppendNumber(v1::ReadRecordsResponse::kPositionFieldNumber, cursor_->view().header.position,
                     &page.bytes);
      }
      absl::Status status = AppendCurrent(v1::ReadRecordsResponse::kRecordsFieldNumber, *cursor_,
                                          request_.with_sealed(), &page.bytes);
      if (!status.ok()) return status;
    }
    return page;
  }

  AuditContext& context_;
  storage::EventStore& store_;
  v1::ReadRecordsRequest request_;
  storage::Position end_ = 0;
  std::unique_ptr<storage::RecordCursor> cursor_;
};

class ProveClientHistoryCall final : public PageStream {
 public:
  ProveClientHistoryCall(AuditContext& context, grpc::CallbackServerContext* call)
      : PageStream(call, context.ledger.executor, context.ledger.ticker, context.ledger.clock),
        context_(context) {}

  void Start(const grpc::CallbackServerContext& call, const grpc::ByteBuffer& bytes) {
    const auto caller = context_.ledger.principals.Of(call);
    absl::Status status = caller.status();
    if (status.ok()) status = ParseRequest(bytes, &request_);
    if (status.ok()) status = CheckRead(**caller, Right::kAudit, request_.client_id());
    if (status.ok() && request_.fresh_directory() && request_.checkpoint_size() > 0) {
      status = InvalidField("fresh_directory", "must not be set with checkpoint_size");
    }
    if (status.ok()) status = Enter();
    if (!status.ok()) return Fail(status);
    if (!request_.with_sealed()) return AwaitDirectory();
    context_.ledger.access.Record(
        **caller,
        MakeAccessEntry(v1::AccessEntry::KIND_AUDIT, "ProveClientHistory", request_.client_id()),
        [this](const absl::Status& recorded) {
          recorded.ok() ? AwaitDirectory() : Fail(recorded);
        });
  }

 private:
  void AwaitDirectory() {
    if (!request_.fresh_directory()) return AwaitIndex();
    context_.directories.Record([this](const absl::StatusOr<audit::RecordedDirectory>& recorded) {
      recorded.ok() ? AwaitIndex() : Fail(recorded.status());
    });
  }

  void AwaitIndex() {
    storage::EventStore& store = context_.ledger.store;
    store.WhenIndexed(store.next_position(), [this](const absl::Status& indexed) {
      indexed.ok() ? Begin() : Fail(indexed);
    });
  }

  absl::Status Open() override {
    auto proof = context_.auditor.ProveClientHistory(request_);
    if (!proof.ok()) return proof.status();
    count_ = request_.proof_only() ? 0 : proof->record_count();
    v1::ProveClientHistoryResponse response;
    *response.mutable_proof() = *std::move(proof);
    first_ = response.SerializeAsString();
    cursor_ = context_.ledger.store.ReadClient(
        request_.client_id(), 0, storage::Direction::kForward, storage::ReadTier::kAnywhere);
    return absl::OkStatus();
  }

  absl::StatusOr<Page> NextPage() override {
    Page page;
    if (!first_.empty()) {
      page.bytes.swap(first_);
      page.at_end = count_ == 0;
      return page;
    }
    std::string records;
    AppendNumber(v1::ClientRecords::kRevisionFieldNumber, sent_, &records);
    for (bool any = false; sent_ < count_ && (!any || records.size() < limits::kReadRawBatchBytes);
         ++sent_) {
      if (!cursor_->Next()) return Missing();
      absl::Status status = AppendCurrent(v1::ClientRecords::kRecordsFieldNumber, *cursor_,
                                          request_.with_sealed(), &records);
      if (!status.ok()) return status;
      any = true;
    }
    storage::AppendWireBytes(v1::ProveClientHistoryResponse::kRecordsFieldNumber, records,
                             &page.bytes);
    page.at_end = sent_ == count_;
    return page;
  }

  absl::Status Missing() const {
    if (!cursor_->status().ok()) return cursor_->status();
    return absl::DataLossError(absl::StrCat("revision ", sent_, " of the client is missing"));
  }

  AuditContext& context_;
  v1::ProveClientHistoryRequest request_;
  std::string first_;
  uint64_t count_ = 0;
  uint64_t sent_ = 0;
  std::unique_ptr<storage::RecordCursor> cursor_;
};

template <typename Call>
Reactor* StartStream(AuditContext& context, grpc::CallbackServerContext* call,
                     const grpc::ByteBuffer* request) {
  auto* stream = new Call(context, call);
  stream->Start(*call, *request);
  return stream;
}

}  // namespace

Reactor* StartReadRecords(AuditContext& context, grpc::CallbackServerContext* call,
                          const grpc::ByteBuffer* request) {
  return StartStream<ReadRecordsCall>(context, call, request);
}

Reactor* StartProveClientHistory(AuditContext& context, grpc::CallbackServerContext* call,
                                 const grpc::ByteBuffer* request) {
  return StartStream<ProveClientHistoryCall>(context, call, request);
}

}  // namespace pledger::services
