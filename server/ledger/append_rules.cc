#include "server/ledger/append_rules.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/domain/obligations.h"
#include "storage/format/text.h"

namespace pledger::ledger {
namespace {

// The store's states and records as the domain wants to see them.
class Adapter final : public ObligationTable, public EventLookup {
 public:
  explicit Adapter(storage::StateTable& states) : states_(states) {}

  absl::StatusOr<std::optional<std::string>> Find(std::string_view key) override {
    return states_.FindState(key);
  }
  void Put(std::string key, std::string value) override {
    states_.PutState(std::move(key), std::move(value));
  }
  absl::StatusOr<std::optional<TargetEvent>> FindEvent(uint64_t position) override {
    const auto record = states_.FindRecord(position);
    if (!record.ok()) return record.status();
    if (!record->has_value()) return std::nullopt;
    const auto view = storage::DecodeRecord(**record);
    if (!view.ok()) return view.status();
    const auto body = storage::ScanBody(view->body);
    if (!body.ok()) return body.status();
    TargetEvent target;
    target.client_id = std::string(body->client_id);
    if (!target.fact.ParseFromArray(body->fact.data(), static_cast<int>(body->fact.size()))) {
      return storage::Corrupt(position, "its fact is malformed");
    }
    return target;
  }

 private:
  storage::StateTable& states_;
};

}  // namespace

absl::Status ApplyRules(std::string_view client_id, storage::Position position,
                        const v1::Fact& fact, storage::StateTable& states) {
  Adapter adapter(states);
  return ApplyObligations(client_id, position, fact, adapter, adapter);
}

absl::Status RulesDeriver::Derive(const storage::RecordView& record, storage::StateTable& states) {
  const storage::Position position = record.header.position;
  const auto body = storage::ScanBody(record.body);
  if (!body.ok()) return storage::Corrupt(position, FromAbsl(body.status().message()));
  v1::Fact fact;
  if (!fact.ParseFromArray(body->fact.data(), static_cast<int>(body->fact.size()))) {
    return storage::Corrupt(position, "its fact is malformed");
  }
  const absl::Status applied = ApplyRules(body->client_id, position, fact, states);
  if (applied.ok() || absl::IsDataLoss(applied) || absl::IsInternal(applied)) return applied;
  return storage::Corrupt(
      position, absl::StrCat("it breaks a rule that it was checked against: ", applied.message()));
}

}  // namespace pledger::ledger
