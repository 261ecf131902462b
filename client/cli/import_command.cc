#include <memory>
#include <ostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/format.h"
#include "client/cli/import/byte_source.h"
#include "client/cli/import/importer.h"
#include "client/cli/import/row_mapper.h"
#include "client/cli/progress_line.h"
#include "client/cli/terminal/text.h"
#include "client/lib/appender.h"

namespace pledger::client {
namespace {

struct ImportArguments {
  std::string plan;
  std::string file;
  bool strict = false;
};

class AppenderSink final : public AppendSink {
 public:
  explicit AppenderSink(Client& client) : appender_(client, {.in_flight_max = 8}) {}

  absl::Status Append(pledger::v1::AppendRequest request, Done done) override {
    return appender_.Append(std::move(request), std::move(done));
  }
  absl::Status Flush() override { return appender_.Flush(); }

 private:
  Appender appender_;
};

void ShowProgress(const ImportCounts& counts, const ByteSource& source, ProgressLine& progress) {
  const double share = source.BytesTotal() == 0 ? -1
                                                : static_cast<double>(source.BytesTaken()) /
                                                      static_cast<double>(source.BytesTotal());
  progress.Show(share, [&] {
    const uint64_t events = counts.recorded + counts.duplicates;
    std::string line =
        absl::StrCat(FormatCount(events), " events  ", FormatCount(progress.Rate(events)), "/s");
    if (counts.bad_rows > 0) absl::StrAppend(&line, "  ", counts.bad_rows, " bad rows");
    return line;
  });
}

void PrintBadRow(Context& context, const std::string& file, const BadRow& bad) {
  context.err() << file << ":" << bad.line << ": ";
  if (!bad.column.empty()) context.err() << "column " << Printable(bad.column) << ": ";
  context.err() << Printable(bad.reason) << '\n';
}

// For programs one object, for people a few lines.
void PrintSummary(Context& context, const ImportCounts& counts, const ProgressLine& progress) {
  const uint64_t events = counts.recorded + counts.duplicates;
  if (context.is_json()) {
    context.out() << absl::StrCat("{\"rows\":", counts.rows, ",\"recorded\":", counts.recorded,
                                  ",\"already_there\":", counts.duplicates,
                                  ",\"skipped_rows\":", counts.skipped_rows,
                                  ",\"bad_rows\":", counts.bad_rows, "}\n");
    return;
  }
  context.out() << FormatCount(counts.rows) << " rows read, " << FormatCount(counts.recorded)
                << " events recorded, " << FormatCount(counts.duplicates) << " were there already";
  if (counts.skipped_rows > 0) {
    context.out() << ", " << FormatCount(counts.skipped_rows) << " rows for no step of the plan";
  }
  context.out() << ", " << FormatCount(counts.bad_rows) << " bad rows; "
                << FormatNumber(absl::ToDoubleSeconds(progress.Elapsed()), 1) << " s, "
                << FormatCount(progress.Rate(events)) << " events/s\n";
}

int RunImport(Context& context, const ImportArguments& arguments) {
  const absl::StatusOr<plan::ImportPlan> plan = LoadImportPlan(arguments.plan);
  if (!plan.ok()) return context.Fail(plan.status());
  const absl::StatusOr<std::unique_ptr<ByteSource>> source = OpenByteSource(arguments.file);
  if (!source.ok()) return context.Fail(source.status());
  if (const absl::Status status = context.CheckServer(); !status.ok()) return context.Fail(status);
  AppenderSink sink(context.client());
  ProgressLine progress(context);
  Importer importer(
      *plan, sink, {.strict = arguments.strict},
      [&](const BadRow& bad) {
        progress.Clear();
        PrintBadRow(context, arguments.file, bad);
      },
      [&](const ImportCounts& counts) { ShowProgress(counts, **source, progress); });
  const absl::Status status = importer.Run(**source);
  progress.Clear();
  const ImportCounts counts = importer.counts();
  // After a failure, too: what was recorded by then stays so.
  if (status.ok() || counts.recorded > 0) PrintSummary(context, counts, progress);
  if (!status.ok()) return context.Fail(status);
  return counts.bad_rows > 0 ? kExitPartial : kExitOk;
}

}  // namespace

void AddImportCommand(CommandLine& app, Context& context) {
  CommandLine* command = app.AddCommand(
      "import", "Record the rows of a CSV file as events; doing it again changes nothing");
  auto arguments = std::make_shared<ImportArguments>();
  command->AddOption("--plan", arguments->plan, "How rows become events; see deploy/plans")
      ->Required();
  command->AddOption("FILE", arguments->file, "CSV, plain or gzip; - is standard input")
      ->Required();
  command->AddFlag("--strict", arguments->strict, "Stop at the first bad row");
  command->Runs([&context, arguments] { return RunImport(context, *arguments); });
}

}  // namespace pledger::client
