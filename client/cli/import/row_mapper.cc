#include "client/cli/import/row_mapper.h"

#include <fcntl.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/struct.pb.h>
#include <openssl/sha.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/numeric/int128.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/cli/format.h"
#include "client/cli/text_proto.h"
#include "client/lib/uuid.h"
#include "pledger/v1/fact.pb.h"

namespace pledger::client {
namespace {

absl::Status InStep(absl::string_view step, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::InvalidArgumentError(absl::StrCat("step \"", step, "\": ", status.message()));
}

// The text with its length before it, so that no two lists of texts run together alike.
void AppendFramed(absl::string_view text, std::string& to) {
  absl::StrAppend(&to, text.size(), ":", text);
}

// An RFC 9562 UUID of version 8 from the first bits of the hash.
std::string UuidFromHash(absl::string_view text) {
  uint8_t hash[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const uint8_t*>(text.data()), text.size(), hash);
  hash[6] = (hash[6] & 0x0f) | 0x80;
  hash[8] = (hash[8] & 0x3f) | 0x80;
  absl::uint128 uuid = 0;
  for (int i = 0; i < 16; ++i) uuid = uuid << 8 | hash[i];
  return FormatUuid(uuid);
}

// Packs in one defined order: a map has none, and the same row must give the same bytes.
void PackDeterministically(const google::protobuf::Struct& payload, google::protobuf::Any& any) {
  any.set_type_url(absl::StrCat("type.googleapis.com/", payload.GetDescriptor()->full_name()));
  google::protobuf::io::StringOutputStream stream(any.mutable_value());
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  payload.SerializeToCodedStream(&coded);
}

absl::StatusOr<std::shared_ptr<const Value>> CompileOr(bool present, const plan::Value& source,
                                                       const Columns& columns,
                                                       std::shared_ptr<const Value> fallback) {
  if (!present) return fallback;
  absl::StatusOr<std::unique_ptr<Value>> value = Value::Compile(source, columns);
  if (!value.ok()) return value.status();
  return std::shared_ptr<const Value>(*std::move(value));
}

}  // namespace

absl::StatusOr<plan::ImportPlan> LoadImportPlan(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot read the plan ", path));
  google::protobuf::io::FileInputStream input(fd);
  input.SetCloseOnDelete(true);
  plan::ImportPlan plan;
  if (absl::Status parsed = ParseTextProto(input, path, plan); !parsed.ok()) return parsed;
  return plan;
}

absl::StatusOr<std::unique_ptr<RowMapper>> RowMapper::Create(
    const plan::ImportPlan& plan, std::vector<std::string> column_names) {
  absl::StatusOr<Columns> columns = Columns::Create(std::move(column_names));
  if (!columns.ok()) return columns.status();
  auto mapper = std::unique_ptr<RowMapper>(new RowMapper);
  mapper->columns_ = *std::move(columns);
  if (absl::Status status = mapper->CompilePlan(plan); !status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("plan \"", plan.name(), "\": ", status.message()));
  }
  return mapper;
}

absl::Status RowMapper::CompilePlan(const plan::ImportPlan& plan) {
  if (plan.name().empty()) return absl::InvalidArgumentError("it has no name");
  if (plan.steps().empty()) return absl::InvalidArgumentError("it has no steps");
  absl::StatusOr<Conventions> conventions = Conventions::Of(plan);
  if (!conventions.ok()) return conventions.status();
  conventions_ = *std::move(conventions);
  source_ = plan.source();
  AppendFramed(plan.name(), id_prefix_);
  absl::StrAppend(&id_prefix_, plan.version(), ";");
  for (const std::string& name : plan.key_columns()) {
    const absl::StatusOr<size_t> column = columns_.Find(name);
    if (!column.ok()) return column.status();
    key_columns_.push_back(*column);
  }
  if (key_columns_.empty()) {
    for (size_t i = 0; i < columns_.names().size(); ++i) key_columns_.push_back(i);
  }
  if (!plan.group_by().empty()) {
    const absl::StatusOr<size_t> column = columns_.Find(plan.group_by());
    if (!column.ok()) return column.status();
    group_column_ = *column;
  }
  auto client_id = CompileOr(plan.has_client_id(), plan.client_id(), columns_, nullptr);
  auto occur_time = CompileOr(plan.has_occur_time(), plan.occur_time(), columns_, nullptr);
  auto correlation = CompileOr(plan.has_correlation_id(), plan.correlation_id(), columns_, nullptr);
  if (!client_id.ok()) return client_id.status();
  if (!occur_time.ok()) return occur_time.status();
  if (!correlation.ok()) return correlation.status();
  client_id_ = *client_id;
  occur_time_ = *occur_time;
  correlation_id_ = *correlation;
  absl::flat_hash_set<std::string> names;
  for (const plan::Step& source : plan.steps()) {
    Step step;
    if (source.name().empty() || !names.insert(source.name()).second) {
      return InStep(source.name(), absl::InvalidArgumentError("each step needs a name of its own"));
    }
    if (absl::Status status = CompileStep(source, step); !status.ok()) {
      return InStep(source.name(), status);
    }
    steps_.push_back(std::move(step));
  }
  return absl::OkStatus();
}

