// Puts the texts of errors together.
//
// Internal to fact_rules and obligations.
#ifndef PLEDGER_SERVER_DOMAIN_FACT_RULES_TEXT_H_
#define PLEDGER_SERVER_DOMAIN_FACT_RULES_TEXT_H_

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace pledger::rules {

// Where a distribution builds abseil for C++14, absl::string_view is a type of its own, to which a
// std::string_view does not convert.
inline absl::string_view Piece(std::string_view text) { return {text.data(), text.size()}; }
inline absl::string_view Piece(const std::string& text) { return {text.data(), text.size()}; }
inline absl::string_view Piece(const char* text) { return text; }
template <typename Number>
const Number& Piece(const Number& number) {
  return number;
}

// absl::StrCat that takes std::string_view as well.
template <typename... Parts>
std::string Concat(const Parts&... parts) {
  return absl::StrCat(Piece(parts)...);
}

}  // namespace pledger::rules

#endif  // PLEDGER_SERVER_DOMAIN_FACT_RULES_TEXT_H_
