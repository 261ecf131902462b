#include "client/cli/report/html_sections.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/assessment_text.h"
#include "client/cli/currency.h"
#include "client/cli/figures.h"
#include "client/cli/figures_text.h"
#include "client/cli/format.h"
#include "client/cli/report/svg_chart.h"

namespace pledger::client {
namespace {

constexpr double kHistoryHeight = 260;
constexpr double kSurvivalHeight = 240;
constexpr int kCitedMax = 12;

Markup Section(const char* heading, const Markup& content, const char* css_class = "") {
  if (content.empty()) return {};
  return Element("section", css_class, Element("h2", Markup::Literal(heading)) + content) +
         Markup::Literal("\n");
}

Markup Paragraph(const char* css_class, const std::string& text) {
  return text.empty() ? Markup() : Element("p", css_class, Markup::Text(text));
}

Markup Chip(Style style, const std::string& text) {
  const char* css_class = style == Style::kGood   ? "chip good"
                          : style == Style::kPoor ? "chip poor"
                                                  : "chip fair";
  return Element("span", css_class, Markup::Text(text));
}

// Codes are for machines; people read "late payer".
std::string Words(const std::string& code) {
  std::string words = absl::AsciiStrToLower(code);
  std::replace(words.begin(), words.end(), '_', ' ');
  if (!words.empty()) words[0] = absl::ascii_toupper(static_cast<unsigned char>(words[0]));
  return words;
}

template <class Codes>
std::string WordsOf(const Codes& codes) {
  std::vector<std::string> words;
  for (const std::string& code : codes) words.push_back(absl::AsciiStrToLower(Words(code)));
  return absl::StrJoin(words, ", ");
}

template <class Actions>
std::string ActionWords(const Actions& actions) {
  std::vector<std::string> codes;
  for (const int action : actions) {
    codes.push_back(ShortEnumName(v1::Action_descriptor(), action));
  }
  return WordsOf(codes);
}

std::optional<double> ValueOf(const v1::Score& score) {
  if (score.standing() != v1::STANDING_SCORED) return std::nullopt;
  return score.value();
}

ScoreRow RowOf(const std::string& name, const v1::DimensionAssessment& assessment) {
  const v1::Score& score = assessment.score();
  return {.name = name,
          .value = ValueOf(score),
          .low = score.has_low() ? score.low() : score.value(),
          .high = score.has_high() ? score.high() : score.value(),
          .recent = ValueOf(assessment.recent()),
          .lifetime = ValueOf(assessment.lifetime())};
}

const v1::Cohort* FindCohort(const v1::GetPortfolioResponse& portfolio, const std::string& tier) {
  for (const v1::Cohort& cohort : portfolio.cohorts()) {
    if (!tier.empty() && cohort.tier() == tier) return &cohort;
  }
  return nullptr;
}

Markup SurvivalPart(const ReportData& data) {
  if (data.portfolio.cohorts().empty()) return {};
  std::vector<NamedTimeToPay> curves;
  const std::string& tier = data.reliability.tier();
  if (const v1::Cohort* cohort = FindCohort(data.portfolio, tier); cohort != nullptr) {
    curves.push_back({.name = tier, .figures = &cohort->time_to_pay()});
  }
  curves.push_back({.name = "all clients", .figures = &data.portfolio.cohorts(0).time_to_pay()});
  const Markup chart = SvgChart(SurvivalChart(curves), kSurvivalHeight);
  if (chart.empty()) return {};
  std::string note = "Kaplan–Meier estimate with its 95 % band; open invoices count as censored.";
  for (const NamedTimeToPay& curve : curves) {
    if (!curve.figures->has_median_days()) continue;
    absl::StrAppend(&note, " Half are paid after ", curve.figures->median_days(), " days (",
                    curve.name, ").");
  }
  return Element("h3", "gap",
                 Markup::Literal("Share of invoices unpaid, by days since they were issued")) +
         chart + Paragraph("note", note);
}

Markup SignalItem(const v1::Signal& signal, Citations& citations) {
  const std::string state = absl::AsciiStrToLower(SignalStateText(signal));
  Markup item =
      Element("h3", Markup::Text(Words(signal.code())) + Chip(StyleOfSignal(signal), state));
  item += Paragraph("", signal.statement());
  if (signal.has_change_point_time()) {
    item += Paragraph("", "It began on " + FormatDate(signal.change_point_time()) + ".");
  }
  if (signal.our_part_size() > 0) {
    item += Paragraph("", "Was it us? " + Words(WordsOf(signal.our_part())) + ".");
  }
  item += citations.Cite(signal.positions());
  if (signal.dates_size() > 0) {
    item += Paragraph("facts", absl::StrJoin(signal.dates(), ", "));
  }
  return Element("div", "item", item);
}

// "Without disputed facts: Payment 37.2. With those left out meanwhile: Conduct 66.0."
std::string DisputedScoresText(const v1::ClientReliability& client) {
  std::vector<std::string> without;
  std::vector<std::string> with;
  for (const v1::DimensionAssessment& dimension : client.dimensions()) {
    const std::string name =
        Words(ShortEnumName(v1::Dimension_descriptor(), dimension.dimension()));
    const auto text = [&name](const v1::Score& score) {
      return absl::StrCat(name, " ",
                          score.has_value() ? FormatNumber(score.value(), 1) : "too few facts");
    };
    if (dimension.has_undisputed()) without.push_back(text(dimension.undisputed()));
    if (dimension.has_with_disputed()) with.push_back(text(dimension.with_disputed()));
  }
  std::string all;
  if (!without.empty()) {
    absl::StrAppend(&all, "Without disputed facts: ", absl::StrJoin(without, ", "), ". ");
  }
  if (!with.empty()) {
    absl::StrAppend(
        &all, "With disputed facts that are left out meanwhile: ", absl::StrJoin(with, ", "), ".");
  }
  return all;
}

}  // namespace

Markup Citations::Cite(uint64_t position) {
  const Markup number = Markup::Text(marks_.Text(position));
  if (events_.count(position) == 0) return number;
  cited_.insert(position);
  return Element("a", {{"href", absl::StrCat("#fact-", position)}}, number);
}

Markup Citations::Cite(const google::protobuf::RepeatedField<uint64_t>& positions) {
  if (positions.empty()) return {};
  Markup text = Markup::Text(positions.size() == 1 ? "Fact" : "Facts");
  for (int i = 0; i < positions.size() && i < kCitedMax; ++i) {
    text += Markup::Text(" ") + Cite(positions[i]);
  }
  if (positions.size() > kCitedMax) {
    text += Markup::Text(absl::StrCat(" and ", positions.size() - kCitedMax, " more"));
  }
  return Element("p", "facts", text);
}

Markup Header(const ReportData& data) {
  const v1::ClientReliability& client = data.reliability;
  const v1::OverallAssessment& overall = client.overall();
  std::string sub = client.tier().empty() ? "" : client.tier() + " · ";
  absl::StrAppend(&sub, Counted(client.events(), "fact"), ", ",
                  FormatDate(client.first_occur_time()), " to ",
                  FormatDate(client.last_occur_time()));
  const bool has_name = !data.display_name.empty();
  Markup who = Element(
      "p", "kicker",
      Markup::Text(has_name ? "Reliability record · " + client.client_id() : "Reliability record"));
  who += Element("h1", Markup::Text(has_name ? data.display_name : client.client_id()));
  who += Paragraph("sub", sub);
  Markup verdict;
  if (overall.standing() == v1::STANDING_SCORED) {
    std::string span = absl::StrCat(
        "recently ", overall.has_recent() ? FormatNumber(overall.recent(), 1) : "–", " · lifetime ",
        overall.has_lifetime() ? FormatNumber(overall.lifetime(), 1) : "–");
    Markup figures = Element("p", "score", Markup::Text(FormatNumber(overall.value(), 1)));
    figures += Paragraph("sub", span);
    std::string confidence =
        absl::AsciiStrToLower(ShortEnumName(v1::Confidence_descriptor(), overall.confidence())) +
        " confidence";
    if (overall.has_undisputed()) {
      absl::StrAppend(&confidence, " · ", FormatNumber(overall.undisputed(), 1),
                      " without disputed facts");
    }
    figures += Paragraph("sub", confidence);
    const std::string band = BandText(overall.band());
    verdict = Element("div", figures) +
              Element("div", Attributes{{"class", "badge " + absl::AsciiStrToLower(band)}},
                      Markup::Text(band));
  } else {
    verdict = Element("p", "note",
                      Markup::Literal("Too little is on record to judge, neither good nor bad."));
  }
  return Element("header", Element("div", "who", who) + Element("div", "verdict", verdict)) +
         Markup::Literal("\n");
}

Markup HistorySection(const ReportData& data) {
  const Chart chart = HistoryChart(data.history, v1::DIMENSION_OVERALL, data.band_floors,
                                   absl::InfinitePast(), ToTime(data.basis.as_of()));
  return Section("Overall over time", SvgChart(chart, kHistoryHeight));
}

Markup DimensionsSection(const ReportData& data, Citations& citations) {
  std::vector<ScoreRow> rows;
  Markup reasons;
  for (const v1::DimensionAssessment& dimension : data.reliability.dimensions()) {
    const std::string name =
        Words(ShortEnumName(v1::Dimension_descriptor(), dimension.dimension()));
    rows.push_back(RowOf(name, dimension));
    for (const v1::Reason& reason : dimension.reasons()) {
      if (!MovesScore(reason)) continue;
      reasons += TableRow(
          "td",
          {Markup::Text(name),
           Markup::Text(Words(reason.code())) + citations.Cite(reason.positions()),
           Markup::Text(reason.improvement()), Markup::Text(PointsCell(reason.points(), 1).text)},
          3);
    }
  }
  if (data.reliability.has_our_reliability()) {
    rows.push_back(RowOf("Our promises", data.reliability.our_reliability()));
  }
  if (rows.empty()) return {};
  Markup content = SvgScores("Scores by dimension, with their 95 % intervals", rows);
  content += Paragraph("note",
                       "Filled dot: the score, with its 95 % interval. Ring: the recent value. "
                       "Upright line: lifetime.");
  content += Paragraph("note", DisputedScoresText(data.reliability));
  if (!reasons.empty()) {
    const Markup head =
        TableRow("th",
                 {Markup::Literal("Dimension"), Markup::Literal("Why"),
                  Markup::Literal("What would improve it"), Markup::Literal("Points")},
                 3);
    content += Element("table", "gap", Element("thead", head) + Element("tbody", reasons));
  }
  return Section("Dimensions", content, "long");
}

Markup SignalsSection(const ReportData& data, Citations& citations) {
  const v1::ClientAssessment& assessment = data.reliability.assessment();
  Markup content;
  if (assessment.segment() > v1::SEGMENT_NONE) {
    content += Paragraph("note", absl::StrCat("Segment: ",
                                              absl::AsciiStrToLower(Words(ShortEnumName(
                                                  v1::Segment_descriptor(), assessment.segment()))),
                                              ". We ask ourselves: ", assessment.question()));
  }
  for (const v1::Signal& signal : assessment.signals()) content += SignalItem(signal, citations);
  return Section("Signals", content, "long");
}

Markup ActionsSection(const ReportData& data, Citations& citations) {
  Markup content;
  for (const v1::RecommendedAction& action : data.reliability.assessment().actions()) {
    Markup item =
        Element("h3", Markup::Text(Words(ShortEnumName(v1::Action_descriptor(), action.action()))));
    item += Paragraph("", action.explanation());
    if (action.reason_codes_size() > 0) {
      item += Paragraph("facts", "Because of " + WordsOf(action.reason_codes()));
    }
    if (action.try_first_size() > 0) {
      std::string text = "Try first: " + ActionWords(action.try_first());
      if (action.tried_size() > 0) {
        absl::StrAppend(&text, ". On record as tried: ", ActionWords(action.tried()));
      }
      item += Paragraph("", text + ".");
    }
    if (!action.held_back_by().empty()) {
      item +=
          Paragraph("", "Held back: " + absl::AsciiStrToLower(Words(action.held_back_by())) + ".");
    }
    item += citations.Cite(action.positions());
    content += Element("div", "item", item);
  }
  if (!content.empty()) {
    content += Paragraph("note", "The record proposes; a named person decides.");
  }
  return Section("What to do", content);
}

Markup GrowthSection(const ReportData& data, Citations& citations) {
  Markup content;
  for (const v1::GrowthPoint& point : data.reliability.assessment().growth_points()) {
    Markup item =
        Element("h3", Markup::Text(Words(point.code())) + Chip(Style::kFair, TrendText(point)));
    item += Paragraph("", point.statement());
    item += citations.Cite(point.positions());
    content += Element("div", "item", item);
  }
  return Section("Our part", content);
}

Markup PaymentSection(const ReportData& data) {
  const v1::PaymentFigures& payment = data.reliability.payment();
  Markup content;
  if (payment.invoices() > 0) {
    content += Paragraph("", PaymentText(payment));
    for (const v1::PaymentSums& sums : payment.sums()) content += Paragraph("", SumsLine(sums));
  }
  for (const v1::Ageing& ageing : payment.ageing()) {
    const std::string title = absl::StrCat("Open amounts by age, ", ageing.currency_code());
    const Markup bars = SvgBars(title, AgeingBars(ageing));
    if (!bars.empty()) content += Element("h3", "gap", Markup::Text(title)) + bars;
  }
  if (payment.tradeline().find_first_not_of('B') != std::string::npos) {
    content += Element("h3", "gap", Markup::Literal("Worst lateness by month, newest first"));
    content += SvgTradeline(payment.tradeline());
    content += Paragraph("note",
                         "0: up to 29 days late; 1 to 5: each 30 days more; 6: 180 and "
                         "more; –: nothing due.");
  }
  content += SurvivalPart(data);
  return Section("Payment", content, "long");
}

Markup FiguresSection(const ReportData& data) {
  Markup list;
  const auto add = [&](const std::string& name, const std::string& text) {
    if (text.empty()) return;
    list += Element("dt", Markup::Text(name)) + Element("dd", Markup::Text(text));
  };
  add("Their promises", PromisesText(data.reliability.promises()));
  add("Our promises", PromisesText(data.reliability.our_promises()));
  for (const FiguresLine& line : OtherFigures(data.reliability)) add(Words(line.name), line.text);
  return list.empty() ? list : Section("Figures", Element("dl", list));
}

Markup StatementsSection(const ReportData& data, Citations& citations) {
  Markup content;
  for (const v1::StatementReference& statement : data.reliability.statements()) {
    const bool is_ours = statement.by() == v1::PARTY_US;
    Markup item =
        Element("p", Markup::Literal(is_ours ? "We, about fact " : "The client, about fact ") +
                         citations.Cite(statement.target_position()) + Markup::Literal(", in ") +
                         citations.Cite(statement.position()));
    const auto event = data.events.find(statement.position());
    const std::string text =
        event == data.events.end() ? "" : event->second.fact().statement_added().text();
    item += text.empty() ? Paragraph("note", "The text is personal and not part of this report.")
                         : Element("blockquote", Markup::Text(text));
    content += Element("div", "item", item);
  }
  return Section("Statements", content);
}

Markup FactsSection(const ReportData& data, const Citations& citations) {
  Markup rows;
  for (const uint64_t position : citations.cited()) {
    const v1::Event& event = data.events.at(position);
    const Markup cells =
        Element("td", "number", Markup::Text(citations.marks().Text(position))) +
        Element("td", Markup::Text(FormatDate(event.occur_time()))) +
        Element("td", Markup::Text(FactName(event.fact()))) +
        Element("td",
                Markup::Text(event.fact().has_custom_fact() ? "" : FactDetails(event.fact())));
    rows += Element("tr", Attributes{{"id", absl::StrCat("fact-", position)}}, cells) +
            Markup::Literal("\n");
  }
  if (rows.empty()) return {};
  const Markup head = TableRow("th",
                               {Markup::Literal("Position"), Markup::Literal("Occurred"),
                                Markup::Literal("Fact"), Markup::Literal("Details")},
                               4);
  return Section(
      "The facts cited",
      Paragraph("note", citations.marks().Legend()) +
          Element("table", "facts-table", Element("thead", head) + Element("tbody", rows)),
      "long");
}

Markup Footer(const ReportData& data) {
  return Element("footer", Markup::Text(absl::StrCat(
                               "Computed from dated facts alone, ", BasisText(data.basis),
                               ". The same facts, policy and moment give the same page."))) +
         Markup::Literal("\n");
}

}  // namespace pledger::client
