#include "client/cli/import/expression.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

namespace pledger::client {

absl::StatusOr<Columns> Columns::Create(std::vector<std::string> names) {
  Columns columns;
  for (size_t i = 0; i < names.size(); ++i) {
    if (!columns.indexes_.emplace(names[i], i).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("the header names the column \"", names[i], "\" twice"));
    }
  }
  columns.names_ = std::move(names);
  return columns;
}

absl::StatusOr<size_t> Columns::Find(absl::string_view name) const {
  const auto found = indexes_.find(name);
  if (found == indexes_.end()) {
    return absl::InvalidArgumentError(absl::StrCat("the file has no column \"", name,
                                                   "\"; it has: ", absl::StrJoin(names_, ", ")));
  }
  return found->second;
}

Lookup::~Lookup() = default;

absl::StatusOr<std::unique_ptr<Lookup>> Lookup::Compile(const plan::Lookup& source,
                                                        const Columns& columns) {
  auto lookup = std::unique_ptr<Lookup>(new Lookup);
  const absl::StatusOr<size_t> column = columns.Find(source.column());
  if (!column.ok()) return column.status();
  lookup->column_ = *column;
  lookup->rows_ = source.rows();
  for (const plan::Condition& condition : source.where()) {
    absl::StatusOr<Condition> compiled = Condition::Compile(condition, columns);
    if (!compiled.ok()) return compiled.status();
    lookup->where_.push_back(*std::move(compiled));
  }
  return lookup;
}

absl::string_view Lookup::Find(const RowContext& row) const {
  const size_t first = rows_ == plan::Lookup::ROWS_LATER ? row.index + 1 : 0;
  const size_t end = rows_ == plan::Lookup::ROWS_EARLIER ? row.index : row.group.size();
  for (size_t i = first; i < end; ++i) {
    const RowContext other{row.group, i};
    if (AllHold(where_, other)) return other.Cell(column_);
  }
  return "";
}

absl::StatusOr<Condition> Condition::Compile(const plan::Condition& source,
                                             const Columns& columns) {
  Condition condition;
  condition.test_ = source.test_case();
  condition.not_ = source.not_();
  if (source.has_lookup()) {
    absl::StatusOr<std::unique_ptr<Lookup>> lookup = Lookup::Compile(source.lookup(), columns);
    if (!lookup.ok()) return lookup.status();
    condition.lookup_ = *std::move(lookup);
  } else {
    const absl::StatusOr<size_t> column = columns.Find(source.column());
    if (!column.ok()) return column.status();
    condition.column_ = *column;
  }
  switch (source.test_case()) {
    case plan::Condition::kEquals:
      condition.equals_ = source.equals();
      break;
    case plan::Condition::kMatches:
      condition.matches_ = std::make_unique<RE2>(source.matches(), RE2::Quiet);
      if (!condition.matches_->ok()) {
        return absl::InvalidArgumentError(absl::StrCat(
            "the regular expression \"", source.matches(), "\": ", condition.matches_->error()));
      }
      break;
    case plan::Condition::kOneOf:
      condition.one_of_.insert(source.one_of().texts().begin(), source.one_of().texts().end());
      break;
    case plan::Condition::kEmpty:
      condition.empty_ = source.empty();
      break;
    case plan::Condition::TEST_NOT_SET:
      return absl::InvalidArgumentError(
          "a condition has none of equals, matches, one_of and empty");
  }
  return condition;
}

bool Condition::Test(absl::string_view text) const {
  switch (test_) {
    case plan::Condition::kEquals:
      return text == equals_;
    case plan::Condition::kMatches:
      return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *matches_);
    case plan::Condition::kOneOf:
      return one_of_.contains(text);
    case plan::Condition::kEmpty:
      return text.empty() == empty_;
    case plan::Condition::TEST_NOT_SET:
      break;
  }
  return false;
}

bool Condition::Holds(const RowContext& row) const {
  return Test(lookup_ != nullptr ? lookup_->Find(row) : row.Cell(column_)) != not_;
}

bool AllHold(absl::Span<const Condition> conditions, const RowContext& row) {
  return std::all_of(conditions.begin(), conditions.end(),
                     [&](const Condition& condition) { return condition.Holds(row); });
}

