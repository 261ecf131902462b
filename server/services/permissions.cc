#include "server/services/permissions.h"

#include <string>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/domain/errors.h"
#include "server/domain/fact_types.h"
#include "storage/format/text.h"

namespace pledger::services {
namespace {

using v1::Fact;

constexpr char kOwnPrefix = '~';

absl::Status Lacks(const Principal& principal, RoleSet roles, ErrorMetadata metadata = {}) {
  const std::string needed = ToString(roles);
  metadata.emplace_back("principal", principal.name);
  metadata.emplace_back("role", needed);
  return Error(v1::ERROR_REASON_FORBIDDEN,
               absl::StrCat(principal.name, " may not do this: it takes the role ", needed),
               std::move(metadata));
}

bool IsAmendment(const Fact& fact) {
  return fact.has_event_corrected() || fact.has_event_retracted();
}

absl::Status CheckEvent(const Principal& principal, const v1::ProposedEvent& event) {
  const uint16_t type = FactTypeOf(event.fact());
  const bool own = !event.client_id().empty() && event.client_id()[0] == kOwnPrefix;
  RoleSet roles = RolesForFact(type);
  if (own && roles.HasAnyOf(RoleSet::All())) roles = {Role::kOperator};
  const bool amends = IsAmendment(event.fact()) && !own && principal.roles.Has(Role::kAppender) &&
                      !principal.sources.empty();
  if (!principal.roles.HasAnyOf(roles) && !amends) {
    return Lacks(principal, roles, {{"fact", std::string(FactTypeName(type))}});
  }
  if (absl::Status status = CheckClient(principal, event.client_id()); !status.ok()) return status;
  if (principal.sources.empty() || absl::c_linear_search(principal.sources, event.source())) {
    return absl::OkStatus();
  }
  return Error(v1::ERROR_REASON_FORBIDDEN,
               absl::StrCat("source: ", principal.name, " may not append events of \"",
                            event.source(), "\""),
               {{"field", "source"}, {"principal", principal.name}, {"source", event.source()}});
}

}  // namespace

RoleSet RolesFor(Right right) {
  switch (right) {
    case Right::kReadEvents:
    case Right::kReadFigures:
      return {Role::kReader, Role::kAuditor, Role::kPrivacyOfficer};
    case Right::kReadPersonal:
      return {Role::kReader, Role::kPrivacyOfficer};
    case Right::kReadPolicy:
      return {Role::kReader, Role::kAuditor, Role::kOperator};
    case Right::kReceipt:
      return {Role::kAppender, Role::kReader, Role::kAuditor, Role::kPrivacyOfficer};
    case Right::kAudit:
      return {Role::kAuditor};
    case Right::kRecordDirectory:
      return {Role::kAuditor, Role::kOperator};
    case Right::kRotateSigningKey:
      return {Role::kOperator};
    case Right::kReadAccessLog:
    case Right::kListHolds:
      return {Role::kAuditor, Role::kPrivacyOfficer};
    case Right::kPrivacy:
      return {Role::kPrivacyOfficer};
  }
  return {};
}

RoleSet RolesForFact(uint16_t fact_type) {
  switch (fact_type) {
    case Fact::kClientErased:
    case Fact::kSigningKeyRotated:
    case Fact::kClientDirectoryRecorded:
      return {};
    case Fact::kHoldPlaced:
    case Fact::kHoldReleased:
      return {Role::kPrivacyOfficer};
    case Fact::kPolicyAdopted:
    case Fact::kEventCorrected:
    case Fact::kEventRetracted:
      return {Role::kOperator};
    default:
      return {Role::kAppender};
  }
}

absl::Status CheckRight(const Principal& principal, Right right) {
  const RoleSet roles = RolesFor(right);
  return principal.roles.HasAnyOf(roles) ? absl::OkStatus() : Lacks(principal, roles);
}

absl::Status CheckClient(const Principal& principal, std::string_view client_id) {
  if (principal.client_prefixes.empty()) return absl::OkStatus();
  for (const std::string& prefix : principal.client_prefixes) {
    if (!client_id.empty() && client_id.starts_with(prefix)) return absl::OkStatus();
  }
  const std::string what = client_id.empty()
                               ? "name a client: this is over all of them, and they are not all "
                                 "for "
                               : absl::StrCat("client ", ToAbsl(client_id), " is not for ");
  return Error(v1::ERROR_REASON_FORBIDDEN, absl::StrCat(what, principal.name),
               {{"principal", principal.name}, {"client_id", std::string(client_id)}});
}

absl::Status CheckRead(const Principal& principal, Right right, std::string_view client_id,
                       const v1::EventFilter* filter) {
  if (principal.may_all()) return absl::OkStatus();
  if (absl::Status status = CheckRight(principal, right); !status.ok()) return status;
  if (!client_id.empty() || filter == nullptr || filter->client_ids().empty()) {
    return CheckClient(principal, client_id);
  }
  for (const std::string& one : filter->client_ids()) {
    if (absl::Status status = CheckClient(principal, one); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status CheckAppend(const Principal& principal, const v1::AppendRequest& request) {
  if (principal.may_all()) return absl::OkStatus();
  for (int i = 0; i < request.events_size(); ++i) {
    absl::Status status = CheckEvent(principal, request.events(i));
    if (!status.ok()) return PrefixField(status, absl::StrCat("events[", i, "]."));
  }
  return absl::OkStatus();
}

bool NeedsTargetCheck(const Principal& principal, const v1::ProposedEvent& event) {
  return IsAmendment(event.fact()) && !principal.roles.Has(Role::kOperator);
}

absl::Status CheckTargetSource(const Principal& principal, uint64_t target,
                               std::string_view source) {
  if (absl::c_linear_search(principal.sources, source)) return absl::OkStatus();
  return Error(
      v1::ERROR_REASON_FORBIDDEN,
      absl::StrCat("the event at position ", target, " is of source \"", ToAbsl(source),
                   "\", which ", principal.name, " may not amend; it takes the role OPERATOR"),
      {{"principal", principal.name}, {"role", "OPERATOR"}, {"source", std::string(source)}});
}

}  // namespace pledger::services
