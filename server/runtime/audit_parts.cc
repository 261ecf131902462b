#include "server/runtime/audit_parts.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/audit/checkpoint_clerk.h"
#include "server/audit/http_post.h"
#include "server/audit/periodic_thread.h"
#include "server/audit/witness_asker.h"
#include "storage/merkle/tlog_witness.h"
#include "storage/rocks/rocks_view_store.h"

namespace pledger::runtime {
namespace {

// The least time between two checkpoints that nobody asked for.
constexpr absl::Duration kCheckpointInterval = absl::Seconds(1);
// How long a checkpoint may wait to be sent to a witness.
constexpr absl::Duration kWitnessInterval = absl::Seconds(1);
constexpr absl::Duration kWitnessTimeout = absl::Seconds(10);
// Ends in the version of what is in such a folder.
constexpr char kDirectoryPrefix[] = "directory-1-";

// Directories of clients in folders of their own among the views: disposable like these.
class FolderDirectoryStores final : public audit::DirectoryStores {
 public:
  explicit FolderDirectoryStores(std::string folder) : folder_(std::move(folder)) {}

  absl::StatusOr<std::unique_ptr<storage::ViewStore>> Open(storage::Position position) override {
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    storage::RocksTuning tuning;
    tuning.index_unflushed_bytes_max = 16 << 20;
    auto store = storage::RocksViewStore::Open(PathOf(position), tuning);
    if (!store.ok()) return store.status();
    return *std::move(store);
  }

  absl::Status Remove(storage::Position position) override {
    std::error_code error;
    std::filesystem::remove_all(PathOf(position), error);
    if (!error) return absl::OkStatus();
    return absl::InternalError(
        absl::StrCat("cannot remove ", PathOf(position), ": ", error.message()));
  }

  std::vector<storage::Position> List() override {
    std::vector<storage::Position> positions;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
      const std::string name = entry.path().filename().string();
      absl::string_view number = name;
      storage::Position position = 0;
      if (absl::ConsumePrefix(&number, kDirectoryPrefix) && absl::SimpleAtoi(number, &position)) {
        positions.push_back(position);
      }
    }
    return positions;
  }

 private:
  std::string PathOf(storage::Position position) const {
    return absl::StrCat(folder_, "/", kDirectoryPrefix, position);
  }

  const std::string folder_;
};

absl::StatusOr<storage::merkle::WitnessPolicy> ReadPolicy(const std::string& path) {
  if (path.empty()) return storage::merkle::WitnessPolicy();
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.is_open() || file.bad()) {
    return absl::FailedPreconditionError(absl::StrCat("cannot read ", path));
  }
  auto policy = storage::merkle::ParseWitnessPolicy(text);
  if (policy.ok()) return policy;
  return absl::FailedPreconditionError(absl::StrCat(path, ": ", policy.status().message()));
}

class Parts final : public AuditParts {
 public:
  Parts(const Config& config, Ledger ledger)
      : ledger_(std::move(ledger)),
        prover_(ledger_.store),
        recorder_(ledger_.preparer, ledger_.sequencer),
        stores_(config.data + "/views"),
        keeper_(ledger_.store, recorder_, stores_) {}
  ~Parts() override { StopWork(); }

  absl::Status OpenAll(const Config& config);
  absl::Status StartWork(const Config& config);

  audit::Auditor& auditor() override { return *auditor_; }
  audit::DirectoryClerk& directories() override { return *directory_clerk_; }
  void StopWork() override;

 private:
  absl::Status StartAsking(size_t witness);

  const Ledger ledger_;
  audit::TreeProver prover_;
  audit::LedgerFactRecorder recorder_;
  FolderDirectoryStores stores_;
  audit::DirectoryKeeper keeper_;
  std::unique_ptr<audit::KeyRing> keys_;
  std::unique_ptr<audit::CheckpointBook> book_;
  std::unique_ptr<audit::WitnessBoard> board_;
  std::unique_ptr<audit::Auditor> auditor_;
  std::unique_ptr<audit::CheckpointClerk> checkpoint_clerk_;
  std::vector<std::unique_ptr<audit::HttpPoster>> posters_;
  std::vector<std::unique_ptr<audit::WitnessAsker>> askers_;
  std::unique_ptr<audit::DirectoryClerk> directory_clerk_;
  std::vector<std::unique_ptr<audit::PeriodicThread>> threads_;
};