absl::Status RowMapper::CompileStep(const plan::Step& source, Step& step) {
  step.name = source.name();
  step.otherwise = source.otherwise();
  for (const plan::Condition& condition : source.when()) {
    absl::StatusOr<Condition> compiled = Condition::Compile(condition, columns_);
    if (!compiled.ok()) return compiled.status();
    step.when.push_back(*std::move(compiled));
  }
  step.fact = pledger::v1::Fact::descriptor()->FindFieldByName(source.fact());
  if (step.fact == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("there is no fact \"", source.fact(), "\""));
  }
  auto client_id = CompileOr(source.has_client_id(), source.client_id(), columns_, client_id_);
  auto occur_time = CompileOr(source.has_occur_time(), source.occur_time(), columns_, occur_time_);
  auto correlation =
      CompileOr(source.has_correlation_id(), source.correlation_id(), columns_, correlation_id_);
  if (!client_id.ok()) return client_id.status();
  if (!occur_time.ok()) return occur_time.status();
  if (!correlation.ok()) return correlation.status();
  step.client_id = *client_id;
  step.occur_time = *occur_time;
  step.correlation_id = *correlation;
  if (step.client_id == nullptr) return absl::InvalidArgumentError("it has no client_id");
  if (step.occur_time == nullptr) return absl::InvalidArgumentError("it has no occur_time");
  const bool is_custom = step.fact->number() == pledger::v1::Fact::kCustomFactFieldNumber;
  if (is_custom != !source.custom_columns().empty()) {
    return absl::InvalidArgumentError("custom_columns are for custom_fact, which needs them");
  }
  for (const std::string& name : source.custom_columns()) {
    const absl::StatusOr<size_t> column = columns_.Find(name);
    if (!column.ok()) return column.status();
    step.custom_columns.push_back(*column);
  }
  for (const plan::FieldMapping& field : source.fields()) {
    if (absl::Status status = CompileField(field, step); !status.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("field \"", field.path(), "\": ", status.message()));
    }
  }
  return absl::OkStatus();
}

absl::Status RowMapper::CompileField(const plan::FieldMapping& source, Step& step) {
  absl::StatusOr<FieldPath> target = FieldPath::Parse(*step.fact->message_type(), source.path());
  if (!target.ok()) return target.status();
  absl::StatusOr<std::unique_ptr<Value>> value = Value::Compile(source.value(), columns_);
  if (!value.ok()) return value.status();
  if (target->is_money() && (*value)->currency() == nullptr && conventions_.currency_code.empty()) {
    return absl::InvalidArgumentError("neither the plan nor the value names a currency");
  }
  Field field{source.path(), *std::move(target), *std::move(value), source.optional()};
  if (absl::Status status = CheckConstant(field, step); !status.ok()) return status;
  step.fields.push_back(std::move(field));
  return absl::OkStatus();
}

absl::Status RowMapper::CheckConstant(const Field& field, const Step& step) const {
  const Value& value = *field.value;
  const auto depends_on_row = [](const Value* part) {
    return part != nullptr && !part->is_constant();
  };
  if (!value.is_constant() || depends_on_row(value.minus()) || depends_on_row(value.currency()) ||
      depends_on_row(value.not_before())) {
    return absl::OkStatus();
  }
  const RowContext no_row{{}, 0};
  const absl::StatusOr<std::string> text = value.Text(no_row);
  if (!text.ok()) return text.status();
  pledger::v1::Fact scratch;
  google::protobuf::Message& fact = *scratch.GetReflection()->MutableMessage(&scratch, step.fact);
  return field.target.Set(value, *text, no_row, conventions_, fact);
}

