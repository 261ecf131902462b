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
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const std::string& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  if (absl::Status status =
          ToStatus(rocksdb::DB::OpenForReadOnly(options, folder, families, &handles, &opened));
      !status.ok()) {
    return status;
  }
  const std::unique_ptr<rocksdb::DB> db(opened);
  rocksdb::ColumnFamilyHandle* events = nullptr;
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    if (handle->GetName() == "events") events = handle;
  }
  rocksdb::ReadOptions once_through;
  once_through.verify_checksums = true;
  once_through.fill_cache = false;
  once_through.readahead_size = 2 << 20;
  const double limit_s = absl::ToDoubleSeconds(duration);
  int64_t records = 0;
  uint64_t bytes = 0;
  rocksdb::Status failure;
  const Clock::time_point start = Clock::now();
  do {
    if (events == nullptr) break;
    const std::unique_ptr<rocksdb::Iterator> it(db->NewIterator(once_through, events));
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      ++records;
      bytes += it->value().size();
    }
    failure = it->status();
  } while (failure.ok() && bytes > 0 && SecondsSince(start) < limit_s);
  const double rate = static_cast<double>(records) / SecondsSince(start);
  for (rocksdb::ColumnFamilyHandle* handle : handles) db->DestroyColumnFamilyHandle(handle);
  if (!failure.ok()) return ToStatus(failure);
  if (bytes == 0) return absl::NotFoundError(absl::StrCat("no record in ", folder));
  return rate;
}

}  // namespace pledger::bench
