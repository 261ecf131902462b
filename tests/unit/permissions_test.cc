// Who may do what. The tables here are written out once more, so that a change of one needs a
// change of the other.
#include "server/services/permissions.h"

#include <map>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "pledger/v1/errors.pb.h"
#include "server/domain/errors.h"
#include "server/domain/fact_types.h"
#include "tests/support/sample_facts.h"

namespace pledger::services {
namespace {

using enum Role;

constexpr Role kRoles[] = {kAppender, kReader, kAuditor, kPrivacyOfficer, kOperator};

Principal With(RoleSet roles) { return {"someone", roles, {}, {}}; }

v1::AppendRequest AppendOf(const std::string& client_id, const v1::Fact& fact,
                           const std::string& source = "crm") {
  v1::AppendRequest request;
  v1::ProposedEvent& event = *request.add_events();
  event.set_client_id(client_id);
  event.set_source(source);
  *event.mutable_fact() = fact;
  return request;
}

bool IsForbidden(const absl::Status& status) {
  return ReasonOf(status) == v1::ERROR_REASON_FORBIDDEN &&
         status.code() == absl::StatusCode::kPermissionDenied;
}

// Goal: every call is for exactly the roles that the table names.
TEST(PermissionsTest, CallsAreForTheirRolesAlone) {
  const std::map<Right, RoleSet> table = {
      {Right::kReadEvents, {kReader, kAuditor, kPrivacyOfficer}},
      {Right::kReadPersonal, {kReader, kPrivacyOfficer}},
      {Right::kReadFigures, {kReader, kAuditor, kPrivacyOfficer}},
      {Right::kReadPolicy, {kReader, kAuditor, kOperator}},
      {Right::kAudit, {kAuditor}},
      {Right::kReceipt, {kAppender, kReader, kAuditor, kPrivacyOfficer}},
      {Right::kRecordDirectory, {kAuditor, kOperator}},
      {Right::kRotateSigningKey, {kOperator}},
      {Right::kReadAccessLog, {kAuditor, kPrivacyOfficer}},
      {Right::kListHolds, {kAuditor, kPrivacyOfficer}},
      {Right::kPrivacy, {kPrivacyOfficer}},
  };
  for (const auto& [right, roles] : table) {
    for (const Role role : kRoles) {
      const absl::Status status = CheckRight(With({role}), right);
      EXPECT_EQ(status.ok(), roles.Has(role)) << RoleName(role) << ": " << status;
      EXPECT_TRUE(status.ok() || IsForbidden(status));
    }
    EXPECT_TRUE(IsForbidden(CheckRight(With({}), right)));
    EXPECT_TRUE(CheckRight(*LocalPrincipal(), right).ok());
  }
}

// Goal: every kind of fact is for exactly the roles that the table names.
TEST(PermissionsTest, FactsAreForTheirRolesAlone) {
  const std::map<uint16_t, RoleSet> table = {
      {v1::Fact::kClientErased, {}},
      {v1::Fact::kSigningKeyRotated, {}},
      {v1::Fact::kClientDirectoryRecorded, {}},
      {v1::Fact::kHoldPlaced, {kPrivacyOfficer}},
      {v1::Fact::kHoldReleased, {kPrivacyOfficer}},
      {v1::Fact::kPolicyAdopted, {kOperator}},
      {v1::Fact::kEventCorrected, {kOperator}},
      {v1::Fact::kEventRetracted, {kOperator}},
  };
  for (const uint16_t type : AllFactTypes()) {
    const auto special = table.find(type);
    const RoleSet roles = special == table.end() ? RoleSet{kAppender} : special->second;
    const v1::Fact fact = testing::SampleFact(static_cast<v1::Fact::FactCase>(type));
    for (const Role role : kRoles) {
      const absl::Status status = CheckAppend(With({role}), AppendOf("ada", fact));
      EXPECT_EQ(status.ok(), roles.Has(role)) << RoleName(role) << ": " << status;
      if (status.ok()) continue;
      EXPECT_TRUE(IsForbidden(status)) << status;
      EXPECT_EQ(ErrorMetadataValue(status, "fact"), FactTypeName(type));
      EXPECT_EQ(ErrorMetadataValue(status, "role"), ToString(roles));
      EXPECT_EQ(ErrorMetadataValue(status, "principal"), "someone");
    }
  }
}

// Goal: the ledger's own streams are for the operator.
TEST(PermissionsTest, TheLedgersOwnStreamsAreTheOperators) {
  const v1::Fact custom = testing::SampleFact(v1::Fact::kCustomFact);
  EXPECT_TRUE(IsForbidden(CheckAppend(With({kAppender}), AppendOf("~notes", custom))));
  EXPECT_TRUE(CheckAppend(With({kOperator}), AppendOf("~notes", custom)).ok());
}

// Goal: whoever is limited to sources appends of these only, and amends events of these only.
TEST(PermissionsTest, SourcesAreALimit) {
  const v1::Fact invoice = testing::SampleFact(v1::Fact::kInvoiceIssued);
  Principal crm = With({kAppender});
  crm.sources = {"crm", "erp"};
  EXPECT_TRUE(CheckAppend(crm, AppendOf("ada", invoice, "erp")).ok());
  const absl::Status other = CheckAppend(crm, AppendOf("ada", invoice, "web"));
  EXPECT_TRUE(IsForbidden(other)) << other;
  EXPECT_EQ(ErrorMetadataValue(other, "source"), "web");
  EXPECT_EQ(ErrorMetadataValue(other, "field"), "events[0].source");
  EXPECT_TRUE(IsForbidden(CheckAppend(crm, AppendOf("ada", invoice, ""))));

  const v1::Fact retraction = testing::SampleFact(v1::Fact::kEventRetracted);
  const v1::AppendRequest retract = AppendOf("ada", retraction);
  EXPECT_TRUE(CheckAppend(crm, retract).ok());
  EXPECT_TRUE(NeedsTargetCheck(crm, retract.events(0)));
  EXPECT_TRUE(CheckTargetSource(crm, 5, "erp").ok());
  EXPECT_TRUE(IsForbidden(CheckTargetSource(crm, 5, "web")));
  EXPECT_FALSE(NeedsTargetCheck(With({kOperator}), retract.events(0)));
  EXPECT_FALSE(NeedsTargetCheck(crm, AppendOf("ada", invoice).events(0)));
  // One without such limits is nobody's in particular, and has to be the operator.
  EXPECT_TRUE(IsForbidden(CheckAppend(With({kAppender}), retract)));
}

// Goal: whoever is limited to clients sees and appends these only, and nothing that is over all.
TEST(PermissionsTest, ClientPrefixesAreALimit) {
  Principal north = With({kAppender, kReader});
  north.client_prefixes = {"north-", "pole-"};
  const v1::Fact invoice = testing::SampleFact(v1::Fact::kInvoiceIssued);
  EXPECT_TRUE(CheckAppend(north, AppendOf("north-1", invoice)).ok());
  EXPECT_TRUE(IsForbidden(CheckAppend(north, AppendOf("south-1", invoice))));
  EXPECT_TRUE(CheckRead(north, Right::kReadEvents, "pole-1").ok());
  EXPECT_TRUE(IsForbidden(CheckRead(north, Right::kReadEvents, "south-1")));
  EXPECT_TRUE(IsForbidden(CheckRead(north, Right::kReadEvents, "")));
  v1::EventFilter filter;
  EXPECT_TRUE(IsForbidden(CheckRead(north, Right::kReadEvents, "", &filter)));
  filter.add_client_ids("north-1");
  EXPECT_TRUE(CheckRead(north, Right::kReadEvents, "", &filter).ok());
  filter.add_client_ids("south-1");
  EXPECT_TRUE(IsForbidden(CheckRead(north, Right::kReadEvents, "", &filter)));
}

}  // namespace
}  // namespace pledger::services
