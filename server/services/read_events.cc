#include "server/services/read_events.h"

#include <atomic>
#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/server_context.h"
#include "pledger/v1/ledger.pb.h"
#include "server/domain/errors.h"
#include "server/domain/fact_rules.h"
#include "server/services/byte_buffers.h"
#include "server/services/event_access.h"
#include "server/services/page_reader.h"
#include "server/services/request_parsing.h"
#include "server/services/status_mapping.h"

namespace pledger::services {
namespace {

using storage::Direction;
using storage::Position;
using Reactor = grpc::ServerWriteReactor<grpc::ByteBuffer>;

class ReadEventsCall final : public Reactor, public TickedStream {
 public:
  ReadEventsCall(LedgerContext& context, grpc::CallbackServerContext* call)
      : context_(context), call_(call) {}

  void Begin(const grpc::ByteBuffer& bytes) {
    const auto caller = context_.principals.Of(*call_);
    absl::Status status = caller.status();
    if (status.ok()) status = ParseRequest(bytes, &request_);
    if (status.ok()) status = CheckEventRead(**caller, request_);
    if (status.ok()) status = context_.ticker.Add(this);
    if (!status.ok()) {
      Finish(ToGrpcStatus(status));
      return;
    }
    end_ = context_.store.next_position();
    if (!OpensPersonal(request_)) {
      StartReading();
      return;
    }
    RecordEventRead(context_.access, **caller, "ReadEvents", request_,
                    [this](const absl::Status& recorded) {
                      recorded.ok() ? StartReading() : Finish(ToGrpcStatus(recorded));
                    });
  }

  void OnWriteDone(bool ok) override {
    write_began_ns_.store(0, std::memory_order_relaxed);
    std::optional<Step> next;
    {
      absl::MutexLock lock(&mutex_);
      writing_ = false;
      if (!ok) gone_ = true;
      // Whoever produces goes on with it.
      if (producing_) return;
      next = std::exchange(ahead_, std::nullopt);
      writing_ = producing_ = ok && next.has_value() && !next->last;
    }
    if (!ok) {
      Finish(ReaderGone());
      return;
    }
    if (!next->last) PostProduce();
    Take(*std::move(next));
  }
  void OnCancel() override { stop_.store(true, std::memory_order_relaxed); }
  void OnDone() override {
    context_.ticker.Remove(this);
    delete this;
  }

  void OnTick(int64_t now_ns) override {
    const int64_t began_ns = write_began_ns_.load(std::memory_order_relaxed);
    if (began_ns != 0 && IsSlowReader(began_ns, now_ns)) call_->TryCancel();
  }
  void OnShutdown() override { shutdown_.store(true, std::memory_order_relaxed); }

 private:
  void StartReading() {
    if (request_.client_id().empty()) {
      PostFirst();
      return;
    }
    if (context_.store.indexed_position() >= end_ && AnswerFromMemory()) return;
    context_.store.WhenIndexed(end_, [this](absl::Status indexed) {
      indexed.ok() ? PostFirst() : Finish(ToGrpcStatus(indexed));
    });
  }

  // One client's whole history is mostly short and in memory. Reading it there takes less than
  // waking a thread that may wait for the disk. False if such a thread has to answer.
  bool AnswerFromMemory() {
    if (request_.from_case() != v1::ReadEventsRequest::FROM_NOT_SET ||
        request_.direction() == v1::DIRECTION_BACKWARD || request_.has_filter() ||
        OpensPersonal(request_)) {
      return false;
    }
    MakeReader();
    reader_->Seek(0, end_, storage::ReadTier::kMemory);
    auto page = reader_->Next();
    if (!page.ok() || !page->at_end) return false;
    Take(StepOf(*std::move(page)));
    return true;
  }

  void PostFirst() {
    const absl::Status posted = context_.executor.Post([this] {
      const absl::Status opened = Open();
      if (!opened.ok()) {
        Finish(ToGrpcStatus(opened));
        return;
      }
      {
        absl::MutexLock lock(&mutex_);
        producing_ = true;
      }
      Produce();
    });
    if (!posted.ok()) Finish(ToGrpcStatus(posted));
  }

  void MakeReader() {
    PageReader::Options options;
    options.client_id = request_.client_id();
    options.direction =
        request_.direction() == v1::DIRECTION_BACKWARD ? Direction::kBackward : Direction::kForward;
    options.filter = request_.filter();
    options.limit = request_.limit();
    const bool raw = request_.view() == v1::EVENT_VIEW_RAW;
    options.view = raw ? v1::EVENT_VIEW_RAW : v1::EVENT_VIEW_TYPED;
    options.with_personal = OpensPersonal(request_);
    reader_.emplace(context_.store, context_.personal, std::move(options));
  }

