#include "server/services/principal.h"

#include "absl/strings/str_cat.h"
#include "server/domain/errors.h"
#include "storage/format/text.h"
#include "storage/merkle/hash.h"

namespace pledger::services {
namespace {

constexpr std::string_view kBearer = "Bearer ";

absl::Status Unauthenticated(const char* what) {
  return Error(v1::ERROR_REASON_UNAUTHENTICATED,
               absl::StrCat(what, "; send the metadata `authorization: Bearer TOKEN`"));
}

}  // namespace

std::string_view RoleName(Role role) {
  switch (role) {
    case Role::kAppender:
      return "APPENDER";
    case Role::kReader:
      return "READER";
    case Role::kAuditor:
      return "AUDITOR";
    case Role::kPrivacyOfficer:
      return "PRIVACY_OFFICER";
    case Role::kOperator:
      return "OPERATOR";
  }
  return "";
}

std::string ToString(RoleSet roles) {
  std::string text;
  for (const Role role :
       {Role::kAppender, Role::kReader, Role::kAuditor, Role::kPrivacyOfficer, Role::kOperator}) {
    if (!roles.Has(role)) continue;
    absl::StrAppend(&text, text.empty() ? "" : " or ", ToAbsl(RoleName(role)));
  }
  return text.empty() ? "nobody" : text;
}

const PrincipalRef& LocalPrincipal() {
  static const auto* const principal = [] {
    const auto* local = new Principal{std::string(kLocalPrincipal), RoleSet::All(), {}, {}};
    // Shares nothing, so that copies count nothing.
    return new PrincipalRef(std::shared_ptr<const Principal>(), local);
  }();
  return *principal;
}

void Principals::Require(Table table) {
  absl::MutexLock lock(&mutex_);
  table_.swap(table);
  required_.store(true, std::memory_order_release);
}

absl::StatusOr<PrincipalRef> Principals::Find(const grpc::ServerContextBase& call) const {
  const auto& metadata = call.client_metadata();
  const auto [begin, end] = metadata.equal_range("authorization");
  if (begin == end) return Unauthenticated("the call does not say who makes it");
  const std::string_view value(begin->second.data(), begin->second.size());
  if (std::next(begin) != end || !value.starts_with(kBearer)) {
    return Unauthenticated("the call's authorization is no bearer token");
  }
  // Compared as a hash, which an attacker can't steer: the time it takes says nothing of the token.
  const storage::Hash hash = storage::merkle::Sha256(value.substr(kBearer.size()));
  absl::ReaderMutexLock lock(&mutex_);
  const auto found = table_.find(hash);
  if (found == table_.end()) return Unauthenticated("no principal has this token");
  return found->second;
}

}  // namespace pledger::services
