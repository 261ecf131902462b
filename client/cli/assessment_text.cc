#include "client/cli/assessment_text.h"

#include <algorithm>
#include <ostream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/figures.h"
#include "client/cli/format.h"
#include "client/cli/terminal/text.h"

namespace pledger::client {
namespace {

constexpr int kPositionsShown = 8;
constexpr size_t kIndent = 2;
constexpr size_t kDetailIndent = 4;

std::string SignalDot(const Context& context, const v1::Signal& signal) {
  const bool is_present = signal.state() == v1::SIGNAL_STATE_PRESENT;
  if (context.charset() == Charset::kAscii) return is_present ? "*" : "o";
  return is_present ? "●" : "○";
}

void PrintSignal(Context& context, const v1::Signal& signal, const FactMarks& marks) {
  const Palette palette = context.palette();
  const Style style = StyleOfSignal(signal);
  context.out() << palette.Paint(SignalDot(context, signal), style) << ' '
                << palette.Paint(Printable(signal.code()), Style::kBold) << "  "
                << palette.Paint(SignalStateText(signal), style) << '\n';
  PrintIndented(context, kIndent, signal.statement());
  if (signal.has_change_point_time()) {
    PrintIndented(context, kIndent, "It began on " + FormatDate(signal.change_point_time()) + ".");
  }
  std::string facts;
  if (signal.positions_size() > 0) {
    facts = absl::StrCat("facts ", marks.Text(signal.positions(), kPositionsShown));
  }
  if (signal.dates_size() > 1) {
    absl::StrAppend(&facts, " from ", signal.dates(0), " to ",
                    signal.dates(signal.dates_size() - 1));
  }
  if (!facts.empty()) PrintIndented(context, kIndent, facts, Style::kDim);
  if (signal.our_part_size() > 0) {
    PrintIndented(context, kIndent,
                  absl::StrCat("Was it us? ", absl::StrJoin(signal.our_part(), ", ")),
                  Style::kFair);
  }
}

std::string ActionNames(const google::protobuf::RepeatedField<int>& actions,
                        const google::protobuf::RepeatedField<int>& tried) {
  std::vector<std::string> names;
  for (const int action : actions) {
    const bool was_tried = std::find(tried.begin(), tried.end(), action) != tried.end();
    names.push_back(
        absl::StrCat(ShortEnumName(v1::Action_descriptor(), action), was_tried ? " (tried)" : ""));
  }
  return absl::StrJoin(names, ", ");
}

void PrintProposal(Context& context, const v1::ProposalState& proposal) {
  const bool is_open = proposal.decision() == v1::ActionDecided::DECISION_UNSPECIFIED;
  std::string text =
      absl::StrCat("on record: ", ShortEnumName(v1::Action_descriptor(), proposal.action()),
                   " proposed at ", proposal.proposed_position());
  if (is_open) {
    absl::StrAppend(&text, ", not decided");
  } else {
    absl::StrAppend(&text, ", ",
                    ShortEnumName(v1::ActionDecided::Decision_descriptor(), proposal.decision()),
                    " at ", proposal.decided_position());
  }
  PrintIndented(context, kIndent, text, is_open ? Style::kPlain : Style::kDim);
}

}  // namespace

std::string SignalStateText(const v1::Signal& signal) {
  std::string text = ShortEnumName(v1::SignalState_descriptor(), signal.state());
  if (signal.has_since_time()) absl::StrAppend(&text, " since ", FormatDate(signal.since_time()));
  if (signal.suppressed()) text += ", its evidence is under dispute";
  if (signal.recovering()) text += ", recovering";
  if (signal.aggravated()) text += ", while money was overdue";
  return text;
}

Style StyleOfSignal(const v1::Signal& signal) {
  if (signal.positive()) return Style::kGood;
  return signal.state() == v1::SIGNAL_STATE_PRESENT ? Style::kPoor : Style::kFair;
}

std::string TrendText(const v1::GrowthPoint& point) {
  return absl::StrCat(FormatCount(point.recent_count()), " recently, ",
                      FormatCount(point.previous_count()), " before that");
}

void PrintIndented(Context& context, size_t indent, const std::string& text, Style style) {
  if (text.empty()) return;
  context.out() << std::string(indent, ' ')
                << context.palette().Paint(Wrap(Printable(text), indent, context.width()), style)
                << '\n';
}

void PrintHeading(Context& context, const std::string& heading) {
  context.out() << '\n' << context.palette().Paint(heading, Style::kBold) << '\n';
}

void PrintSegment(Context& context, const v1::ClientAssessment& assessment) {
  if (assessment.segment() == v1::SEGMENT_UNSPECIFIED || assessment.segment() == v1::SEGMENT_NONE) {
    return;
  }
  PrintHeading(context, "SEGMENT " + ShortEnumName(v1::Segment_descriptor(), assessment.segment()));
  PrintIndented(context, kIndent, "We ask ourselves: " + assessment.question());
}

void PrintSignals(Context& context, const google::protobuf::RepeatedPtrField<v1::Signal>& signals,
                  const FactMarks& marks) {
  if (signals.empty()) return;
  PrintHeading(context, "SIGNALS");
  for (const v1::Signal& signal : signals) PrintSignal(context, signal, marks);
}

void PrintGrowthPoints(Context& context,
                       const google::protobuf::RepeatedPtrField<v1::GrowthPoint>& points,
                       const FactMarks& marks) {
  if (points.empty()) return;
  PrintHeading(context, "OUR PART");
  const Palette palette = context.palette();
  for (const v1::GrowthPoint& point : points) {
    context.out() << std::string(kIndent, ' ')
                  << palette.Paint(Printable(point.code()), Style::kBold) << "  "
                  << FormatCount(point.count()) << " in all, " << TrendText(point) << '\n';
    PrintIndented(context, kDetailIndent, point.statement());
    if (point.positions_size() > 0) {
      PrintIndented(context, kDetailIndent,
                    "facts " + marks.Text(point.positions(), kPositionsShown), Style::kDim);
    }
  }
}

void PrintActions(Context& context, const v1::ClientAssessment& assessment,
                  const FactMarks& marks) {
  if (assessment.actions().empty() && assessment.proposals().empty()) return;
  PrintHeading(context, "WHAT TO DO");
  const Palette palette = context.palette();
  for (const v1::RecommendedAction& action : assessment.actions()) {
    context.out() << std::string(kIndent, ' ')
                  << palette.Paint(ShortEnumName(v1::Action_descriptor(), action.action()),
                                   Style::kBold);
    if (action.reason_codes_size() > 0) {
      context.out() << "  because of " << Printable(absl::StrJoin(action.reason_codes(), ", "));
    }
    context.out() << '\n';
    PrintIndented(context, kDetailIndent, action.explanation());
    if (action.try_first_size() > 0) {
      PrintIndented(context, kDetailIndent,
                    "Try first: " + ActionNames(action.try_first(), action.tried()));
    }
    if (!action.held_back_by().empty()) {
      PrintIndented(context, kDetailIndent, "Held back by " + action.held_back_by(), Style::kFair);
    }
    if (action.positions_size() > 0) {
      PrintIndented(context, kDetailIndent,
                    "facts " + marks.Text(action.positions(), kPositionsShown), Style::kDim);
    }
  }
  for (const v1::ProposalState& proposal : assessment.proposals()) {
    PrintProposal(context, proposal);
  }
  PrintIndented(context, kIndent, "The record proposes; a named person decides.", Style::kDim);
}

}  // namespace pledger::client
