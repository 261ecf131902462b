#include "client/cli/import/importer.h"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "client/lib/errors.h"

namespace pledger::client {
namespace {

// A group is held in memory as a whole.
constexpr size_t kGroupRowsMax = 100'000;
// Below what the server takes in one append: 10,000 events and 4 MiB.
constexpr int kAppendEventsMax = 8'000;
constexpr size_t kAppendBytesMax = 2 << 20;

// Whether the error is about the events rather than about the caller, the server or the way there.
bool IsAboutEvents(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAborted:
      return true;
    default:
      return false;
  }
}

// 3 and "fact.x" for "events[3].fact.x".
std::optional<int> SplitEventPath(absl::string_view path, absl::string_view& rest) {
  if (!absl::ConsumePrefix(&path, "events[")) return std::nullopt;
  const size_t end = path.find(']');
  int index = 0;
  if (end == absl::string_view::npos || !absl::SimpleAtoi(path.substr(0, end), &index)) {
    return std::nullopt;
  }
  rest = path.substr(end + 1);
  absl::ConsumePrefix(&rest, ".");
  return index;
}

}  // namespace

Importer::Importer(const plan::ImportPlan& plan, AppendSink& sink, const ImportOptions& options,
                   OnBadRow on_bad_row, OnProgress on_progress)
    : plan_(plan),
      sink_(sink),
      options_(options),
      on_bad_row_(std::move(on_bad_row)),
      on_progress_(std::move(on_progress)),
      batch_(std::make_unique<Batch>()) {}

ImportCounts Importer::counts() const {
  absl::MutexLock lock(&mutex_);
  return counts_;
}

void Importer::Report(BadRow bad) {
  {
    absl::MutexLock lock(&mutex_);
    ++counts_.bad_rows;
  }
  if (options_.strict) stop_line_ = std::min(stop_line_, bad.line);
  on_bad_row_(bad);
}

absl::Status Importer::Run(ByteSource& source) {
  if (plan_.csv().delimiter().size() > 1) {
    return absl::InvalidArgumentError("the plan's delimiter has more than one character");
  }
  CsvReader reader(source, plan_.csv().delimiter().empty() ? ',' : plan_.csv().delimiter()[0]);
  if (absl::Status status = ReadHeader(reader); !status.ok()) return status;
  absl::Status status = ReadRows(reader);
  // A group that was cut short would be looked at without its other rows, and recorded for ever
  // with what came of that.
  if (!status.ok() || stop_line_ != kNowhere) group_.clear();
  // What was taken in before a failure is still recorded: the bad rows reported are then all.
  status.Update(FinishGroup());
  status.Update(Send());
  status.Update(ResolveRejected());
  on_progress_(counts());
  return status;
}

absl::Status Importer::ReadHeader(CsvReader& reader) {
  std::vector<std::string> names(plan_.csv().columns().begin(), plan_.csv().columns().end());
  if (names.empty()) {
    CsvRow header;
    const absl::StatusOr<bool> found = reader.Next(header);
    if (!found.ok()) return found.status();
    if (!*found) return absl::InvalidArgumentError("the file is empty: it has no header");
    if (!header.error.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("the file's header: ", header.error));
    }
    names = std::move(header.cells);
  }
  absl::StatusOr<std::unique_ptr<RowMapper>> mapper = RowMapper::Create(plan_, std::move(names));
  if (!mapper.ok()) return mapper.status();
  mapper_ = *std::move(mapper);
  return absl::OkStatus();
}

bool Importer::CheckRow(CsvRow& row) {
  {
    absl::MutexLock lock(&mutex_);
    ++counts_.rows;
  }
  const std::vector<std::string>& names = mapper_->columns().names();
  if (!row.error.empty()) {
    Report({row.line,
            row.error_column < names.size() ? names[row.error_column]
                                            : absl::StrCat("#", row.error_column + 1),
            row.error});
    return false;
  }
  if (row.cells.size() != names.size()) {
    Report({row.line, "",
            absl::StrCat("the row has ", row.cells.size(), " columns, the header ", names.size())});
    return false;
  }
  return true;
}

absl::Status Importer::ReadRows(CsvReader& reader) {
  CsvRow row;
  while (stop_line_ == kNowhere) {
    const absl::StatusOr<bool> found = reader.Next(row);
    if (!found.ok() || !*found) return found.status();
    if (!CheckRow(row)) continue;
    const std::optional<size_t> column = mapper_->group_column();
    if (!group_.empty() && group_[0].cells[*column] != row.cells[*column]) {
      if (absl::Status status = FinishGroup(); !status.ok()) return status;
    }
    if (group_.size() == kGroupRowsMax) {
      return absl::InvalidArgumentError(absl::StrCat("line ", row.line, ": more than ",
                                                     kGroupRowsMax, " rows have the same \"",
                                                     plan_.group_by(), "\""));
    }
    group_.push_back(std::move(row));
    if (column.has_value()) continue;
    if (absl::Status status = FinishGroup(); !status.ok()) return status;
  }
  return absl::OkStatus();
}