  absl::Status Open() {
    const bool forward = request_.direction() != v1::DIRECTION_BACKWARD;
    MakeReader();
    Position from = forward ? 0 : ~Position{0};
    if (request_.from_case() == v1::ReadEventsRequest::kFromPosition) {
      from = request_.from_position();
    } else if (request_.from_case() == v1::ReadEventsRequest::kFromRecordTime) {
      const int64_t time_ns = ToNanos(request_.from_record_time());
      const auto found = FindRecordTime(context_.store, forward ? time_ns : time_ns + 1);
      if (!found.ok()) return found.status();
      from = *found;
      if (!forward && from-- == 0) empty_ = true;
    }
    reader_->Seek(from, forward ? end_ : 0);
    return absl::OkStatus();
  }

  // What is to be done next: send a message, end the call, or both.
  struct Step {
    std::string message;
    bool last = false;
    grpc::Status status;
  };

  // Reads a page while the one before is on its way; holds no more than that one. On the executor.
  void Produce() {
    Step step = NextStep();
    bool gone = false;
    {
      absl::MutexLock lock(&mutex_);
      gone = gone_;
      if (!gone && writing_) {
        ahead_ = std::move(step);
        producing_ = false;
        return;
      }
      producing_ = !gone && !step.last;
      writing_ = producing_;
    }
    if (gone) {
      Finish(ReaderGone());
      return;
    }
    // Sending takes this thread about as long as reading: another one reads on meanwhile.
    if (!step.last) PostProduce();
    Take(std::move(step));
  }
  void PostProduce() {
    context_.executor.PostNext([this] { Produce(); });
  }

  Step NextStep() {
    Page page;
    while (!empty_ && !page.at_end && page.bytes.empty()) {
      if (stop_.load(std::memory_order_relaxed)) return StepOf(ReaderGone());
      if (shutdown_.load(std::memory_order_relaxed)) {
        const std::string resume = absl::StrCat(reader_->resume_position());
        return StepOf(ToGrpcStatus(
            Error(v1::ERROR_REASON_SHUTTING_DOWN,
                  absl::StrCat("the server is going down; resume from position ", resume),
                  {{"position", resume}})));
      }
      auto next = reader_->Next();
      if (!next.ok()) return StepOf(ToGrpcStatus(next.status()));
      page = *std::move(next);
    }
    return StepOf(std::move(page));
  }

  Step StepOf(grpc::Status end) { return {.message = "", .last = true, .status = std::move(end)}; }

  Step StepOf(Page page) {
    Step step = {.message = std::move(page.bytes),
                 .last = empty_ || page.at_end,
                 .status = grpc::Status::OK};
    if (!step.message.empty()) {
      AppendNumber(v1::ReadEventsResponse::kResumePositionFieldNumber, reader_->resume_position(),
                   &step.message);
    }
    // What the cursor holds is given back here, where there is time, and not in OnDone().
    if (step.last) reader_.reset();
    return step;
  }

  // After the last step the call may be gone.
  void Take(Step step) {
    if (step.message.empty()) {
      Finish(step.status);
      return;
    }
    buffer_ = ToBuffer(std::move(step.message));
    if (step.last) {
      StartWriteAndFinish(&buffer_, grpc::WriteOptions(), step.status);
    } else {
      write_began_ns_.store(context_.clock.NowNs(), std::memory_order_relaxed);
      StartWrite(&buffer_);
    }
  }

  LedgerContext& context_;
  grpc::CallbackServerContext* const call_;
  v1::ReadEventsRequest request_;
  Position end_ = 0;
  // There can be nothing to read.
  bool empty_ = false;
  std::optional<PageReader> reader_;
  grpc::ByteBuffer buffer_;
  absl::Mutex mutex_;
  // A message is on its way.
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  // A thread of the executor reads, or was asked to.
  bool producing_ ABSL_GUARDED_BY(mutex_) = false;
  // The reader takes no more.
  bool gone_ ABSL_GUARDED_BY(mutex_) = false;
  // What was read while another message was on its way.
  std::optional<Step> ahead_ ABSL_GUARDED_BY(mutex_);
  // 0 while nothing is on its way.
  std::atomic<int64_t> write_began_ns_{0};
  std::atomic<bool> stop_{false};
  std::atomic<bool> shutdown_{false};
};

}  // namespace

Reactor* StartReadEvents(LedgerContext& context, grpc::CallbackServerContext* call,
                         const grpc::ByteBuffer* request) {
  auto* reader = new ReadEventsCall(context, call);
  reader->Begin(*request);
  return reader;
}

}  // namespace pledger::services
