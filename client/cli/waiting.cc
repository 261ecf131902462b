#include "client/cli/waiting.h"

#include <array>
#include <ostream>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/cli/format.h"

namespace pledger::client {
namespace {

// What is quick needs no sign.
constexpr absl::Duration kQuiet = absl::Milliseconds(400);
constexpr absl::Duration kInterval = absl::Milliseconds(120);
constexpr std::array<absl::string_view, 8> kUnicodeFrames = {"⠏", "⠛", "⠹", "⢸",
                                                             "⣰", "⣤", "⣆", "⡇"};
constexpr std::array<absl::string_view, 4> kAsciiFrames = {"|", "/", "-", "\\"};

}  // namespace

Waiting::Waiting(Context& context, std::string what) : context_(context) {
  if (!context.surroundings().err_is_terminal) return;
  thread_ = std::thread([this, what = std::move(what)] { Show(what); });
}

Waiting::~Waiting() {
  done_.Notify();
  if (thread_.joinable()) thread_.join();
}

void Waiting::Show(const std::string& what) {
  Environment& environment = context_.surroundings().environment;
  const absl::Time begun_at = environment.Now();
  environment.Sleep(kQuiet, done_);
  bool is_shown = false;
  for (size_t i = 0; !done_.HasBeenNotified(); ++i) {
    const absl::string_view frame = context_.charset() == Charset::kUnicode
                                        ? kUnicodeFrames[i % kUnicodeFrames.size()]
                                        : kAsciiFrames[i % kAsciiFrames.size()];
    const double seconds = absl::ToDoubleSeconds(environment.Now() - begun_at);
    context_.err() << "\r" << frame << " " << what << ", " << FormatNumber(seconds, 0) << " s\x1b[K"
                   << std::flush;
    is_shown = true;
    environment.Sleep(kInterval, done_);
  }
  if (is_shown) context_.err() << "\r\x1b[K" << std::flush;
}

}  // namespace pledger::client
