#include "server/services/subscribe.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/server_context.h"
#include "pledger/v1/ledger.pb.h"
#include "server/domain/errors.h"
#include "server/domain/fact_rules.h"
#include "server/domain/limits.h"
#include "server/services/event_access.h"
#include "server/services/live_stream.h"
#include "server/services/page_reader.h"
#include "server/services/request_parsing.h"
#include "storage/format/wire.h"

namespace pledger::services {
namespace {

using storage::Position;

class SubscribeCall final : public LiveStream {
 public:
  SubscribeCall(LedgerContext& context, grpc::CallbackServerContext* call)
      : LiveStream({context.executor, context.ticker, context.signal, context.clock}, call),
        context_(context) {}

  void Begin(const grpc::ByteBuffer& bytes) {
    const auto caller = context_.principals.Of(*call_);
    absl::Status status = caller.status();
    if (status.ok()) status = ParseRequest(bytes, &request_);
    if (status.ok()) status = CheckEventRead(**caller, request_);
    start_ = context_.store.next_position();
    if (status.ok()) status = StartTicking(request_.heartbeat_interval_ms());
    if (status.ok() && OpensPersonal(request_)) {
      RecordEventRead(context_.access, **caller, "Subscribe", request_,
                      [this](const absl::Status& recorded) { PostOpen(recorded); });
      return;
    }
    PostOpen(status);
  }

 private:
  void PostOpen(absl::Status status) {
    if (status.ok()) status = context_.executor.Post([this] { Open(); });
    if (status.ok()) return;
    absl::MutexLock lock(&mutex_);
    End(status);
  }

  // On the executor.
  void Open() {
    PageReader::Options options;
    options.client_id = request_.client_id();
    options.filter = request_.filter();
    const bool raw = request_.view() == v1::EVENT_VIEW_RAW;
    options.view = raw ? v1::EVENT_VIEW_RAW : v1::EVENT_VIEW_TYPED;
    options.with_personal = OpensPersonal(request_);
    Position from = 0;
    absl::Status status;
    if (request_.from_case() == v1::SubscribeRequest::kFromPosition) {
      from = request_.from_position();
    } else if (request_.from_case() == v1::SubscribeRequest::kFromEnd) {
      from = start_;
    } else if (request_.from_case() == v1::SubscribeRequest::kFromRecordTime) {
      const auto found = FindRecordTime(context_.store, ToNanos(request_.from_record_time()));
      status = found.status();
      if (found.ok()) from = *found;
    }
    if (status.ok() && from > context_.store.next_position()) {
      status = Error(v1::ERROR_REASON_OUT_OF_RANGE,
                     absl::StrCat("from_position: nothing is recorded at position ", from,
                                  " yet; the ledger ends at ", context_.store.next_position()),
                     {{"field", "from_position"}});
    }
    reader_.emplace(context_.store, context_.personal, std::move(options));
    absl::MutexLock lock(&mutex_);
    resume_ = from;
    if (!status.ok()) return End(status);
    Proceed();
  }

  // What comes next: a page, word of where the reader stands, or nothing until the ledger grows.
  void Continue() override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const Position next = context_.store.next_position();
    if (resume_ < next) {
      if (caught_up_ && next - resume_ > limits::kFellBehindEvents) {
        caught_up_ = false;
        Send(Signal(v1::SubscribeResponse::kFellBehindFieldNumber));
        return;
      }
      context_.executor.PostNext([this, next] { ReadWhenIndexed(next); });
      return;
    }
    if (!caught_up_) {
      caught_up_ = true;
      Send(Signal(v1::SubscribeResponse::kCaughtUpFieldNumber));
      return;
    }
    AwaitGrowth(resume_);
  }

  void OnHeartbeatDue() override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    Send(Signal(v1::SubscribeResponse::kHeartbeatFieldNumber));
  }

  absl::Status ShutdownStatus() const override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const std::string resume = absl::StrCat(resume_);
    return Error(v1::ERROR_REASON_SHUTTING_DOWN,
                 absl::StrCat("the server is going down; resume from position ", resume),
                 {{"position", resume}});
  }

  void ReadWhenIndexed(Position end) {
    if (request_.client_id().empty()) {
      Read(end);
      return;
    }
    context_.store.WhenIndexed(end, [this, end](absl::Status indexed) {
      context_.executor.PostNext([this, end, indexed] {
        if (indexed.ok()) {
          Read(end);
          return;
        }
        absl::MutexLock lock(&mutex_);
        End(indexed);
      });
    });
  }

  // On the executor.
  void Read(Position end) {
    Position from = 0;
    {
      absl::MutexLock lock(&mutex_);
      from = resume_;
    }
    reader_->Seek(from, end);
    auto page = reader_->Next();
    absl::MutexLock lock(&mutex_);
    if (!page.ok()) return End(page.status());
    resume_ = reader_->resume_position();
    if (page->bytes.empty()) return Proceed();
    std::string message;
    message.reserve(page->bytes.size() + 32);
    storage::AppendWireBytes(v1::SubscribeResponse::kBatchFieldNumber, page->bytes, &message);
    Send(std::move(message));
  }

  // A message of the response's oneof that has no fields.
  static std::string Signal(uint32_t number) {
    std::string message;
    storage::AppendWireBytes(number, "", &message);
    return message;
  }

  void Send(std::string message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    AppendNumber(v1::SubscribeResponse::kResumePositionFieldNumber, resume_, &message);
    Write(std::move(message));
  }

  LedgerContext& context_;
  v1::SubscribeRequest request_;
  // Where the ledger stood when the call came.
  Position start_ = 0;
  // Used by one thread at a time: the one that reads.
  std::optional<PageReader> reader_;
  // Everything before it was sent or filtered out.
  Position resume_ ABSL_GUARDED_BY(mutex_) = 0;
  bool caught_up_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

grpc::ServerWriteReactor<grpc::ByteBuffer>* StartSubscribe(LedgerContext& context,
                                                           grpc::CallbackServerContext* call,
                                                           const grpc::ByteBuffer* request) {
  auto* subscription = new SubscribeCall(context, call);
  subscription->Begin(*request);
  return subscription;
}

}  // namespace pledger::services
