// Events as they come, one line each, in columns that hold still.
#ifndef PLEDGER_CLIENT_CLI_EVENT_PRINTER_H_
#define PLEDGER_CLIENT_CLI_EVENT_PRINTER_H_

#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "client/cli/context.h"
#include "client/cli/fact_marks.h"
#include "pledger/v1/event.pb.h"

namespace pledger::client {

// Not thread-safe. `context` must outlive it.
class EventPrinter {
 public:
  // `marks` stand behind the positions that they are of.
  explicit EventPrinter(Context& context, FactMarks marks = {})
      : context_(context), marks_(std::move(marks)) {}

  // As JSON or as a line of a table, as the options say.
  [[nodiscard]] absl::Status Print(const v1::Event& event);

  // After the last one: what the marks mean, where there were any.
  void Finish();

 private:
  void PrintLine(const v1::Event& event);

  Context& context_;
  const FactMarks marks_;
  bool has_header_ = false;
  bool has_marks_ = false;
  // Columns widen when they must and stay so.
  size_t client_width_ = 12;
  size_t fact_width_ = 18;
};

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_EVENT_PRINTER_H_
