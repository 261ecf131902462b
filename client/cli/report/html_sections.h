// The parts of the report. Each is empty where there is nothing to say.
#ifndef PLEDGER_CLIENT_CLI_REPORT_HTML_SECTIONS_H_
#define PLEDGER_CLIENT_CLI_REPORT_HTML_SECTIONS_H_

#include <cstdint>
#include <set>
#include <string>

#include "client/cli/fact_marks.h"
#include "client/cli/report/html.h"
#include "client/cli/report/html_report.h"

namespace pledger::client {

// The facts that the report cites; each citation leads to the fact's row at its end.
class Citations {
 public:
  explicit Citations(const ReportData& data) : events_(data.events), marks_(data.reliability) {}

  // "facts 35 40 42", at most so many of them; empty without any.
  Markup Cite(const google::protobuf::RepeatedField<uint64_t>& positions);
  Markup Cite(uint64_t position);

  const std::set<uint64_t>& cited() const { return cited_; }
  // "35*" for one that is disputed, and so on; see fact_marks.h.
  const FactMarks& marks() const { return marks_; }

 private:
  const std::map<uint64_t, v1::Event>& events_;
  const FactMarks marks_;
  std::set<uint64_t> cited_;
};

Markup Header(const ReportData& data);
Markup HistorySection(const ReportData& data);
Markup DimensionsSection(const ReportData& data, Citations& citations);
Markup SignalsSection(const ReportData& data, Citations& citations);
Markup ActionsSection(const ReportData& data, Citations& citations);
Markup GrowthSection(const ReportData& data, Citations& citations);
Markup PaymentSection(const ReportData& data);
Markup FiguresSection(const ReportData& data);
Markup StatementsSection(const ReportData& data, Citations& citations);
// The facts that the sections before it cite.
Markup FactsSection(const ReportData& data, const Citations& citations);
Markup Footer(const ReportData& data);

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_REPORT_HTML_SECTIONS_H_
