// What an auditor does with `pledger audit` and pledger_witness against the real server, from the
// first checkpoint to the pack; and that a ledger that is set back or forked is refused.
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/app.h"
#include "client/files/durable_file.h"
#include "client/lib/checkpoint_memory.h"
#include "client/lib/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/merkle/checkpoint.h"
#include "tests/e2e/ledger_fixture.h"

namespace pledger::testing {
namespace {

using ::testing::HasSubstr;

struct Answer {
  int code = 0;
  std::string out;
  std::string err;
};

class AuditorE2eTest : public LedgerTest {
 protected:
  AuditorE2eTest() { Append(20); }

  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }

  Answer Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--server", server_.process().address()});
    std::istringstream in;
    std::ostringstream out, err;
    Answer answer;
    answer.code = client::RunPledger(
        arguments, {.in = in,
                    .out = out,
                    .err = err,
                    .variable =
                        [this](const char* name) {
                          return std::string(name) == "XDG_STATE_HOME" ? Path("state") : "";
                        },
                    .environment = client::Environment::System()});
    answer.out = out.str();
    answer.err = err.str();
    return answer;
  }

  // The verifier key that signs now.
  std::string VerifierKey() {
    const Answer keys = Run({"audit", "keys"});
    const size_t begin = keys.out.rfind("\nlog ") + 5;
    return keys.out.substr(begin, keys.out.find_first_of(" \n", begin) - begin);
  }

  void Append(int count) {
    for (int i = 0; i < count; ++i) {
      server_.MustAppend(AppendOf({EffortEvent(absl::StrCat("client-", i % 7), i + 1)}));
    }
  }

  std::string Read(const std::string& path) {
    const auto text = client::ReadFile(path, 16 << 20);
    EXPECT_TRUE(text.ok()) << text.status();
    return text.value_or("");
  }

  // The files of evidence in the state folder.
  std::vector<std::string> Evidence() {
    std::vector<std::string> paths;
    const auto names = client::ListFolder(Path("state/pledger"));
    for (const std::string& name : names.value()) {
      if (name.ends_with(".evidence")) paths.push_back(Path("state/pledger/" + name));
    }
    return paths;
  }

  TemporaryFolder folder_;
};

// Goal: the whole way: checkpoint, receipt, pack, verification, figures, a client's history.
TEST_F(AuditorE2eTest, FromCheckpointToPack) {
  Answer answer = Run({"audit", "checkpoint", "--fresh", "--out", Path("first")});
  ASSERT_EQ(answer.code, client::kExitOk) << answer.err;
  Append(300);
  answer = Run({"audit", "pack", Path("pack"), "--figures"});
  ASSERT_EQ(answer.code, client::kExitOk) << answer.err;
  answer = Run({"audit", "verify", Path("pack"), "--key", VerifierKey(), "--known", Path("first")});
  EXPECT_EQ(answer.code, client::kExitOk) << answer.out << answer.err;
  answer = Run({"audit", "verify", Path("pack"), "--no-state"});
  EXPECT_EQ(answer.code, client::kExitPartial) << answer.out;
  for (const std::vector<std::string>& refold :
       {std::vector<std::string>{"audit", "refold", Path("pack")},
        {"audit", "refold", Path("pack"), "--offline"}}) {
    answer = Run(refold);
    EXPECT_EQ(answer.code, client::kExitOk) << answer.out << answer.err;
    EXPECT_THAT(answer.out, HasSubstr("digest of the whole view: the same"));
  }
  answer = Run({"audit", "diff", Path("first"), Path("pack/checkpoint")});
  EXPECT_EQ(answer.code, client::kExitOk) << answer.out << answer.err;
  answer = Run({"audit", "diff", Path("first"), Path("pack/checkpoint"), "--output", "json"});
  EXPECT_EQ(answer.code, client::kExitOk) << answer.out << answer.err;
  EXPECT_THAT(answer.out, HasSubstr("\"verdict\":\"CONTINUATION\""));
  answer = Run({"audit", "diff", Path("first"), Path("first"), "--output", "json"});
  EXPECT_THAT(answer.out, HasSubstr("\"verdict\":\"SAME_TREE\""));
  answer = Run({"audit", "consistency", "7", "100"});
  EXPECT_EQ(answer.code, client::kExitOk) << answer.out << answer.err;
  for (const char* client_id : {"client-3", "nobody", "~ledger"}) {
    answer = Run({"audit", "prove", client_id, "--fresh"});
    EXPECT_EQ(answer.code, client::kExitOk) << client_id << answer.out << answer.err;
  }
}

