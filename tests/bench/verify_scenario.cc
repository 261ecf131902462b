// Verifying an audit pack offline, in this process, next to hashing its records and nothing else.
#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/files/durable_file.h"
#include "client/verify/pack.h"
#include "client/verify/verify_pack.h"
#include "server/ledger/append_rules.h"
#include "storage/merkle/checkpoint.h"
#include "storage/merkle/hash.h"
#include "storage/rocks/rocks_event_store.h"
#include "tests/bench/scenario.h"

namespace pledger::bench {
namespace {

constexpr char kOrigin[] = "bench.example/ledger";

absl::StatusOr<uint64_t> SizeOf(const std::string& pack) {
  const auto text = client::ReadFile(verify::PathIn(pack, verify::kCheckpointFile),
                                     storage::merkle::kNoteBytesMax);
  if (!text.ok()) return text.status();
  const auto note = storage::merkle::ParseNote(*text);
  if (!note.ok()) return note.status();
  const auto checkpoint = storage::merkle::ParseCheckpoint(note->text);
  if (!checkpoint.ok()) return checkpoint.status();
  return checkpoint->size;
}

// The pack that --pack names, or one of the ledger that is read.
class VerifyPackScenario final : public Scenario {
 public:
  explicit VerifyPackScenario(Description description) : Scenario(std::move(description)) {}

  absl::Status SetUp(Environment& environment) override {
    pack_ = environment.options().pack;
    if (pack_.empty()) {
      pack_ = environment.NewPath("pack");
      absl::StatusOr<std::string> data = environment.CloseLoadedLedger();
      if (!data.ok()) return data.status();
      if (absl::Status status = WritePack(*data); !status.ok()) return status;
    }
    const absl::StatusOr<uint64_t> size = SizeOf(pack_);
    if (!size.ok()) return size.status();
    size_ = *size;
    return absl::OkStatus();
  }

  absl::StatusOr<Sample> Ceiling(absl::Duration duration) override {
    return Repeat(duration, [this]() -> absl::Status {
      uint8_t mixed = 0;
      absl::Status status = verify::ForEachRecord(pack_, size_, 0, size_,
                                                  [&](storage::Position, std::string_view record) {
                                                    mixed ^= storage::merkle::LeafHash(record)[0];
                                                    return absl::OkStatus();
                                                  });
      mixed_ = mixed;
      return status;
    });
  }

  absl::StatusOr<Sample> Measure(absl::Duration duration) override {
    return Repeat(duration, [this]() -> absl::Status {
      verify::VerifyOptions options;
      options.threads = std::thread::hardware_concurrency();
      const auto result = verify::VerifyPack(pack_, options);
      if (!result.ok()) return result.status();
      for (const verify::Aspect aspect : verify::kAllAspects) {
        const verify::AspectReport& report = result->report.of(aspect);
        if (report.failure_count > 0) return absl::DataLossError(report.failures[0].what);
      }
      return absl::OkStatus();
    });
  }

  absl::Status TearDown() override { return absl::OkStatus(); }

 private:
  template <typename Once>
  absl::StatusOr<Sample> Repeat(absl::Duration duration, const Once& once) {
    const auto start = std::chrono::steady_clock::now();
    std::chrono::duration<double> elapsed{0};
    uint64_t events = 0;
    while (events == 0 || elapsed.count() < absl::ToDoubleSeconds(duration)) {
      if (absl::Status status = once(); !status.ok()) return status;
      events += size_;
      elapsed = std::chrono::steady_clock::now() - start;
    }
    return Sample{.value = static_cast<double>(events) / elapsed.count(), .counters = {}};
  }

  absl::Status WritePack(const std::string& data) {
    ledger::RulesDeriver deriver;
    storage::RocksStoreOptions options;
    options.path = data;
    const auto store = storage::RocksEventStore::Open(options, deriver);
    if (!store.ok()) return store.status();
    auto writer = verify::PackWriter::Create(pack_);
    if (!writer.ok()) return writer.status();
    const auto cursor =
        (*store)->ReadLog(0, (*store)->next_position(), storage::Direction::kForward);
    while (cursor->Next()) {
      if (absl::Status status = writer->AddRecord(cursor->record()); !status.ok()) return status;
    }
    absl::Status status = cursor->status();
    if (status.ok()) status = writer->FinishRecords();
    if (!status.ok()) return status;
    const auto signer = storage::merkle::NoteSigner::Create(
        kOrigin, storage::merkle::NoteKeyType::kEd25519, storage::merkle::Ed25519Seed{1});
    if (!signer.ok()) return signer.status();
    status = writer->WriteCheckpoint(storage::merkle::FormatNote(
        storage::merkle::SignCheckpoint({kOrigin, writer->size(), writer->Root(), {}}, {*signer})));
    if (!status.ok()) return status;
    return writer->Write(verify::kPolicyFile,
                         absl::StrCat("log ", signer->verifier().ToString(), "\nquorum none\n"));
  }

  std::string pack_;
  uint64_t size_ = 0;
  // So that hashing can't be left out.
  volatile uint8_t mixed_ = 0;
};

}  // namespace

void AddVerifyScenarios(Scenarios* scenarios) {
  scenarios->push_back(std::make_unique<VerifyPackScenario>(
      Description{.name = "verify_pack",
                  .what = "offline verification of an audit pack: tree, chains, checkpoints",
                  .ceiling = "reading the same records and hashing each, on one thread",
                  .unit = "events/s",
                  .bar = {.kind = Bar::Kind::kAtLeast, .limit = 0.60}}));
}

}  // namespace pledger::bench
