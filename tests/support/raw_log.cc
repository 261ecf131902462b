#include "tests/support/raw_log.h"

#include "gtest/gtest.h"

namespace pledger::testing {

RawLog::RawLog(const std::string& folder) {
  const std::string path = folder + "/ledger";
  std::vector<std::string> names;
  EXPECT_TRUE(rocksdb::DB::ListColumnFamilies({}, path, &names).ok());
  std::vector<rocksdb::ColumnFamilyDescriptor> columns;
  for (const std::string& name : names) columns.emplace_back(name, rocksdb::ColumnFamilyOptions());
  rocksdb::DB* db = nullptr;
  EXPECT_TRUE(rocksdb::DB::Open({}, path, columns, &handles_, &db).ok());
  db_.reset(db);
}

RawLog::~RawLog() {
  for (rocksdb::ColumnFamilyHandle* handle : handles_) {
    EXPECT_TRUE(db_->DestroyColumnFamilyHandle(handle).ok());
  }
  if (db_ == nullptr) return;
  EXPECT_TRUE(db_->Close().ok());
}

std::string RawLog::Get(const std::string& column, const std::string& key) {
  std::string value;
  EXPECT_TRUE(db_->Get({}, Column(column), key, &value).ok());
  return value;
}

void RawLog::Put(const std::string& column, const std::string& key, const std::string& value) {
  EXPECT_TRUE(db_->Put({}, Column(column), key, value).ok());
}

void RawLog::Delete(const std::string& column, const std::string& key) {
  EXPECT_TRUE(db_->Delete({}, Column(column), key).ok());
}

void RawLog::Drop(const std::string& column) {
  EXPECT_TRUE(db_->DropColumnFamily(Column(column)).ok());
}

rocksdb::ColumnFamilyHandle* RawLog::Column(const std::string& name) {
  for (rocksdb::ColumnFamilyHandle* handle : handles_) {
    if (handle->GetName() == name) return handle;
  }
  ADD_FAILURE() << "there is no column " << name;
  return handles_.front();
}

}  // namespace pledger::testing
