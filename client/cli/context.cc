#include "client/cli/context.h"

#include <fstream>
#include <map>
#include <ostream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/cli/format.h"
#include "client/cli/terminal/text.h"
#include "client/lib/errors.h"

namespace pledger::client {
namespace {

// What to do about an error, in a sentence; empty where its message says enough.
absl::string_view AdviceFor(const absl::Status& status) {
  switch (ReasonOf(status)) {
    case v1::ERROR_REASON_EVENT_ID_REUSED:
      return "Another event has this id. Give the new one an id of its own, or correct the "
             "recorded "
             "one by an EventCorrected.";
    case v1::ERROR_REASON_WRONG_REVISION:
      return "Somebody else appended in the meantime. Read the client's events again and decide "
             "anew.";
    case v1::ERROR_REASON_OBLIGATION_UNKNOWN:
      return "Record the fact that opens it first; `pledger events CLIENT` shows what is known.";
    case v1::ERROR_REASON_OBLIGATION_STATE:
    case v1::ERROR_REASON_OBLIGATION_EXISTS:
      return "`pledger events CLIENT` shows what became of it.";
    case v1::ERROR_REASON_CLIENT_NOT_FOUND:
      return "`pledger clients` lists the clients there are.";
    case v1::ERROR_REASON_POLICY_NOT_FOUND:
      return "`pledger policy list` shows the versions there are.";
    case v1::ERROR_REASON_WRONG_POLICY_VERSION:
      return "Another policy came into force in the meantime. Look at `pledger policy show` and "
             "decide anew.";
    case v1::ERROR_REASON_BUSY:
      return "Try again, or give it longer with --deadline.";
    case v1::ERROR_REASON_READ_ONLY:
      return "Reading goes on; the server's log says why it does not write.";
    case v1::ERROR_REASON_VIEW_BEHIND:
      return "Give it longer with --deadline.";
    case v1::ERROR_REASON_UNAUTHENTICATED:
      return "Name the file that holds your token: --token-file, or PLEDGER_TOKEN_FILE.";
    case v1::ERROR_REASON_CLIENT_ON_HOLD:
      return "`pledger privacy holds CLIENT` lists the holds.";
    case v1::ERROR_REASON_CORRUPT:
      return "Stored data is damaged. Stop writing, keep the data directory as it is, and restore "
             "a backup.";
    default:
      break;
  }
  if (absl::IsUnimplemented(status)) return "The server is older than this tool.";
  if (absl::IsUnavailable(status)) return "Is pledgerd running there? --server names another one.";
  if (absl::IsDeadlineExceeded(status)) return "Give it longer with --deadline.";
  return "";
}

// The file's only line.
absl::StatusOr<std::string> ReadToken(const std::string& path) {
  std::ifstream in(path);
  std::string token;
  if (!std::getline(in, token)) {
    return absl::NotFoundError(absl::StrCat("cannot read a token from ", path));
  }
  absl::StripAsciiWhitespace(&token);
  return token;
}

int ExitCodeFor(const absl::Status& status) {
  if (status.ok()) return kExitOk;
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
                 absl::IsResourceExhausted(status)
             ? kExitUnavailable
             : kExitRefused;
}

}  // namespace

Palette Context::palette() const {
  if (options_.color == "always") return Palette(true);
  // https://no-color.org: any value that is not empty.
  return Palette(options_.color == "auto" && surroundings_.out_is_terminal &&
                 surroundings_.variable("NO_COLOR").empty() &&
                 surroundings_.variable("TERM") != "dumb");
}

Charset Context::charset() const {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string locale = absl::AsciiStrToLower(surroundings_.variable(name));
    if (locale.empty()) continue;
    return absl::StrContains(locale, "utf-8") || absl::StrContains(locale, "utf8")
               ? Charset::kUnicode
               : Charset::kAscii;
  }
  return Charset::kUnicode;
}

Client& Context::client() {
  if (client_ == nullptr) {
    ClientOptions options;
    // The option was checked when it was parsed.
    (void)absl::ParseDuration(options_.deadline, &options.deadline);
    // The option was checked as well; a file that has gone since means no token, and an error that
    // says so.
    if (!options_.token_file.empty()) options.token = ReadToken(options_.token_file).value_or("");
    // A person waits: a server that is down should be reported soon, one that restarts be awaited.
    options.retry.give_up_after = absl::Seconds(2);
    client_ = Client::Connect(options_.server, options, surroundings_.environment);
  }
  return *client_;
}

absl::Status Context::PrintJson(const google::protobuf::Message& message) {
  const absl::StatusOr<std::string> json = ToJson(message);
  if (!json.ok()) return json.status();
  out() << *json << '\n';
  return absl::OkStatus();
}

int Context::Fail(const absl::Status& status) {
  const auto info = ErrorInfoOf(status);
  // A server that does not know a call says no word about it.
  err() << "pledger: "
        << (status.message().empty() ? absl::StatusCodeToString(status.code())
                                     : Printable(std::string(status.message())));
  if (absl::IsUnavailable(status) && !info.has_value()) {
    err() << " (server " << options_.server << ")";
  }
  err() << '\n';
  if (info.has_value()) {
    err() << "  " << info->reason();
    // A map has no order; the same error should always read the same.
    const std::map<std::string, std::string> metadata(info->metadata().begin(),
                                                      info->metadata().end());
    for (const auto& [key, value] : metadata) err() << "  " << key << "=" << Printable(value);
    err() << '\n';
  }
  if (const absl::string_view advice = AdviceFor(status); !advice.empty()) {
    err() << "  " << advice << '\n';
  }
  return ExitCodeFor(status);
}

int Context::FailUsage(const absl::Status& status) {
  Fail(status);
  return kExitUsage;
}

}  // namespace pledger::client
