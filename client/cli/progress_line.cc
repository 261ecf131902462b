#include "client/cli/progress_line.h"

#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/terminal/plot.h"
#include "client/cli/terminal/text.h"

namespace pledger::client {
namespace {

constexpr absl::Duration kInterval = absl::Milliseconds(100);
constexpr size_t kBarColumns = 24;

}  // namespace

void ProgressLine::Show(double share, absl::FunctionRef<std::string()> text) {
  if (!context_.surroundings().err_is_terminal || Now() - shown_at_ < kInterval) return;
  shown_at_ = Now();
  std::string line;
  if (share >= 0) {
    const std::string bar = Bar(share, kBarColumns, context_.charset());
    absl::StrAppend(&line, bar, std::string(kBarColumns - DisplayWidth(bar), ' '), " ",
                    static_cast<int>(share * 100), " %  ");
  }
  context_.err() << "\r" << line << text() << "\x1b[K" << std::flush;
  is_shown_ = true;
}

void ProgressLine::Clear() {
  if (std::exchange(is_shown_, false)) context_.err() << "\r\x1b[K";
}

uint64_t ProgressLine::Rate(uint64_t count) const {
  const double seconds = absl::ToDoubleSeconds(Elapsed());
  return seconds > 0 ? static_cast<uint64_t>(static_cast<double>(count) / seconds) : 0;
}

}  // namespace pledger::client
