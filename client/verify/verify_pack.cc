#include "client/verify/verify_pack.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/files/durable_file.h"
#include "client/verify/bundle_check.h"
#include "client/verify/history_check.h"
#include "client/verify/ordered_work.h"
#include "client/verify/tree_check.h"
#include "client/verify/trust_check.h"
#include "storage/format/text.h"
#include "storage/merkle/hash.h"

namespace pledger::verify {
namespace {

using storage::merkle::kTileHashes;

// How many bundles are prepared at once: enough that handing them over costs nothing.
constexpr uint64_t kBundlesAtOnce = 8;
using Bundles = std::array<CheckedBundle, kBundlesAtOnce>;

absl::Status TakeCheckpoints(const std::string& folder, TrustCheck& check, Report& report) {
  auto head = client::ReadFile(PathIn(folder, kCheckpointFile), storage::merkle::kNoteBytesMax);
  if (!head.ok()) return head.status();
  absl::Status status = check.Take({std::string(kCheckpointFile), *std::move(head)});
  if (!status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(PathIn(folder, kCheckpointFile), ": ", status.message()));
  }
  const auto files = ReadCheckpoints(folder);
  if (!files.ok()) return files.status();
  for (const CheckpointFile& file : *files) {
    status = check.Take(file);
    if (status.ok()) continue;
    report.Fail(Aspect::kIntegrity, absl::StrCat(file.source, ": ", status.message()));
  }
  return check.TakeKnown();
}

// Gives each checkpoint the root of the tree at its size, as the bundles come by.
class RootsAtCheckpoints {
 public:
  RootsAtCheckpoints(std::vector<SeenCheckpoint>& by_size, TreeCheck& tree)
      : by_size_(by_size), tree_(tree) {
    for (; next_ < by_size_.size() && by_size_[next_].checkpoint.size == 0; ++next_) {
      by_size_[next_].tree_root = storage::merkle::EmptyRoot();
    }
  }

  // Before the tree takes the bundle.
  void Take(const CheckedBundle& bundle) {
    const uint64_t end = bundle.first + bundle.width;
    for (; next_ < by_size_.size() && by_size_[next_].checkpoint.size <= end; ++next_) {
      by_size_[next_].tree_root = tree_.RootAt(by_size_[next_].checkpoint.size, bundle);
    }
  }

 private:
  std::vector<SeenCheckpoint>& by_size_;
  TreeCheck& tree_;
  size_t next_ = 0;
};

void CheckRecords(const std::string& folder, uint64_t size, const VerifyOptions& options,
                  HistoryCheck& history, TreeCheck& tree, RootsAtCheckpoints roots) {
  const uint64_t bundles = (size + kTileHashes - 1) / kTileHashes;
  const uint64_t count = (bundles + kBundlesAtOnce - 1) / kBundlesAtOnce;
  const auto in_part = [&](uint64_t part) {
    return std::min(kBundlesAtOnce, bundles - part * kBundlesAtOnce);
  };
  OrderedWork<Bundles> work(options.threads);
  work.Run(
      count,
      [&](uint64_t part, Bundles* out) {
        for (uint64_t i = 0; i < in_part(part); ++i) {
          CheckBundle(folder, size, part * kBundlesAtOnce + i, &(*out)[i]);
        }
      },
      [&](uint64_t part, const Bundles& checked) {
        for (uint64_t i = 0; i < in_part(part); ++i) {
          history.Take(checked[i]);
          roots.Take(checked[i]);
          tree.Take(checked[i]);
        }
        if (options.progress) options.progress(history.records(), size);
      });
}

}  // namespace

absl::StatusOr<PackReport> VerifyPack(const std::string& folder, const VerifyOptions& options) {
  PackReport result;
  Report& report = result.report;
  TrustCheck trust(options.trust, report);
  absl::Status status = TakeCheckpoints(folder, trust, report);
  if (!status.ok()) return status;
  const auto policy =
      client::ReadFile(PathIn(folder, kPolicyFile), storage::merkle::kPolicyBytesMax);
  if (policy.ok()) trust.TakePolicy(*policy);
  result.origin = trust.head().checkpoint.origin;
  result.size = trust.head().checkpoint.size;
  result.root = trust.head().checkpoint.root;
  const uint64_t size = result.size;

  HistoryCheck history(result.origin, report,
                       [&](storage::Position begin, storage::Position end, auto take) {
                         return ForEachRecord(folder, size, begin, end, take);
                       });
  TreeCheck tree(folder, size, report);
  std::vector<SeenCheckpoint>& by_size = trust.BySize();
  CheckRecords(folder, size, options, history, tree, RootsAtCheckpoints(by_size, tree));
  tree.Finish();
  history.Finish();
  result.clients = history.clients();
  result.checkpoints = by_size.size();
  report.Holds(Aspect::kIntegrity, absl::StrCat(size, " records read, hashed and compared with ",
                                                tree.tiles(), " tiles"));
  report.Holds(Aspect::kCompleteness,
               absl::StrCat("positions 0 to ", size, " (exclusive) and the chains of ",
                            history.clients(), " clients followed from their beginning"));
  trust.CheckTree(size);
  trust.CheckSignatures(history.keys());
  trust.CheckFreshness(/*must_be_latest=*/true);
  return result;
}

}  // namespace pledger::verify
