// What must hold of a ledger whose server was killed, checked from its raw records.
#ifndef PLEDGER_TESTS_E2E_KILL_AUDIT_H_
#define PLEDGER_TESTS_E2E_KILL_AUDIT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "pledger/v1/ledger.pb.h"
#include "storage/format/record.h"
#include "storage/format/types.h"
#include "storage/merkle/compact_range.h"
#include "tests/e2e/plain_client.h"

namespace pledger::testing {

// Remembers everything that was ever acknowledged. Not thread-safe.
class KillAudit {
 public:
  // Adds an append that was acknowledged; INTERNAL if the answer contradicts itself or an earlier
  // one.
  absl::Status Acknowledge(const v1::AppendRequest& request, const v1::AppendResponse& response);

  // Reads the whole ledger: positions, revisions and record times rise without gaps, each client's
  // hash chain holds, no id is there twice, everything acknowledged is where it was acknowledged,
  // the tree has the root that the server says, and what is personal can be opened. INTERNAL
  // that names what does not hold.
  absl::Status Check(const PlainClient& client);

  // After Check(): whether the append is there whole, contiguous and in order, or not at all; with
  // `must` only whole will do.
  absl::Status CheckWhole(const v1::AppendRequest& request, bool must) const;

  // Reads what `request` recorded and compares every field.
  absl::Status CheckContent(const PlainClient& client, const v1::AppendRequest& request) const;

  uint64_t size() const { return tree_.size(); }

 private:
  struct Acked {
    storage::Position position = 0;
    storage::Revision revision = 0;
    int64_t record_time_ns = 0;

    bool operator==(const Acked&) const = default;
  };
  struct Head {
    storage::Revision next = 0;
    storage::Hash leaf_hash{};
  };

  absl::Status CheckRecord(const v1::RawRecord& raw);
  absl::Status CheckStatus(const PlainClient& client) const;
  // Of what came since the last Check().
  absl::Status CheckPersonal(const PlainClient& client);

  // By the bytes of the event id.
  absl::flat_hash_map<std::string, Acked> acked_;
  // What the last Check() saw.
  absl::flat_hash_map<std::string, Acked> recorded_;
  absl::flat_hash_map<std::string, Head> heads_;
  storage::merkle::CompactRange tree_;
  int64_t last_record_time_ns_ = 0;
  // The personal parts before this position could be opened.
  storage::Position opened_ = 0;
};

}  // namespace pledger::testing

#endif  // PLEDGER_TESTS_E2E_KILL_AUDIT_H_
