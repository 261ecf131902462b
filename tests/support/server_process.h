// pledgerd as a child of a test: started on a free port of 127.0.0.1, ended by its process id.
#ifndef PLEDGER_TESTS_SUPPORT_SERVER_PROCESS_H_
#define PLEDGER_TESTS_SUPPORT_SERVER_PROCESS_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace pledger::testing {

// An empty folder of its own, removed with all that is in it. Dies if it can't be made.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// One running server. Not thread-safe.
class ServerProcess {
 public:
  struct Options {
    // The data folder.
    std::string data;
    std::string listen = "127.0.0.1:0";
    // Further arguments of the command line.
    std::vector<std::string> arguments = {};
    // How long it may take until it serves.
    absl::Duration patience = absl::Seconds(120);
  };

  // Starts $PLEDGER_BIN/pledgerd and waits until it serves; it is killed when the calling thread
  // ends. Its log goes to `<data>.log`, across restarts. UNAVAILABLE with the exit code and the log
  // if it ends before; DEADLINE_EXCEEDED after `patience`.
  static absl::StatusOr<std::unique_ptr<ServerProcess>> Start(const Options& options);

  // By SIGKILL where it still runs.
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // SIGTERM; does not wait.
  void Terminate();

  // Waits for the end. The exit code; INTERNAL if a signal ended it; DEADLINE_EXCEEDED if it still
  // runs after `patience`.
  absl::StatusOr<int> AwaitExit(absl::Duration patience);

  // SIGKILL, and waits for the end.
  void Kill();

  // "127.0.0.1:port".
  const std::string& address() const { return address_; }
  int port() const { return port_; }
  // 0 once it has ended and was waited for.
  pid_t pid() const { return pid_; }
  // From the start of the process until it served.
  absl::Duration startup() const { return startup_; }
  // What it holds in memory now, in bytes.
  int64_t ResidentBytes() const;
  // What this process has logged.
  std::string Log() const;

 private:
  explicit ServerProcess(const Options& options);

  absl::Status Spawn();
  absl::Status AwaitPort(int watch, absl::Time deadline);
  bool ReadPort();
  // True once the process has ended and was waited for.
  bool Reap(absl::Time deadline);

  const Options options_;
  const std::string log_path_;
  const std::string port_file_;
  // Where this process's part of the log begins.
  int64_t log_begin_ = 0;
  pid_t pid_ = 0;
  // Reads the end of file once the process has gone.
  int life_ = -1;
  int wait_status_ = 0;
  int port_ = 0;
  std::string address_;
  absl::Duration startup_;
};

}  // namespace pledger::testing

#endif  // PLEDGER_TESTS_SUPPORT_SERVER_PROCESS_H_
