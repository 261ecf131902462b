#include "tests/support/test_ledger.h"

#include <array>
#include <cstring>
#include <utility>

#include "absl/types/span.h"
#include "server/domain/fact_rules.h"
#include "storage/format/big_endian.h"
#include "storage/keys/secret.h"
#include "storage/merkle/hash.h"
#include "tests/support/sample_facts.h"

namespace pledger::testing {
namespace {

constexpr size_t kCachedKeys = 4;

class TestAppend final : public ledger::PendingAppend {
 public:
  void Done() override {}
  v1::AppendRequest request;
};

storage::keys::KeyEncryptionKey FixedKey() {
  storage::keys::Secret::Bytes bytes;
  bytes.fill(7);
  return storage::keys::KeyEncryptionKey(bytes);
}

}  // namespace

TestLedger::TestLedger(uint64_t seed)
    : clock_(kSampleTimeNs),
      random_(seed),
      keys_(key_store_, FixedKey(), random_, kCachedKeys),
      preparer_(kOrigin, clock_, keys_, random_) {}

absl::Status TestLedger::Open(storage::EventStore& store) {
  signal_ = std::make_unique<storage::CommitSignal>();
  auto machine = ledger::LedgerMachine::Create(store, *signal_);
  if (!machine.ok()) return machine.status();
  machine_ = *std::move(machine);
  return absl::OkStatus();
}

void TestLedger::Close() {
  machine_.reset();
  signal_.reset();
}

AppendOutcome TestLedger::Append(const v1::AppendRequest& request) {
  return std::move(AppendTogether({request})[0]);
}

std::vector<AppendOutcome> TestLedger::AppendTogether(
    const std::vector<v1::AppendRequest>& requests) {
  std::vector<std::unique_ptr<TestAppend>> appends;
  std::vector<ledger::PendingAppend*> prepared;
  for (const v1::AppendRequest& request : requests) {
    appends.push_back(std::make_unique<TestAppend>());
    TestAppend& append = *appends.back();
    append.request = request;
    append.status = preparer_.Check(append.request);
    if (append.status.ok()) {
      append.status = preparer_.Fill(append.request, "principal-1", &append);
    }
    if (append.status.ok()) prepared.push_back(&append);
  }
  if (!prepared.empty()) machine_->Apply(prepared);
  std::vector<AppendOutcome> outcomes;
  for (const auto& append : appends) {
    outcomes.push_back({append->status, std::move(append->recorded)});
  }
  return outcomes;
}

std::string TestUuid(uint64_t number) {
  std::string text = "uuid";
  storage::AppendBig64(number, &text);
  const storage::Hash hash = storage::merkle::Sha256(text);
  std::array<uint8_t, 16> uuid;
  std::memcpy(uuid.data(), hash.data(), uuid.size());
  const bool time_ordered = number % 2 == 1;
  if (time_ordered) {
    // 48 bits of milliseconds, which stand in for time passing.
    std::string time;
    storage::AppendBig64(number << 16, &time);
    std::memcpy(uuid.data(), time.data(), 6);
  }
  uuid[6] = static_cast<uint8_t>((uuid[6] & 0x0f) | (time_ordered ? 0x70 : 0x40));
  uuid[8] = static_cast<uint8_t>((uuid[8] & 0x3f) | 0x80);
  return FormatUuid(uuid);
}

}  // namespace pledger::testing
