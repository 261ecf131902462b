#include "client/witness/witness_state.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "client/files/durable_file.h"
#include "storage/format/text.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/signed_note.h"

namespace pledger::witness {

std::string OriginHash(std::string_view origin) {
  return absl::BytesToHexString(ToAbsl(storage::AsChars(storage::merkle::Sha256(origin))));
}

std::string WitnessState::PathOf(const std::string& origin_hash) const {
  return absl::StrCat(folder_, "/", origin_hash);
}

absl::StatusOr<std::optional<std::string>> WitnessState::Load(
    const std::string& origin_hash) const {
  auto note = client::ReadFile(PathOf(origin_hash), storage::merkle::kNoteBytesMax);
  if (note.ok()) return std::optional(*std::move(note));
  if (absl::IsNotFound(note.status())) return std::nullopt;
  return note.status();
}

absl::Status WitnessState::Save(const std::string& origin_hash, std::string_view note) {
  return client::WriteDurably(PathOf(origin_hash), note);
}

}  // namespace pledger::witness
