#include "tests/bench/report.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

namespace pledger::bench {
namespace {

constexpr int kTableColumns = 132;

// Three significant digits, with k and M for thousands and millions.
std::string Short(double value) {
  if (value >= 1e6) return absl::StrFormat("%.3gM", value / 1e6);
  if (value >= 999.5) return absl::StrFormat("%.3gk", value / 1e3);
  return absl::StrFormat("%.3g", value);
}

std::string SpreadText(const Spread& spread) {
  return absl::StrFormat("%7s (%s-%s)", Short(spread.median), Short(spread.min), Short(spread.max));
}

std::string BarText(const ScenarioResult& result) {
  const Bar& bar = result.description.bar;
  if (bar.kind == Bar::Kind::kNone) return "";
  return absl::StrFormat("%s %.2f %s", bar.kind == Bar::Kind::kAtLeast ? ">=" : "<=", bar.limit,
                         result.MeetsBar() ? "pass" : "FAIL");
}

std::string JsonNumber(double value) {
  return std::isfinite(value) ? absl::StrFormat("%.9g", value) : "null";
}

std::string JsonString(absl::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted.push_back('\\');
    if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppendFormat(&quoted, "\\u%04x", c);
    } else {
      quoted.push_back(c);
    }
  }
  quoted.push_back('"');
  return quoted;
}

std::string JsonSpread(const std::string& name, const std::vector<double>& values) {
  const Spread spread = SpreadOf(values);
  const auto number = [](std::string* out, double value) { out->append(JsonNumber(value)); };
  return absl::StrCat("\"", name, "\": {\"median\": ", JsonNumber(spread.median),
                      ", \"min\": ", JsonNumber(spread.min), ", \"max\": ", JsonNumber(spread.max),
                      ", \"rounds\": [", absl::StrJoin(values, ", ", number), "]}");
}

std::string JsonBar(const ScenarioResult& result) {
  const Bar& bar = result.description.bar;
  if (bar.kind == Bar::Kind::kNone) return "null";
  return absl::StrCat("{\"", bar.kind == Bar::Kind::kAtLeast ? "at_least" : "at_most",
                      "\": ", JsonNumber(bar.limit),
                      ", \"met\": ", result.MeetsBar() ? "true" : "false", "}");
}

std::vector<double> Ratios(const ScenarioResult& result) {
  std::vector<double> ratios;
  for (size_t i = 0; i < std::min(result.measured.size(), result.ceiling.size()); ++i) {
    ratios.push_back(result.measured[i] / result.ceiling[i]);
  }
  return ratios;
}

std::string JsonResult(const ScenarioResult& result) {
  const Description& description = result.description;
  std::vector<std::string> fields = {absl::StrCat("\"name\": ", JsonString(description.name)),
                                     absl::StrCat("\"what\": ", JsonString(description.what)),
                                     absl::StrCat("\"unit\": ", JsonString(description.unit)),
                                     JsonSpread("measured", result.measured)};
  if (!result.ceiling.empty()) {
    fields.push_back(absl::StrCat("\"ceiling_is\": ", JsonString(description.ceiling)));
    fields.push_back(JsonSpread("ceiling", result.ceiling));
    fields.push_back(JsonSpread("ratio", Ratios(result)));
  }
  fields.push_back(absl::StrCat("\"bar\": ", JsonBar(result)));
  for (const auto& [name, value] : result.counters) {
    fields.push_back(absl::StrCat(JsonString(name), ": ", JsonNumber(value)));
  }
  return absl::StrCat("    {\n      ", absl::StrJoin(fields, ",\n      "), "\n    }");
}

}  // namespace

Spread SpreadOf(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  Spread spread;
  spread.median =
      values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  spread.min = values.front();
  spread.max = values.back();
  return spread;
}

Spread ScenarioResult::Ratio() const { return SpreadOf(Ratios(*this)); }

bool ScenarioResult::MeetsBar() const {
  const double value = ceiling.empty() ? SpreadOf(measured).median : Ratio().median;
  switch (description.bar.kind) {
    case Bar::Kind::kNone:
      return true;
    case Bar::Kind::kAtLeast:
      return value >= description.bar.limit;
    case Bar::Kind::kAtMost:
      return value <= description.bar.limit;
  }
  return false;
}

std::string ContextText(const RunContext& context) {
  const Options& options = context.options;
  return absl::StrFormat(
      "%s\nRunning %s\nRun on %d CPUs, load average %.2f\n"
      "%d rounds of %d ms; %d clients, %d events to read, %.0f bytes an event as sent; seed %d\n",
      absl::FormatTime(absl::RFC3339_sec, context.start, absl::UTCTimeZone()), context.program,
      context.cpus, context.load_average, options.rounds, options.round_ms, options.clients,
      options.events, context.event_bytes, options.seed);
}

std::string TableHead() {
  return absl::StrCat(std::string(kTableColumns, '-'), "\n",
                      absl::StrFormat("%-22s %-26s %-26s %-24s %-13s %s\n", "Benchmark",
                                      "Measured (min-max)", "Ceiling", "Ratio", "Bar", "Unit"),
                      std::string(kTableColumns, '-'), "\n");
}

std::string TableRow(const ScenarioResult& result) {
  const bool has_ceiling = !result.ceiling.empty();
  std::string row = absl::StrFormat("%-22s %-26s %-26s %-24s %-13s %s", result.description.name,
                                    SpreadText(SpreadOf(result.measured)),
                                    has_ceiling ? SpreadText(SpreadOf(result.ceiling)) : "",
                                    has_ceiling ? SpreadText(result.Ratio()) : "", BarText(result),
                                    result.description.unit);
  for (const auto& [name, value] : result.counters) {
    absl::StrAppend(&row, " ", name, "=", Short(value));
  }
  return absl::StrCat(row, "\n");
}

std::string ToJson(const RunContext& context, const std::vector<ScenarioResult>& results) {
  const Options& options = context.options;
  const auto result_text = [](std::string* out, const ScenarioResult& result) {
    out->append(JsonResult(result));
  };
  return absl::StrCat(
      "{\n  \"context\": {\n    \"date\": \"",
      absl::FormatTime(absl::RFC3339_sec, context.start, absl::UTCTimeZone()),
      "\",\n    \"executable\": ", JsonString(context.program),
      ",\n    \"num_cpus\": ", context.cpus,
      ",\n    \"load_avg\": ", JsonNumber(context.load_average),
      ",\n    \"rounds\": ", options.rounds, ",\n    \"round_ms\": ", options.round_ms,
      ",\n    \"clients\": ", options.clients, ",\n    \"events\": ", options.events,
      ",\n    \"event_bytes\": ", JsonNumber(context.event_bytes),
      ",\n    \"seed\": ", options.seed, "\n  },\n  \"benchmarks\": [\n",
      absl::StrJoin(results, ",\n", result_text), "\n  ]\n}\n");
}

}  // namespace pledger::bench
