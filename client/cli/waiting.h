// A sign of life while the server works on something long.
#ifndef PLEDGER_CLIENT_CLI_WAITING_H_
#define PLEDGER_CLIENT_CLI_WAITING_H_

#include <string>
#include <thread>

#include "absl/synchronization/notification.h"
#include "client/cli/context.h"

namespace pledger::client {

// Says on standard error, where that is a terminal, what is being waited for and since when, from
// construction until destruction. Nothing else may be written there meanwhile.
class Waiting {
 public:
  // `context` must outlive it.
  Waiting(Context& context, std::string what);
  ~Waiting();
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  void Show(const std::string& what);

  Context& context_;
  absl::Notification done_;
  std::thread thread_;
};

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_WAITING_H_
