#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "storage/merkle/checkpoint.h"
#include "storage/merkle/cosignature.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/tlog_witness.h"
#include "storage/merkle/witness_policy.h"

namespace pledger::storage::merkle {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// The example of C2SP tlog-checkpoint and tlog-cosignature.
constexpr char kSofaText[] =
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
constexpr char kSofaLines[] =
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBk"
    "BIfZ+qnA==\n";
constexpr uint64_t kSofaTime = 1679315147;

NoteSigner Key(std::string_view name, NoteKeyType type, uint8_t seed) {
  Ed25519Seed bytes{};
  bytes[0] = seed;
  return NoteSigner::Create(name, type, bytes).value();
}

Checkpoint TestCheckpoint(uint64_t size = 7) {
  return {"example.com/log", size, Sha256("root"), {}};
}

// Goal: a checkpoint reads and writes as the specification's example.
TEST(CheckpointTest, IsThePublishedOne) {
  const SignedNote note = ParseNote(absl::StrCat(kSofaText, "\n", kSofaLines)).value();
  const auto checkpoint = ParseCheckpoint(note.text);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  EXPECT_EQ(checkpoint->origin, "example.com/behind-the-sofa");
  EXPECT_EQ(checkpoint->size, 20852163u);
  EXPECT_EQ(checkpoint->root[0], 0x0a);
  EXPECT_EQ(checkpoint->root[31], 0x62);
  EXPECT_EQ(FormatCheckpoint(*checkpoint), kSofaText);
  EXPECT_EQ(FormatNote(note), absl::StrCat(kSofaText, "\n", kSofaLines));
}

// Goal: only one spelling of a checkpoint is one.
TEST(CheckpointTest, RefusesOtherText) {
  const std::string root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
  const struct {
    std::string text;
    const char* message;
  } cases[] = {{"", "line 1"},
               {"\n1\n" + root + "\n", "line 1"},
               {"o\n", "line 2"},
               {"o\n01\n" + root + "\n", "line 2"},
               {"o\n+1\n" + root + "\n", "line 2"},
               {"o\n18446744073709551616\n" + root + "\n", "line 2"},
               {"o\n1\n" + root, "line 3"},
               {"o\n1\nAAAA\n", "line 3"},
               {"o\n1\n" + root + "\n\n", "line 4"},
               {"o\n1\n" + root + "\next", "line 4"}};
  for (const auto& c : cases) {
    const auto checkpoint = ParseCheckpoint(c.text);
    EXPECT_EQ(checkpoint.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(checkpoint.status().message()), HasSubstr(c.message)) << c.text;
  }
  EXPECT_THAT(ParseCheckpoint("o\n0\n" + root + "\none\ntwo\n")->extensions,
              ElementsAre("one", "two"));
}

// Goal: a checkpoint opens with any of the keys that signed it, and with no other.
TEST(CheckpointTest, OpensForItsKeys) {
  const NoteSigner old_key = Key("example.com/log", NoteKeyType::kEd25519, 1);
  const NoteSigner new_key = Key("example.com/log", NoteKeyType::kEd25519, 2);
  const NoteSigner other = Key("example.com/other", NoteKeyType::kEd25519, 3);
  const std::string note = FormatNote(SignCheckpoint(TestCheckpoint(), {old_key, new_key}));
  const auto opened =
      OpenCheckpoint(note, {other.verifier(), old_key.verifier(), new_key.verifier()});
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_THAT(opened->signed_by, ElementsAre(1, 2));
  EXPECT_EQ(opened->checkpoint, TestCheckpoint());
  EXPECT_EQ(OpenCheckpoint(note, {other.verifier()}).status().code(), absl::StatusCode::kNotFound);
  const std::string foreign = FormatNote(SignCheckpoint(TestCheckpoint(), {other}));
  EXPECT_EQ(OpenCheckpoint(foreign, {other.verifier()}).status().code(),
            absl::StatusCode::kDataLoss);
}

// Goal: what a witness signs is the specification's example, and the line has its bytes.
TEST(CosignatureTest, IsThePublishedOne) {
  EXPECT_EQ(CosignedMessage(kSofaText, kSofaTime),
            absl::StrCat("cosignature/v1\ntime 1679315147\n", kSofaText));
  const auto lines = ParseSignatureLines(kSofaLines).value();
  EXPECT_EQ(lines[1].name, "witness.example.com/w1");
  EXPECT_EQ(lines[1].signature.size(), 72u);
  EXPECT_EQ(lines[1].signature.substr(0, 8), std::string("\0\0\0\0\x64\x18\x50\xcb", 8));
  // A published key of a witness.
  const char key[] = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2";
  EXPECT_EQ(NoteVerifier::Parse(key)->ToString(), key);
  EXPECT_EQ(NoteVerifier::Parse(key)->type(), NoteKeyType::kCosignature);
}

// Goal: a cosignature tells its time; no bit of it or of the checkpoint can be turned.
TEST(CosignatureTest, BindsTimeAndCheckpoint) {
  const NoteSigner witness = Key("w", NoteKeyType::kCosignature, 5);
  SignedNote note = {kSofaText, {Cosign(kSofaText, kSofaTime, witness)}};
  EXPECT_EQ(VerifyCosignature(note, witness.verifier()).value(), kSofaTime);
  for (std::string* bytes : {&note.text, &note.signatures[0].signature}) {
    for (size_t bit = 0; bit < bytes->size() * 8; ++bit) {
      (*bytes)[bit / 8] ^= static_cast<char>(1 << (bit % 8));
      EXPECT_EQ(VerifyCosignature(note, witness.verifier()).status().code(),
                absl::StatusCode::kDataLoss);
      (*bytes)[bit / 8] ^= static_cast<char>(1 << (bit % 8));
    }
  }
  note.signatures.push_back(Cosign(kSofaText, kSofaTime + 5, witness));
  EXPECT_EQ(VerifyCosignature(note, witness.verifier()).value(), kSofaTime + 5);
  note.signatures.push_back({"w", witness.verifier().id(), "short"});
  EXPECT_EQ(VerifyCosignature(note, witness.verifier()).status().code(),
            absl::StatusCode::kDataLoss);
  const NoteSigner other = Key("w2", NoteKeyType::kCosignature, 6);
  EXPECT_EQ(VerifyCosignature(note, other.verifier()).status().code(), absl::StatusCode::kNotFound);
}

// Goal: a log's key that signs the text is no witness, nor the other way round.
TEST(CosignatureTest, KeysHaveOneUse) {
  const NoteSigner log = Key("same", NoteKeyType::kEd25519, 7);
  const NoteSigner witness = Key("same", NoteKeyType::kCosignature, 7);
  EXPECT_NE(log.verifier().id(), witness.verifier().id());
  const SignedNote note = {kSofaText, {SignNote(kSofaText, log)}};
  EXPECT_EQ(VerifyCosignature(note, witness.verifier()).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(VerifyNote(note, witness.verifier()).code(), absl::StatusCode::kNotFound);
}

// Goal: groups within groups decide as the policy says, and the file comes back as it was.
TEST(WitnessPolicyTest, CountsTheQuorum) {
  std::vector<NoteSigner> witnesses;
  std::string text = "# who is trusted\n\nlog ";
  absl::StrAppend(&text, Key("log", NoteKeyType::kEd25519, 1).verifier().ToString(), " http://l\n");
  for (int i = 0; i < 4; ++i) {
    const std::string name = absl::StrCat("W", i);
    witnesses.push_back(Key(name, NoteKeyType::kCosignature, 10 + i));
    absl::StrAppend(&text, "\twitness  ", name, " ", witnesses[i].verifier().ToString(), "\n");
  }
  text += "group X 2 W0 W1 W2\ngroup Both all X W3\nquorum Both\n";
  const auto policy = ParseWitnessPolicy(text);
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_EQ(policy->logs[0].url, "http://l");
  const std::string formatted = FormatWitnessPolicy(*policy);
  EXPECT_EQ(FormatWitnessPolicy(ParseWitnessPolicy(formatted).value()), formatted);
  for (int chosen = 0; chosen < 16; ++chosen) {
    SignedNote note = {kSofaText, {}};
    for (int i = 0; i < 4; ++i) {
      if (chosen >> i & 1) note.signatures.push_back(Cosign(kSofaText, 100 + i, witnesses[i]));
    }
    const auto seen = CheckWitnesses(note, *policy);
    ASSERT_TRUE(seen.ok()) << seen.status();
    const int x = (chosen & 1) + (chosen >> 1 & 1) + (chosen >> 2 & 1);
    EXPECT_EQ(seen->quorum, x >= 2 && chosen >> 3 == 1) << chosen;
    EXPECT_EQ(seen->times_s[3].value_or(0), chosen >> 3 == 1 ? 103u : 0u);
  }
  SignedNote forged = {kSofaText, {Cosign("other\n", 1, witnesses[0])}};
  EXPECT_EQ(CheckWitnesses(forged, *policy).status().code(), absl::StatusCode::kDataLoss);
}

// Goal: what a policy can't mean is refused with its line.
TEST(WitnessPolicyTest, RefusesWhatHasNoMeaning) {
  const std::string w = Key("W", NoteKeyType::kCosignature, 1).verifier().ToString();
  const std::string v = Key("V", NoteKeyType::kCosignature, 2).verifier().ToString();
  const std::string log = Key("L", NoteKeyType::kEd25519, 1).verifier().ToString();
  const struct {
    std::string text;
    const char* message;
  } cases[] = {
      {"", "no quorum"},
      {"quorum W\n", "line 1: W is not defined"},
      {"quorum none", "line 1: ends without"},
      {"quorum none\nquorum none\n", "line 2: is a second"},
      {"friend x\n", "line 1: begins with none"},
      {"witness W " + log + "\n", "not one of a witness"},
      {"log " + w + "\n", "not one of a log"},
      {"witness W " + w + "\nwitness V " + w + "\n", "line 2: the same key"},
      {"witness W " + w + "\nwitness W " + v + "\n", "line 2: the name is defined"},
      {"witness none " + w + "\n", "meaning of its own"},
      {"witness W " + w + "\ngroup g 2 W\n", "as many as it has"},
      {"witness W " + w + "\ngroup g 0 W\n", "as many as it has"},
      {"witness W " + w + "\ngroup g all W W\n", "member twice"},
      {"witness W " + w + "\ngroup g all W\ngroup h all W\n", "line 3: W is a member twice"},
      {"group g all W\nwitness W " + w + "\n", "line 1: W is not defined"},
      {"quorum none\r\n", "control characters"},
  };
  for (const auto& c : cases) {
    const auto policy = ParseWitnessPolicy(c.text);
    EXPECT_EQ(policy.status().code(), absl::StatusCode::kInvalidArgument) << c.text;
    EXPECT_THAT(std::string(policy.status().message()), HasSubstr(c.message));
  }
  EXPECT_TRUE(ParseWitnessPolicy("quorum none\n").ok());
}

// Goal: a request to a witness reads and writes as the specification's example.
TEST(AddCheckpointTest, IsThePublishedOne) {
  const std::string body = absl::StrCat(
      "old 20852014\n"
      "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"
      "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
      "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n"
      "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\n",
      kSofaText, "\n", kSofaLines);
  const auto request = ParseAddCheckpoint(body);
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->old_size, 20852014u);
  EXPECT_EQ(request->proof.size(), 4u);
  EXPECT_EQ(request->checkpoint, absl::StrCat(kSofaText, "\n", kSofaLines));
  EXPECT_EQ(FormatAddCheckpoint(*request), body);
  for (const char* bad : {"", "old\n\n", "old 01\n\n", "old -1\n\n", "new 1\n\n", "old 1\n",
                          "old 1\nAAAA\n\n", "old 1 \n\n"}) {
    EXPECT_FALSE(ParseAddCheckpoint(bad).ok()) << bad;
  }
  AddCheckpointRequest long_one = {1, Proof(63, Sha256("x")), "c"};
  EXPECT_TRUE(ParseAddCheckpoint(FormatAddCheckpoint(long_one)).ok());
  long_one.proof.push_back(Sha256("y"));
  EXPECT_FALSE(ParseAddCheckpoint(FormatAddCheckpoint(long_one)).ok());
}

}  // namespace
}  // namespace pledger::storage::merkle
