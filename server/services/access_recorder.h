// Puts reads into the access log before they are answered.
#ifndef PLEDGER_SERVER_SERVICES_ACCESS_RECORDER_H_
#define PLEDGER_SERVER_SERVICES_ACCESS_RECORDER_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "pledger/v1/audit.pb.h"
#include "server/domain/clock.h"
#include "server/services/principal.h"
#include "storage/access_log.h"

namespace pledger::services {

// Thread-safe.
class AccessRecorder {
 public:
  // Both must outlive it.
  AccessRecorder(storage::AccessLog& log, const Clock& clock) : log_(log), clock_(clock) {}

  // Calls `done` once: with OK when the entry is on disk; with ACCESS_LOG_UNAVAILABLE if it can't
  // be put there, and nothing personal may then be answered. On the log's thread, or this one; must
  // not block.
  void Record(const Principal& principal, v1::AccessEntry entry,
              std::function<void(absl::Status)> done);

  storage::AccessLog& log() { return log_; }

 private:
  storage::AccessLog& log_;
  const Clock& clock_;
};

// An entry without the time and the principal, which Record() fills in.
v1::AccessEntry MakeAccessEntry(v1::AccessEntry::Kind kind, std::string method,
                                std::string client_id);

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_ACCESS_RECORDER_H_
