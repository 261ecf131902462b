// A whole ledger: store, writer, view and services, put together. It alone names concrete classes.
#ifndef PLEDGER_SERVER_RUNTIME_SERVER_H_
#define PLEDGER_SERVER_RUNTIME_SERVER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "server/runtime/config.h"

namespace pledger::runtime {

class Server {
 public:
  // Opens the ledger, catches up, and serves: health says SERVING when this returns. Errors say
  // what to do about them.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const Config& config);
  virtual ~Server() = default;

  virtual int port() const = 0;

  // Ends gracefully: health NOT_SERVING, streams end with where to resume, what was taken is
  // written, the store is closed. Takes a few seconds at most.
  virtual void Shutdown() = 0;
};

}  // namespace pledger::runtime

#endif  // PLEDGER_SERVER_RUNTIME_SERVER_H_
