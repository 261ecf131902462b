// Wrapped data keys in a RocksDB of their own, so that they are backed up apart from the ledger.
#ifndef PLEDGER_STORAGE_ROCKS_ROCKS_KEY_STORE_H_
#define PLEDGER_STORAGE_ROCKS_ROCKS_KEY_STORE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "rocksdb/db.h"
#include "storage/keys/key_store.h"
#include "storage/keys/unsynced_keys.h"
#include "storage/rocks/failed_write.h"
#include "storage/rocks/rocks_options.h"

namespace pledger::storage {

class RocksKeyStore final : public keys::KeyStore {
 public:
  static absl::StatusOr<std::unique_ptr<RocksKeyStore>> Open(const std::string& path,
                                                             const RocksTuning& tuning);
  ~RocksKeyStore() override;

  absl::StatusOr<std::optional<std::string>> FindWrapped(std::string_view client_id,
                                                         ReadTier tier) override;
  absl::Status PutWrapped(std::string_view client_id, std::string_view wrapped) override;
  absl::StatusOr<std::vector<bool>> PutMissing(absl::Span<const ClientKey> keys,
                                               ReadTier tier) override;
  absl::Status Sync() override;
  std::optional<std::string> FindUnsynced(std::string_view client_id) const override {
    return unsynced_.Find(client_id);
  }
  void NoteDurable(std::string_view client_id, std::string_view wrapped) override {
    unsynced_.NoteDurable(client_id, wrapped);
  }
  size_t unsynced() const override { return unsynced_.size(); }
  absl::Status BeginErasure(const Erasure& erasure) override;
  absl::StatusOr<std::optional<Erasure>> FindErasure() override;
  absl::Status EndErasure() override;
  absl::Status RewrapAll(Rewrap rewrap) override;
  absl::StatusOr<bool> WasErased(std::string_view client_id,
                                 const std::optional<keys::KeyId>& key_id) override;

 private:
  RocksKeyStore(rocksdb::DB* db, rocksdb::ColumnFamilyHandle* keys,
                rocksdb::ColumnFamilyHandle* erasures)
      : db_(db), keys_(keys), erasures_(erasures) {}

  // OK if it can be written: where the disk was full, tries whether there is room again.
  absl::Status Resume() ABSL_EXCLUSIVE_LOCKS_REQUIRED(put_mutex_);
  absl::Status Write(rocksdb::WriteBatch* batch, bool sync)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(put_mutex_);
  // For what must not be half done: after a failure everything fails.
  absl::Status WriteOrFail(rocksdb::WriteBatch* batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(put_mutex_);

  const std::unique_ptr<rocksdb::DB> db_;
  rocksdb::ColumnFamilyHandle* const keys_;
  rocksdb::ColumnFamilyHandle* const erasures_;
  // Makes looking and putting one step.
  absl::Mutex put_mutex_;
  // How many writes were begun, and how many of them are on disk.
  uint64_t puts_ ABSL_GUARDED_BY(put_mutex_) = 0;
  uint64_t synced_ ABSL_GUARDED_BY(put_mutex_) = 0;
  keys::UnsyncedKeys unsynced_;
  // Nobody can say what is on disk.
  bool sync_failed_ ABSL_GUARDED_BY(put_mutex_) = false;
  // The disk was full.
  FailedWrite failed_write_ ABSL_GUARDED_BY(put_mutex_);
};

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_ROCKS_ROCKS_KEY_STORE_H_
