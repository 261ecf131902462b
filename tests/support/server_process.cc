#include "tests/support/server_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace pledger::testing {
namespace {

// Where the child finds the end of the pipe that tells its parent of its end.
constexpr int kLifeFd = 3;

// Part of Debian's util-linux. Starts a program that is killed when its parent's thread ends: a
// test that dies leaves no server behind.
constexpr char kSetpriv[] = "/usr/bin/setpriv";

// How long to wait, as poll() wants it; at least a millisecond, so that waiting never spins.
int PollMs(absl::Time deadline) {
  const int64_t ms = absl::ToInt64Milliseconds(deadline - absl::Now());
  return static_cast<int>(std::clamp<int64_t>(ms, 1, 60'000));
}

std::string ReadFrom(const std::string& path, int64_t begin) {
  std::ifstream file(path, std::ios::binary);
  file.seekg(begin);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  path_ = (std::filesystem::temp_directory_path() / "pledger-test-XXXXXX").string();
  if (mkdtemp(path_.data()) == nullptr) {
    std::perror(path_.c_str());
    std::abort();
  }
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

ServerProcess::ServerProcess(const Options& options)
    : options_(options), log_path_(options.data + ".log"), port_file_(options.data + ".port") {}

absl::StatusOr<std::unique_ptr<ServerProcess>> ServerProcess::Start(const Options& options) {
  std::unique_ptr<ServerProcess> server(new ServerProcess(options));
  std::error_code error;
  std::filesystem::remove(server->port_file_, error);
  const auto log_bytes = std::filesystem::file_size(server->log_path_, error);
  server->log_begin_ = error ? 0 : static_cast<int64_t>(log_bytes);
  // Watched before the server starts, so that its port can't be missed.
  const int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  const std::string folder = std::filesystem::path(server->port_file_).parent_path();
  inotify_add_watch(watch, folder.c_str(), IN_MOVED_TO | IN_CLOSE_WRITE);
  const absl::Time began = absl::Now();
  absl::Status status = server->Spawn();
  if (status.ok()) status = server->AwaitPort(watch, began + options.patience);
  close(watch);
  if (!status.ok()) return status;
  server->startup_ = absl::Now() - began;
  return server;
}

ServerProcess::~ServerProcess() {
  Kill();
  if (life_ >= 0) close(life_);
}

// posix_spawn and not fork: gRPC's threads run in this process.
absl::Status ServerProcess::Spawn() {
  const char* folder = std::getenv("PLEDGER_BIN");
  if (folder == nullptr) return absl::InternalError("PLEDGER_BIN must name the programs' folder");
  std::vector<std::string> arguments = {
      kSetpriv,      "--pdeathsig", "KILL",     absl::StrCat(folder, "/pledgerd"),
      "--data",      options_.data, "--listen", options_.listen,
      "--port-file", port_file_};
  arguments.insert(arguments.end(), options_.arguments.begin(), options_.arguments.end());
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  int life[2];
  if (pipe2(life, O_CLOEXEC) != 0) return absl::InternalError(strerror(errno));
  life_ = life[0];
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, log_path_.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                   0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  posix_spawn_file_actions_adddup2(&actions, life[1], kLifeFd);
  const int error = posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(life[1]);
  if (error == 0) return absl::OkStatus();
  pid_ = 0;
  return absl::InternalError(absl::StrCat("cannot start ", argv[0], ": ", strerror(error)));
}

absl::Status ServerProcess::AwaitPort(int watch, absl::Time deadline) {
  while (!ReadPort()) {
    pollfd events[] = {{watch, POLLIN, 0}, {life_, POLLIN, 0}};
    poll(events, 2, PollMs(deadline));
    if (events[1].revents != 0) {
      Reap(absl::InfiniteFuture());
      return absl::UnavailableError(
          absl::StrCat("pledgerd ended with wait status ", wait_status_, ": ", Log()));
    }
    if (absl::Now() > deadline) {
      return absl::DeadlineExceededError(absl::StrCat("pledgerd does not serve: ", Log()));
    }
    char ignored[4096];
    while (read(watch, ignored, sizeof ignored) > 0) {
    }
  }
  return absl::OkStatus();
}

bool ServerProcess::ReadPort() {
  std::ifstream file(port_file_);
  if (!(file >> port_)) return false;
  address_ = absl::StrCat("127.0.0.1:", port_);
  return true;
}

bool ServerProcess::Reap(absl::Time deadline) {
  if (pid_ == 0) return true;
  while (true) {
    pollfd event = {life_, POLLIN, 0};
    poll(&event, 1, PollMs(deadline));
    if (event.revents != 0) break;
    if (absl::Now() > deadline) return false;
  }
  while (waitpid(pid_, &wait_status_, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  return true;
}

void ServerProcess::Terminate() {
  if (pid_ > 0) kill(pid_, SIGTERM);
}

absl::StatusOr<int> ServerProcess::AwaitExit(absl::Duration patience) {
  if (!Reap(absl::Now() + patience)) return absl::DeadlineExceededError("pledgerd still runs");
  if (WIFEXITED(wait_status_)) return WEXITSTATUS(wait_status_);
  return absl::InternalError(
      absl::StrCat("signal ", WTERMSIG(wait_status_), " ended pledgerd: ", Log()));
}

void ServerProcess::Kill() {
  if (pid_ > 0) kill(pid_, SIGKILL);
  Reap(absl::InfiniteFuture());
}

int64_t ServerProcess::ResidentBytes() const {
  std::ifstream statm(absl::StrCat("/proc/", pid_, "/statm"));
  int64_t total_pages = 0;
  int64_t resident_pages = 0;
  statm >> total_pages >> resident_pages;
  return resident_pages * sysconf(_SC_PAGESIZE);
}

std::string ServerProcess::Log() const { return ReadFrom(log_path_, log_begin_); }

}  // namespace pledger::testing
