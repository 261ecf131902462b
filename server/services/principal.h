// Who calls, and what they may do.
#ifndef PLEDGER_SERVER_SERVICES_PRINCIPAL_H_
#define PLEDGER_SERVER_SERVICES_PRINCIPAL_H_

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/server_context.h"
#include "storage/format/types.h"

namespace pledger::services {

// Who appends, when nobody has to prove who they are.
inline constexpr std::string_view kLocalPrincipal = "local";

// permissions.h says what each may do.
enum class Role : uint8_t { kAppender, kReader, kAuditor, kPrivacyOfficer, kOperator };

// "PRIVACY_OFFICER".
std::string_view RoleName(Role role);

class RoleSet {
 public:
  constexpr RoleSet() = default;
  constexpr RoleSet(std::initializer_list<Role> roles) {
    for (const Role role : roles) Add(role);
  }
  static constexpr RoleSet All() {
    return {Role::kAppender, Role::kReader, Role::kAuditor, Role::kPrivacyOfficer, Role::kOperator};
  }

  constexpr void Add(Role role) { bits_ |= 1u << static_cast<unsigned>(role); }
  constexpr bool Has(Role role) const { return (bits_ >> static_cast<unsigned>(role) & 1) != 0; }
  constexpr bool HasAnyOf(RoleSet other) const { return (bits_ & other.bits_) != 0; }
  bool operator==(const RoleSet&) const = default;

 private:
  uint8_t bits_ = 0;
};

// "READER or PRIVACY_OFFICER"; "nobody" for none.
std::string ToString(RoleSet roles);

struct Principal {
  // The actor of what it appends.
  std::string name;
  RoleSet roles;
  // Only events of these sources; empty: of any.
  std::vector<std::string> sources;
  // Only clients whose ids begin with one of these; empty: all.
  std::vector<std::string> client_prefixes;

  // Nothing is to be checked.
  bool may_all() const {
    return roles == RoleSet::All() && sources.empty() && client_prefixes.empty();
  }
};

// A call keeps the principal that it began with, also when the table is replaced meanwhile.
using PrincipalRef = std::shared_ptr<const Principal>;

// The one of kLocalPrincipal, with every role. Copying the pointer costs no atomic operation.
const PrincipalRef& LocalPrincipal();

// Who may call. Thread-safe.
class Principals {
 public:
  // By the SHA-256 of their tokens.
  using Table = absl::flat_hash_map<storage::Hash, PrincipalRef>;

  // Nobody has to prove who they are, until Require().
  Principals() = default;

  // From now on each call needs the token of one of these; may be called again.
  void Require(Table table);

  // Whose call it is. UNAUTHENTICATED without an `authorization: Bearer …`, or with a token that
  // nobody has. Doesn't look at the call while nobody has to prove who they are.
  [[nodiscard]] absl::StatusOr<PrincipalRef> Of(const grpc::ServerContextBase& call) const {
    if (!required_.load(std::memory_order_acquire)) return LocalPrincipal();
    return Find(call);
  }

 private:
  absl::StatusOr<PrincipalRef> Find(const grpc::ServerContextBase& call) const;

  std::atomic<bool> required_{false};
  mutable absl::Mutex mutex_;
  Table table_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pledger::services

#endif  // PLEDGER_SERVER_SERVICES_PRINCIPAL_H_
