// Who may call, as the operator writes it down.
#include "server/runtime/principals_file.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/merkle/hash.h"

namespace pledger::runtime {
namespace {

using services::Role;
using ::testing::HasSubstr;

// printf %s secret | sha256sum
constexpr char kSecretHash[] = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

std::string TextOf(const std::string& name, const std::string& hash, const std::string& more) {
  return absl::StrCat("principals { name: '", name, "' token_sha256: '", hash, "' ", more, " }\n");
}

// Goal: what is written is what applies.
TEST(PrincipalsFileTest, EveryFieldIsTaken) {
  const auto table = ParsePrincipals(
      TextOf("crm", kSecretHash,
             "roles: APPENDER roles: READER sources: 'crm' client_prefixes: 'north-'"));
  ASSERT_TRUE(table.ok()) << table.status();
  ASSERT_EQ(table->size(), 1u);
  const auto found = table->find(storage::merkle::Sha256("secret"));
  ASSERT_NE(found, table->end());
  const services::Principal& crm = *found->second;
  EXPECT_EQ(crm.name, "crm");
  EXPECT_EQ(crm.roles, (services::RoleSet{Role::kAppender, Role::kReader}));
  EXPECT_EQ(crm.sources, std::vector<std::string>{"crm"});
  EXPECT_EQ(crm.client_prefixes, std::vector<std::string>{"north-"});
  EXPECT_FALSE(crm.may_all());
}

// Goal: each role is the one of that name.
TEST(PrincipalsFileTest, RolesAreThoseOfTheirNames) {
  for (const Role role :
       {Role::kAppender, Role::kReader, Role::kAuditor, Role::kPrivacyOfficer, Role::kOperator}) {
    const auto table = ParsePrincipals(
        TextOf("one", kSecretHash, absl::StrCat("roles: ", std::string(RoleName(role)))));
    ASSERT_TRUE(table.ok()) << table.status();
    EXPECT_EQ(table->begin()->second->roles, services::RoleSet{role});
  }
}

// Goal: a file that makes no sense is refused with what and where, and never shows a hash.
TEST(PrincipalsFileTest, WhatMakesNoSenseIsNamed) {
  const std::string good = TextOf("a", kSecretHash, "roles: READER");
  const std::pair<std::string, std::string> cases[] = {
      {"", "no principal"},
      {"principals { nome: 'a' }", "line 1"},
      {TextOf("", kSecretHash, "roles: READER"), "name"},
      {TextOf("a b", kSecretHash, "roles: READER"), "name"},
      {TextOf("a", "abc", "roles: READER"), "token_sha256"},
      {TextOf("a", std::string(64, 'g'), "roles: READER"), "token_sha256"},
      {TextOf("a", kSecretHash, ""), "roles"},
      {TextOf("a", kSecretHash, "roles: ROLE_UNSPECIFIED"), "roles"},
      {good + TextOf("b", kSecretHash, "roles: READER"), "same token"},
  };
  for (const auto& [text, what] : cases) {
    const absl::Status status = ParsePrincipals(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(what));
    EXPECT_THAT(std::string(status.message()), ::testing::Not(HasSubstr(kSecretHash)));
  }
}

}  // namespace
}  // namespace pledger::runtime