absl::Status Parts::OpenAll(const Config& config) {
  auto policy = ReadPolicy(config.witness_policy_file);
  if (!policy.ok()) return policy.status();
  const std::string key_file =
      config.signing_key_file.empty() ? config.data + "/signing.key" : config.signing_key_file;
  auto keys = audit::KeyRing::Open(
      {ledger_.store, ledger_.clock, ledger_.random, key_file, ledger_.origin});
  if (!keys.ok()) return keys.status();
  keys_ = *std::move(keys);
  const auto head = [this] {
    const ledger::LedgerStatus status = ledger_.machine.GetStatus();
    return audit::TreeHead{status.next_position, status.root_hash};
  };
  auto book = audit::CheckpointBook::Open(
      {ledger_.checkpoints, prover_, ledger_.clock, ledger_.origin, head}, keys_->signers(),
      keys_->verifiers());
  if (!book.ok()) return book.status();
  book_ = *std::move(book);
  auto board = audit::WitnessBoard::Open(*std::move(policy), *book_);
  if (!board.ok()) return board.status();
  board_ = *std::move(board);
  auditor_.reset(new audit::Auditor(
      {ledger_.store, prover_, *book_, *keys_, *board_, keeper_, recorder_, ledger_.origin}));
  return absl::OkStatus();
}

absl::Status Parts::StartWork(const Config& config) {
  checkpoint_clerk_ = std::make_unique<audit::CheckpointClerk>(
      *book_, *keys_, *board_, ledger_.clock, [this] { return ledger_.store.next_position(); },
      kCheckpointInterval);
  threads_.push_back(std::make_unique<audit::PeriodicThread>(
      "checkpoints", [this] { return checkpoint_clerk_->Work(); }));
  for (size_t i = 0; i < board_->policy().witnesses.size(); ++i) {
    if (absl::Status started = StartAsking(i); !started.ok()) return started;
  }
  directory_clerk_ = std::make_unique<audit::DirectoryClerk>(
      keeper_, ledger_.clock, absl::Seconds(config.directory_interval_seconds));
  return absl::OkStatus();
}

absl::Status Parts::StartAsking(size_t witness) {
  const std::string& url = board_->policy().witnesses[witness].url;
  if (url.empty()) return absl::OkStatus();
  auto poster = audit::HttpPoster::Create(url, std::string(storage::merkle::kAddCheckpointPath),
                                          kWitnessTimeout);
  if (!poster.ok()) return absl::FailedPreconditionError(poster.status().message());
  posters_.push_back(*std::move(poster));
  askers_.push_back(std::make_unique<audit::WitnessAsker>(
      witness, *board_, *book_, prover_, ledger_.clock, kWitnessInterval,
      [post = posters_.back().get()](const std::string& body) { return post->Post(body); }));
  threads_.push_back(std::make_unique<audit::PeriodicThread>(
      "witness", [asker = askers_.back().get()] { return asker->Work(); }));
  return absl::OkStatus();
}

void Parts::StopWork() {
  for (const auto& poster : posters_) poster->Stop();
  threads_.clear();
  if (directory_clerk_ != nullptr) directory_clerk_->Stop();
}

}  // namespace

absl::StatusOr<std::unique_ptr<AuditParts>> AuditParts::Open(const Config& config, Ledger ledger) {
  auto parts = std::make_unique<Parts>(config, std::move(ledger));
  if (absl::Status opened = parts->OpenAll(config); !opened.ok()) return opened;
  if (absl::Status started = parts->StartWork(config); !started.ok()) return started;
  return parts;
}

}  // namespace pledger::runtime
