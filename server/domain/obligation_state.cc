#include "server/domain/obligation_state.h"

#include <array>
#include <utility>

#include "server/domain/errors.h"

namespace pledger {
namespace {

// A value is
//
//   version  1 byte, 1
//   status   1 byte, ObligationStatus
//   opener_position, dependents, move_count, aux, number of moves: varints
//   each move: position varint, previous status 1 byte, notes varint
//
// with varints in their shortest form.
constexpr char kVersion = 1;

void PutVarint(uint64_t value, std::string* out) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<char>(value));
}

// Reads a value; stays failed after the first failure.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  uint8_t Byte() {
    if (bytes_.empty()) {
      ok_ = false;
      return 0;
    }
    const auto byte = static_cast<uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return byte;
  }

  uint64_t Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const uint8_t byte = Byte();
      value |= uint64_t{byte & 0x7fu} << shift;
      if (byte >= 0x80) continue;
      // A last byte of zero, or one that does not fit, has a shorter or no form.
      if ((byte == 0 && shift > 0) || (shift == 63 && byte > 1)) ok_ = false;
      return value;
    }
    ok_ = false;
    return 0;
  }

  ObligationStatus Status() {
    const uint8_t byte = Byte();
    if (byte > static_cast<uint8_t>(ObligationStatus::kRetracted)) ok_ = false;
    return static_cast<ObligationStatus>(byte);
  }

  bool ok() const { return ok_; }
  bool AtEnd() const { return ok_ && bytes_.empty(); }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

absl::Status CorruptState() {
  return Error(v1::ERROR_REASON_CORRUPT,
               "a stored obligation cannot be decoded; rebuild the index from the ledger");
}

}  // namespace

std::string_view ObligationStatusName(ObligationStatus status) {
  constexpr std::array<std::string_view, 22> kNames = {
      "unknown",   "open",      "closed",      "kept",      "broken",
      "waived",    "cancelled", "written_off", "reversed",  "resolved",
      "agreed",    "absorbed",  "declined",    "withdrawn", "decided",
      "released",  "thanked",   "reframed",    "refunded",  "alternative_offered",
      "corrected", "retracted"};
  const auto index = static_cast<size_t>(status);
  return index < kNames.size() ? kNames[index] : std::string_view("invalid");
}

std::string_view ObligationKindName(ObligationKind kind) {
  constexpr std::array<std::string_view, 19> kNames = {
      "",         "client",  "enquiry",   "engagement", "promise",  "invoice", "payment",
      "credit",   "dispute", "complaint", "change",     "incident", "advice",  "refusal",
      "proposal", "parting", "hold",      "target",     "policy"};
  const auto index = static_cast<size_t>(kind);
  return index < kNames.size() ? kNames[index] : std::string_view("invalid");
}

std::string ObligationKey(std::string_view client_id, ObligationKind kind, std::string_view id) {
  std::string key;
  key.reserve(client_id.size() + 2 + id.size());
  key.append(client_id);
  key.push_back('\0');
  key.push_back(static_cast<char>(kind));
  key.append(id);
  return key;
}

std::string EncodeObligation(const ObligationState& state) {
  std::string value;
  value.push_back(kVersion);
  value.push_back(static_cast<char>(state.status));
  PutVarint(state.opener_position, &value);
  PutVarint(state.dependents, &value);
  PutVarint(state.move_count, &value);
  PutVarint(state.aux, &value);
  PutVarint(state.moves.size(), &value);
  for (const ObligationMove& move : state.moves) {
    PutVarint(move.position, &value);
    value.push_back(static_cast<char>(move.previous));
    PutVarint(move.notes, &value);
  }
  return value;
}

absl::StatusOr<ObligationState> DecodeObligation(std::string_view value) {
  Reader reader(value);
  if (reader.Byte() != static_cast<uint8_t>(kVersion)) return CorruptState();
  ObligationState state;
  state.status = reader.Status();
  state.opener_position = reader.Varint();
  state.dependents = reader.Varint();
  state.move_count = reader.Varint();
  state.aux = reader.Varint();
  const uint64_t moves = reader.Varint();
  if (!reader.ok() || moves > ObligationState::kMovesKept || moves > state.move_count) {
    return CorruptState();
  }
  for (uint64_t i = 0; i < moves; ++i) {
    ObligationMove& move = state.moves.emplace_back();
    move.position = reader.Varint();
    move.previous = reader.Status();
    move.notes = reader.Varint();
  }
  if (!reader.AtEnd()) return CorruptState();
  return state;
}

absl::StatusOr<ObligationState*> ObligationDraft::Get(ObligationKind kind, std::string_view id) {
  std::string key = ObligationKey(client_id_, kind, id);
  if (const auto found = entries_.find(key); found != entries_.end()) return &found->second.state;
  absl::StatusOr<std::optional<std::string>> value = table_.Find(key);
  if (!value.ok()) return value.status();
  Entry entry;
  if (value->has_value()) {
    absl::StatusOr<ObligationState> state = DecodeObligation(**value);
    if (!state.ok()) return state.status();
    entry.read = *std::move(state);
    entry.state = entry.read;
  }
  return &entries_.emplace(std::move(key), std::move(entry)).first->second.state;
}

void ObligationDraft::Commit() {
  for (auto& [key, entry] : entries_) {
    if (!(entry.state == entry.read)) table_.Put(key, EncodeObligation(entry.state));
  }
}

}  // namespace pledger
