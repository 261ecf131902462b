#include "client/cli/report/html.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/cli/terminal/text.h"

namespace pledger::client {
namespace {

std::string Escape(absl::string_view text) {
  return absl::StrReplaceAll(
      Printable(text),
      {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

}  // namespace

Markup Markup::Text(absl::string_view text) {
  Markup markup;
  markup.text_ = Escape(text);
  return markup;
}

Markup Markup::Literal(const char* markup) {
  Markup result;
  result.text_ = markup;
  return result;
}

Markup Element(const char* tag, const Attributes& attributes, const Markup& content) {
  Markup markup;
  absl::StrAppend(&markup.text_, "<", tag);
  for (const auto& [name, value] : attributes) {
    if (!value.empty()) absl::StrAppend(&markup.text_, " ", name, "=\"", Escape(value), "\"");
  }
  absl::StrAppend(&markup.text_, ">", content.text_, "</", tag, ">");
  return markup;
}

Markup Element(const char* tag, const char* css_class, const Markup& content) {
  return Element(tag, Attributes{{"class", css_class}}, content);
}

Markup Element(const char* tag, const Markup& content) {
  return Element(tag, Attributes{}, content);
}

Markup TableRow(const char* cell_tag, const std::vector<Markup>& cells, size_t numbers_from) {
  Markup row;
  for (size_t i = 0; i < cells.size(); ++i) {
    row += Element(cell_tag, i < numbers_from ? "" : "number", cells[i]);
  }
  return Element("tr", row) + Markup::Literal("\n");
}

}  // namespace pledger::client
