// Names for threads, so that a profile or a debugger at three in the morning says who is busy.
#ifndef PLEDGER_STORAGE_FORMAT_THREAD_NAME_H_
#define PLEDGER_STORAGE_FORMAT_THREAD_NAME_H_

#include <pthread.h>

namespace pledger {

// Names the calling thread: at most 15 characters.
inline void NameThisThread(const char* name) { pthread_setname_np(pthread_self(), name); }

}  // namespace pledger

#endif  // PLEDGER_STORAGE_FORMAT_THREAD_NAME_H_
