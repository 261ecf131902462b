// The part of an import plan that looks at texts: conditions, values and lookups, with the columns
// that they name resolved against a file's header.
//
// Immutable once compiled, and so thread-safe.
#ifndef PLEDGER_CLIENT_CLI_IMPORT_EXPRESSION_H_
#define PLEDGER_CLIENT_CLI_IMPORT_EXPRESSION_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "client/cli/import/csv_reader.h"
#include "client/cli/import_plan.pb.h"
#include "re2/re2.h"

namespace pledger::client {

namespace plan = importplan::v1;

// The header of a file.
class Columns {
 public:
  // INVALID_ARGUMENT where a name comes twice.
  [[nodiscard]] static absl::StatusOr<Columns> Create(std::vector<std::string> names);

  // INVALID_ARGUMENT, naming the columns that there are, where `name` is none of them.
  [[nodiscard]] absl::StatusOr<size_t> Find(absl::string_view name) const;

  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
  absl::flat_hash_map<std::string, size_t> indexes_;
};

// A row among those of its group; all have as many cells as there are columns.
struct RowContext {
  absl::Span<const CsvRow> group;
  size_t index;

  const std::string& Cell(size_t column) const { return group[index].cells[column]; }
};

class Condition;

// See plan::Lookup.
class Lookup {
 public:
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<Lookup>> Compile(const plan::Lookup& source,
                                                                       const Columns& columns);
  ~Lookup();

  // Empty where no row meets the conditions.
  absl::string_view Find(const RowContext& row) const;

  size_t column() const { return column_; }

 private:
  Lookup() = default;

  size_t column_ = 0;
  plan::Lookup::Rows rows_ = plan::Lookup::ROWS_ALL;
  std::vector<Condition> where_;
};

// See plan::Condition.
class Condition {
 public:
  [[nodiscard]] static absl::StatusOr<Condition> Compile(const plan::Condition& source,
                                                         const Columns& columns);

  bool Holds(const RowContext& row) const;

 private:
  Condition() = default;

  bool Test(absl::string_view text) const;

  size_t column_ = 0;
  std::unique_ptr<Lookup> lookup_;
  plan::Condition::TestCase test_ = plan::Condition::TEST_NOT_SET;
  std::string equals_;
  std::unique_ptr<RE2> matches_;
  absl::flat_hash_set<std::string> one_of_;
  bool empty_ = false;
  bool not_ = false;
};

bool AllHold(absl::Span<const Condition> conditions, const RowContext& row);

// See plan::Value. Its texts are evaluated here; what the field's type makes of them is
// convert.h's.
class Value {
 public:
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<Value>> Compile(const plan::Value& source,
                                                                      const Columns& columns);

  // INVALID_ARGUMENT where the map does not know the text.
  [[nodiscard]] absl::StatusOr<std::string> Text(const RowContext& row) const;

  // The column to name when something is wrong with the text; none for a constant.
  std::optional<size_t> column() const { return column_; }
  bool is_constant() const { return source_ == plan::Value::kConstant; }

  int plus_days() const { return plus_days_; }
  const Value* not_before() const { return not_before_.get(); }
  const Value* minus() const { return minus_.get(); }
  const Value* currency() const { return currency_.get(); }

 private:
  // Some text, or a column in its place.
  struct Part {
    std::string text;
    std::optional<size_t> column;
  };

  Value() = default;

  absl::Status CompileSource(const plan::Value& source, const Columns& columns);
  absl::Status CompileTemplate(absl::string_view text, const Columns& columns);
  std::string SourceText(const RowContext& row) const;

  plan::Value::FromCase source_ = plan::Value::FROM_NOT_SET;
  std::optional<size_t> column_;
  std::string constant_;
  std::vector<Part> parts_;
  std::unique_ptr<Lookup> lookup_;
  absl::flat_hash_map<std::string, std::string> map_;
  std::unique_ptr<Value> otherwise_;
  int plus_days_ = 0;
  std::unique_ptr<Value> not_before_;
  std::unique_ptr<Value> minus_;
  std::unique_ptr<Value> currency_;
};

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_IMPORT_EXPRESSION_H_
