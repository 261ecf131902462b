// From a request to an append that only the order is missing from: checked, split, sealed,
// serialised.
//
// Runs on the caller's thread, so that callers prepare side by side and the writer does little.
#ifndef PLEDGER_SERVER_LEDGER_APPEND_PREPARER_H_
#define PLEDGER_SERVER_LEDGER_APPEND_PREPARER_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "pledger/v1/ledger.pb.h"
#include "server/domain/clock.h"
#include "server/ledger/pending_append.h"
#include "storage/key_journal.h"
#include "storage/keys/key_vault.h"
#include "storage/keys/random.h"

namespace pledger::ledger {

// Thread-safe.
class AppendPreparer {
 public:
  // All must outlive it. `origin` is the ledger's name, which sealed parts are bound to.
  // `journal` has new keys settled now and then, if it is there.
  AppendPreparer(std::string origin, const Clock& clock, storage::keys::KeyVault& keys,
                 storage::keys::RandomSource& random, storage::KeyJournal* journal = nullptr);

  // Everything that is wrong with a request's shape: see errors.proto.
  absl::Status Check(const v1::AppendRequest& request) const;

  // The clients whose keys Fill() needs and that are not in memory: without LoadKeys() it would
  // read and write the disk for each. Views the request.
  std::vector<std::string_view> MissingKeys(const v1::AppendRequest& request) const;

  // Brings the keys into memory; makes those that do not exist. With ReadTier::kMemory it does not
  // block, and returns NotInMemory() where it would have to. Errors are the key vault's and the key
  // journal's.
  absl::Status LoadKeys(absl::Span<const std::string_view> client_ids,
                        storage::ReadTier tier) const;

  // Fills in what is asked of `append`. `request` has passed Check(), loses its personal fields and
  // must live as long as the append. LIMIT_EXCEEDED for a record that is too large; others are the
  // key vault's.
  absl::Status Fill(v1::AppendRequest& request, std::string_view actor,
                    PendingAppend* append) const;

 private:
  // Has the append carry the keys that it is sealed under and that are durable nowhere yet.
  void AddNewKeys(PendingAppend* append) const;
  absl::Status FillEvent(v1::ProposedEvent& event, std::string_view actor,
                         PreparedEvent* prepared) const;

  const std::string origin_;
  const Clock& clock_;
  storage::keys::KeyVault& keys_;
  storage::keys::RandomSource& random_;
  storage::KeyJournal* const journal_;
};

}  // namespace pledger::ledger

#endif  // PLEDGER_SERVER_LEDGER_APPEND_PREPARER_H_
