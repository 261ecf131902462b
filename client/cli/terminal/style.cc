#include "client/cli/terminal/style.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace pledger::client {
namespace {

absl::string_view CodeOf(Style style) {
  switch (style) {
    case Style::kPlain:
      return "";
    case Style::kBold:
      return "1";
    case Style::kDim:
      return "2";
    case Style::kGood:
      return "32";
    case Style::kFair:
      return "33";
    case Style::kPoor:
      return "31";
  }
  return "";
}

}  // namespace

Style StyleOfScore(double score) {
  return score >= 65 ? Style::kGood : score >= 50 ? Style::kFair : Style::kPoor;
}

std::string Palette::Paint(absl::string_view text, Style style) const {
  if (!is_coloured_ || style == Style::kPlain || text.empty()) return std::string(text);
  return absl::StrCat("\x1b[", CodeOf(style), "m", text, "\x1b[0m");
}

}  // namespace pledger::client
