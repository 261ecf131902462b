// Events as they come, one line each, in columns that hold still.
#ifndef PLEDGER_CLIENT_CLI_EVENT_PRINTER_H_
#define PLEDGER_CLIENT_CLI_EVENT_PRINTER_H_

#include <cstddef>

#include "absl/status/status.h"
#include "client/cli/context.h"
#include "pledger/v1/event.pb.h"

namespace pledger::client {

// Not thread-safe. `context` must outlive it.
class EventPrinter {
 public:
  explicit EventPrinter(Context& context) : context_(context) {}

  // As JSON or as a line of a table, as the options say.
  [[nodiscard]] absl::Status Print(const v1::Event& event);

 private:
  void PrintLine(const v1::Event& event);

  Context& context_;
  bool has_header_ = false;
  // Columns widen when they must and stay so.
  size_t client_width_ = 12;
  size_t fact_width_ = 18;
};

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_EVENT_PRINTER_H_
