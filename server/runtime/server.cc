#include "server/runtime/server.h"

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/health_check_service_interface.h"
#include "server/domain/limits.h"
#include "server/ledger/append_rules.h"
#include "server/ledger/client_eraser.h"
#include "server/ledger/embedded_sequencer.h"
#include "server/runtime/audit_parts.h"
#include "server/runtime/folder_lock.h"
#include "server/runtime/principals_file.h"
#include "server/runtime/system_clock.h"
#include "server/services/audit_service.h"
#include "server/services/ledger_service.h"
#include "server/services/policy_service.h"
#include "server/services/privacy_service.h"
#include "server/services/reliability_service.h"
#include "spdlog/spdlog.h"
#include "storage/key_journal.h"
#include "storage/keys/key_eraser.h"
#include "storage/rocks/rocks_access_log.h"
#include "storage/rocks/rocks_event_store.h"
#include "storage/rocks/rocks_key_store.h"
#include "storage/rocks/rocks_view_store.h"

namespace pledger::runtime {
namespace {

constexpr absl::Duration kResumeInterval = absl::Seconds(1);
constexpr absl::Duration kTickInterval = absl::Milliseconds(50);
constexpr size_t kKeysInMemory = 256 << 10;
// How long calls under way may take to end on their own.
constexpr std::chrono::seconds kShutdownGrace{5};

class LedgerServer final : public Server {
 public:
  explicit LedgerServer(const Config& config) : config_(config) {}
  ~LedgerServer() override { Shutdown(); }

  absl::Status Open();
  // Returns when the view has all that is recorded, so that the first answer is not an old one.
  absl::Status CatchUp();
  absl::Status Serve();
  int port() const override { return port_; }
  void Shutdown() override;

 private:
  absl::Status OpenPrincipals();
  absl::StatusOr<std::string> ReceiptOf(storage::Position position);
  absl::Status OpenStore();
  absl::Status OpenKeys();
  absl::Status OpenLedger();
  absl::Status OpenView();
  absl::Status OpenAudit();

