// Signed notes: a text with signature lines below it (C2SP signed-note), and the Ed25519 keys
// (RFC 8032) that make and check them.
//
// Everything here is pure and takes hostile input. A note's text means nothing until the signature
// of a key that one trusts was verified.
#ifndef PLEDGER_STORAGE_MERKLE_SIGNED_NOTE_H_
#define PLEDGER_STORAGE_MERKLE_SIGNED_NOTE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace pledger::storage::merkle {

using Ed25519PublicKey = std::array<uint8_t, 32>;
// The private key of RFC 8032: 32 random bytes.
using Ed25519Seed = std::array<uint8_t, 32>;
using Ed25519Signature = std::array<uint8_t, 64>;

inline constexpr size_t kNoteBytesMax = 1 << 20;
inline constexpr size_t kNoteSignaturesMax = 100;

// What a key signs; the byte that key ids and verifier keys hold.
enum class NoteKeyType : uint8_t {
  // The text of a note: a log's own signature.
  kEd25519 = 0x01,
  // A checkpoint with the time at which it was seen: a witness's; see cosignature.h.
  kCosignature = 0x04,
};

// The public half of a key, with its name. A value.
class NoteVerifier {
 public:
  // INVALID_ARGUMENT for a name that is empty, has white space, a plus or a control character, or
  // isn't UTF-8.
  [[nodiscard]] static absl::StatusOr<NoteVerifier> Create(std::string_view name, NoteKeyType type,
                                                           const Ed25519PublicKey& key);

  // From a verifier key, `<name>+<id, 8 hexadecimal digits>+<base64 of type and key>`.
  // INVALID_ARGUMENT for any other text, an id that isn't the key's, and types not listed above.
  [[nodiscard]] static absl::StatusOr<NoteVerifier> Parse(std::string_view vkey);

  // As Parse() takes it.
  std::string ToString() const;

  // DATA_LOSS unless `signature` is this key's Ed25519 signature of exactly `message`.
  [[nodiscard]] absl::Status VerifyMessage(std::string_view message,
                                           std::string_view signature) const;

  const std::string& name() const { return name_; }
  NoteKeyType type() const { return type_; }
  const Ed25519PublicKey& key() const { return key_; }
  // The first four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ key), big-endian.
  uint32_t id() const { return id_; }

  bool operator==(const NoteVerifier&) const = default;

 private:
  NoteVerifier() = default;

  std::string name_;
  NoteKeyType type_ = NoteKeyType::kEd25519;
  Ed25519PublicKey key_{};
  uint32_t id_ = 0;
};

// The private half. Copies share one key, which is wiped with the last of them. Thread-safe.
class NoteSigner {
 public:
  // INVALID_ARGUMENT for a name that NoteVerifier::Create() refuses. The caller wipes `seed`.
  [[nodiscard]] static absl::StatusOr<NoteSigner> Create(std::string_view name, NoteKeyType type,
                                                         const Ed25519Seed& seed);

  // From the text `PRIVATE+KEY+<name>+<id, 8 hexadecimal digits>+<base64 of type and seed>`, which
  // other tools for signed notes write too. INVALID_ARGUMENT for any other; never repeats the text.
  [[nodiscard]] static absl::StatusOr<NoteSigner> Parse(std::string_view text);

  // The text that Parse() takes of the key with this seed: a secret, which the caller wipes.
  [[nodiscard]] static absl::StatusOr<std::string> Format(std::string_view name, NoteKeyType type,
                                                          const Ed25519Seed& seed);

  // The signature of exactly `message`; the same each time.
  Ed25519Signature SignMessage(std::string_view message) const;

  const NoteVerifier& verifier() const { return verifier_; }

 private:
  struct PrivateKey;
  NoteSigner(NoteVerifier verifier, std::shared_ptr<const PrivateKey> key);

  NoteVerifier verifier_;
  std::shared_ptr<const PrivateKey> key_;
};

// One signature line: `— <name> <base64 of key id and signature>`.
struct NoteSignature {
  std::string name;
  uint32_t key_id = 0;
  // 64 bytes of a log's key; 8 bytes of time before them of a witness's. Other sizes are kept, for
  // keys that aren't known here.
  std::string signature;

  bool operator==(const NoteSignature&) const = default;
};

struct SignedNote {
  // Ends in a line feed.
  std::string text;
  std::vector<NoteSignature> signatures;

  bool operator==(const SignedNote&) const = default;
};

// The note's bytes. Formatting what ParseNote() gave, gives the bytes that it took.
std::string FormatNote(const SignedNote& note);

// With its line feed.
std::string FormatSignatureLine(const NoteSignature& signature);

// INVALID_ARGUMENT, saying what and in which line, for what isn't a signed note: not UTF-8, control
// characters, no empty line before the signatures, none of these or more than kNoteSignaturesMax,
// base64 that isn't canonical, or more than kNoteBytesMax.
[[nodiscard]] absl::StatusOr<SignedNote> ParseNote(std::string_view bytes);

// One or more signature lines alone, as a witness answers with. INVALID_ARGUMENT as ParseNote().
[[nodiscard]] absl::StatusOr<std::vector<NoteSignature>> ParseSignatureLines(
    std::string_view bytes);

// Whether the line is by a key of this name and id.
bool IsBy(const NoteSignature& signature, const NoteVerifier& verifier);

// The signature of the text by a key of type kEd25519.
NoteSignature SignNote(std::string_view text, const NoteSigner& signer);

// OK if the key, of type kEd25519, signed the note. NOT_FOUND if it has no signature of that key;
// DATA_LOSS if one of them is false.
[[nodiscard]] absl::Status VerifyNote(const SignedNote& note, const NoteVerifier& verifier);

}  // namespace pledger::storage::merkle

#endif  // PLEDGER_STORAGE_MERKLE_SIGNED_NOTE_H_
