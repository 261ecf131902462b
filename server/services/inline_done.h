// A reactor whose OnDone() runs on the thread that brings the call's last news.
//
// gRPC hands OnDone() to a thread of its own unless the reactor says that it may run at once. For a
// reactor that does no more there than to delete itself, that other thread is a fifth of what a
// small call costs the server. The question is put by a virtual function that gRPC's headers call
// internal: should a later version drop it, this no longer compiles and the template can go.
#ifndef PLEDGER_SERVER_SERVICES_INLINE_DONE_H_
#define PLEDGER_SERVER_SERVICES_INLINE_DONE_H_

namespace pledger::services {

// `Reactor` is one of gRPC's server reactors. OnDone() must not block, and must not take a lock
// that is held where calls are finished.
template <typename Reactor>
class InlineDone : public Reactor {
 private:
  bool InternalInlineable() final { return true; }
};

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_INLINE_DONE_H_
