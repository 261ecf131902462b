// Markup that cannot be injected into: text from outside becomes markup only by being escaped.
#ifndef PLEDGER_CLIENT_CLI_REPORT_HTML_H_
#define PLEDGER_CLIENT_CLI_REPORT_HTML_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace pledger::client {

// HTML or SVG. Made by the functions below only.
class Markup {
 public:
  Markup() = default;

  // `text` as it is to be read: escaped, control characters replaced.
  static Markup Text(absl::string_view text);
  // Markup that stands in the program itself. Never give it anything from outside.
  static Markup Literal(const char* markup);

  Markup& operator+=(const Markup& other) {
    text_ += other.text_;
    return *this;
  }
  friend Markup operator+(Markup a, const Markup& b) { return a += b; }

  const std::string& str() const { return text_; }
  bool empty() const { return text_.empty(); }

 private:
  friend Markup Element(const char* tag, const std::vector<std::pair<const char*, std::string>>&,
                        const Markup& content);

  std::string text_;
};

using Attributes = std::vector<std::pair<const char*, std::string>>;

// <tag name="value" …>content</tag>; values are escaped, empty ones left out.
Markup Element(const char* tag, const Attributes& attributes, const Markup& content);
// The same with a class alone, or with nothing.
Markup Element(const char* tag, const char* css_class, const Markup& content);
Markup Element(const char* tag, const Markup& content);

// A table's row: the first `numbers_from` cells are texts, the rest numbers.
Markup TableRow(const char* cell_tag, const std::vector<Markup>& cells, size_t numbers_from);

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_REPORT_HTML_H_
