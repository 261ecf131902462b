// A server that runs as a child of this program, found through the file to which it writes its
// port.
#ifndef PLEDGER_TESTS_BENCH_CHILD_PROCESS_H_
#define PLEDGER_TESTS_BENCH_CHILD_PROCESS_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace pledger::bench {

// Owns one child process. Not thread-safe.
class ChildProcess {
 public:
  // Starts `arguments` (the program's path first), with both outputs appended to `log_path`, and
  // waits until it has written its port, or "host:port", to `port_file`. Removes an older port file
  // first. UNAVAILABLE with the log's last lines if the child ends before that; DEADLINE_EXCEEDED
  // after `patience`.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(
      const std::vector<std::string>& arguments, const std::string& port_file,
      const std::string& log_path, absl::Duration patience);

  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // Stops the child if Stop was not called.
  ~ChildProcess();

  // Ends the child by SIGTERM and waits for it; by SIGKILL after 30 s. INTERNAL unless it ended by
  // itself with code 0.
  absl::Status Stop();

  // "127.0.0.1:port".
  const std::string& address() const { return address_; }

 private:
  ChildProcess(pid_t pid, std::string log_path) : pid_(pid), log_path_(std::move(log_path)) {}

  absl::Status AwaitPort(const std::string& port_file, absl::Duration patience);
  // True once the child is gone; its wait status is then in `wait_status_`.
  bool Reap();
  std::string LogTail() const;

  pid_t pid_;
  int wait_status_ = 0;
  std::string log_path_;
  std::string address_;
};

}  // namespace pledger::bench

#endif  // PLEDGER_TESTS_BENCH_CHILD_PROCESS_H_