void Importer::MapRow(size_t index, Batch& group) {
  RowProblem problem;
  absl::StatusOr<std::vector<MappedEvent>> events =
      mapper_->Map({absl::MakeConstSpan(group_), index}, problem);
  if (!events.ok()) {
    Report({group_[index].line, problem.column, std::string(events.status().message())});
    return;
  }
  if (events->empty()) {
    absl::MutexLock lock(&mutex_);
    ++counts_.skipped_rows;
    return;
  }
  RowEvents row{group_[index].line, group.request.events_size(), {}};
  for (MappedEvent& mapped : *events) {
    row.steps.push_back(mapped.step);
    group.bytes += mapped.event.ByteSizeLong() + 4;
    *group.request.add_events() = std::move(mapped.event);
  }
  group.rows.push_back(std::move(row));
}

absl::Status Importer::FinishGroup() {
  Batch group;
  for (size_t i = 0; i < group_.size() && group_[i].line < stop_line_; ++i) MapRow(i, group);
  group_.clear();
  return AddToBatch(std::move(group));
}

absl::Status Importer::AddToBatch(Batch group) {
  const auto is_full = [&](size_t events, size_t bytes, size_t events_max) {
    return batch_->request.events_size() > 0 &&
           (batch_->request.events_size() + events > events_max ||
            batch_->bytes + bytes > kAppendBytesMax);
  };
  if (is_full(group.request.events_size(), group.bytes, options_.events_per_append)) {
    if (absl::Status status = Send(); !status.ok()) return status;
  }
  for (const RowEvents& row : group.rows) {
    if (row.line >= stop_line_) break;
    size_t bytes = 0;
    for (size_t i = 0; i < row.steps.size(); ++i) {
      bytes += group.request.events(row.first + i).ByteSizeLong() + 4;
    }
    // Only a group that is larger than an append may be is taken apart.
    if (is_full(row.steps.size(), bytes, kAppendEventsMax)) {
      if (absl::Status status = Send(); !status.ok()) return status;
    }
    if (!IsRepeated(group, row)) {
      AddRow(group, row);
      batch_->bytes += bytes;
    }
  }
  return absl::OkStatus();
}

bool Importer::IsRepeated(Batch& from, const RowEvents& row) {
  for (size_t i = 0; i < row.steps.size(); ++i) {
    const pledger::v1::ProposedEvent& event = from.request.events(row.first + i);
    const auto found = ids_in_batch_.find(event.event_id());
    if (found == ids_in_batch_.end()) continue;
    const auto [line, place] = found->second;
    if (google::protobuf::util::MessageDifferencer::Equals(event, batch_->request.events(place))) {
      // One append may name an event once only; the ledger would call it a duplicate.
      absl::MutexLock lock(&mutex_);
      counts_.duplicates += row.steps.size();
    } else {
      Report({row.line, "",
              absl::StrCat("it has the same key as line ", line, " and says something else")});
    }
    return true;
  }
  return false;
}

void Importer::AddRow(Batch& from, const RowEvents& row) {
  RowEvents added{row.line, batch_->request.events_size(), row.steps};
  for (size_t i = 0; i < row.steps.size(); ++i) {
    pledger::v1::ProposedEvent& event = *from.request.mutable_events(row.first + i);
    ids_in_batch_[event.event_id()] = {row.line, batch_->request.events_size()};
    *batch_->request.add_events() = std::move(event);
  }
  batch_->rows.push_back(std::move(added));
}

absl::Status Importer::Send() {
  ids_in_batch_.clear();
  if (batch_->rows.empty()) return absl::OkStatus();
  std::shared_ptr<Batch> batch = std::exchange(batch_, std::make_unique<Batch>());
  pledger::v1::AppendRequest request = std::move(batch->request);
  absl::Status status = sink_.Append(
      std::move(request),
      [this, batch](const auto& sent, const auto& answer) { OnAnswer(batch, sent, answer); });
  // Whether something is bad must be known before the next row of a strict import is sent.
  if (status.ok() && options_.strict) status = sink_.Flush();
  if (!status.ok()) return status;
  bool any_rejected;
  {
    absl::MutexLock lock(&mutex_);
    if (!fatal_.ok()) return fatal_;
    any_rejected = !rejected_.empty();
  }
  on_progress_(counts());
  return any_rejected ? ResolveRejected() : absl::OkStatus();
}

