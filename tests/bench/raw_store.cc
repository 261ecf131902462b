#include "tests/bench/raw_store.h"

#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tests/bench/echo_server.h"
#include "tests/bench/events.h"

namespace pledger::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kNoiseBytes = 1 << 20;

absl::Status ToStatus(const rocksdb::Status& status) {
  return status.ok() ? absl::OkStatus() : absl::UnavailableError(status.ToString());
}

void AppendBigEndian(uint64_t value, std::string* out) {
  for (int shift = 56; shift >= 0; shift -= 8) out->push_back(static_cast<char>(value >> shift));
}

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

absl::StatusOr<double> ScanFamily(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family,
                                  absl::Duration duration) {
  rocksdb::ReadOptions once_through;
  once_through.verify_checksums = true;
  once_through.fill_cache = false;
  once_through.readahead_size = 2 << 20;
  const double limit_s = absl::ToDoubleSeconds(duration);
  int64_t records = 0;
  uint64_t bytes = 0;
  const Clock::time_point start = Clock::now();
  do {
    const std::unique_ptr<rocksdb::Iterator> it(db.NewIterator(once_through, family));
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      ++records;
      bytes += it->value().size();
    }
    if (absl::Status status = ToStatus(it->status()); !status.ok()) return status;
    if (bytes == 0) return absl::NotFoundError("the column family is empty");
  } while (SecondsSince(start) < limit_s);
  return static_cast<double>(records) / SecondsSince(start);
}

}  // namespace

RawStore::RawStore(std::unique_ptr<rocksdb::DB> db, uint64_t seed, int clients)
    : db_(std::move(db)), random_(seed), clients_(clients) {
  // Records are cut from it: hashes and ids make most of a real one, so it must not compress.
  while (noise_.size() < kNoiseBytes) AppendBigEndian(random_(), &noise_);
}

absl::StatusOr<std::unique_ptr<RawStore>> RawStore::Open(const std::string& folder, uint64_t seed,
                                                         int clients) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* db = nullptr;
  if (absl::Status status = ToStatus(rocksdb::DB::Open(options, folder, &db)); !status.ok()) {
    return status;
  }
  return std::unique_ptr<RawStore>(new RawStore(std::unique_ptr<rocksdb::DB>(db), seed, clients));
}

absl::StatusOr<double> RawStore::WriteSynced(int events, EventKeys keys, absl::Duration duration) {
  rocksdb::WriteOptions synced;
  synced.sync = true;
  const double limit_s = absl::ToDoubleSeconds(duration);
  rocksdb::WriteBatch batch;
  std::string key;
  std::string place;
  int64_t written = 0;
  const Clock::time_point start = Clock::now();
  do {
    batch.Clear();
    for (int i = 0; i < events; ++i, ++position_) {
      place.clear();
      AppendBigEndian(position_, &place);
      key.assign("e").append(place);
      const size_t at = random_() % (kNoiseBytes - kRawRecordBytes);
      batch.Put(key, rocksdb::Slice(noise_.data() + at, kRawRecordBytes));
      if (keys == EventKeys::kPosition) continue;
      key.assign("s").append(
          ClientId(static_cast<int>(random_() % static_cast<uint64_t>(clients_))));
      // A revision, but for its value, which only has to make the key new.
      AppendBigEndian(position_, &key);
      batch.Put(key, place);
      // Ascends as UUIDs of version 7 do.
      key.assign("i").append(place);
      AppendBigEndian(random_(), &key);
      batch.Put(key, place);
    }
    if (absl::Status status = ToStatus(db_->Write(synced, &batch)); !status.ok()) return status;
    written += events;
  } while (SecondsSince(start) < limit_s);
  const double rate = static_cast<double>(written) / SecondsSince(start);
  if (absl::Status status = ToStatus(db_->PauseBackgroundWork()); !status.ok()) return status;
  if (absl::Status status = ToStatus(db_->ContinueBackgroundWork()); !status.ok()) return status;
  return rate;
}

absl::StatusOr<double> ScanEvents(const std::string& folder, absl::Duration duration) {
  rocksdb::Options options;
  std::vector<std::string> names;
  if (absl::Status status = ToStatus(rocksdb::DB::ListColumnFamilies(options, folder, &names));
      !status.ok()) {
    return status;
  }
  // The store is to stay as its owner left it.
  rocksdb::ColumnFamilyOptions untouched;
  untouched.disable_auto_compactions = true;
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const std::string& name : names) families.emplace_back(name, untouched);
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  // Not OpenForReadOnly: of RocksDB 7.8 it fails an assertion on some stores that were just closed.
  if (absl::Status status =
          ToStatus(rocksdb::DB::Open(options, folder, families, &handles, &opened));
      !status.ok()) {
    return status;
  }
  const std::unique_ptr<rocksdb::DB> db(opened);
  absl::StatusOr<double> rate = absl::NotFoundError(absl::StrCat("no events in ", folder));
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    if (handle->GetName() == "events") rate = ScanFamily(*db, handle, duration);
  }
  for (rocksdb::ColumnFamilyHandle* handle : handles) db->DestroyColumnFamilyHandle(handle);
  return rate;
}

}  // namespace pledger::bench
