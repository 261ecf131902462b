#include "tests/scenarios/check.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/lib/errors.h"
#include "tests/scenarios/figure.h"
#include "tests/scenarios/phrase.h"
#include "tests/scenarios/words.h"

namespace pledger::scenarios {
namespace {

// Sums of causes are exact but for the arithmetic of floating point numbers.
constexpr double kRounding = 1e-6;
constexpr char kNoScore[] = "INSUFFICIENT_DATA";

template <typename List, typename Value>
bool Contains(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

std::string NameOf(v1::SignalState state) {
  return ShortName(v1::SignalState_descriptor()->FindValueByNumber(state));
}

// Nothing in particular is expected.
bool IsAny(const std::string& expected) { return expected.empty() || expected == "any"; }

bool ScoreIs(const v1::Score& score, const std::string& expected) {
  if (IsAny(expected)) return true;
  if (expected == kNoScore) {
    return score.standing() == v1::STANDING_INSUFFICIENT_DATA && !score.has_value();
  }
  return score.standing() == v1::STANDING_SCORED && RoundsTo(score.value(), expected);
}

bool NumberIs(bool has, double value, const std::string& expected) {
  if (IsAny(expected)) return true;
  return expected == kNoScore || expected == "none" ? !has : has && RoundsTo(value, expected);
}

// Compares one client's answer with one expectation. Each method returns what was answered, or
// nothing if that was expected.
class Checker {
 public:
  Checker(const ExpectLine& expected, Answers& answers) : expected_(expected), answers_(answers) {}

  std::string Run() {
    const Expectation& e = expected_.expectation;
    switch (e.expectation_case()) {
      case Expectation::kNotFound:
        return NotFound();
      case Expectation::kSolvency:
        return FigureOf(answers_.Solvency(expected_.question), e.solvency());
      case Expectation::kPortfolio:
        return FigureOf(answers_.Portfolio(expected_.question), e.portfolio());
      case Expectation::kRow:
        return FigureOf(answers_.Row(expected_.question), e.row());
      case Expectation::kReason:
        return Reason(e.reason());
      case Expectation::kNoReason:
        return NoReason(e.no_reason().code());
      case Expectation::kMoved:
        return Moved(e.moved());
      case Expectation::kMonth:
        return Month(e.month());
      case Expectation::kChanged:
        return Changed(e.changed());
      default:
        break;
    }
    const auto& response = answers_.Reliability(expected_.question);
    if (!response.ok()) return response.status().ToString();
    return About(response->reliability());
  }

 private:
  std::string About(const v1::ClientReliability& reliability) {
    const Expectation& e = expected_.expectation;
    const v1::ClientAssessment& assessment = reliability.assessment();
    switch (e.expectation_case()) {
      case Expectation::kScore:
        return Score(DimensionOf(reliability, e.score().dimension()), e.score());
      case Expectation::kOurReliability:
        return Score(reliability.our_reliability(), e.our_reliability());
      case Expectation::kOverall:
        return Overall(reliability.overall(), e.overall());
      case Expectation::kBand:
        return If(reliability.overall().band() != e.band().band(),
                  reliability.overall().ShortDebugString());
      case Expectation::kConfidence:
        return Confidence(reliability, e.confidence());
      case Expectation::kSegment:
        return If(assessment.segment() != e.segment().segment(),
                  absl::StrCat(v1::Segment_Name(assessment.segment()), "; ", Signals(assessment)));
      case Expectation::kFigure:
        return FigureIn(reliability, e.figure());
      case Expectation::kDisputed:
        return Labels(reliability.disputed_positions(), e.disputed());
      case Expectation::kAmended:
        return Labels(reliability.amended_positions(), e.amended());
      case Expectation::kStatement:
        return Statement(reliability, e.statement());
      default:
        return OfAssessment(assessment);
    }
  }

  std::string OfAssessment(const v1::ClientAssessment& assessment) {
    const Expectation& e = expected_.expectation;
    switch (e.expectation_case()) {
      case Expectation::kSignal:
        return Signal(assessment, e.signal());
      case Expectation::kNoSignal:
        return If(FindSignal(assessment, e.no_signal().code()) != nullptr, Signals(assessment));
      case Expectation::kNoPattern: {
        const v1::Signal* signal = FindSignal(assessment, e.no_pattern().code());
        return If(signal != nullptr && signal->state() == v1::SIGNAL_STATE_PRESENT,
                  Signals(assessment));
      }
      case Expectation::kAction:
        return Action(assessment, e.action());
      case Expectation::kNoAction: {
        const v1::RecommendedAction* action = FindAction(assessment, e.no_action().action());
        return If(action != nullptr && action->held_back_by().empty(), Actions(assessment));
      }
      case Expectation::kGrowth:
        return Growth(assessment, e.growth());
      case Expectation::kNoGrowth:
        return If(FindGrowth(assessment, e.no_growth().code()) != nullptr,
                  GrowthPoints(assessment));
      case Expectation::kDrift:
        return Drift(assessment, e.drift().month());
      default:
        return "nothing: the test does not know how to check this";
    }
  }

  static std::string If(bool wrong, const std::string& answer) {
    return wrong ? (answer.empty() ? "nothing" : answer) : "";
  }

  std::string NotFound() {
    const auto& response = answers_.Reliability(expected_.question);
    if (response.ok()) return response->ShortDebugString();
    const bool expected = client::ReasonOf(response.status()) == v1::ERROR_REASON_CLIENT_NOT_FOUND;
    return If(!expected, response.status().ToString());
  }

  template <typename Response>
  std::string FigureOf(const absl::StatusOr<Response>& response, const FigureExpected& expected) {
    return response.ok() ? FigureIn(*response, expected) : response.status().ToString();
  }

  std::string FigureIn(const google::protobuf::Message& message, const FigureExpected& expected) {
    const absl::StatusOr<std::string> figure = FigureAt(message, expected.path());
    if (!figure.ok()) return std::string(figure.status().message());
    if (FigureIs(*figure, expected.value())) return "";
    const std::string parent = expected.path().substr(0, expected.path().rfind('.'));
    const absl::StatusOr<std::string> around = FigureAt(message, parent);
    return absl::StrCat(*figure, around.ok() && parent != expected.path() ? " in " : "",
                        around.ok() && parent != expected.path() ? *around : "");
  }

  static const v1::DimensionAssessment& DimensionOf(const v1::ClientReliability& reliability,
                                                    v1::Dimension wanted) {
    for (const v1::DimensionAssessment& dimension : reliability.dimensions()) {
      if (dimension.dimension() == wanted) return dimension;
    }
    return v1::DimensionAssessment::default_instance();
  }

  std::string Score(const v1::DimensionAssessment& d, const ScoreExpected& e) {
    const bool right = ScoreIs(d.score(), e.value()) && ScoreIs(d.recent(), e.recent()) &&
                       ScoreIs(d.lifetime(), e.lifetime()) &&
                       (e.undisputed() == "none" ? !d.has_undisputed()
                                                 : ScoreIs(d.undisputed(), e.undisputed())) &&
                       NumberIs(d.score().has_low(), d.score().low(), e.low()) &&
                       NumberIs(d.score().has_high(), d.score().high(), e.high()) &&
                       NumberIs(true, static_cast<double>(d.score().items()), e.items());
    return If(!right, d.ShortDebugString());
  }

  std::string Overall(const v1::OverallAssessment& o, const ScoreExpected& e) {
    const bool right = NumberIs(o.has_value(), o.value(), e.value()) &&
                       NumberIs(o.has_recent(), o.recent(), e.recent()) &&
                       NumberIs(o.has_lifetime(), o.lifetime(), e.lifetime()) &&
                       NumberIs(o.has_undisputed(), o.undisputed(), e.undisputed());
    return If(!right, o.ShortDebugString());
  }

  std::string Confidence(const v1::ClientReliability& reliability, const ConfidenceExpected& e) {
    const v1::Confidence confidence = e.dimension() == v1::DIMENSION_UNSPECIFIED
                                          ? reliability.overall().confidence()
                                          : DimensionOf(reliability, e.dimension()).confidence();
    return If(confidence != e.confidence(), v1::Confidence_Name(confidence));
  }

  static const v1::Signal* FindSignal(const v1::ClientAssessment& a, const std::string& code) {
    for (const v1::Signal& signal : a.signals()) {
      if (signal.code() == code && signal.state() != v1::SIGNAL_STATE_ABSENT) return &signal;
    }
    return nullptr;
  }

  static std::string Signals(const v1::ClientAssessment& assessment) {
    std::string text;
    for (const v1::Signal& signal : assessment.signals()) {
      absl::StrAppend(&text, text.empty() ? "" : "\n    ", signal.code(), " ",
                      NameOf(signal.state()), ": ", signal.statement());
    }
    return text.empty() ? "no signal" : text;
  }

  std::string Signal(const v1::ClientAssessment& assessment, const SignalExpected& e) {
    const v1::Signal* signal = FindSignal(assessment, e.code());
    if (signal == nullptr || signal->state() != e.state()) return Signals(assessment);
    bool right =
        (e.segment() == v1::SEGMENT_UNSPECIFIED || e.segment() == signal->segment()) &&
        absl::StartsWith(TimeOf(signal->since_time()), e.since()) &&
        (e.measure().empty() || RoundsTo(signal->measure(), e.measure())) &&
        (!e.suppressed() || signal->suppressed()) && (!e.recovering() || signal->recovering()) &&
        (!e.aggravated() || signal->aggravated()) && Cites(signal->positions(), e.citing());
    for (const std::string& code : e.our_part())
      right = right && Contains(signal->our_part(), code);
    for (const std::string& label : e.not_citing()) {
      right = right && !Contains(signal->positions(), answers_.replay().PositionOf(label));
    }
    return If(!right, signal->ShortDebugString());
  }

  static std::string TimeOf(const google::protobuf::Timestamp& stamp) {
    return TimeText(absl::FromUnixSeconds(stamp.seconds()));
  }

  template <typename Positions, typename LabelList>
  bool Cites(const Positions& positions, const LabelList& labels) const {
    for (const std::string& label : labels) {
      if (!Contains(positions, answers_.replay().PositionOf(label))) return false;
    }
    return true;
  }

  std::string Drift(const v1::ClientAssessment& assessment, const std::string& month) {
    const v1::Signal* signal = FindSignal(assessment, "DRIFT");
    if (signal == nullptr) return Signals(assessment);
    const bool right = signal->state() == v1::SIGNAL_STATE_PRESENT &&
                       absl::StartsWith(TimeOf(signal->change_point_time()), month);
    return If(!right, absl::StrCat("change point ", TimeOf(signal->change_point_time()), "; ",
                                   signal->ShortDebugString()));
  }

  static const v1::RecommendedAction* FindAction(const v1::ClientAssessment& assessment,
                                                 v1::Action wanted) {
    for (const v1::RecommendedAction& action : assessment.actions()) {
      if (action.action() == wanted) return &action;
    }
    return nullptr;
  }

  static std::string Actions(const v1::ClientAssessment& assessment) {
    std::string text;
    for (const v1::RecommendedAction& action : assessment.actions()) {
      absl::StrAppend(&text, text.empty() ? "" : "\n    ", action.ShortDebugString());
    }
    return text.empty() ? "no action" : text;
  }

  std::string Action(const v1::ClientAssessment& assessment, const ActionExpected& e) {
    const v1::RecommendedAction* action = FindAction(assessment, e.action());
    bool right = action != nullptr && action->held_back_by().empty() != e.held_back();
    for (const int first : e.try_first()) right = right && Contains(action->try_first(), first);
    for (const int tried : e.tried()) right = right && Contains(action->tried(), tried);
    for (const std::string& code : e.because()) {
      right = right && Contains(action->reason_codes(), code);
    }
    return If(!right, Actions(assessment));
  }

  static const v1::GrowthPoint* FindGrowth(const v1::ClientAssessment& assessment,
                                           const std::string& code) {
    for (const v1::GrowthPoint& point : assessment.growth_points()) {
      if (point.code() == code && point.count() > 0) return &point;
    }
    return nullptr;
  }

  static std::string GrowthPoints(const v1::ClientAssessment& assessment) {
    std::string text;
    for (const v1::GrowthPoint& point : assessment.growth_points()) {
      absl::StrAppend(&text, text.empty() ? "" : "\n    ", point.ShortDebugString());
    }
    return text.empty() ? "no growth point" : text;
  }

  std::string Growth(const v1::ClientAssessment& assessment, const GrowthExpected& e) {
    const v1::GrowthPoint* point = FindGrowth(assessment, e.code());
    const bool right = point != nullptr &&
                       NumberIs(true, static_cast<double>(point->count()), e.count()) &&
                       Cites(point->positions(), e.citing());
    return If(!right, GrowthPoints(assessment));
  }

  std::string Reason(const ReasonExpected& e) {
    const auto& response = answers_.Explanation(expected_.question);
    if (!response.ok()) return response.status().ToString();
    const v1::DimensionAssessment& dimension = DimensionOf(response->reliability(), e.dimension());
    for (const v1::Reason& reason : dimension.reasons()) {
      if (reason.code() != e.code()) continue;
      const bool right = NumberIs(true, static_cast<double>(reason.count()), e.count()) &&
                         NumberIs(true, reason.points(), e.points()) &&
                         Cites(reason.positions(), e.citing());
      return If(!right, reason.ShortDebugString());
    }
    return dimension.ShortDebugString();
  }

  std::string NoReason(const std::string& code) {
    const auto& response = answers_.Explanation(expected_.question);
    if (!response.ok()) return response.status().ToString();
    for (const v1::DimensionAssessment& dimension : response->reliability().dimensions()) {
      for (const v1::Reason& reason : dimension.reasons()) {
        if (reason.code() == code) return reason.ShortDebugString();
      }
    }
    return "";
  }

  std::string Moved(const MoveExpected& e) {
    const auto& response = answers_.History(expected_.question, v1::HISTORY_MODE_CHANGES);
    if (!response.ok()) return response.status().ToString();
    std::string points;
    for (const v1::HistoryPoint& point : response->points()) {
      if (point.dimension() != e.dimension()) continue;
      absl::StrAppend(&points, "\n    ", point.ShortDebugString());
      if (point.position() != answers_.replay().PositionOf(e.label())) continue;
      if (NumberIs(point.has_before(), point.before(), e.before()) &&
          NumberIs(point.has_after(), point.after(), e.after()) &&
          (e.because().empty() || point.reason_code() == e.because())) {
        return "";
      }
    }
    return absl::StrCat("position ", answers_.replay().PositionOf(e.label()), " among", points);
  }

  std::string Month(const MonthExpected& e) {
    const auto& response = answers_.History(expected_.question, v1::HISTORY_MODE_MONTH_ENDS);
    if (!response.ok()) return response.status().ToString();
    std::string points;
    for (const v1::HistoryPoint& point : response->points()) {
      if (point.dimension() != e.dimension()) continue;
      absl::StrAppend(&points, "\n    ", TimeOf(point.occur_time()), " ", point.ShortDebugString());
      // A month may end at the midnight that the next one begins with.
      const std::string day =
          TimeText(absl::FromUnixSeconds(point.occur_time().seconds()) - absl::Seconds(1));
      if (absl::StartsWith(day, e.month()) &&
          NumberIs(point.has_after(), point.after(), e.value())) {
        return "";
      }
    }
    return absl::StrCat("month ends", points);
  }

  std::string Changed(const ChangeExpected& e) {
    const auto response = answers_.Comparison(expected_.question, e.label());
    if (!response.ok()) return response.status().ToString();
    for (const v1::DimensionChange& change : response->dimensions()) {
      if (change.dimension() != e.dimension()) continue;
      std::vector<uint64_t> positions;
      double points = 0;
      for (const v1::ReliabilityChange& cause : change.changes()) {
        points += cause.points();
        positions.insert(positions.end(), cause.positions().begin(), cause.positions().end());
      }
      const bool whole = !change.has_before() || !change.has_after() ||
                         std::abs(change.after() - change.before() - points) < kRounding;
      const bool right = whole && NumberIs(change.has_before(), change.before(), e.before()) &&
                         NumberIs(change.has_after(), change.after(), e.after()) &&
                         Cites(positions, e.citing());
      return If(!right, change.ShortDebugString());
    }
    return "no change";
  }

  template <typename Positions>
  std::string Labels(const Positions& positions, const LabelsExpected& e) {
    std::string text;
    for (const uint64_t position : positions) absl::StrAppend(&text, position, " ");
    return If(!Cites(positions, e.labels()), absl::StrCat("positions ", text));
  }

  std::string Statement(const v1::ClientReliability& reliability, const StatementExpected& e) {
    std::string text;
    for (const v1::StatementReference& statement : reliability.statements()) {
      absl::StrAppend(&text, statement.ShortDebugString(), "; ");
      if (statement.position() == answers_.replay().PositionOf(e.label()) &&
          statement.target_position() == answers_.replay().PositionOf(e.target())) {
        return "";
      }
    }
    return If(true, text);
  }

  const ExpectLine& expected_;
  Answers& answers_;
};

}  // namespace

std::string Mismatch(const ExpectLine& expected, Answers& answers) {
  const std::string answered = Checker(expected, answers).Run();
  if (answered.empty()) return "";
  const Question& asked = answers.scenario().questions[expected.question];
  return absl::StrCat(answers.scenario().file, ":", expected.line, ": ", expected.text, "\n  of ",
                      asked.client_id, " as of ", TimeText(asked.as_of),
                      ", but it was answered:\n    ", answered);
}

}  // namespace pledger::scenarios
