#include "client/cli/event_printer.h"

#include <algorithm>
#include <ostream>
#include <string>

#include "absl/strings/str_format.h"
#include "client/cli/format.h"
#include "client/cli/terminal/text.h"

namespace pledger::client {
namespace {

std::string Padded(std::string text, size_t width) {
  const size_t used = DisplayWidth(text);
  if (used < width) text.append(width - used, ' ');
  return text;
}

// What becomes of texts that are personal is said where they would stand.
std::string Details(const v1::Event& event) {
  std::string details = FactDetails(event.fact());
  if (event.personal_state() == v1::PERSONAL_STATE_SEALED) details += " (text sealed; --personal)";
  if (event.personal_state() == v1::PERSONAL_STATE_ERASED) details += " (personal text erased)";
  return Printable(details);
}

}  // namespace

absl::Status EventPrinter::Print(const v1::Event& event) {
  if (context_.is_json()) return context_.PrintJson(event);
  PrintLine(event);
  return absl::OkStatus();
}

void EventPrinter::PrintLine(const v1::Event& event) {
  const Palette palette = context_.palette();
  const std::string fact = FactName(event.fact());
  client_width_ = std::max(client_width_, event.client_id().size());
  fact_width_ = std::max(fact_width_, fact.size());
  if (!has_header_) {
    has_header_ = true;
    context_.out() << palette.Paint("POSITION  OCCURRED             " +
                                        Padded("CLIENT", client_width_) + "  " +
                                        Padded("FACT", fact_width_) + "  DETAILS",
                                    Style::kBold)
                   << '\n';
  }
  const std::string marks = marks_.Marks(event.position());
  has_marks_ = has_marks_ || !marks.empty();
  const std::string start = absl::StrFormat("%8u%s%s  %s  ", event.position(), Padded(marks, 2),
                                            Padded(FormatTime(event.occur_time()), 19),
                                            Padded(event.client_id(), client_width_));
  std::string details = Details(event);
  const size_t used = DisplayWidth(start) + fact_width_ + 2;
  if (context_.width() > used) details = Truncate(details, context_.width() - used);
  context_.out() << start << Padded(fact, fact_width_) << "  "
                 << palette.Paint(details, Style::kDim) << '\n';
}

void EventPrinter::Finish() {
  if (!has_marks_) return;
  context_.out() << '\n' << context_.palette().Paint(marks_.Legend(), Style::kDim) << '\n';
}

}  // namespace pledger::client
