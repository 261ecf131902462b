// Names for threads, so that a profile or a debugger at three in the morning says who is busy; and
// how they share the processors.
#ifndef PLEDGER_STORAGE_FORMAT_THIS_THREAD_H_
#define PLEDGER_STORAGE_FORMAT_THIS_THREAD_H_

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

namespace pledger {

// Names the calling thread: at most 15 characters.
inline void NameThisThread(const char* name) { pthread_setname_np(pthread_self(), name); }

// For a thread that derives from the log what nobody waits for yet: others, who have callers, go
// first where processors are scarce. What it may fall behind is bounded elsewhere. Threads that it
// starts do the same. No harm where it is not allowed.
inline void LetOthersGoFirst() {
  constexpr int kNice = 5;
  // Linux keeps it by thread; 0 is the calling one.
  setpriority(PRIO_PROCESS, 0, kNice);
}

// For the first thread of a server, before it starts others, which do the same: a thread that has
// something to do again takes its turn, instead of interrupting the one that runs. So a caller
// sends all that it has before the server looks at the first of it, and more of it shares one
// wake-up, one read of the socket and one commit. An idle processor is taken at once, as ever; a
// busy one after milliseconds at most. No harm where it is not allowed.
inline void InterruptNobody() {
  const sched_param unused{};
  sched_setscheduler(0, SCHED_BATCH, &unused);
}

}  // namespace pledger

#endif  // PLEDGER_STORAGE_FORMAT_THIS_THREAD_H_
