#include "client/cli/figures_text.h"

#include <algorithm>
#include <cstdint>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/currency.h"
#include "client/cli/format.h"
#include "client/cli/terminal/plot.h"
#include "client/cli/terminal/table.h"

namespace pledger::client {
namespace {

std::string Count(int64_t count, const std::string& noun) { return Counted(count, noun); }

std::string Percent(double share) { return absl::StrCat(FormatNumber(share * 100, 1), " %"); }

std::string ScopeText(const v1::ScopeFigures& scope) {
  std::string text = absl::StrCat(Count(scope.engagements(), "engagement"), ", ",
                                  scope.engagements_with_baseline(), " with a baseline");
  if (scope.has_creep()) {
    absl::StrAppend(&text, "; ", DurationText(scope.absorbed_minutes()), " absorbed of ",
                    DurationText(scope.baseline_minutes()), " agreed, creep ",
                    Percent(scope.creep()));
  }
  absl::StrAppend(&text, "; ", Count(scope.alterations(), "alteration"), ", ",
                  scope.excess_alterations(), " too many; ",
                  Count(scope.change_orders(), "change order"));
  return text;
}

std::string ConductText(const v1::ConductFigures& conduct) {
  std::string text = Count(conduct.incidents(), "incident");
  if (conduct.disputed_incidents() > 0) {
    absl::StrAppend(&text, ", ", conduct.disputed_incidents(), " disputed");
  }
  absl::StrAppend(&text, ", reported by ", conduct.distinct_staff(), " of staff; ",
                  DurationText(conduct.recovery_minutes()), " to recover");
  return text;
}

std::string ComplaintsText(const v1::ComplaintFigures& complaints) {
  std::string text =
      absl::StrCat(Count(complaints.complaints(), "complaint"), ": ", complaints.founded(),
                   " founded, ", complaints.partly_founded(), " in part, ", complaints.unfounded(),
                   " unfounded, ", complaints.open(), " open");
  if (complaints.has_mean_days_to_resolve()) {
    absl::StrAppend(&text, "; ", FormatNumber(complaints.mean_days_to_resolve(), 1),
                    " days to resolve");
  }
  return text;
}

std::string CooperationText(const v1::CooperationFigures& figures) {
  return absl::StrCat("advice ", figures.advice_followed(), " followed, ",
                      figures.advice_partly_followed(), " in part, ", figures.advice_ignored(),
                      " ignored; blocking promises ", figures.blocking_promises_in_time(),
                      " in time, ", figures.blocking_promises_missed(), " missed; misinformed ",
                      figures.misinformation(), " times");
}

std::string EconomyText(const v1::EconomyFigures& economy) {
  const std::string& code = economy.currency_code();
  std::string text;
  if (!code.empty()) {
    text = absl::StrCat(AmountText(economy.contribution(), code), " contributed of ",
                        AmountText(economy.payments(), code), " paid");
    if (economy.has_margin()) absl::StrAppend(&text, ", margin ", Percent(economy.margin()));
    text += "; ";
  }
  absl::StrAppend(&text, DurationText(economy.effort_minutes()), " of effort, ",
                  DurationText(economy.billable_minutes()), " of it billable; strain ",
                  FormatCount(economy.strain_minutes()), ", ", economy.distinct_staff(),
                  " of staff, ", Count(economy.contacts(), "contact"));
  return text;
}

}  // namespace

std::string AmountText(int64_t minor_units, const std::string& currency_code) {
  v1::Money money;
  money.set_currency_code(currency_code);
  money.set_minor_units(minor_units);
  return FormatMoney(money);
}

std::string DurationText(int64_t minutes) {
  constexpr int64_t kHour = 60;
  if (minutes < kHour) return absl::StrCat(minutes, " min");
  const std::string hours = FormatCount(static_cast<uint64_t>(minutes / kHour)) + " h";
  return minutes % kHour == 0 ? hours : absl::StrCat(hours, " ", minutes % kHour, " min");
}

std::string PaymentText(const v1::PaymentFigures& payment) {
  std::string text = Count(payment.invoices(), "invoice");
  const auto add = [&](int64_t count, const char* what) {
    if (count > 0) absl::StrAppend(&text, ", ", count, what);
  };
  add(payment.disputed_invoices(), " disputed");
  add(payment.refused_invoices(), " refused");
  add(payment.written_off_invoices(), " written off");
  if (payment.portions() > 0) {
    absl::StrAppend(&text, "; ", FormatCount(payment.on_time_portions()), " of ",
                    Count(payment.portions(), "portion"), " on time");
  }
  if (payment.has_mean_days_late()) {
    absl::StrAppend(&text, "; mean ", FormatNumber(payment.mean_days_late(), 1), " days late, ",
                    FormatNumber(payment.amount_weighted_days_beyond_terms(), 1), " by amount");
  }
  if (payment.largest_open_age_days() > 0) {
    absl::StrAppend(&text, "; the oldest open amount is ",
                    Count(payment.largest_open_age_days(), "day"), " past due");
  }
  return text;
}

std::string SumsLine(const v1::PaymentSums& sums) {
  const std::string& code = sums.currency_code();
  std::string text = absl::StrCat(code, " invoiced ", FormatMinorUnits(sums.invoiced(), code),
                                  ", settled ", FormatMinorUnits(sums.settled(), code), ", open ",
                                  FormatMinorUnits(sums.open(), code), ", overdue ",
                                  FormatMinorUnits(sums.overdue(), code));
  if (sums.written_off() != 0) {
    absl::StrAppend(&text, ", written off ", FormatMinorUnits(sums.written_off(), code));
  }
  if (sums.on_account() != 0) {
    absl::StrAppend(&text, ", on account ", FormatMinorUnits(sums.on_account(), code));
  }
  return text;
}

std::string PromisesText(const v1::PromiseFigures& figures) {
  const int64_t all = figures.kept() + figures.partly_kept() + figures.missed() +
                      figures.excused_or_waived() + figures.open() + figures.overdue();
  if (all == 0) return "";
  return absl::StrCat(figures.kept(), " kept, ", figures.partly_kept(), " in part, ",
                      figures.missed(), " missed, ", figures.overdue(), " overdue, ",
                      figures.open(), " open, ", figures.excused_or_waived(), " excused or waived");
}

std::vector<FiguresLine> OtherFigures(const v1::ClientReliability& client) {
  std::vector<FiguresLine> lines;
  if (client.scope().engagements() > 0) lines.push_back({"SCOPE", ScopeText(client.scope())});
  if (client.conduct().incidents() > 0) lines.push_back({"CONDUCT", ConductText(client.conduct())});
  if (client.complaints().complaints() > 0) {
    lines.push_back({"COMPLAINTS", ComplaintsText(client.complaints())});
  }
  if (client.cooperation().ByteSizeLong() > 0) {
    lines.push_back({"COOPERATION", CooperationText(client.cooperation())});
  }
  const v1::EconomyFigures& economy = client.economy();
  if (economy.payments() != 0 || economy.effort_minutes() > 0 || economy.contribution() != 0) {
    lines.push_back({"ECONOMY", EconomyText(economy)});
  }
  return lines;
}

void PrintBars(Context& context, const std::string& header, const std::string& value_header,
               const std::vector<ChartBar>& bars, size_t bar_columns) {
  double largest = 0;
  for (const ChartBar& bar : bars) largest = std::max(largest, bar.value);
  if (bars.empty()) return;
  Table table({{.header = header}, {.header = value_header, .is_number = true}, {.header = ""}});
  for (const ChartBar& bar : bars) {
    const double share = largest > 0 ? bar.value / largest : 0;
    table.AddRow({bar.label, bar.value_label,
                  TableCell(Bar(share, bar_columns, context.charset()), bar.style)});
  }
  context.out() << table.Take(context.width(), context.palette());
}

void PrintTradeline(Context& context, const std::string& tradeline) {
  if (tradeline.empty()) return;
  const Palette palette = context.palette();
  context.out() << "  24 months, newest first: " << Tradeline(tradeline, palette) << '\n'
                << palette.Paint(
                       "  0 up to 29 days late, 1 to 5 each 30 more, 6 from 180, B nothing\n",
                       Style::kDim);
}

}  // namespace pledger::client
