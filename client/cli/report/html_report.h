// A client's record as one page for a meeting: nothing from elsewhere, nothing that runs.
#ifndef PLEDGER_CLIENT_CLI_REPORT_HTML_REPORT_H_
#define PLEDGER_CLIENT_CLI_REPORT_HTML_REPORT_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/time/time.h"
#include "client/cli/charts.h"
#include "pledger/v1/assessment.pb.h"
#include "pledger/v1/event.pb.h"
#include "pledger/v1/perspective.pb.h"
#include "pledger/v1/portfolio.pb.h"
#include "pledger/v1/reliability_history.pb.h"

namespace pledger::client {

struct ReportData {
  v1::ClientReliability reliability;
  v1::AnswerBasis basis;
  // OVERALL's points: the facts that moved it, and month ends.
  google::protobuf::RepeatedPtrField<v1::HistoryPoint> history;
  BandFloors band_floors = {};
  // For the curves of the client's tier and of all.
  v1::GetPortfolioResponse portfolio;
  // The client's events by position; the report shows those that it cites. Without personal fields
  // where the report is to have none.
  std::map<uint64_t, v1::Event> events;
  // Personal only; empty for a report without.
  std::string display_name;
};

// The page. The same data give the same bytes.
std::string RenderReport(const ReportData& data);

// Removes every field that is marked as personal, at any depth.
void ClearPersonalFields(google::protobuf::Message& message);

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_REPORT_HTML_REPORT_H_
