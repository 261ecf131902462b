// Turns the rows of a file into events, as a plan says. Pure: no input or output, no clock.
#ifndef PLEDGER_CLIENT_CLI_IMPORT_ROW_MAPPER_H_
#define PLEDGER_CLIENT_CLI_IMPORT_ROW_MAPPER_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/cli/import/convert.h"
#include "client/cli/import/expression.h"
#include "client/cli/import_plan.pb.h"
#include "pledger/v1/event.pb.h"

namespace pledger::client {

// Reads a plan, a text proto. INVALID_ARGUMENT with file, line and column where it is none.
[[nodiscard]] absl::StatusOr<plan::ImportPlan> LoadImportPlan(const std::string& path);

// Something wrong with a row.
struct RowProblem {
  // The column's name; empty where it is not about one.
  std::string column;
  std::string reason;
};

// An event, and the step that made it.
struct MappedEvent {
  pledger::v1::ProposedEvent event;
  size_t step = 0;
};

// Immutable and thread-safe. The plan must outlive it.
class RowMapper {
 public:
  // Checks the whole plan against the file's columns. INVALID_ARGUMENT names the step and what is
  // wrong with it.
  [[nodiscard]] static absl::StatusOr<std::unique_ptr<RowMapper>> Create(
      const plan::ImportPlan& plan, std::vector<std::string> column_names);

  // The events of one row of a group; none where no step is for it. Event ids depend on nothing
  // but the plan's name and version, the step's name and the row's key.
  [[nodiscard]] absl::StatusOr<std::vector<MappedEvent>> Map(const RowContext& row,
                                                             RowProblem& problem) const;

  // The column behind a field of an event that `step` made, by the field's path within the event:
  // "fact.invoice_issued.amount.minor_units". Empty if none is.
  std::string ColumnBehind(size_t step, absl::string_view path) const;

  const Columns& columns() const { return columns_; }

  // What rows of one group have in common; nothing where the plan groups none.
  std::optional<size_t> group_column() const { return group_column_; }

 private:
  struct Field {
    std::string path;
    FieldPath target;
    std::unique_ptr<Value> value;
    bool optional = false;
  };
  struct Step {
    std::string name;
    std::vector<Condition> when;
    bool otherwise = false;
    const google::protobuf::FieldDescriptor* fact = nullptr;
    std::vector<Field> fields;
    std::vector<size_t> custom_columns;
    // The step's own or the plan's.
    std::shared_ptr<const Value> client_id;
    std::shared_ptr<const Value> occur_time;
    std::shared_ptr<const Value> correlation_id;
  };

  RowMapper() = default;

  absl::Status CompilePlan(const plan::ImportPlan& plan);
  absl::Status CompileStep(const plan::Step& source, Step& step);
  absl::Status CompileField(const plan::FieldMapping& source, Step& step);
  // Tries values that depend on no row, so that a mistake in the plan is no mistake of every row.
  absl::Status CheckConstant(const Field& field, const Step& step) const;
  absl::Status MapStep(const Step& step, const RowContext& row, pledger::v1::ProposedEvent& event,
                       RowProblem& problem) const;
  absl::Status MapFields(const Step& step, const RowContext& row, pledger::v1::Fact& fact,
                         RowProblem& problem) const;
  std::string EventId(const Step& step, const RowContext& row) const;
  absl::Status Blame(absl::Status status, const Value& value, RowProblem& problem) const;

  Columns columns_;
  Conventions conventions_;
  std::string source_;
  std::string id_prefix_;
  std::vector<size_t> key_columns_;
  std::optional<size_t> group_column_;
  std::shared_ptr<const Value> client_id_;
  std::shared_ptr<const Value> occur_time_;
  std::shared_ptr<const Value> correlation_id_;
  std::vector<Step> steps_;
};

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_IMPORT_ROW_MAPPER_H_
