#include "server/runtime/principals_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "server/domain/limits.h"
#include "server/runtime/principals.pb.h"
#include "spdlog/spdlog.h"
#include "storage/format/this_thread.h"

namespace pledger::runtime {
namespace {

constexpr absl::Duration kInterval = absl::Seconds(1);

// Keeps the first error, with its line.
class FirstError final : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, google::protobuf::io::ColumnNumber, const std::string& message) override {
    if (text_.empty()) text_ = absl::StrCat("line ", line + 1, ": ", message);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

services::Role RoleOf(server::Role role) {
  switch (role) {
    case server::READER:
      return services::Role::kReader;
    case server::AUDITOR:
      return services::Role::kAuditor;
    case server::PRIVACY_OFFICER:
      return services::Role::kPrivacyOfficer;
    case server::OPERATOR:
      return services::Role::kOperator;
    default:
      return services::Role::kAppender;
  }
}

bool IsName(const std::string& name) {
  return !name.empty() && name.size() <= limits::kIdBytesMax &&
         absl::c_all_of(name, [](char c) { return absl::ascii_isgraph(c); });
}

absl::StatusOr<services::PrincipalRef> PrincipalOf(const server::Principal& given,
                                                   storage::Hash* token_hash) {
  const std::string where = absl::StrCat("principal \"", absl::CEscape(given.name()), "\": ");
  if (!IsName(given.name())) {
    return absl::InvalidArgumentError(
        absl::StrCat(where, "name must be 1 to 128 printable ASCII characters without space"));
  }
  const std::string& hex = given.token_sha256();
  if (hex.size() != 64 || !absl::c_all_of(hex, absl::ascii_isxdigit)) {
    return absl::InvalidArgumentError(
        absl::StrCat(where, "token_sha256 must be 64 hexadecimal digits"));
  }
  const std::string bytes = absl::HexStringToBytes(hex);
  std::memcpy(token_hash->data(), bytes.data(), token_hash->size());
  if (given.roles().empty() || absl::c_linear_search(given.roles(), server::ROLE_UNSPECIFIED)) {
    return absl::InvalidArgumentError(absl::StrCat(where, "roles must name at least one"));
  }
  services::Principal principal;
  principal.name = given.name();
  for (const int role : given.roles()) principal.roles.Add(RoleOf(static_cast<server::Role>(role)));
  principal.sources.assign(given.sources().begin(), given.sources().end());
  principal.client_prefixes.assign(given.client_prefixes().begin(), given.client_prefixes().end());
  return std::make_shared<const services::Principal>(std::move(principal));
}

}  // namespace

absl::StatusOr<services::Principals::Table> ParsePrincipals(std::string_view text) {
  server::Principals given;
  FirstError error;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  if (!parser.ParseFromString(std::string(text), &given)) {
    return absl::InvalidArgumentError(error.text());
  }
  services::Principals::Table table;
  for (const server::Principal& one : given.principals()) {
    storage::Hash token_hash;
    auto principal = PrincipalOf(one, &token_hash);
    if (!principal.ok()) return principal.status();
    if (!table.emplace(token_hash, *std::move(principal)).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("principal \"", one.name(), "\": another one has the same token"));
    }
  }
  if (table.empty()) return absl::InvalidArgumentError("there is no principal in it");
  return table;
}

absl::StatusOr<std::unique_ptr<PrincipalsFile>> PrincipalsFile::Watch(
    std::string path, services::Principals& principals) {
  std::unique_ptr<PrincipalsFile> file(new PrincipalsFile(std::move(path), principals));
  if (absl::Status status = file->Load(); !status.ok()) return status;
  file->thread_ = std::thread([raw = file.get()] { raw->Run(); });
  return file;
}

PrincipalsFile::~PrincipalsFile() {
  {
    absl::MutexLock lock(&mutex_);
    stop_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

absl::Status PrincipalsFile::Load() {
  std::ifstream in(path_);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (in.fail() || in.bad()) {
    return absl::ErrnoToStatus(errno == 0 ? EIO : errno, absl::StrCat("cannot read ", path_));
  }
  // The text rather than its time: a clock may stand still between two changes.
  if (text == text_) return absl::OkStatus();
  auto table = ParsePrincipals(text);
  if (!table.ok()) {
    return absl::Status(table.status().code(), absl::StrCat(path_, ": ", table.status().message()));
  }
  spdlog::info("{} principals may call, by {}", table->size(), path_);
  principals_.Require(*std::move(table));
  text_ = std::move(text);
  return absl::OkStatus();
}

void PrincipalsFile::Run() {
  NameThisThread("principals");
  const auto stopped = [this] {
    mutex_.AssertReaderHeld();
    return stop_;
  };
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&stopped), kInterval)) return;
    }
    const absl::Status status = Load();
    const std::string failure(status.message());
    if (failure != failure_ && !status.ok()) {
      spdlog::error("who may call stays as it was: {}", failure);
    }
    failure_ = failure;
  }
}

}  // namespace pledger::runtime
