#include <google/protobuf/util/json_util.h>

#include <cstdint>
#include <fstream>
#include <istream>
#include <memory>
#include <ostream>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "client/cli/commands.h"
#include "client/cli/format.h"
#include "client/lib/appender.h"

namespace pledger::client {
namespace {

// Appends the requests of a stream of lines. Answers come on the appender's thread.
class LineAppender {
 public:
  explicit LineAppender(Context& context) : context_(context) {}

  int Run(std::istream& in) {
    Appender appender(context_.client());
    std::string line;
    absl::Status status;
    for (uint64_t number = 1; status.ok() && std::getline(in, line); ++number) {
      if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
      v1::AppendRequest request;
      const auto parsed = google::protobuf::util::JsonStringToMessage(line, &request);
      if (!parsed.ok()) {
        Reject(number, absl::InvalidArgumentError(
                           absl::StrCat("no pledger.v1.AppendRequest: ", parsed.ToString())));
        continue;
      }
      status = appender.Append(std::move(request), [this, number](const auto&, const auto& answer) {
        answer.ok() ? Print(number, *answer) : Reject(number, answer.status());
      });
    }
    status.Update(appender.Flush());
    absl::MutexLock lock(&mutex_);
    if (!status.ok()) return context_.Fail(status);
    if (rejected_ == 0) return kExitOk;
    return appended_ == 0 ? kExitRefused : kExitPartial;
  }

 private:
  void Print(uint64_t line, const v1::AppendResponse& response) {
    absl::MutexLock lock(&mutex_);
    ++appended_;
    if (context_.is_json()) {
      (void)context_.PrintJson(response);  // It holds nothing that JSON could not say.
      return;
    }
    context_.out() << "line " << line << ":";
    for (const v1::AppendedEvent& event : response.events()) {
      context_.out() << " " << event.position() << (event.duplicate() ? " (was there)" : "");
    }
    context_.out() << '\n';
  }

  void Reject(uint64_t line, const absl::Status& status) {
    absl::MutexLock lock(&mutex_);
    ++rejected_;
    context_.err() << "line " << line << ": ";
    context_.Fail(status);
  }

  Context& context_;
  absl::Mutex mutex_;
  uint64_t appended_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t rejected_ ABSL_GUARDED_BY(mutex_) = 0;
};

int RunAppend(Context& context, const std::string& file) {
  if (const absl::Status status = context.CheckServer(); !status.ok()) return context.Fail(status);
  LineAppender appender(context);
  if (file == "-") return appender.Run(context.in());
  std::ifstream in(file);
  if (!in) return context.Fail(absl::NotFoundError(absl::StrCat("cannot read ", file)));
  return appender.Run(in);
}

}  // namespace

void AddAppendCommand(CommandLine& app, Context& context) {
  CommandLine* command =
      app.AddCommand("append", "Record events: one pledger.v1.AppendRequest a line, as proto JSON");
  auto file = std::make_shared<std::string>("-");
  command->AddOption("FILE", *file, "Where to read; - is standard input")->ShowDefault();
  command->Runs([&context, file] { return RunAppend(context, *file); });
}

}  // namespace pledger::client
