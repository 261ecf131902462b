// Texts as a terminal shows them: UTF-8, measured in columns.
#ifndef PLEDGER_CLIENT_CLI_TERMINAL_TEXT_H_
#define PLEDGER_CLIENT_CLI_TERMINAL_TEXT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace pledger::client {

// Whether the bytes are well-formed UTF-8: no overlong forms, no surrogates.
bool IsUtf8(absl::string_view text);

// How many columns `text` takes: combining marks none, East Asian wide characters and emoji two.
// A byte that is no UTF-8 takes one.
size_t DisplayWidth(absl::string_view text);

// `text` in at most `width` columns, its end replaced by "…" where it does not fit.
std::string Truncate(absl::string_view text, size_t width);

// `text` in lines of at most `width` columns, broken at spaces, each but the first behind `indent`
// spaces, which count; a word that is longer stands alone. No LF at the end. `width` 0: as it is.
std::string Wrap(absl::string_view text, size_t indent, size_t width);

// Makes text from outside safe to print: control characters, which could steer the terminal, and
// bytes that are no UTF-8 become "�"; line ends and tabs become spaces.
std::string Printable(absl::string_view text);

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_TERMINAL_TEXT_H_
