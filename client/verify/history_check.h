// What can only be checked of records in their order: positions and times, each client's chain, the
// directories of clients, and which keys signed.
#ifndef PLEDGER_CLIENT_VERIFY_HISTORY_CHECK_H_
#define PLEDGER_CLIENT_VERIFY_HISTORY_CHECK_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/verify/bundle_check.h"
#include "client/verify/key_chain.h"
#include "client/verify/verdicts.h"
#include "pledger/v1/fact_audit.pb.h"
#include "storage/format/types.h"
#include "storage/merkle/directory_tree.h"

namespace pledger::verify {

// Not thread-safe. Its memory is that of one hash for each client, whatever the number of events.
class HistoryCheck {
 public:
  // Gives the records [begin, end), which were taken before, once more.
  using ReadAgain = std::function<absl::Status(
      storage::Position begin, storage::Position end,
      absl::FunctionRef<absl::Status(storage::Position, std::string_view)> take)>;

  // `report` must outlive it.
  HistoryCheck(std::string origin, Report& report, ReadAgain read_again)
      : report_(report), read_again_(std::move(read_again)), keys_(std::move(origin)) {}
  HistoryCheck(const HistoryCheck&) = delete;
  HistoryCheck& operator=(const HistoryCheck&) = delete;

  // The next bundle, in order.
  void Take(const CheckedBundle& bundle);

  // After the last bundle.
  void Finish();

  uint64_t records() const { return position_; }
  uint64_t clients() const { return clients_.size(); }
  KeyChain& keys() { return keys_; }

 private:
  struct Head {
    // Of the last record.
    storage::Revision revision = 0;
    storage::Hash leaf{};
    bool is_known = false;
  };
  struct Client {
    std::string id;
    Head head;
  };
  // Clients stay where they are; what is moved as the table grows is small.
  using Clients = std::deque<Client>;
  struct Slot {
    size_t hash;
    size_t index;
  };
  struct ClientKey {
    size_t hash;
    std::string_view id;
  };
  struct SlotHash {
    using is_transparent = void;
    size_t operator()(const Slot& slot) const { return slot.hash; }
    size_t operator()(const ClientKey& key) const { return key.hash; }
  };
  struct SlotEqual {
    using is_transparent = void;
    bool operator()(const Slot& a, const Slot& b) const { return a.index == b.index; }
    bool operator()(const Slot& slot, const ClientKey& key) const {
      return slot.hash == key.hash && (*clients)[slot.index].id == key.id;
    }
    const Clients* clients;
  };
  struct Directory {
    storage::Position position;
    v1::ClientDirectoryRecorded fact;
  };

  void TakeRecord(const CheckedRecord& record, const storage::Hash& leaf);
  Client& ClientOf(const CheckedRecord& record);
  void CheckPlace(const CheckedRecord& record);
  void CheckChain(const CheckedRecord& record, const Head& head);
  void TakeLedgerFact(const CheckedRecord& record);
  void CheckDirectory(const Directory& directory, storage::Position end);
  // The heads as they were before `begin`, where they are those of before `end` now.
  absl::StatusOr<std::vector<storage::merkle::DirectoryEntry>> HeadsBefore(storage::Position begin,
                                                                           storage::Position end);

  Report& report_;
  const ReadAgain read_again_;
  KeyChain keys_;
  storage::Position position_ = 0;
  // Whose chains could not be followed.
  uint64_t unread_ = 0;
  int64_t last_record_time_ns_ = std::numeric_limits<int64_t>::min();
  Clients clients_;
  absl::flat_hash_set<Slot, SlotHash, SlotEqual> slots_{0, SlotHash(), SlotEqual{&clients_}};
  // The latest directory, as long as it was not compared.
  std::optional<Directory> pending_;
  storage::Position directory_checked_at_ = 0;
  uint64_t directories_ = 0;
  uint64_t directories_held_ = 0;
  // Up to where the latest one that holds vouches for all clients.
  storage::Position directory_covers_ = 0;
};

}  // namespace pledger::verify

#endif  // PLEDGER_CLIENT_VERIFY_HISTORY_CHECK_H_
