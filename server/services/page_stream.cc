#include "server/services/page_stream.h"

#include <utility>

#include "server/domain/errors.h"
#include "server/services/byte_buffers.h"
#include "server/services/status_mapping.h"

namespace pledger::services {

void PageStream::Fail(const absl::Status& status) { Finish(ToGrpcStatus(status)); }

void PageStream::Begin() {
  const absl::Status posted = executor_.Post([this] {
    const absl::Status opened = Open();
    opened.ok() ? Produce() : Fail(opened);
  });
  if (!posted.ok()) Fail(posted);
}

void PageStream::OnWriteDone(bool ok) {
  write_began_ns_.store(0, std::memory_order_relaxed);
  if (!ok) {
    Finish(ReaderGone());
    return;
  }
  executor_.PostNext([this] { Produce(); });
}

void PageStream::OnDone() {
  ticker_.Remove(this);
  delete this;
}

void PageStream::OnTick(int64_t now_ns) {
  const int64_t began_ns = write_began_ns_.load(std::memory_order_relaxed);
  if (began_ns != 0 && IsSlowReader(began_ns, now_ns)) call_->TryCancel();
}

void PageStream::Produce() {
  Page page;
  while (!page.at_end && page.bytes.empty()) {
    if (stop_.load(std::memory_order_relaxed)) {
      Finish(ReaderGone());
      return;
    }
    if (shutdown_.load(std::memory_order_relaxed)) {
      Fail(Error(v1::ERROR_REASON_SHUTTING_DOWN, "the server is going down"));
      return;
    }
    auto next = NextPage();
    if (!next.ok()) return Fail(next.status());
    page = *std::move(next);
  }
  if (page.bytes.empty()) {
    Finish(grpc::Status::OK);
    return;
  }
  buffer_ = ToBuffer(std::move(page.bytes));
  if (page.at_end) {
    StartWriteAndFinish(&buffer_, grpc::WriteOptions(), grpc::Status::OK);
  } else {
    write_began_ns_.store(clock_.NowNs(), std::memory_order_relaxed);
    StartWrite(&buffer_);
  }
}

}  // namespace pledger::services
