// Ledgers made by hand, for tests of those who read them: records that form chains, and whatever
// checkpoints of them a test wants signed, true or not.
#ifndef PLEDGER_TESTS_SUPPORT_PACK_MAKER_H_
#define PLEDGER_TESTS_SUPPORT_PACK_MAKER_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "pledger/v1/fact.pb.h"
#include "storage/format/types.h"
#include "storage/merkle/checkpoint.h"
#include "storage/merkle/directory_tree.h"
#include "storage/merkle/signed_note.h"

namespace pledger::testing {

// A key that only `seed` tells from others of its name.
storage::merkle::NoteSigner TestKey(std::string_view name, storage::merkle::NoteKeyType type,
                                    uint8_t seed);

// Not thread-safe. Dies where the library it uses refuses.
class PackMaker {
 public:
  static constexpr char kOrigin[] = "test.example/ledger";
  // 2024-05-01T12:00:00Z: the record time of the first record; each is a second after the one
  // before.
  static constexpr int64_t kFirstTimeNs = 1'714'564'800'000'000'000;

  // Records a fact of a client; it occurs as it is recorded.
  void Add(std::string_view client_id, const v1::Fact& fact);
  // `count` events of `clients` clients in turn: invoices and payments of them.
  void AddBusiness(uint64_t count, uint64_t clients);
  // The directory of all clients as it stands now.
  void AddDirectory();
  // From the key that signs now to another.
  void AddRotation(const storage::merkle::NoteSigner& new_key);

  // For tests to tamper with before they write a pack.
  std::vector<std::string>& records() { return records_; }
  uint64_t size() const { return records_.size(); }

  // Of the records as they are now.
  storage::Hash Root(uint64_t size) const;
  // Signed by the key in force, and cosigned by `witnesses` at `time_s`.
  std::string Checkpoint(uint64_t size,
                         absl::Span<const storage::merkle::NoteSigner> witnesses = {},
                         uint64_t time_s = 1'714'600'000) const;

  // A pack of the records up to the checkpoint, with `earlier` ones beside it.
  void Write(const std::string& folder, const std::string& checkpoint,
             const std::vector<std::string>& earlier = {}, const std::string& policy = "") const;

  // The receipt of a record.
  std::string Receipt(storage::Position position, uint64_t size) const;

  const storage::merkle::NoteSigner& first_key() const { return keys_.front(); }
  // What FormatWitnessPolicy() gives of the log's keys and these witnesses, all of whom must sign.
  std::string Policy(absl::Span<const storage::merkle::NoteSigner> witnesses = {}) const;

 private:
  std::vector<std::string> records_;
  std::map<std::string, storage::merkle::DirectoryEntry> heads_;
  std::vector<storage::merkle::NoteSigner> keys_ = {
      TestKey(kOrigin, storage::merkle::NoteKeyType::kEd25519, 1)};
  // By key but the last: the position of the rotation that ended it.
  std::vector<storage::Position> ends_;
};

}  // namespace pledger::testing

#endif  // PLEDGER_TESTS_SUPPORT_PACK_MAKER_H_