void Importer::OnAnswer(const std::shared_ptr<Batch>& batch,
                        const pledger::v1::AppendRequest& request,
                        const absl::StatusOr<pledger::v1::AppendResponse>& answer) {
  absl::MutexLock lock(&mutex_);
  if (answer.ok()) {
    Count(*answer);
  } else if (IsAboutEvents(answer.status())) {
    batch->request = request;
    rejected_.push_back(batch);
  } else {
    fatal_.Update(answer.status());
  }
}

void Importer::Count(const pledger::v1::AppendResponse& response) {
  for (const pledger::v1::AppendedEvent& event : response.events()) {
    event.duplicate() ? ++counts_.duplicates : ++counts_.recorded;
  }
}

absl::Status Importer::ResolveRejected() {
  // Appends behind a rejected one may have been rejected for want of its events alone. Once all
  // answers are there they are tried again, in their order.
  if (absl::Status status = sink_.Flush(); !status.ok()) return status;
  while (true) {
    std::shared_ptr<Batch> batch;
    {
      absl::MutexLock lock(&mutex_);
      if (!fatal_.ok()) return fatal_;
      if (rejected_.empty()) return absl::OkStatus();
      batch = std::move(rejected_.front());
      rejected_.pop_front();
    }
    absl::Status status = Resolve(*batch, {0, batch->rows.size()});
    if (!status.ok()) return status;
  }
}

absl::Status Importer::AppendAndWait(const Batch& batch, RowRange range) {
  pledger::v1::AppendRequest request;
  for (size_t i = range.first; i < range.second; ++i) {
    for (size_t j = 0; j < batch.rows[i].steps.size(); ++j) {
      *request.add_events() = batch.request.events(batch.rows[i].first + j);
    }
  }
  absl::Status outcome;
  absl::Status status = sink_.Append(std::move(request), [&](const auto& sent, const auto& answer) {
    absl::MutexLock lock(&mutex_);
    outcome = answer.status();
    if (answer.ok()) Count(*answer);
  });
  status.Update(sink_.Flush());
  return status.ok() ? outcome : status;
}

absl::Status Importer::Resolve(const Batch& batch, RowRange range) {
  while (range.first < range.second && batch.rows[range.first].line < stop_line_) {
    const absl::Status error = AppendAndWait(batch, range);
    if (error.ok() || !IsAboutEvents(error)) return error;
    size_t culprit = FindCulprit(batch, range, error);
    if (culprit == range.second && range.second - range.first > 1) {
      const size_t middle = range.first + (range.second - range.first) / 2;
      absl::Status status = Resolve(batch, {range.first, middle});
      if (!status.ok()) return status;
      range.first = middle;
      continue;
    }
    culprit = std::min(culprit, range.second - 1);
    // Rows before the bad one do not depend on it; those behind it may be bad for want of it.
    absl::Status status = Resolve(batch, {range.first, culprit});
    if (!status.ok()) return status;
    ReportRejected(batch, culprit, range.first, error);
    range.first = culprit + 1;
  }
  return absl::OkStatus();
}

size_t Importer::FindCulprit(const Batch& batch, RowRange range, const absl::Status& error) {
  absl::string_view rest;
  const std::string path = ErrorMetadataOf(error, "field");
  const std::string event_id = ErrorMetadataOf(error, "event_id");
  const std::optional<int> index = SplitEventPath(path, rest);
  const int offset = batch.rows[range.first].first;
  for (size_t i = range.first; i < range.second; ++i) {
    const int first = batch.rows[i].first;
    const int end = first + static_cast<int>(batch.rows[i].steps.size());
    if (index.has_value() && *index + offset >= first && *index + offset < end) return i;
    if (event_id.empty()) continue;
    for (int j = first; j < end; ++j) {
      if (batch.request.events(j).event_id() == event_id) return i;
    }
  }
  return range.second;
}

void Importer::ReportRejected(const Batch& batch, size_t row, size_t range_first,
                              const absl::Status& error) {
  // The event's place in some append says nothing to whoever has the file before them.
  absl::string_view message = error.message();
  SplitEventPath(message, message);
  BadRow bad{batch.rows[row].line, "", std::string(message)};
  absl::string_view rest;
  const std::string path = ErrorMetadataOf(error, "field");
  const std::optional<int> index = SplitEventPath(path, rest);
  if (index.has_value()) {
    const int place = *index + batch.rows[range_first].first - batch.rows[row].first;
    if (place >= 0 && place < static_cast<int>(batch.rows[row].steps.size())) {
      bad.column = mapper_->ColumnBehind(batch.rows[row].steps[place], rest);
    }
  }
  if (const auto info = ErrorInfoOf(error); info.has_value()) {
    bad.reason = absl::StrCat(info->reason(), ": ", bad.reason);
  }
  Report(std::move(bad));
}

}  // namespace pledger::client
