// Between the two string views: Debian builds abseil with a view type of its own, which does not
// convert to or from std::string_view.
#ifndef PLEDGER_STORAGE_FORMAT_TEXT_H_
#define PLEDGER_STORAGE_FORMAT_TEXT_H_

#include <string_view>

#include "absl/strings/string_view.h"

namespace pledger {

// The same characters, for an abseil function.
inline absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }

// The same characters, from an abseil function.
inline std::string_view FromAbsl(absl::string_view text) { return {text.data(), text.size()}; }

}  // namespace pledger

#endif  // PLEDGER_STORAGE_FORMAT_TEXT_H_
