#include "client/cli/audit_context.h"

#include <google/protobuf/struct.pb.h>

#include <algorithm>
#include <optional>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/cli/answer.h"
#include "client/cli/format.h"
#include "client/cli/terminal/text.h"
#include "client/files/durable_file.h"
#include "storage/format/text.h"
#include "storage/merkle/witness_policy.h"

namespace pledger::client {
namespace {

using storage::merkle::NoteVerifier;
using verify::Aspect;
using verify::AspectReport;
using verify::Finding;
using verify::Verdict;

constexpr size_t kGivenBytesMax = 8 << 20;

std::string CheckAge(const std::string& text) {
  absl::Duration age;
  if (absl::ParseDuration(text, &age) && age > absl::ZeroDuration()) return "";
  return "\"" + text + "\" is no duration: write 90s, 15m or 24h";
}

Style StyleOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return Style::kGood;
    case Verdict::kFail:
      return Style::kPoor;
    case Verdict::kNotCheckable:
      return Style::kBold;
  }
  return Style::kPlain;
}

void PrintAspect(Context& context, Aspect aspect, const AspectReport& report) {
  constexpr size_t kNameColumns = 14;
  std::string name(verify::AspectName(aspect));
  name.resize(kNameColumns, ' ');
  const Verdict verdict = report.verdict();
  std::ostream& out = context.out();
  out << name
      << context.palette().Paint(std::string(verify::VerdictName(verdict)), StyleOf(verdict))
      << '\n';
  for (const Finding& finding : report.failures) {
    out << "  ✗ ";
    if (finding.position) out << "position " << *finding.position << ": ";
    out << Printable(finding.what) << '\n';
  }
  if (report.failure_count > report.failures.size()) {
    out << "    and " << FormatCount(report.failure_count - report.failures.size()) << " more\n";
  }
  for (const std::string& why : report.not_checkable) out << "  ? " << Printable(why) << '\n';
  for (const std::string& what : report.held) out << "  ✓ " << Printable(what) << '\n';
}

google::protobuf::Value TextValue(std::string_view text) {
  google::protobuf::Value value;
  value.set_string_value(Printable(std::string(text)));
  return value;
}

google::protobuf::Struct ToStruct(const AspectReport& report) {
  google::protobuf::Struct out;
  auto& fields = *out.mutable_fields();
  fields["verdict"] = TextValue(verify::VerdictName(report.verdict()));
  auto& failures = *fields["failures"].mutable_list_value();
  for (const Finding& finding : report.failures) {
    auto& one = *failures.add_values()->mutable_struct_value()->mutable_fields();
    one["what"] = TextValue(finding.what);
    // As text, like every number of 64 bits in proto JSON.
    if (finding.position) one["position"] = TextValue(absl::StrCat(*finding.position));
  }
  fields["failure_count"] = TextValue(absl::StrCat(report.failure_count));
  auto& reasons = *fields["not_checkable"].mutable_list_value();
  for (const std::string& why : report.not_checkable) *reasons.add_values() = TextValue(why);
  auto& held = *fields["held"].mutable_list_value();
  for (const std::string& what : report.held) *held.add_values() = TextValue(what);
  return out;
}

absl::Status AddKeys(const TrustOptions& options, std::string_view origin, verify::Trust& trust) {
  for (const std::string& text : options.keys) {
    auto key = NoteVerifier::Parse(text);
    if (!key.ok()) return key.status();
    trust.log_keys.push_back(*std::move(key));
  }
  if (options.policy.empty()) return absl::OkStatus();
  const auto text = ReadGivenFile(options.policy);
  if (!text.ok()) return text.status();
  auto policy = storage::merkle::ParseWitnessPolicy(*text);
  if (!policy.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.policy, ": ", policy.status().message()));
  }
  for (const auto& log : policy->logs) {
    if (log.key.name() == origin) trust.log_keys.push_back(log.key);
  }
  trust.witnesses = *std::move(policy);
  return absl::OkStatus();
}

}  // namespace

void AddTrustOptions(CommandLine& command, TrustOptions& options) {
  command.AddOption("--key", options.keys,
                    "A verifier key of the log that you have from elsewhere; may be repeated");
  command.AddOption("--policy", options.policy,
                    "A policy file (C2SP tlog-policy) with the logs and witnesses that you trust");
  command.AddOption("--known", options.known,
                    "A file with a checkpoint of this log from elsewhere: kept from before, or "
                    "got from a witness; may be repeated");
  command
      .AddOption("--max-age", options.age_max,
                 "How long ago the witnesses may have seen it last, such as 24h")
      ->Check(CheckAge);
}

std::string DefaultStateFolder(Context& context) {
  const auto& variable = context.surroundings().variable;
  if (const std::string state = variable("XDG_STATE_HOME"); !state.empty()) {
    return state + "/pledger";
  }
  const std::string home = variable("HOME");
  return home.empty() ? "" : home + "/.local/state/pledger";
}

absl::StatusOr<std::string> ReadGivenFile(const std::string& path) {
  return ReadFile(path, kGivenBytesMax);
}

absl::StatusOr<verify::Trust> TrustFrom(Context& context, const AuditOptions& audit,
                                        const TrustOptions& options, std::string_view origin) {
  verify::Trust trust;
  trust.now = context.surroundings().environment.Now();
  if (!options.age_max.empty()) {
    // The option was checked when it was parsed.
    (void)absl::ParseDuration(options.age_max, &trust.age_max);
  }
  if (absl::Status status = AddKeys(options, origin, trust); !status.ok()) return status;
  for (const std::string& path : options.known) {
    auto note = ReadGivenFile(path);
    if (!note.ok()) return note.status();
    trust.known.push_back({path, *std::move(note), true});
  }
  if (audit.no_state || audit.state.empty()) return trust;
  auto remembered = CheckpointMemory(audit.state).Recall(origin);
  if (!remembered.ok()) return remembered.status();
  if (!remembered->has_value()) return trust;
  if (trust.log_keys.empty()) trust.log_keys = (*remembered)->keys;
  trust.known.push_back({"the checkpoint remembered here", (*remembered)->note, false});
  return trust;
}

absl::Status BelieveCheckpoint(const AuditOptions& audit, AuditClient& client,
                               std::string_view note, bool is_latest) {
  if (audit.no_state || audit.state.empty()) return absl::OkStatus();
  return CheckpointMemory(audit.state).Believe(client, note, is_latest).status();
}

void PrintVerdicts(Context& context, const verify::Report& report, const std::string& subject) {
  if (context.is_json()) {
    google::protobuf::Struct out;
    auto& fields = *out.mutable_fields();
    fields["subject"] = TextValue(subject);
    fields["verdict"] = TextValue(verify::VerdictName(report.verdict()));
    for (const Aspect aspect : verify::kAllAspects) {
      *fields[std::string(verify::AspectName(aspect))].mutable_struct_value() =
          ToStruct(report.of(aspect));
    }
    // A struct can always be printed.
    context.PrintJson(out).IgnoreError();
  } else {
    context.out() << context.palette().Paint(subject, Style::kBold) << '\n';
    for (const Aspect aspect : verify::kAllAspects) {
      PrintAspect(context, aspect, report.of(aspect));
    }
  }
}

int ExitCodeOf(const verify::Report& report, absl::Span<const Aspect> needed) {
  if (report.verdict() == Verdict::kFail) return kExitRefused;
  const bool all_told = std::none_of(needed.begin(), needed.end(), [&](Aspect aspect) {
    return report.of(aspect).verdict() == Verdict::kNotCheckable;
  });
  return all_told ? kExitOk : kExitPartial;
}

}  // namespace pledger::client
