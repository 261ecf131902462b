#include "server/domain/reliability/comparison.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/domain/reliability/assess_fold.h"
#include "server/domain/reliability/client_fold.h"

namespace pledger::reliability {
namespace {

// Less is rounding.
constexpr double kMoved = 1e-9;

// The facts of one perspective, judged on the day of another, by one policy.
struct Step {
  v1::ClientReliability reliability;
  Overall overall;
};

Step Judge(const ClientHistory& history, const Perspective& facts, int64_t as_of_ns,
           const Policy& policy, ClientFold* fold) {
  BuildTimeline(history, facts, &fold->timeline);
  fold->as_of_day = policy.DayOf(as_of_ns);
  Refold(history, policy, StaleParts(), kAllDimensions, true, fold);
  Step step;
  FillReliability("", history, policy, facts, AssessDetail::kExplain, fold, &step.reliability);
  step.overall = OverallOf(fold->card, policy, View::kAged);
  return step;
}

std::optional<double> ValueOf(const v1::DimensionAssessment& dimension) {
  if (!dimension.score().has_value()) return std::nullopt;
  return dimension.score().value();
}

// A code's points and positions on both sides.
struct CodeChange {
  double points = 0;
  std::vector<uint64_t> before;
  std::vector<uint64_t> after;
};

class DimensionComparer {
 public:
  DimensionComparer(v1::Dimension dimension, v1::DimensionChange* out) : out_(*out) {
    out_.set_dimension(dimension);
  }

  void Compare(const v1::DimensionAssessment& first, const v1::DimensionAssessment& aged,
               const v1::DimensionAssessment& told, const v1::DimensionAssessment& last) {
    const std::optional<double> values[] = {ValueOf(first), ValueOf(aged), ValueOf(told),
                                            ValueOf(last)};
    if (values[0].has_value()) out_.set_before(*values[0]);
    if (values[3].has_value()) out_.set_after(*values[3]);
    bool all = true;
    for (const std::optional<double>& value : values) all = all && value.has_value();
    if (all) Add("AGED", *values[1] - *values[0], {}, "What the passing of time did.");
    AddFacts(aged, told, all);
    if (all) Add("POLICY", *values[3] - *values[2], {}, "Another policy.");
    if (!all && values[0].has_value() && values[3].has_value()) {
      // Somewhere on the way there was too little to go by: what it did can't be told apart.
      Add("FACTS", *values[3] - *values[0], {}, "Other facts, time and policy together.");
    }
    Sort();
  }

  void Add(const std::string& code, double points, const std::vector<uint64_t>& positions,
           const std::string& statement) {
    if (std::abs(points) <= kMoved && positions.empty()) return;
    v1::ReliabilityChange* change = out_.add_changes();
    change->set_dimension(out_.dimension());
    change->set_code(code);
    change->set_points(points);
    change->set_statement(statement);
    change->mutable_positions()->Add(positions.begin(), positions.end());
  }

  void Sort() {
    std::stable_sort(out_.mutable_changes()->begin(), out_.mutable_changes()->end(),
                     [](const v1::ReliabilityChange& a, const v1::ReliabilityChange& b) {
                       return std::abs(a.points()) > std::abs(b.points());
                     });
  }

 private:
  void AddFacts(const v1::DimensionAssessment& before, const v1::DimensionAssessment& after,
                bool with_points) {
    std::map<std::string, CodeChange> codes;
    for (const v1::Reason& reason : before.reasons()) {
      CodeChange& change = codes[reason.code()];
      change.points -= reason.points();
      change.before.assign(reason.positions().begin(), reason.positions().end());
    }
    for (const v1::Reason& reason : after.reasons()) {
      CodeChange& change = codes[reason.code()];
      change.points += reason.points();
      change.after.assign(reason.positions().begin(), reason.positions().end());
    }
    for (const auto& [code, change] : codes) {
      std::vector<uint64_t> came, went, both;
      std::set_difference(change.after.begin(), change.after.end(), change.before.begin(),
                          change.before.end(), std::back_inserter(came));
      std::set_difference(change.before.begin(), change.before.end(), change.after.begin(),
                          change.after.end(), std::back_inserter(went));
      std::set_union(came.begin(), came.end(), went.begin(), went.end(), std::back_inserter(both));
      const std::string statement =
          both.empty() ? std::string("Older facts that weigh otherwise beside the newer ones.")
                       : absl::StrCat("Facts that came: ", came.size(),
                                      "; that no longer count so: ", went.size(), ".");
      Add(code, with_points ? change.points : 0, both, statement);
    }
  }

  v1::DimensionChange& out_;
};

// How many points of the mean each dimension is, and what the cap takes away.
std::map<std::string, double> OverallParts(const Step& step, const Policy& policy) {
  std::map<std::string, double> parts;
  double weights = 0, mean = 0;
  for (const v1::DimensionAssessment& dimension : step.reliability.dimensions()) {
    if (!dimension.score().has_value()) continue;
    weights += policy.DimensionWeight(dimension.dimension());
  }
  if (weights <= 0) return parts;
  for (const v1::DimensionAssessment& dimension : step.reliability.dimensions()) {
    if (!dimension.score().has_value()) continue;
    const double part =
        policy.DimensionWeight(dimension.dimension()) * dimension.score().value() / weights;
    mean += part;
    parts[v1::Dimension_Name(dimension.dimension()).substr(sizeof("DIMENSION_") - 1)] = part;
  }
  parts["CAPPED_BY_WORST"] = step.overall.estimate.value - mean;
  return parts;
}

void CompareOverall(const Step& first, const Step& last, const Policy& before, const Policy& after,
                    v1::DimensionChange* out) {
  DimensionComparer comparer(v1::DIMENSION_OVERALL, out);
  const bool both = first.overall.estimate.scored && last.overall.estimate.scored;
  if (first.overall.estimate.scored) out->set_before(first.overall.estimate.value);
  if (last.overall.estimate.scored) out->set_after(last.overall.estimate.value);
  if (!both) return;
  std::map<std::string, double> parts = OverallParts(last, after);
  for (const auto& [name, part] : OverallParts(first, before)) parts[name] -= part;
  for (const auto& [name, points] : parts) {
    comparer.Add(name, points, {},
                 name == "CAPPED_BY_WORST" ? "What the worst dimension holds down."
                                           : "Its part of the weighed mean.");
  }
  comparer.Sort();
}

}  // namespace

void FillComparison(const ClientHistory& history, const ComparedSide& before,
                    const ComparedSide& after, v1::CompareReliabilityResponse* out) {
  const auto fold = std::make_unique<ClientFold>();
  const int64_t then_ns = before.perspective.as_of_ns;
  const int64_t now_ns = after.perspective.as_of_ns;
  const Step first = Judge(history, before.perspective, then_ns, before.policy, fold.get());
  const Step aged = Judge(history, before.perspective, now_ns, before.policy, fold.get());
  const Step told = Judge(history, after.perspective, now_ns, before.policy, fold.get());
  const Step last = Judge(history, after.perspective, now_ns, after.policy, fold.get());
  for (int i = 0; i < first.reliability.dimensions_size(); ++i) {
    DimensionComparer(first.reliability.dimensions(i).dimension(), out->add_dimensions())
        .Compare(first.reliability.dimensions(i), aged.reliability.dimensions(i),
                 told.reliability.dimensions(i), last.reliability.dimensions(i));
  }
  CompareOverall(first, last, before.policy, after.policy, out->add_dimensions());
}

}  // namespace pledger::reliability
