#include "client/cli/perspective.h"

#include <google/protobuf/text_format.h>
#include <google/protobuf/util/json_util.h>

#include <cstdint>
#include <fstream>
#include <sstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/cli/format.h"

namespace pledger::client {
namespace {

absl::Status LoadPolicy(const std::string& path, v1::Policy& policy) {
  std::ifstream file(path);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read the policy ", path));
  std::stringstream text;
  text << file.rdbuf();
  const std::string content = text.str();
  const size_t begin = content.find_first_not_of(" \t\r\n");
  if (begin != std::string::npos && content[begin] == '{') {
    const auto status = google::protobuf::util::JsonStringToMessage(content, &policy);
    if (status.ok()) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", status.ToString()));
  }
  if (google::protobuf::TextFormat::ParseFromString(content, &policy)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": it is no pledger.v1.Policy, neither as JSON nor as text proto"));
}

}  // namespace

absl::StatusOr<absl::Time> ParseMoment(const std::string& text) {
  std::string ignored;
  absl::Time time;
  if (absl::ParseTime(absl::RFC3339_full, text, &time, &ignored)) return time;
  if (absl::ParseTime("%Y-%m-%d", text, absl::UTCTimeZone(), &time, &ignored)) {
    return time + absl::Hours(24) - absl::Nanoseconds(1);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\" is no date: write 2014-03-03 or 2014-03-03T14:00:00Z"));
}

void PerspectiveOptions::AddTo(CLI::App& command) {
  command.add_option("--as-of", as_of,
                     "Judge at that moment of the world: a date (its end, UTC) or a time");
  command.add_option("--known-at", known_at,
                     "From what was recorded by then: a position, or a date or time");
  command.add_flag("--no-decay", no_decay, "Facts do not lose weight with age");
  command.add_option("--policy", policy_file,
                     "Judge by this draft of a pledger.v1.Policy, as JSON or text proto");
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
  if (!policy_file.empty()) {
    absl::Status status = LoadPolicy(policy_file, *perspective.mutable_draft_policy());
    if (!status.ok()) return status;
  }
  if (no_decay) {
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

void PinTo(const v1::AnswerBasis& basis, v1::Perspective& perspective) {
  *perspective.mutable_as_of() = basis.as_of();
  const bool is_open = perspective.known_at_case() == v1::Perspective::KNOWN_AT_NOT_SET;
  if (is_open && basis.next_position() > 0) {
    perspective.set_known_at_position(basis.next_position() - 1);
  }
}

}  // namespace pledger::client