absl::Status Value::CompileTemplate(absl::string_view text, const Columns& columns) {
  std::string literal;
  while (!text.empty()) {
    if (absl::StartsWith(text, "{{")) {
      literal.push_back('{');
      text.remove_prefix(2);
    } else if (text[0] == '{') {
      const size_t end = text.find('}');
      if (end == absl::string_view::npos) {
        return absl::InvalidArgumentError("a template has a brace that is not closed");
      }
      const absl::StatusOr<size_t> column = columns.Find(text.substr(1, end - 1));
      if (!column.ok()) return column.status();
      if (!column_.has_value()) column_ = *column;
      parts_.push_back({std::move(literal), *column});
      literal.clear();
      text.remove_prefix(end + 1);
    } else {
      literal.push_back(text[0]);
      text.remove_prefix(1);
    }
  }
  parts_.push_back({std::move(literal), std::nullopt});
  return absl::OkStatus();
}

absl::Status Value::CompileSource(const plan::Value& source, const Columns& columns) {
  source_ = source.from_case();
  switch (source_) {
    case plan::Value::kColumn: {
      const absl::StatusOr<size_t> column = columns.Find(source.column());
      if (!column.ok()) return column.status();
      column_ = *column;
      return absl::OkStatus();
    }
    case plan::Value::kConstant:
      constant_ = source.constant();
      return absl::OkStatus();
    case plan::Value::kTemplate:
      return CompileTemplate(source.template_(), columns);
    case plan::Value::kLookup: {
      absl::StatusOr<std::unique_ptr<Lookup>> lookup = Lookup::Compile(source.lookup(), columns);
      if (!lookup.ok()) return lookup.status();
      lookup_ = *std::move(lookup);
      column_ = lookup_->column();
      return absl::OkStatus();
    }
    case plan::Value::FROM_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("a value has none of column, constant, template and lookup");
}

absl::StatusOr<std::unique_ptr<Value>> Value::Compile(const plan::Value& source,
                                                      const Columns& columns) {
  auto value = std::unique_ptr<Value>(new Value);
  if (absl::Status status = value->CompileSource(source, columns); !status.ok()) return status;
  for (const plan::MapEntry& entry : source.map()) {
    if (!value->map_.emplace(entry.key(), entry.value()).second) {
      return absl::InvalidArgumentError(absl::StrCat("the map has \"", entry.key(), "\" twice"));
    }
  }
  value->plus_days_ = source.plus_days();
  const auto compile_part = [&](bool present, const plan::Value& part,
                                std::unique_ptr<Value>& into) {
    if (!present) return absl::OkStatus();
    absl::StatusOr<std::unique_ptr<Value>> compiled = Compile(part, columns);
    if (compiled.ok()) into = *std::move(compiled);
    return compiled.status();
  };
  absl::Status status = compile_part(source.has_otherwise(), source.otherwise(), value->otherwise_);
  status.Update(compile_part(source.has_not_before(), source.not_before(), value->not_before_));
  status.Update(compile_part(source.has_minus(), source.minus(), value->minus_));
  status.Update(compile_part(source.has_currency(), source.currency(), value->currency_));
  if (!status.ok()) return status;
  return value;
}

std::string Value::SourceText(const RowContext& row) const {
  switch (source_) {
    case plan::Value::kColumn:
      return row.Cell(*column_);
    case plan::Value::kLookup:
      return std::string(lookup_->Find(row));
    case plan::Value::kTemplate: {
      std::string text;
      for (const Part& part : parts_) {
        text += part.text;
        if (part.column.has_value()) text += row.Cell(*part.column);
      }
      return text;
    }
    case plan::Value::kConstant:
    case plan::Value::FROM_NOT_SET:
      break;
  }
  return constant_;
}

absl::StatusOr<std::string> Value::Text(const RowContext& row) const {
  std::string text = SourceText(row);
  if (text.empty() && otherwise_ != nullptr) return otherwise_->Text(row);
  if (map_.empty()) return text;
  const auto found = map_.find(text);
  if (found == map_.end()) {
    return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not in the plan's map"));
  }
  return found->second;
}

}  // namespace pledger::client
