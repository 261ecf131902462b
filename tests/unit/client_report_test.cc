// The report is a page that needs nothing, reveals nothing it should not, and always looks alike.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/time/time.h"
#include "client/cli/report/html_report.h"
#include "tests/unit/client_sample_answers.h"

namespace pledger::client {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

v1::Event SomeIncident(uint64_t position, const std::string& text) {
  v1::Event event;
  event.set_position(position);
  event.mutable_occur_time()->set_seconds(1'772'323'200);
  v1::ConductReported& conduct = *event.mutable_fact()->mutable_conduct_reported();
  conduct.set_incident_id("i-1");
  conduct.set_kind(v1::ConductReported::KIND_SHOUTING);
  conduct.set_text(text);
  return event;
}

ReportData SampleData() {
  ReportData data;
  data.reliability = SampleReliability().reliability();
  data.basis = SampleReliability().basis();
  data.history = SampleHistory().points();
  data.band_floors = {80, 65, 50, 35};
  data.portfolio = SamplePortfolio();
  data.events[3].set_position(3);
  data.events[3].mutable_occur_time()->set_seconds(1'769'904'000);
  data.events[3].mutable_fact()->mutable_payment_refused()->set_invoice_id("INV-3");
  data.events[7] = SomeIncident(7, "");
  return data;
}

TEST(Report, IsThePageThatPeopleLookedAt) {
  const std::string page = RenderReport(SampleData());
  if (std::getenv("PLEDGER_WRITE_GOLDEN") != nullptr) std::ofstream(PLEDGER_REPORT_GOLDEN) << page;
  std::ifstream file(PLEDGER_REPORT_GOLDEN);
  std::stringstream golden;
  golden << file.rdbuf();
  EXPECT_EQ(page, golden.str())
      << "look at it in a browser, then run this with PLEDGER_WRITE_GOLDEN set";
}

TEST(Report, NeedsNothingFromElsewhereAndRunsNothing) {
  const std::string page = RenderReport(SampleData());
  for (const char* foreign : {"http:", "https:", "src=", "<link", "<script", "@import", "url("}) {
    EXPECT_THAT(page, Not(HasSubstr(foreign)));
  }
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
}

TEST(Report, EscapesWhatComesFromOutside) {
  ReportData data = SampleData();
  data.reliability.set_tier("\"><img onerror='x'>");
  data.display_name = "<b>Acme</b> & Sons";
  const std::string page = RenderReport(data);
  EXPECT_THAT(page, AllOf(Not(HasSubstr("<img")), Not(HasSubstr("<b>Acme")),
                          HasSubstr("&lt;b&gt;Acme&lt;/b&gt; &amp; Sons"),
                          HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;")));
}

TEST(Report, SaysWhenThereIsTooLittleToJudge) {
  ReportData data;
  data.reliability.set_client_id("thin");
  EXPECT_THAT(RenderReport(data), AllOf(HasSubstr("Too little is on record"), HasSubstr("thin")));
}

TEST(ClearPersonalFields, ClearsThemAtAnyDepth) {
  v1::Fact fact = SomeIncident(7, "He shouted.").fact();
  ClearPersonalFields(fact);
  EXPECT_EQ(fact.conduct_reported().text(), "");
  EXPECT_EQ(fact.conduct_reported().incident_id(), "i-1");

  v1::Fact corrected;
  *corrected.mutable_event_corrected()->mutable_replacement() =
      SomeIncident(7, "He shouted.").fact();
  ClearPersonalFields(corrected);
  EXPECT_THAT(corrected.ShortDebugString(), Not(HasSubstr("He shouted")));
}

}  // namespace
}  // namespace pledger::client
