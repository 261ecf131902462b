// Imports a file: rows in, events out, in large appends; what is bad is reported, what is good is
// recorded. Memory is bounded whatever the size of the file.
#ifndef PLEDGER_CLIENT_CLI_IMPORT_IMPORTER_H_
#define PLEDGER_CLIENT_CLI_IMPORT_IMPORTER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "client/cli/import/byte_source.h"
#include "client/cli/import/csv_reader.h"
#include "client/cli/import/row_mapper.h"
#include "pledger/v1/ledger.pb.h"

namespace pledger::client {

// Where events go: an Appender, or a test's stand-in for one.
class AppendSink {
 public:
  using Done = std::function<void(const pledger::v1::AppendRequest&,
                                  const absl::StatusOr<pledger::v1::AppendResponse>&)>;

  virtual ~AppendSink() = default;

  // See Appender.
  [[nodiscard]] virtual absl::Status Append(pledger::v1::AppendRequest request, Done done) = 0;
  [[nodiscard]] virtual absl::Status Flush() = 0;
};

// A row of which nothing was recorded, or something that is no row.
struct BadRow {
  uint64_t line = 0;
  // Empty where it is not about one column.
  std::string column;
  std::string reason;
};

struct ImportCounts {
  uint64_t rows = 0;
  uint64_t bad_rows = 0;
  // Rows that no step of the plan is for.
  uint64_t skipped_rows = 0;
  // Events that the ledger has recorded now, and those that it had recorded before. After a lost
  // connection an event of this very import may count as one recorded before.
  uint64_t recorded = 0;
  uint64_t duplicates = 0;
};

struct ImportOptions {
  // Stop at the first bad row. Nothing behind it is recorded, and everything before it, but for the
  // rows of a group that the bad row cuts short.
  bool strict = false;
  // What one append holds at most, but for a single group that is larger.
  size_t events_per_append = 500;
};

// For one thread. Everything passed in must outlive it.
class Importer {
 public:
  using OnBadRow = std::function<void(const BadRow&)>;
  using OnProgress = std::function<void(const ImportCounts&)>;

  // The callbacks are called on the thread that calls Run.
  Importer(const plan::ImportPlan& plan, AppendSink& sink, const ImportOptions& options,
           OnBadRow on_bad_row, OnProgress on_progress);

  // Imports everything of `source`. An error where it could not go on: a plan that does not fit
  // the file, a file that cannot be read, a server that refuses or is gone. Bad rows are none.
  [[nodiscard]] absl::Status Run(ByteSource& source);

  ImportCounts counts() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // The events of one row among those of an append.
  struct RowEvents {
    uint64_t line = 0;
    int first = 0;
    // Of each event, in order.
    std::vector<size_t> steps;
  };
  // An append under way: whole rows.
  struct Batch {
    pledger::v1::AppendRequest request;
    std::vector<RowEvents> rows;
    size_t bytes = 0;
  };
  using RowRange = std::pair<size_t, size_t>;
  static constexpr uint64_t kNowhere = ~uint64_t{0};

  absl::Status ReadHeader(CsvReader& reader);
  absl::Status ReadRows(CsvReader& reader);
  // Whether the row can be looked at further; if not it was reported.
  bool CheckRow(CsvRow& row);
  absl::Status FinishGroup();
  void MapRow(size_t index, Batch& group);
  // Moves a group's rows to the append that is being filled, sending that before where it is full.
  absl::Status AddToBatch(Batch group);
  // Adds one row, unless the same row is there already.
  void AddRow(Batch& from, const RowEvents& row);
  bool IsRepeated(Batch& from, const RowEvents& row);
  absl::Status Send();
  void OnAnswer(const std::shared_ptr<Batch>& batch, const pledger::v1::AppendRequest& request,
                const absl::StatusOr<pledger::v1::AppendResponse>& answer)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Count(const pledger::v1::AppendResponse& response) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Records what is good of the appends that were rejected.
  absl::Status ResolveRejected() ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Resolve(const Batch& batch, RowRange range);
  [[nodiscard]] absl::Status AppendAndWait(const Batch& batch, RowRange range);
  // Which row an error is about; the range's end where it does not say.
  static size_t FindCulprit(const Batch& batch, RowRange range, const absl::Status& error);
  void ReportRejected(const Batch& batch, size_t row, size_t range_first,
                      const absl::Status& error);
  void Report(BadRow bad);

  const plan::ImportPlan& plan_;
  AppendSink& sink_;
  const ImportOptions options_;
  const OnBadRow on_bad_row_;
  const OnProgress on_progress_;
  std::unique_ptr<RowMapper> mapper_;
  std::vector<CsvRow> group_;
  std::unique_ptr<Batch> batch_;
  // Of the append that is being filled: event id to the line of its row and its place.
  absl::flat_hash_map<std::string, std::pair<uint64_t, int>> ids_in_batch_;
  // The line of the first bad row of a strict import: nothing from there on is recorded.
  uint64_t stop_line_ = kNowhere;

  mutable absl::Mutex mutex_;
  ImportCounts counts_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::shared_ptr<Batch>> rejected_ ABSL_GUARDED_BY(mutex_);
  absl::Status fatal_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_IMPORT_IMPORTER_H_
