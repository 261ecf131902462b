#include "client/cli/fact_marks.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace pledger::client {

FactMarks::FactMarks(const v1::ClientReliability& client)
    : disputed_(client.disputed_positions().begin(), client.disputed_positions().end()),
      amended_(client.amended_positions().begin(), client.amended_positions().end()) {
  for (const v1::StatementReference& statement : client.statements()) {
    with_statement_.insert(statement.target_position());
  }
}

std::string FactMarks::Marks(uint64_t position) const {
  return absl::StrCat(disputed_.contains(position) ? "*" : "",
                      amended_.contains(position) ? "~" : "",
                      with_statement_.contains(position) ? "†" : "");
}

std::string FactMarks::Text(uint64_t position) const {
  return absl::StrCat(position, Marks(position));
}

std::string FactMarks::Text(const google::protobuf::RepeatedField<uint64_t>& positions,
                            int shown_max) const {
  std::string text;
  for (int i = 0; i < positions.size() && i < shown_max; ++i) {
    absl::StrAppend(&text, i > 0 ? " " : "", Text(positions[i]));
  }
  if (positions.size() > shown_max) text += " …";
  return text;
}

std::string FactMarks::Legend() const {
  std::vector<std::string> parts;
  if (!disputed_.empty()) parts.emplace_back("* under dispute");
  if (!amended_.empty()) parts.emplace_back("~ corrected or retracted");
  if (!with_statement_.empty()) parts.emplace_back("† a statement stands beside it");
  return absl::StrJoin(parts, ", ");
}

}  // namespace pledger::client
