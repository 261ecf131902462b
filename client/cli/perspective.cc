#include "client/cli/perspective.h"

#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/json_util.h>

#include <cstdint>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "client/cli/format.h"
#include "client/cli/text_proto.h"

namespace pledger::client {

absl::StatusOr<v1::Policy> LoadPolicy(const std::string& path) {
  std::ifstream file(path);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read the policy ", path));
  std::stringstream text;
  text << file.rdbuf();
  const std::string content = text.str();
  v1::Policy policy;
  const size_t begin = content.find_first_not_of(" \t\r\n");
  if (begin != std::string::npos && content[begin] == '{') {
    const auto status = google::protobuf::util::JsonStringToMessage(content, &policy);
    if (status.ok()) return policy;
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", status.ToString()));
  }
  google::protobuf::io::ArrayInputStream input(content.data(), static_cast<int>(content.size()));
  const absl::Status parsed = ParseTextProto(input, path, policy);
  if (!parsed.ok()) return parsed;
  return policy;
}

absl::StatusOr<absl::Time> ParseMoment(const std::string& text) {
  const absl::StatusOr<absl::Time> begin = ParseBeginning(text);
  absl::CivilDay date;
  if (!begin.ok() || !absl::ParseCivilTime(text, &date)) return begin;
  return *begin + absl::Hours(24) - absl::Nanoseconds(1);
}

absl::StatusOr<absl::Time> ParseBeginning(const std::string& text) {
  std::string ignored;
  absl::Time time;
  if (absl::ParseTime(absl::RFC3339_full, text, &time, &ignored) ||
      absl::ParseTime("%Y-%m-%d", text, absl::UTCTimeZone(), &time, &ignored)) {
    return time;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\" is no date: write 2014-03-03 or 2014-03-03T14:00:00Z"));
}

void PerspectiveOptions::AddTo(CommandLine& command) {
  command.AddOption("--as-of", as_of,
                    "Judge at that moment of the world: a date (its end, UTC) or a time");
  command.AddOption("--known-at", known_at,
                    "From what was recorded by then: a position, or a date or time");
  command.AddFlag("--no-decay", no_decay, "Facts do not lose weight with age");
  CommandOption* version = command.AddOption("--policy-version", policy_version,
                                             "Judge by this adopted policy; 0 is the built-in one");
  version->NotNegative();
  command
      .AddOption("--draft-policy,--policy", draft_file,
                 "Judge by this draft of a pledger.v1.Policy, as JSON or text proto")
      ->Excludes(version);
}

absl::StatusOr<v1::Perspective> PerspectiveOptions::Build() const {
  v1::Perspective perspective;
  if (!as_of.empty()) {
    const absl::StatusOr<absl::Time> time = ParseMoment(as_of);
    if (!time.ok()) return time.status();
    *perspective.mutable_as_of() = ToTimestamp(*time);
  }
  uint64_t position = 0;
  if (absl::SimpleAtoi(known_at, &position)) {
    perspective.set_known_at_position(position);
  } else if (!known_at.empty()) {
    const absl::StatusOr<absl::Time> time = ParseMoment(known_at);
    if (!time.ok()) return time.status();
    *perspective.mutable_known_at_record_time() = ToTimestamp(*time);
  }
  if (policy_version >= 0) perspective.set_policy_version(policy_version);
  if (!draft_file.empty()) {
    absl::StatusOr<v1::Policy> draft = LoadPolicy(draft_file);
    if (!draft.ok()) return draft.status();
    *perspective.mutable_draft_policy() = *std::move(draft);
  }
  if (no_decay) {
    if (policy_version >= 0) {
      return absl::InvalidArgumentError(
          "--no-decay is a draft of its own: it does not go with --policy-version");
    }
    perspective.mutable_draft_policy()->mutable_evidence()->set_half_life_days(0);
  }
  return perspective;
}

absl::Status AwaitRecorded(Client& client, v1::Perspective& perspective) {
  const absl::StatusOr<v1::GetStatusResponse> status = client.GetStatus();
  if (!status.ok()) return status.status();
  if (status->next_position() > 0) perspective.set_min_position(status->next_position() - 1);
  return absl::OkStatus();
}

int PreparePerspective(Context& context, const PerspectiveOptions& options,
                       v1::Perspective& perspective) {
  absl::StatusOr<v1::Perspective> built = options.Build();
  if (!built.ok()) return context.FailUsage(built.status());
  perspective = *std::move(built);
  const absl::Status recorded = AwaitRecorded(context.client(), perspective);
  return recorded.ok() ? static_cast<int>(kExitOk) : context.Fail(recorded);
}

void PinTo(const v1::AnswerBasis& basis, v1::Perspective& perspective) {
  *perspective.mutable_as_of() = basis.as_of();
  const bool is_open = perspective.known_at_case() == v1::Perspective::KNOWN_AT_NOT_SET;
  if (is_open && basis.next_position() > 0) {
    perspective.set_known_at_position(basis.next_position() - 1);
  }
}

}  // namespace pledger::client