// Goal: a receipt verifies by a script that shares no code with the ledger, and no altered one
// does.
TEST_F(AuditorE2eTest, ReceiptsVerifyIndependently) {
  for (const int position : {0, 7, 19}) {
    const std::string path = Path("event.tlog-proof");
    Answer answer = Run({"audit", "receipt", absl::StrCat(position), "--out", path});
    ASSERT_EQ(answer.code, client::kExitOk) << answer.err;
    answer = Run({"audit", "verify", path});
    EXPECT_EQ(answer.code, client::kExitOk) << answer.out << answer.err;
    const auto verify = [&](const std::string& receipt) {
      return std::system(absl::StrCat("/usr/bin/python3 " PLEDGER_VERIFY_RECEIPT " ", receipt, " '",
                                      VerifierKey(), "' > ", Path("python.log"), " 2>&1")
                             .c_str());
    };
    EXPECT_EQ(verify(path), 0) << Read(Path("python.log"));
    std::string altered = Read(path);
    altered[60] ^= 1;
    ASSERT_TRUE(client::WriteFile(Path("altered"), altered).ok());
    EXPECT_NE(verify(Path("altered")), 0);
  }
}

// Goal: a byte turned in the data that the server gave makes `verify` say where; figures that were
// altered make `refold` say whose.
TEST_F(AuditorE2eTest, AlteredPacksAreRefused) {
  ASSERT_EQ(Run({"audit", "pack", Path("pack"), "--figures"}).code, client::kExitOk);
  const std::string figures = Path("pack/reliability");
  std::string bytes = Read(figures);
  const size_t at = bytes.find("client-4");
  ASSERT_NE(at, std::string::npos);
  // The first figure behind the id: a length, a tag, a value.
  bytes.replace(at, 8, "client-5");
  ASSERT_TRUE(client::WriteFile(figures, bytes).ok());
  Answer answer = Run({"audit", "refold", Path("pack"), "--offline"});
  EXPECT_EQ(answer.code, client::kExitRefused) << answer.out;
  EXPECT_THAT(answer.out, HasSubstr("client-5: "));
  const std::string entries = Path("pack/tile/entries/000.p/20");
  bytes = Read(entries);
  bytes[120] ^= 1;  // In the body of the first record.
  ASSERT_TRUE(client::WriteFile(entries, bytes).ok());
  answer = Run({"audit", "verify", Path("pack")});
  EXPECT_EQ(answer.code, client::kExitRefused);
  EXPECT_THAT(answer.out, HasSubstr("position 0: the record does not hash to its leaf"))
      << answer.out;
}

// Goal: the operator sets the ledger back to a copy of before: the tool refuses what it is shown,
// and leaves a file that shows both.
TEST_F(AuditorE2eTest, ALedgerSetBackIsRefused) {
  server_.Stop();
  const auto copy_all = std::filesystem::copy_options::recursive;
  std::filesystem::copy(server_.data(), Path("before"), copy_all);
  server_.Start();
  Append(10);
  ASSERT_EQ(Run({"audit", "checkpoint", "--fresh"}).code, client::kExitOk);
  server_.Stop();
  std::filesystem::remove_all(server_.data());
  std::filesystem::copy(Path("before"), server_.data(), copy_all);
  server_.Start();
  Answer answer = Run({"audit", "checkpoint", "--fresh"});
  EXPECT_EQ(answer.code, client::kExitRefused);
  EXPECT_THAT(answer.err, HasSubstr("LEDGER_REWOUND")) << answer.err;
  ASSERT_EQ(Evidence().size(), 1u);
  EXPECT_THAT(Read(Evidence()[0]), HasSubstr("went back from 30 events to 20"));

  // It grows on, another way: more events than before, but not those.
  Append(25);
  answer = Run({"audit", "checkpoint", "--fresh"});
  EXPECT_EQ(answer.code, client::kExitRefused);
  EXPECT_THAT(answer.err, HasSubstr("LEDGER_FORKED")) << answer.err;
  EXPECT_EQ(Evidence().size(), 2u);
  answer = Run({"audit", "checkpoint", "--fresh", "--no-state"});
  EXPECT_EQ(answer.code, client::kExitOk) << answer.err;
}

// Goal: a key that was replaced by the ledger's own procedure is followed.
TEST_F(AuditorE2eTest, ARotatedKeyIsFollowed) {
  ASSERT_EQ(Run({"audit", "checkpoint", "--fresh"}).code, client::kExitOk);
  const std::string before = VerifierKey();
  Answer answer = Run({"audit", "rotate-key", before});
  ASSERT_EQ(answer.code, client::kExitOk) << answer.err;
  Append(5);
  answer = Run({"audit", "checkpoint", "--fresh"});
  EXPECT_EQ(answer.code, client::kExitOk) << answer.err;
  EXPECT_NE(VerifierKey(), before);
  ASSERT_EQ(Run({"audit", "pack", Path("pack")}).code, client::kExitOk);
  answer = Run({"audit", "verify", Path("pack"), "--key", before});
  EXPECT_EQ(answer.code, client::kExitOk) << answer.out;
  EXPECT_THAT(answer.out, HasSubstr("1 rotations"));
}

}  // namespace
}  // namespace pledger::testing
