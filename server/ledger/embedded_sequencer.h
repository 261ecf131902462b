// A queue and a thread: the order is that of arrival.
#ifndef PLEDGER_SERVER_LEDGER_EMBEDDED_SEQUENCER_H_
#define PLEDGER_SERVER_LEDGER_EMBEDDED_SEQUENCER_H_

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

  absl::Status Submit(PendingAppend* append) override;
  void Stop() override;

 private:
  void Run();
  // What to apply next, at most what one commit may hold; empty if there is nothing to do but to
  // resume, or to end.
  std::vector<PendingAppend*> Take();

  AppendMachine& machine_;
  const absl::Duration resume_interval_;
  absl::Mutex mutex_;
  std::vector<PendingAppend*> queue_ ABSL_GUARDED_BY(mutex_);
  size_t queued_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  bool waiting_ ABSL_GUARDED_BY(mutex_) = false;
  absl::CondVar arrived_;
  std::thread thread_;
};

}  // namespace pledger::ledger

#endif  // PLEDGER_SERVER_LEDGER_EMBEDDED_SEQUENCER_H_
