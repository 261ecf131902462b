// Verifies the history of one client, as AuditService.ProveClientHistory gives it.
#ifndef PLEDGER_CLIENT_VERIFY_VERIFY_CLIENT_H_
#define PLEDGER_CLIENT_VERIFY_VERIFY_CLIENT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/verify/verdicts.h"
#include "client/verify/verify_pack.h"
#include "pledger/v1/audit.pb.h"
#include "storage/format/types.h"
#include "storage/merkle/checkpoint.h"

namespace pledger::verify {

// Not thread-safe. Keeps 40 bytes for each record.
class ClientHistoryCheck {
 public:
  // INVALID_ARGUMENT if the proof's checkpoint can't be read.
  [[nodiscard]] static absl::StatusOr<ClientHistoryCheck> Create(std::string client_id,
                                                                 v1::ClientHistoryProof proof);

  // The next record, from revision 0.
  void Add(std::string_view record);

  // After the last record.
  Report Finish(const Trust& trust);

  const storage::merkle::Checkpoint& checkpoint() const { return checkpoint_; }
  uint64_t records() const { return leaves_.size(); }
  // Everything below it that is the client's, is among the records; 0 if nothing vouches for that.
  storage::Position complete_below() const { return complete_below_; }

 private:
  ClientHistoryCheck() = default;

  void CheckLast();
  void CheckDirectory();
  void CheckEntries(const v1::ClientDirectoryRecorded& fact, storage::Position recorded_at);

  std::string client_id_;
  v1::ClientHistoryProof proof_;
  storage::merkle::Checkpoint checkpoint_;
  Report report_;
  // By revision.
  std::vector<storage::Hash> leaves_;
  std::vector<storage::Position> positions_;
  storage::Position complete_below_ = 0;
};

}  // namespace pledger::verify

#endif  // PLEDGER_CLIENT_VERIFY_VERIFY_CLIENT_H_
