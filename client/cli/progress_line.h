// How far something has come: a line on standard error that is written over, where that is a
// terminal; nothing elsewhere.
#ifndef PLEDGER_CLIENT_CLI_PROGRESS_LINE_H_
#define PLEDGER_CLIENT_CLI_PROGRESS_LINE_H_

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "client/cli/context.h"

namespace pledger::client {

// Not thread-safe.
class ProgressLine {
 public:
  // `context` must outlive it.
  explicit ProgressLine(Context& context) : context_(context), begun_at_(Now()) {}
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() { Clear(); }

  // Shows a bar for the share (0 to 1; none if it is negative) and what `text` says: now and then,
  // so that it may be called as often as one likes.
  void Show(double share, absl::FunctionRef<std::string()> text);

  // Makes room for something else on standard error.
  void Clear();

  // How many a second there were, of so many until now.
  uint64_t Rate(uint64_t count) const;
  absl::Duration Elapsed() const { return Now() - begun_at_; }

 private:
  absl::Time Now() const { return context_.surroundings().environment.Now(); }

  Context& context_;
  const absl::Time begun_at_;
  absl::Time shown_at_ = absl::InfinitePast();
  bool is_shown_ = false;
};

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_PROGRESS_LINE_H_
