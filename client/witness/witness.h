// A witness: cosigns a log's checkpoint only if it continues all that it cosigned before (C2SP
// tlog-witness), so that a log can't show different histories to different people unnoticed.
#ifndef PLEDGER_CLIENT_WITNESS_WITNESS_H_
#define PLEDGER_CLIENT_WITNESS_WITNESS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "client/witness/witness_state.h"
#include "storage/merkle/checkpoint.h"
#include "storage/merkle/signed_note.h"
#include "storage/merkle/tlog_witness.h"

namespace pledger::witness {

// An answer over HTTP.
struct Answer {
  int status = 500;
  std::string media_type = "text/plain; charset=utf-8";
  std::string body;
};

// Thread-safe: one request at a time is decided, from looking at the state to writing it.
class Witness {
 public:
  // `signer` is of type kCosignature; `logs` are the keys that are trusted, several of one origin
  // while a log replaces its key. `now_s` gives seconds since 1970.
  Witness(storage::merkle::NoteSigner signer, std::vector<storage::merkle::NoteVerifier> logs,
          WitnessState state, std::function<uint64_t()> now_s);

  // add-checkpoint. 200 with the cosignature, which is on disk with its checkpoint by then; 400 for
  // what is no request or has an old size above the checkpoint's; 404 for a log that isn't known;
  // 403 without a true signature of it; 409 with the size that was cosigned last if the old size is
  // another; 422 if the proof does not hold; 500 if the state can't be read or written.
  Answer AddCheckpoint(std::string_view body);

  // The checkpoint last cosigned, with the cosignature: 200, 404 or 500.
  Answer GetCheckpoint(const std::string& origin_hash) const;

 private:
  Answer Decide(const storage::merkle::AddCheckpointRequest& request,
                const storage::merkle::OpenedCheckpoint& opened,
                absl::Span<const storage::merkle::NoteVerifier> keys);

  const storage::merkle::NoteSigner signer_;
  // By origin.
  absl::flat_hash_map<std::string, std::vector<storage::merkle::NoteVerifier>> logs_;
  const std::function<uint64_t()> now_s_;
  mutable absl::Mutex mutex_;
  WitnessState state_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pledger::witness

#endif  // PLEDGER_CLIENT_WITNESS_WITNESS_H_
