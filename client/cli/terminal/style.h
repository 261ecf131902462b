// Colours, for a terminal only.
#ifndef PLEDGER_CLIENT_CLI_TERMINAL_STYLE_H_
#define PLEDGER_CLIENT_CLI_TERMINAL_STYLE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace pledger::client {

enum class Style { kPlain, kBold, kDim, kGood, kFair, kPoor };

// Of a score, 0 to 100: the bands of the policy, A and B good, C fair, the rest poor.
Style StyleOfScore(double score);

class Palette {
 public:
  explicit Palette(bool is_coloured) : is_coloured_(is_coloured) {}

  // `text` in that style; as it is where there are no colours.
  std::string Paint(absl::string_view text, Style style) const;

 private:
  bool is_coloured_;
};

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_TERMINAL_STYLE_H_
