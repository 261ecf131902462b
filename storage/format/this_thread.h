// Names for threads, so that a profile or a debugger at three in the morning says who is busy; and
// who lets others go first.
#ifndef PLEDGER_STORAGE_FORMAT_THIS_THREAD_H_
#define PLEDGER_STORAGE_FORMAT_THIS_THREAD_H_

#include <pthread.h>
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

}  // namespace pledger

#endif  // PLEDGER_STORAGE_FORMAT_THIS_THREAD_H_
