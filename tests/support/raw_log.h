// The log's own database, opened behind the store's back: to change what only somebody with a hand
// in the files could.
#ifndef PLEDGER_TESTS_SUPPORT_RAW_LOG_H_
#define PLEDGER_TESTS_SUPPORT_RAW_LOG_H_

#include <memory>
#include <string>
#include <vector>

#include "rocksdb/db.h"

namespace pledger::testing {

// No store may be open in the folder. What goes wrong fails the test.
class RawLog {
 public:
  // `folder` is the ledger's; the database lies in `ledger` in it.
  explicit RawLog(const std::string& folder);
  ~RawLog();
  RawLog(const RawLog&) = delete;
  RawLog& operator=(const RawLog&) = delete;

  std::string Get(const std::string& column, const std::string& key);
  void Put(const std::string& column, const std::string& key, const std::string& value);
  void Delete(const std::string& column, const std::string& key);
  // As if the log was made before there was this column.
  void Drop(const std::string& column);

 private:
  rocksdb::ColumnFamilyHandle* Column(const std::string& name);

  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
};

}  // namespace pledger::testing

#endif  // PLEDGER_TESTS_SUPPORT_RAW_LOG_H_
