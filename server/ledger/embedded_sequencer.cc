#include "server/ledger/embedded_sequencer.h"

#include <utility>

#include "server/domain/errors.h"
#include "server/domain/limits.h"
#include "storage/format/thread_name.h"

namespace pledger::ledger {

EmbeddedSequencer::EmbeddedSequencer(AppendMachine& machine, absl::Duration resume_interval)
    : machine_(machine), resume_interval_(resume_interval), thread_([this] { Run(); }) {}

EmbeddedSequencer::~EmbeddedSequencer() { Stop(); }

absl::Status EmbeddedSequencer::Submit(PendingAppend* append) {
  absl::MutexLock lock(&mutex_);
  if (stop_) return Error(v1::ERROR_REASON_SHUTTING_DOWN, "the server is going down");
  if (queue_.size() >= limits::kWriterQueueAppendsMax ||
      queued_bytes_ + append->bytes > limits::kWriterQueueBytesMax) {
    return Error(v1::ERROR_REASON_BUSY, "too many appends wait for the writer; try again later",
                 {{"resource", "writer_queue"}});
  }
  queued_bytes_ += append->bytes;
  queue_.push_back(append);
  if (waiting_) arrived_.Signal();
  return absl::OkStatus();
}

void EmbeddedSequencer::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stop_ = true;
    arrived_.Signal();
  }
  if (thread_.joinable()) thread_.join();
}

std::vector<PendingAppend*> EmbeddedSequencer::Take() {
  absl::MutexLock lock(&mutex_);
  if (queue_.empty() && !stop_) {
    waiting_ = true;
    const bool resumes = machine_.WantsResume();
    arrived_.WaitWithTimeout(&mutex_, resumes ? resume_interval_ : absl::InfiniteDuration());
    waiting_ = false;
  }
  size_t count = 0;
  size_t bytes = 0;
  size_t events = 0;
  while (count < queue_.size()) {
    const PendingAppend& next = *queue_[count];
    const bool fits = bytes + next.bytes <= limits::kCommitBytesMax &&
                      events + next.events.size() <= limits::kCommitEventsMax;
    if (count > 0 && !fits) break;
    bytes += next.bytes;
    events += next.events.size();
    ++count;
  }
  std::vector<PendingAppend*> taken(queue_.begin(), queue_.begin() + count);
  queue_.erase(queue_.begin(), queue_.begin() + count);
  queued_bytes_ -= bytes;
  return taken;
}

void EmbeddedSequencer::Run() {
  NameThisThread("writer");
  while (true) {
    const std::vector<PendingAppend*> appends = Take();
    if (!appends.empty()) {
      machine_.Apply(appends);
      for (PendingAppend* append : appends) append->Done();
      continue;
    }
    if (machine_.WantsResume()) machine_.TryResume();
    absl::MutexLock lock(&mutex_);
    if (stop_ && queue_.empty()) return;
  }
}

}  // namespace pledger::ledger
