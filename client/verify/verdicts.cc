#include "client/verify/verdicts.h"

#include <utility>

namespace pledger::verify {

std::string_view AspectName(Aspect aspect) {
  constexpr std::string_view kNames[kAspects] = {"integrity", "completeness", "freshness",
                                                 "authorship"};
  return kNames[static_cast<size_t>(aspect)];
}

std::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "pass";
    case Verdict::kFail:
      return "fail";
    case Verdict::kNotCheckable:
      return "not checkable";
  }
  return "";
}

Verdict AspectReport::verdict() const {
  if (failure_count > 0) return Verdict::kFail;
  return not_checkable.empty() ? Verdict::kPass : Verdict::kNotCheckable;
}

void Report::Fail(Aspect aspect, std::string what, std::optional<storage::Position> position) {
  AspectReport& report = Of(aspect);
  ++report.failure_count;
  if (report.failures.size() < kFindingsMax) {
    report.failures.push_back({std::move(what), position});
  }
}

void Report::CannotCheck(Aspect aspect, std::string why) {
  Of(aspect).not_checkable.push_back(std::move(why));
}

void Report::Holds(Aspect aspect, std::string what) { Of(aspect).held.push_back(std::move(what)); }

Verdict Report::verdict() const {
  Verdict worst = Verdict::kPass;
  for (const AspectReport& report : aspects_) {
    const Verdict verdict = report.verdict();
    if (verdict == Verdict::kFail) return verdict;
    if (verdict == Verdict::kNotCheckable) worst = verdict;
  }
  return worst;
}

}  // namespace pledger::verify