  const Config config_;
  SystemClock clock_;
  storage::keys::SystemRandomSource random_;
  std::unique_ptr<FolderLock> folder_lock_;
  std::unique_ptr<storage::RocksKeyStore> key_store_;
  std::unique_ptr<storage::keys::KeyEraser> key_eraser_;
  std::unique_ptr<storage::keys::KeyVault> keys_;
  std::unique_ptr<storage::RocksAccessLog> access_log_;
  std::unique_ptr<storage::RocksEventStore> store_;
  std::unique_ptr<storage::KeyJournal> key_journal_;
  storage::CommitSignal signal_;
  std::unique_ptr<ledger::LedgerMachine> machine_;
  std::unique_ptr<ledger::EmbeddedSequencer> sequencer_;
  std::unique_ptr<ledger::AppendPreparer> preparer_;
  ledger::ErasureGuard erasure_guard_;
  std::unique_ptr<ledger::ClientEraser> eraser_;
  std::unique_ptr<storage::RocksViewStore> view_store_;
  reliability::PolicyBook policies_;
  std::unique_ptr<projections::ReliabilityView> view_;
  std::unique_ptr<projections::ReliabilityQueries> queries_;
  std::unique_ptr<projections::ClientLists> lists_;
  std::unique_ptr<AuditParts> audit_;
  std::unique_ptr<services::PersonalReader> personal_;
  services::Principals principals_;
  std::unique_ptr<PrincipalsFile> principals_file_;
  std::unique_ptr<services::AccessRecorder> access_;
  std::unique_ptr<services::Executor> executor_;
  std::unique_ptr<services::StreamTicker> ticker_;
  std::unique_ptr<services::LedgerContext> ledger_context_;
  std::unique_ptr<services::ReliabilityContext> reliability_context_;
  std::unique_ptr<services::PrivacyContext> privacy_context_;
  std::unique_ptr<services::AuditContext> audit_context_;
  std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

absl::Status LedgerServer::OpenPrincipals() {
  if (config_.principals_file.empty()) {
    spdlog::warn(
        "no principals are configured: loopback only, every caller is '{}', with every "
        "role",
        services::kLocalPrincipal);
    return absl::OkStatus();
  }
  auto file = PrincipalsFile::Watch(config_.principals_file, principals_);
  if (!file.ok()) return file.status();
  principals_file_ = *std::move(file);
  return absl::OkStatus();
}

absl::StatusOr<std::string> LedgerServer::ReceiptOf(storage::Position position) {
  v1::GetReceiptRequest request;
  request.set_position(position);
  auto receipt = audit_->auditor().GetReceipt(request);
  if (!receipt.ok()) return receipt.status();
  return std::move(*receipt->mutable_receipt());
}

absl::Status LedgerServer::OpenKeys() {
  const std::string key_file =
      config_.key_file.empty() ? config_.data + "/key-encryption.key" : config_.key_file;
  auto key_store = storage::RocksKeyStore::Open(config_.data + "/keys", {});
  if (!key_store.ok()) return key_store.status();
  key_store_ = *std::move(key_store);
  key_eraser_ = std::make_unique<storage::keys::KeyEraser>(*key_store_, key_file, random_);
  key_journal_ =
      std::make_unique<storage::KeyJournal>(*store_, *key_store_, limits::kUnsyncedKeysMax);
  const absl::Status restored = key_journal_->Restore(
      [this](std::string_view wrapped) { return key_eraser_->CanUnwrap(wrapped); });
  if (!restored.ok()) return restored;
  const auto key = key_eraser_->Open();
  if (!key.ok()) return key.status();
  auto access_log = storage::RocksAccessLog::Open(config_.data + "/access", {});
  if (!access_log.ok()) return access_log.status();
  access_log_ = *std::move(access_log);
  access_ = std::make_unique<services::AccessRecorder>(*access_log_, clock_);
  keys_ = std::make_unique<storage::keys::KeyVault>(*key_store_, *key, random_, kKeysInMemory);
  return absl::OkStatus();
}

absl::Status LedgerServer::OpenStore() {
  // A name that no other ledger has, for one that is made now.
  std::string name(16, '\0');
  random_.Fill({reinterpret_cast<uint8_t*>(name.data()), name.size()});
  storage::RocksStoreOptions options;
  options.path = config_.data;
  options.origin = absl::StrCat("pledger.local/", absl::BytesToHexString(name));
  options.free_bytes_min = config_.free_bytes_min;
  ledger::RulesDeriver deriver;
  auto store = storage::RocksEventStore::Open(options, deriver);
  if (!store.ok()) return store.status();
  store_ = *std::move(store);
  return absl::OkStatus();
}

absl::Status LedgerServer::OpenLedger() {
  auto machine = ledger::LedgerMachine::Create(*store_, signal_, key_journal_.get());
  if (!machine.ok()) return machine.status();
  machine_ = *std::move(machine);
  sequencer_ = std::make_unique<ledger::EmbeddedSequencer>(*machine_, kResumeInterval);
  preparer_ = std::make_unique<ledger::AppendPreparer>(store_->origin(), clock_, *keys_, random_,
                                                       key_journal_.get());
  eraser_.reset(new ledger::ClientEraser({*store_, *machine_, *sequencer_, *preparer_, *keys_,
                                          *key_journal_, *key_eraser_, erasure_guard_, clock_}));
  const absl::Status finished = eraser_->FinishBegun();
  if (!finished.ok()) {
    spdlog::error(
        "an erasure that has begun could not be finished yet; erasing the client again "
        "tries again: {}",
        std::string(finished.message()));
  }
  return absl::OkStatus();
}

absl::Status LedgerServer::OpenView() {
  const std::string path =
      absl::StrCat(config_.data, "/views/reliability-", projections::ReliabilityView::kVersion);
  std::error_code error;
  std::filesystem::create_directories(config_.data + "/views", error);
  auto view_store = storage::RocksViewStore::Open(path, {});
  if (!view_store.ok()) return view_store.status();
  view_store_ = *std::move(view_store);
  projections::ReliabilityViewOptions options;
  options.memory_bytes = config_.view_memory_bytes;
  view_ = std::make_unique<projections::ReliabilityView>(*store_, *view_store_, signal_, clock_,
                                                         policies_, options);
  queries_ = std::make_unique<projections::ReliabilityQueries>(*store_, *view_);
  lists_ = std::make_unique<projections::ClientLists>(*queries_);
  return absl::OkStatus();
}

absl::Status LedgerServer::OpenAudit() {
  auto parts = AuditParts::Open(config_, {*store_, store_->checkpoints(), store_->origin(), clock_,
                                          random_, *machine_, *preparer_, *sequencer_});
  if (!parts.ok()) return parts.status();
  audit_ = *std::move(parts);
  return absl::OkStatus();
}

absl::Status LedgerServer::Open() {
  std::error_code error;
  std::filesystem::create_directories(config_.data, error);
  if (error) {
    return absl::InternalError(
        absl::StrCat("cannot make the folder ", config_.data, ": ", error.message()));
  }
  auto folder_lock = FolderLock::Take(config_.data);
  if (!folder_lock.ok()) return folder_lock.status();
  folder_lock_ = *std::move(folder_lock);
  if (absl::Status status = OpenPrincipals(); !status.ok()) return status;
  if (absl::Status status = OpenStore(); !status.ok()) return status;
  if (absl::Status status = OpenKeys(); !status.ok()) return status;
  if (absl::Status status = OpenLedger(); !status.ok()) return status;
  if (absl::Status status = OpenAudit(); !status.ok()) return status;
  if (absl::Status status = OpenView(); !status.ok()) return status;
  personal_ = std::make_unique<services::PersonalReader>(store_->origin(), *store_, *keys_);
  executor_ = std::make_unique<services::Executor>(config_.read_threads, limits::kReadQueueMax);
  ticker_ = std::make_unique<services::StreamTicker>(clock_, kTickInterval);
  ledger_context_.reset(new services::LedgerContext{
      *store_, *preparer_, *sequencer_, *machine_, erasure_guard_, signal_, *personal_, principals_,
      *access_, *executor_, *ticker_, clock_, store_->origin(), PLEDGER_VERSION,
      [this] { return view_->position(); },
      [this](v1::GetStatusResponse* status) { return audit_->auditor().DescribeTo(status); }});
  reliability_context_.reset(new services::ReliabilityContext{*store_, *view_, *queries_, *lists_,
                                                              policies_, principals_, *executor_,
                                                              *ticker_, signal_, clock_});
  audit_context_.reset(new services::AuditContext{*ledger_context_, *reliability_context_,
                                                  audit_->auditor(), audit_->directories()});
  privacy_context_.reset(new services::PrivacyContext{
      *ledger_context_, *reliability_context_, *eraser_,
      [this](storage::Position position) { return ReceiptOf(position); }});
  return absl::OkStatus();
}

absl::Status LedgerServer::CatchUp() {
  absl::Notification caught_up;
  absl::Status outcome;
  view_->WhenApplied(store_->next_position(), storage::PositionWaiters::kNoDeadline,
                     [&](absl::Status status) {
                       outcome = std::move(status);
                       caught_up.Notify();
                     });
  caught_up.WaitForNotification();
  return outcome;
}

absl::Status LedgerServer::Serve() {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  services_.push_back(services::MakeLedgerService(*ledger_context_));
  services_.push_back(services::MakeReliabilityService(*reliability_context_));
  services_.push_back(services::MakePolicyService(*ledger_context_, *reliability_context_));
  services_.push_back(services::MakePrivacyService(*privacy_context_));
  services_.push_back(services::MakeAuditService(*audit_context_));
  grpc::ServerBuilder builder;
  builder.AddListeningPort(config_.listen, grpc::InsecureServerCredentials(), &port_);
  builder.SetMaxReceiveMessageSize(limits::kRequestBytesMax);
  // A second server on the port would take half of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  for (const auto& service : services_) builder.RegisterService(service.get());
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port_ == 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", config_.listen, "; is another server running there?"));
  }
  server_->GetHealthCheckService()->SetServingStatus(true);
  return absl::OkStatus();
}

void LedgerServer::Shutdown() {
  if (server_ == nullptr) return;
  server_->GetHealthCheckService()->SetServingStatus(false);
  ticker_->Shutdown();
  view_->EndWaiting();
  // Whoever waits for a directory hears that there will be none.
  audit_->StopWork();
  server_->Shutdown(std::chrono::system_clock::now() + kShutdownGrace);
  server_->Wait();
  server_.reset();
  sequencer_->Stop();
  executor_.reset();
  // So that after an orderly stop the log and the keys stand each for itself.
  if (const absl::Status settled = key_journal_->Settle(); !settled.ok()) {
    spdlog::warn("new keys stay in the log until the next start: {}",
                 std::string(settled.message()));
  }
  view_.reset();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const Config& config) {
  if (absl::Status status = CheckListenAddress(config.listen); !status.ok()) return status;
  auto server = std::make_unique<LedgerServer>(config);
  if (absl::Status status = server->Open(); !status.ok()) return status;
  if (absl::Status status = server->CatchUp(); !status.ok()) return status;
  if (absl::Status status = server->Serve(); !status.ok()) return status;
  return server;
}

}  // namespace pledger::runtime
