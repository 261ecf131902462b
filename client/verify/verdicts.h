// What an offline verification finds, under four heads.
#ifndef PLEDGER_CLIENT_VERIFY_VERDICTS_H_
#define PLEDGER_CLIENT_VERIFY_VERDICTS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/format/types.h"

namespace pledger::verify {

enum class Aspect : size_t {
  // What is there is what was recorded: records, chains, tree and checkpoints fit together.
  kIntegrity,
  // Nothing is missing: positions, revisions, clients, the tail.
  kCompleteness,
  // It is the latest that others have seen.
  kFreshness,
  // It is by whom it says it is.
  kAuthorship,
};
inline constexpr size_t kAspects = 4;
inline constexpr std::array<Aspect, kAspects> kAllAspects = {
    Aspect::kIntegrity, Aspect::kCompleteness, Aspect::kFreshness, Aspect::kAuthorship};

// "integrity".
std::string_view AspectName(Aspect aspect);

enum class Verdict { kPass, kFail, kNotCheckable };

// "pass", "fail", "not checkable".
std::string_view VerdictName(Verdict verdict);

struct Finding {
  std::string what;
  // Where, if it is at one event.
  std::optional<storage::Position> position;
};

// How many failures of an aspect are told in words.
inline constexpr size_t kFindingsMax = 20;

struct AspectReport {
  // Failures, the first kFindingsMax, and how many there are in all.
  std::vector<Finding> failures;
  uint64_t failure_count = 0;
  // Why it can't be told, as far as it can't.
  std::vector<std::string> not_checkable;
  // What was checked and holds.
  std::vector<std::string> held;

  // kFail with any failure; else kNotCheckable with any reason for that.
  Verdict verdict() const;
};

// Not thread-safe.
class Report {
 public:
  void Fail(Aspect aspect, std::string what,
            std::optional<storage::Position> position = std::nullopt);
  void CannotCheck(Aspect aspect, std::string why);
  void Holds(Aspect aspect, std::string what);

  const AspectReport& of(Aspect aspect) const { return aspects_[static_cast<size_t>(aspect)]; }
  // The worst of the four: a failure, else what can't be told.
  Verdict verdict() const;

 private:
  AspectReport& Of(Aspect aspect) { return aspects_[static_cast<size_t>(aspect)]; }

  std::array<AspectReport, kAspects> aspects_;
};

}  // namespace pledger::verify

#endif  // PLEDGER_CLIENT_VERIFY_VERDICTS_H_
