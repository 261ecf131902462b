#include "tests/bench/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace pledger::bench {
namespace {

constexpr absl::Duration kPollInterval = absl::Milliseconds(5);
constexpr absl::Duration kTerminationPatience = absl::Seconds(30);
constexpr size_t kLogTailBytes = 2'000;

std::string ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// posix_spawn and not fork: gRPC's threads run in this process.
absl::StatusOr<pid_t> Spawn(const std::vector<std::string>& arguments,
                            const std::string& log_path) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                   0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    return absl::UnavailableError(absl::StrCat("cannot start ", argv[0], ": ", strerror(error)));
  }
  return pid;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Start(
    const std::vector<std::string>& arguments, const std::string& port_file,
    const std::string& log_path, absl::Duration patience) {
  std::error_code ignored;
  std::filesystem::remove(port_file, ignored);
  const absl::StatusOr<pid_t> pid = Spawn(arguments, log_path);
  if (!pid.ok()) return pid.status();
  std::unique_ptr<ChildProcess> child(new ChildProcess(*pid, log_path));
  if (const absl::Status status = child->AwaitPort(port_file, patience); !status.ok()) {
    return status;
  }
  return child;
}

ChildProcess::~ChildProcess() { Stop().IgnoreError(); }

absl::Status ChildProcess::AwaitPort(const std::string& port_file, absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  for (;;) {
    const std::string content(absl::StripAsciiWhitespace(ReadWhole(port_file)));
    if (!content.empty()) {
      address_ = absl::StrContains(content, ':') ? content : absl::StrCat("127.0.0.1:", content);
      return absl::OkStatus();
    }
    if (Reap()) {
      return absl::UnavailableError(absl::StrCat("the server ended at once: ", LogTail()));
    }
    if (absl::Now() > deadline) {
      return absl::DeadlineExceededError(absl::StrCat("no port in ", port_file, ": ", LogTail()));
    }
    // tidy: sleep: the child is another program, there is nothing to wait on but its file.
    absl::SleepFor(kPollInterval);
  }
}

absl::Status ChildProcess::Stop() {
  if (pid_ > 0 && !Reap()) {
    kill(pid_, SIGTERM);
    const absl::Time deadline = absl::Now() + kTerminationPatience;
    // tidy: sleep: waiting for a process with a deadline has no call of its own.
    while (!Reap() && absl::Now() < deadline) absl::SleepFor(kPollInterval);
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      // tidy: sleep: as above.
      while (!Reap()) absl::SleepFor(kPollInterval);
    }
  }
  if (WIFEXITED(wait_status_) && WEXITSTATUS(wait_status_) == 0) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat("the server ended with wait status ", wait_status_, ": ", LogTail()));
}

bool ChildProcess::Reap() {
  if (pid_ <= 0) return true;
  const pid_t ended = waitpid(pid_, &wait_status_, WNOHANG);
  if (ended == 0 || (ended < 0 && errno == EINTR)) return false;
  pid_ = 0;
  return true;
}

std::string ChildProcess::LogTail() const {
  const std::string log = ReadWhole(log_path_);
  return log.size() > kLogTailBytes ? log.substr(log.size() - kLogTailBytes) : log;
}

}  // namespace pledger::bench
