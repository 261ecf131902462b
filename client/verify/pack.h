// An audit pack: a ledger as a folder of files that anybody can check without its server.
//
//     checkpoint                     the checkpoint that the pack goes up to (C2SP tlog-checkpoint)
//     checkpoints/<size>-<root>      others, earlier and of other origin, as far as they are known
//     policy                         the log's keys and its witnesses (C2SP tlog-policy)
//     tile/<level>/…                 the tree (C2SP tlog-tiles)
//     tile/entries/…                 the records
//     reliability                    optional: what the server answered of each client, as
//                                    length-delimited pledger.v1.BatchGetReliabilityResponse
//     projection.json                optional: a pledger.v1.VerifyProjectionResponse
//
// Records are there without their sealed parts, so that a pack tells nothing personal.
#ifndef PLEDGER_CLIENT_VERIFY_PACK_H_
#define PLEDGER_CLIENT_VERIFY_PACK_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/format/types.h"
#include "storage/merkle/tiles.h"

namespace pledger::verify {

inline constexpr std::string_view kCheckpointFile = "checkpoint";
inline constexpr std::string_view kCheckpointsFolder = "checkpoints";
inline constexpr std::string_view kPolicyFile = "policy";
inline constexpr std::string_view kReliabilityFile = "reliability";
inline constexpr std::string_view kProjectionFile = "projection.json";

// The path of a file in a pack.
std::string PathIn(const std::string& folder, std::string_view name);

// Writes a pack: first all records, then the rest. Not thread-safe; in the memory of a bundle and
// the edge of a tree. Errors are those of the disk.
class PackWriter {
 public:
  // FAILED_PRECONDITION if there is something in the folder.
  [[nodiscard]] static absl::StatusOr<PackWriter> Create(std::string folder);

  // The next record, from position 0. INVALID_ARGUMENT for one that is too large.
  [[nodiscard]] absl::Status AddRecord(std::string_view record);
  // Writes what is left of the last bundle and the partial tiles. Call it once, after the records.
  [[nodiscard]] absl::Status FinishRecords();

  uint64_t size() const { return tree_.size(); }
  storage::Hash Root() const { return tree_.Root(); }

  // The note that the pack goes up to.
  [[nodiscard]] absl::Status WriteCheckpoint(std::string_view note);
  // Another one. INVALID_ARGUMENT if it isn't a checkpoint.
  [[nodiscard]] absl::Status AddCheckpoint(std::string_view note);
  // One of the other files.
  [[nodiscard]] absl::Status Write(std::string_view name, std::string_view contents);

 private:
  explicit PackWriter(std::string folder) : folder_(std::move(folder)) {}
  absl::Status WriteBundle();

  std::string folder_;
  storage::merkle::TileBuilder tree_;
  std::string bundle_;
};

// A checkpoint file as it stands in a pack, or as it is known from elsewhere.
struct CheckpointFile {
  // Where it is from, for messages: "checkpoints/00000000000000000012-0a1b2c3d".
  std::string source;
  std::string note;
  // Of one that the verifier brings along: the records must go as far. Else a later one says only
  // that the pack is not the latest.
  bool must_be_covered = false;
};

// All files of `checkpoints/`.
[[nodiscard]] absl::StatusOr<std::vector<CheckpointFile>> ReadCheckpoints(
    const std::string& folder);

// Reads the records [begin, end) of a pack of `size` in order. `take` ends it with the first status
// that isn't OK. DATA_LOSS for a bundle that is damaged.
[[nodiscard]] absl::Status ForEachRecord(
    const std::string& folder, uint64_t size, storage::Position begin, storage::Position end,
    absl::FunctionRef<absl::Status(storage::Position position, std::string_view record)> take);

}  // namespace pledger::verify

#endif  // PLEDGER_CLIENT_VERIFY_PACK_H_
