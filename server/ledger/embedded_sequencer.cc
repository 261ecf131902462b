#include "server/ledger/embedded_sequencer.h"

#include <utility>

#include "server/domain/errors.h"
#include "server/domain/limits.h"
#include "storage/format/this_thread.h"

namespace pledger::ledger {

EmbeddedSequencer::EmbeddedSequencer(AppendMachine& machine, absl::Duration resume_interval)
    : machine_(machine), resume_interval_(resume_interval) {
  for (std::thread& thread : threads_) thread = std::thread([this] { Run(); });
}

EmbeddedSequencer::~EmbeddedSequencer() { Stop(); }

absl::Status EmbeddedSequencer::Submit(PendingAppend* append) {
  const int commits_max = append->caller_may_write ? kCallersCommitsMax : 1;
  Appends taken;
  {
    absl::MutexLock lock(&mutex_);
    if (stop_) return Error(v1::ERROR_REASON_SHUTTING_DOWN, "the server is going down");
    if (queue_.size() >= limits::kWriterQueueAppendsMax ||
        queued_bytes_ + append->bytes > limits::kWriterQueueBytesMax) {
      return Error(v1::ERROR_REASON_BUSY, "too many appends wait for the writer; try again later",
                   {{"resource", "writer_queue"}});
    }
    queued_bytes_ += append->bytes;
    const bool is_alone = last_taken_ <= 1 && queue_.empty();
    queue_.push_back(append);
    if (pen_taken_) return absl::OkStatus();
    if (!is_alone && !append->caller_may_write) {
      CallThread();
      return absl::OkStatus();
    }
    taken = Take();
  }
  for (int commits = 1; !taken.empty(); ++commits) taken = Write(taken, commits < commits_max);
  return absl::OkStatus();
}

void EmbeddedSequencer::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stop_ = true;
    arrived_.SignalAll();
    const auto is_done = [this] {
      mutex_.AssertReaderHeld();
      return queue_.empty() && under_way_ == 0;
    };
    mutex_.Await(absl::Condition(&is_done));
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

EmbeddedSequencer::Appends EmbeddedSequencer::Take() {
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
  Appends taken;
  if (count == queue_.size()) {
    taken.swap(queue_);
    queue_.reserve(taken.size());
  } else {
    taken.assign(queue_.begin(), queue_.begin() + count);
    queue_.erase(queue_.begin(), queue_.begin() + count);
  }
  queued_bytes_ -= bytes;
  last_taken_ = count;
  called_ = false;
  pen_taken_ = true;
  ++under_way_;
  return taken;
}

void EmbeddedSequencer::CallThread() {
  // One that is answering looks for more when it is done.
  if (idle_ == 0 || called_) return;
  called_ = true;
  arrived_.Signal();
}

void EmbeddedSequencer::LayDownPen(bool goes_on) {
  pen_taken_ = false;
  // A thread that waits has to learn how long it may.
  if ((!queue_.empty() && !goes_on) || machine_.WantsResume()) CallThread();
  if (stop_) arrived_.SignalAll();
}

EmbeddedSequencer::Appends EmbeddedSequencer::Write(const Appends& appends, bool goes_on) {
  machine_.Apply(appends);
  {
    absl::MutexLock lock(&mutex_);
    LayDownPen(goes_on);
  }
  // The last one first: a stream, which answers in order, knows of all that it has here by the time
  // it begins, and packs the answers together.
  for (auto append = appends.rbegin(); append != appends.rend(); ++append) (*append)->Done();
  absl::MutexLock lock(&mutex_);
  --under_way_;
  if (!goes_on || pen_taken_ || queue_.empty()) return {};
  return Take();
}

void EmbeddedSequencer::LetOthersSubmit() {
  pen_taken_ = true;
  mutex_.Unlock();
  std::this_thread::yield();
  mutex_.Lock();
}

EmbeddedSequencer::Appends EmbeddedSequencer::AwaitAppends() {
  absl::MutexLock lock(&mutex_);
  while (true) {
    if (!pen_taken_ && !queue_.empty()) {
      if (last_taken_ > 1) LetOthersSubmit();
      return Take();
    }
    if (stop_ && queue_.empty()) return {};
    const bool resumes = !pen_taken_ && machine_.WantsResume();
    ++idle_;
    const bool timed_out =
        arrived_.WaitWithTimeout(&mutex_, resumes ? resume_interval_ : absl::InfiniteDuration());
    --idle_;
    called_ = false;
    // Asked again: the other thread may have waited as long, and resumed meanwhile.
    if (!timed_out || pen_taken_ || !queue_.empty() || stop_ || !machine_.WantsResume()) continue;
    pen_taken_ = true;
    mutex_.Unlock();
    machine_.TryResume();
    mutex_.Lock();
    LayDownPen(false);
  }
}

void EmbeddedSequencer::Run() {
  NameThisThread("writer");
  while (true) {
    const Appends appends = AwaitAppends();
    if (appends.empty()) return;
    Write(appends, false);
  }
}

}  // namespace pledger::ledger
