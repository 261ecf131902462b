#include "storage/key_journal.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace pledger::storage {

KeyJournal::KeyJournal(EventStore& log, keys::KeyStore& keys, size_t unsynced_max)
    : log_(log), keys_(keys), unsynced_max_(unsynced_max) {}

absl::Status KeyJournal::Restore(
    absl::FunctionRef<absl::StatusOr<bool>(std::string_view wrapped)> can_unwrap) {
  const auto kept = log_.ReadNewKeys();
  if (!kept.ok()) return kept.status();
  std::vector<keys::KeyStore::ClientKey> usable;
  for (const NewKey& key : *kept) {
    const absl::StatusOr<bool> fits = can_unwrap(key.wrapped);
    if (!fits.ok()) return fits.status();
    if (*fits) {
      usable.push_back({key.client_id, key.wrapped});
      continue;
    }
    const auto stored = keys_.FindWrapped(key.client_id, ReadTier::kAnywhere);
    if (!stored.ok()) return stored.status();
    const absl::StatusOr<bool> was_erased = keys_.WasErased(key.client_id, std::nullopt);
    if (!was_erased.ok()) return was_erased.status();
    // A key that the store has as well was wrapped anew since.
    if (stored->has_value() || *was_erased) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("the key of client ", key.client_id,
                     ", which the log keeps, is wrapped under a key-encryption key that is not in "
                     "the key file: bring back the key file that belongs to this ledger"));
  }
  const auto stored = keys_.PutMissing(usable, ReadTier::kAnywhere);
  if (!stored.ok()) return stored.status();
  NoteCommitted(*kept);
  return Settle();
}

void KeyJournal::NoteCommitted(absl::Span<const NewKey> keys) {
  for (const NewKey& key : keys) keys_.NoteDurable(key.client_id, key.wrapped);
  absl::MutexLock lock(&mutex_);
  for (const NewKey& key : keys) committed_.push_back(key.client_id);
}

absl::Status KeyJournal::SettleIfMany() {
  if (!has_many() || !settle_mutex_.TryLock()) return absl::OkStatus();
  absl::Status status = SettleNow();
  settle_mutex_.Unlock();
  return status;
}

absl::Status KeyJournal::Settle() {
  absl::MutexLock lock(&settle_mutex_);
  return SettleNow();
}

absl::Status KeyJournal::SettleNow() {
  std::vector<std::string> committed;
  {
    absl::MutexLock lock(&mutex_);
    committed.swap(committed_);
  }
  absl::Status status = keys_.Sync();
  if (status.ok() && !committed.empty()) status = log_.ForgetNewKeys(committed);
  if (!status.ok()) {
    absl::MutexLock lock(&mutex_);
    committed_.insert(committed_.end(), std::make_move_iterator(committed.begin()),
                      std::make_move_iterator(committed.end()));
  }
  return status;
}

}  // namespace pledger::storage
