#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "storage/merkle/signed_note.h"

namespace pledger::storage::merkle {
namespace {

using testing::HasSubstr;

// From C2SP signed-note and golang.org/x/mod/sumdb/note.
constexpr char kFooKey[] = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
constexpr char kFooNote[] =
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    "\n";
constexpr char kPeterKey[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr char kPeterSecret[] =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
constexpr char kPeterText[] =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
constexpr char kPeterLine[] =
    "— PeterNeumann "
    "x08go/ZJkuBS9UG/"
    "SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
constexpr char kSalvatoreNote[] =
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n"
    "— quasimodo.example/salvatore "
    "NnugSzTjtVAewIS+Z/iJhUPeFDkO/"
    "5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";

template <size_t N>
std::array<uint8_t, N> Bytes(absl::string_view hex) {
  const std::string bytes = absl::HexStringToBytes(hex);
  std::array<uint8_t, N> result{};
  std::copy(bytes.begin(), bytes.end(), result.begin());
  return result;
}

// Goal: the signatures are those of RFC 8032, section 7.1.
TEST(SignedNoteTest, SignaturesArePublishedOnes) {
  struct {
    const char* seed;
    const char* key;
    const char* message;
    const char* signature;
  } constexpr kVectors[] = {
      {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
       "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
       "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701c"
       "f9b46bd25bf5f0595bbe24655141438e7a100b"},
      {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
       "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0"
       "f11d8c387b2eaeb4302aeeb00d291612bb0c00"}};
  for (const auto& vector : kVectors) {
    const auto signer =
        NoteSigner::Create("x", NoteKeyType::kEd25519, Bytes<32>(vector.seed)).value();
    const std::string message = absl::HexStringToBytes(vector.message);
    EXPECT_EQ(signer.verifier().key(), Bytes<32>(vector.key));
    EXPECT_EQ(signer.SignMessage(message), Bytes<64>(vector.signature));
    EXPECT_TRUE(
        signer.verifier().VerifyMessage(message, absl::HexStringToBytes(vector.signature)).ok());
  }
}

// Goal: notes that others signed verify here.
TEST(SignedNoteTest, PublishedNotesVerify) {
  const auto foo = NoteVerifier::Parse(kFooKey).value();
  EXPECT_EQ(foo.ToString(), kFooKey);
  EXPECT_EQ(foo.name(), "example.com/foo");
  EXPECT_EQ(foo.id(), 0x530d903a);
  EXPECT_TRUE(VerifyNote(ParseNote(kFooNote).value(), foo).ok());
  const auto sumdb =
      NoteVerifier::Parse("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8")
          .value();
  const std::string checkpoint =
      "go.sum database tree\n6476701\nmb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=\n\n"
      "— sum.golang.org "
      "Az3grsLX85Gz+s1SiTbgkuqxgItqFq7gsMUEyVnrsa9LM7Us9S+1xbFIGu95949rj4nPRYfvimWEPWL+o3GeoWwOoAw="
      "\n";
  EXPECT_TRUE(VerifyNote(ParseNote(checkpoint).value(), sumdb).ok());
}

// Goal: what is signed here is what others sign with the same key, byte for byte.
TEST(SignedNoteTest, SignsAsOthersDo) {
  const auto signer = NoteSigner::Parse(kPeterSecret).value();
  EXPECT_EQ(signer.verifier().ToString(), kPeterKey);
  const SignedNote note = {kPeterText, {SignNote(kPeterText, signer)}};
  EXPECT_EQ(FormatNote(note), absl::StrCat(kPeterText, "\n", kPeterLine));
  EXPECT_EQ(ParseNote(FormatNote(note)).value(), note);
  const auto again = NoteSigner::Format("PeterNeumann", NoteKeyType::kEd25519,
                                        Bytes<32>("810a1402d5146c8d84f2443330f54080ebf98ee17d9c74f6"
                                                  "252fc5d5c7283173"));
  EXPECT_EQ(again.value(), kPeterSecret);
}

// Goal: the last empty line parts text and signatures, and formatting gives the bytes back.
TEST(SignedNoteTest, TextMayHaveEmptyLines) {
  const auto note = ParseNote(kSalvatoreNote);
  ASSERT_TRUE(note.ok()) << note.status();
  EXPECT_THAT(note->text, HasSubstr("sole:\n\ned è subito sera.\n"));
  ASSERT_EQ(note->signatures.size(), 1u);
  EXPECT_EQ(note->signatures[0].key_id, 0x367ba04bu);
  EXPECT_EQ(FormatNote(*note), kSalvatoreNote);
}

// Goal: no single bit of a note can be turned without being refused or found false.
TEST(SignedNoteTest, EveryBitCounts) {
  const auto foo = NoteVerifier::Parse(kFooKey).value();
  std::string bytes = kFooNote;
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= static_cast<char>(1 << (bit % 8));
    const auto note = ParseNote(bytes);
    EXPECT_FALSE(note.ok() && VerifyNote(*note, foo).ok()) << "bit " << bit;
    bytes[bit / 8] ^= static_cast<char>(1 << (bit % 8));
  }
  EXPECT_TRUE(VerifyNote(ParseNote(bytes).value(), foo).ok());
}

// Goal: signatures of others are ignored, a false one in the key's name is not.
TEST(SignedNoteTest, KnowsWhoseSignatureItIs) {
  const auto peter = NoteSigner::Parse(kPeterSecret).value();
  SignedNote note = ParseNote(kFooNote).value();
  EXPECT_EQ(VerifyNote(note, peter.verifier()).code(), absl::StatusCode::kNotFound);
  note.signatures.push_back(SignNote(note.text, peter));
  EXPECT_TRUE(VerifyNote(note, peter.verifier()).ok());
  NoteSignature other_name = note.signatures[1];
  other_name.name = "Peter";
  NoteSignature other_id = note.signatures[1];
  ++other_id.key_id;
  note.signatures = {other_name, other_id};
  EXPECT_EQ(VerifyNote(note, peter.verifier()).code(), absl::StatusCode::kNotFound);
  note.signatures = {SignNote(note.text, peter), SignNote("another text\n", peter)};
  EXPECT_EQ(VerifyNote(note, peter.verifier()).code(), absl::StatusCode::kDataLoss);
}

// Goal: what isn't a note is refused, and the message says where.
TEST(SignedNoteTest, RefusesOtherText) {
  const std::string line = kPeterLine;
  const struct {
    std::string bytes;
    const char* message;
  } cases[] = {
      {"", "empty line"},
      {"text\n", "empty line"},
      {"text\n\n", "no signature"},
      {absl::StrCat("text\n", line), "empty line"},
      {absl::StrCat("text\n\n", line.substr(0, line.size() - 1)), "line 3: ends without"},
      {"text\n\n- x AAAAAAAA\n", "em dash"},
      {"text\n\n— x\n", "has no signature"},
      {"text\n\n— x AAAA\n", "base64 of a key id"},
      {"text\n\n— x AAAAAAA\n", "base64 of a key id"},
      {"text\n\n— x AAAAAAB=\n", "base64 of a key id"},
      {"text\n\n— x+y AAAAAAA=\n", "no key can have this name"},
      {"text\n\n— x\xc2\xa0y AAAAAAA=\n", "no key can have this name"},
      {"te\txt\n\n— x AAAAAAA=\n", "control"},
      {"te\xffxt\n\n— x AAAAAAA=\n", "UTF-8"},
      {"te\xc0\x80xt\n\n— x AAAAAAA=\n", "UTF-8"},
      {"te\xed\xa0\x80xt\n\n— x AAAAAAA=\n", "UTF-8"},
      {std::string(kNoteBytesMax, 'x') + "\n\n— x AAAAAAA=\n", "at most"},
  };
  for (const auto& c : cases) {
    const auto note = ParseNote(c.bytes);
    EXPECT_EQ(note.status().code(), absl::StatusCode::kInvalidArgument) << c.message;
    EXPECT_THAT(std::string(note.status().message()), HasSubstr(c.message));
  }
  std::string many = "text\n\n";
  for (size_t i = 0; i < kNoteSignaturesMax; ++i) many += "— x AAAAAAA=\n";
  EXPECT_TRUE(ParseNote(many).ok());
  EXPECT_FALSE(ParseNote(many + "— x AAAAAAA=\n").ok());
  EXPECT_EQ(ParseSignatureLines(line).value().size(), 1u);
  EXPECT_FALSE(ParseSignatureLines("\n" + line).ok());
}

// Goal: keys that are misspelt are refused, and secrets never appear in a message.
TEST(SignedNoteTest, RefusesOtherKeys) {
  for (const char* key :
       {"", "PeterNeumann", "PeterNeumann+c74f20a3",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"}) {
    EXPECT_EQ(NoteVerifier::Parse(key).status().code(), absl::StatusCode::kInvalidArgument) << key;
  }
  std::string secret = kPeterSecret;
  secret[25] = 'b';
  const auto signer = NoteSigner::Parse(secret);
  ASSERT_EQ(signer.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(signer.status().message().find("AYEKFALV"), absl::string_view::npos);
  EXPECT_FALSE(NoteSigner::Parse(kPeterKey).ok());
  EXPECT_FALSE(NoteVerifier::Create("a b", NoteKeyType::kEd25519, {}).ok());
  EXPECT_FALSE(NoteVerifier::Create("a\u2003b", NoteKeyType::kEd25519, {}).ok());
}

}  // namespace
}  // namespace pledger::storage::merkle