absl::Status RowMapper::Blame(absl::Status status, const Value& value, RowProblem& problem) const {
  if (status.ok()) return status;
  problem.column = value.column().has_value() ? columns_.names()[*value.column()] : "";
  problem.reason = std::string(status.message());
  return status;
}

absl::Status RowMapper::MapFields(const Step& step, const RowContext& row, pledger::v1::Fact& fact,
                                  RowProblem& problem) const {
  google::protobuf::Message& message = *fact.GetReflection()->MutableMessage(&fact, step.fact);
  for (const Field& field : step.fields) {
    const absl::StatusOr<std::string> text = field.value->Text(row);
    if (!text.ok()) return Blame(text.status(), *field.value, problem);
    if (text->empty() && field.optional) continue;
    absl::Status status = text->empty()
                              ? absl::InvalidArgumentError("it is empty")
                              : field.target.Set(*field.value, *text, row, conventions_, message);
    if (!status.ok()) return Blame(std::move(status), *field.value, problem);
  }
  if (step.custom_columns.empty()) return absl::OkStatus();
  google::protobuf::Struct payload;
  for (const size_t column : step.custom_columns) {
    if (row.Cell(column).empty()) continue;
    (*payload.mutable_fields())[columns_.names()[column]].set_string_value(row.Cell(column));
  }
  PackDeterministically(payload, *fact.mutable_custom_fact()->mutable_payload());
  return absl::OkStatus();
}

absl::Status RowMapper::MapStep(const Step& step, const RowContext& row,
                                pledger::v1::ProposedEvent& event, RowProblem& problem) const {
  const absl::StatusOr<std::string> client_id = step.client_id->Text(row);
  if (!client_id.ok()) return Blame(client_id.status(), *step.client_id, problem);
  const absl::StatusOr<absl::Time> occur_time = EvaluateTime(*step.occur_time, row, conventions_);
  if (!occur_time.ok()) return Blame(occur_time.status(), *step.occur_time, problem);
  event.set_event_id(EventId(step, row));
  event.set_client_id(*client_id);
  *event.mutable_occur_time() = ToTimestamp(*occur_time);
  event.set_source(source_);
  if (step.correlation_id != nullptr) {
    const absl::StatusOr<std::string> correlation_id = step.correlation_id->Text(row);
    if (!correlation_id.ok()) return Blame(correlation_id.status(), *step.correlation_id, problem);
    event.set_correlation_id(*correlation_id);
  }
  return MapFields(step, row, *event.mutable_fact(), problem);
}

std::string RowMapper::EventId(const Step& step, const RowContext& row) const {
  std::string identity = id_prefix_;
  AppendFramed(step.name, identity);
  for (const size_t column : key_columns_) AppendFramed(row.Cell(column), identity);
  return UuidFromHash(identity);
}

absl::StatusOr<std::vector<MappedEvent>> RowMapper::Map(const RowContext& row,
                                                        RowProblem& problem) const {
  std::vector<MappedEvent> events;
  for (size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    if (step.otherwise && !events.empty()) continue;
    if (!AllHold(step.when, row)) continue;
    MappedEvent& mapped = events.emplace_back();
    mapped.step = i;
    if (absl::Status status = MapStep(step, row, mapped.event, problem); !status.ok()) {
      return InStep(step.name, status);
    }
  }
  return events;
}

std::string RowMapper::ColumnBehind(size_t step_index, absl::string_view path) const {
  const Step& step = steps_[step_index];
  const Value* behind = nullptr;
  if (absl::StartsWith(path, "client_id")) behind = step.client_id.get();
  if (absl::StartsWith(path, "occur_time")) behind = step.occur_time.get();
  if (absl::StartsWith(path, "correlation_id")) behind = step.correlation_id.get();
  const std::string prefix = absl::StrCat("fact.", step.fact->name(), ".");
  if (absl::StartsWith(path, prefix)) {
    path.remove_prefix(prefix.size());
    const auto field = std::find_if(step.fields.begin(), step.fields.end(), [&](const Field& f) {
      return absl::StartsWith(path, f.path) &&
             (path.size() == f.path.size() || path[f.path.size()] == '.');
    });
    if (field != step.fields.end()) behind = field->value.get();
  }
  if (behind == nullptr || !behind->column().has_value()) return "";
  return columns_.names()[*behind->column()];
}

}  // namespace pledger::client
