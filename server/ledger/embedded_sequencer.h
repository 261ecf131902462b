// A queue and a pen: the order is that of arrival, and whoever holds the pen writes.
//
// Where nothing is written, the caller of Submit() takes the pen itself if it may, or if its append
// comes alone: it is decided, committed and answered without waking another thread, and so is what
// comes meanwhile. A caller is not kept for long, though: after a few commits, or where no caller
// may write, two threads pass the pen to each other, so that the answers to one commit go out while
// another is decided and synced.
#ifndef PLEDGER_SERVER_LEDGER_EMBEDDED_SEQUENCER_H_
#define PLEDGER_SERVER_LEDGER_EMBEDDED_SEQUENCER_H_

#include <array>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/ledger/sequencer.h"

namespace pledger::ledger {

class EmbeddedSequencer final : public Sequencer {
 public:
  // `machine` must outlive it. After a failure that may pass, it tries again every
  // `resume_interval`.
  EmbeddedSequencer(AppendMachine& machine, absl::Duration resume_interval);
  ~EmbeddedSequencer() override;

  // May block for one commit, or for a few if the caller may write, and then calls Done() of
  // others' appends too; but never while another thread is writing: of all callers at most one
  // writes at a time.
  absl::Status Submit(PendingAppend* append) override;
  void Stop() override;

 private:
  using Appends = std::vector<PendingAppend*>;

  // How many commits in a row a caller is kept for. With one, each would end by waking a thread to
  // write what came meanwhile; without a bound, one of gRPC's few threads would do nothing else.
  static constexpr int kCallersCommitsMax = 3;

  // The body of the threads.
  void Run();
  // Waits for the pen and for something to write; empty when it is time to end.
  Appends AwaitAppends();
  // Takes the pen, and lets those go first that wait for a processor, perhaps to submit: a commit
  // that takes a few more costs the same sync. Where a processor is free it takes no time.
  void LetOthersSubmit() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Applies, lays down the pen, answers. Called with the pen. One that goes on leaves to nobody
  // what has come meanwhile: it returns that, with the pen, unless another caller has taken it
  // already.
  Appends Write(const Appends& appends, bool goes_on);
  // What to apply next: at most what one commit may hold.
  Appends Take() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Wakes a thread if one waits and none was called already.
  void CallThread() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LayDownPen(bool goes_on) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  AppendMachine& machine_;
  const absl::Duration resume_interval_;
  absl::Mutex mutex_;
  Appends queue_ ABSL_GUARDED_BY(mutex_);
  size_t queued_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  // Somebody writes.
  bool pen_taken_ ABSL_GUARDED_BY(mutex_) = false;
  // How many appends were taken the last time. More than one says that several callers are at work,
  // and that there will be more to write than the caller's own append.
  size_t last_taken_ ABSL_GUARDED_BY(mutex_) = 0;
  // Commits that are being written or answered.
  int under_way_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  // Threads that wait for something to do.
  int idle_ ABSL_GUARDED_BY(mutex_) = 0;
  // One of them was woken and has not come yet.
  bool called_ ABSL_GUARDED_BY(mutex_) = false;
  absl::CondVar arrived_;
  std::array<std::thread, 2> threads_;
};

}  // namespace pledger::ledger

#endif  // PLEDGER_SERVER_LEDGER_EMBEDDED_SEQUENCER_H_
