// What tests ask of a verifier's report.
#ifndef PLEDGER_TESTS_AUDIT_VERDICT_MATCHERS_H_
#define PLEDGER_TESTS_AUDIT_VERDICT_MATCHERS_H_

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "client/verify/verdicts.h"
#include "storage/format/text.h"

namespace pledger::verify {

// Everything that a report says, for failure messages.
inline std::string ToText(const Report& report) {
  std::string text;
  for (const Aspect aspect : kAllAspects) {
    const AspectReport& part = report.of(aspect);
    absl::StrAppend(&text, ToAbsl(AspectName(aspect)), ": ", ToAbsl(VerdictName(part.verdict())),
                    "\n");
    for (const Finding& finding : part.failures) {
      absl::StrAppend(&text, "  ! ", finding.position ? absl::StrCat(*finding.position, ": ") : "",
                      finding.what, "\n");
    }
    for (const std::string& why : part.not_checkable) absl::StrAppend(&text, "  ? ", why, "\n");
    for (const std::string& what : part.held) absl::StrAppend(&text, "  + ", what, "\n");
  }
  return text;
}

// Whether the aspect fails at `position` with words that contain `what`.
inline bool FailsAt(const Report& report, Aspect aspect, storage::Position position,
                    std::string_view what) {
  for (const Finding& finding : report.of(aspect).failures) {
    if (finding.position == position && finding.what.find(what) != std::string::npos) return true;
  }
  return false;
}

inline bool Fails(const Report& report, Aspect aspect, std::string_view what) {
  for (const Finding& finding : report.of(aspect).failures) {
    if (finding.what.find(what) != std::string::npos) return true;
  }
  return false;
}

}  // namespace pledger::verify

#endif  // PLEDGER_TESTS_AUDIT_VERDICT_MATCHERS_H_
