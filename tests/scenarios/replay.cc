#include "tests/scenarios/replay.h"

#include <map>
#include <random>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "client/lib/errors.h"
#include "google/protobuf/descriptor.h"
#include "server/domain/obligation_effects.h"
#include "tests/e2e/ledger_fixture.h"
#include "tests/scenarios/words.h"

namespace pledger::scenarios {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr int kFactsInAppend = 500;

// The position in a fact that is about an event: the one unsigned number of its message.
void SetTarget(uint64_t position, v1::Fact* fact) {
  if (fact->has_action_proposed()) {
    // Everything below it was known.
    fact->mutable_action_proposed()->set_assessed_position(position + 1);
    return;
  }
  const FieldDescriptor* kind =
      fact->GetReflection()->GetOneofFieldDescriptor(*fact, fact->GetDescriptor()->oneof_decl(0));
  Message* message = fact->GetReflection()->MutableMessage(fact, kind);
  for (int i = 0; i < message->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message->GetDescriptor()->field(i);
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_UINT64) {
      message->GetReflection()->SetUInt64(message, field, position);
    }
  }
}

// Which facts must be recorded before which.
class Constraints {
 public:
  explicit Constraints(const Scenario& scenario) : scenario_(scenario) {
    waits_for_.resize(scenario.facts.size());
    for (size_t i = 0; i < scenario.facts.size(); ++i) Constrain(i);
  }

  const std::set<size_t>& WaitsFor(size_t fact) const { return waits_for_[fact]; }

 private:
  using Key = std::tuple<std::string, ObligationKind, std::string>;

  struct Named {
    std::vector<size_t> by;
    // The last fact that opened or moved it.
    std::optional<size_t> moved_by;
  };

  void Constrain(size_t i) {
    const FactLine& line = scenario_.facts[i];
    if (line.rejected != v1::ERROR_REASON_UNSPECIFIED) return;
    if (line.target.has_value()) waits_for_[i].insert(*line.target);
    if (line.fact.has_event_corrected() || line.fact.has_event_retracted()) {
      Amend(i);
    } else if (line.fact.has_policy_adopted()) {
      // Versions follow one another.
      Name(i, {line.client_id, ObligationKind::kPolicy, ""}, true);
    } else {
      NameAll(i, line.fact, false);
    }
  }

  // What is said about the target's obligations later must find them amended. Of several amendments
  // the last counts.
  void Amend(size_t i) {
    for (size_t j = 0; j < i; ++j) {
      if (scenario_.facts[i].client_id == scenario_.facts[j].client_id) waits_for_[i].insert(j);
    }
    NameAll(i, scenario_.facts[*scenario_.facts[i].target].fact, true);
  }

  void NameAll(size_t i, const v1::Fact& fact, bool moves) {
    const std::string& client_id = scenario_.facts[i].client_id;
    const ObligationEffects effects = EffectsOf(fact);
    for (const ObligationReference& reference : effects.references) {
      Name(i, {client_id, reference.kind, std::string(reference.id)}, moves);
    }
    if (effects.act == ObligationAct::kNone) return;
    Name(i, {client_id, effects.kind, std::string(effects.id)},
         moves || effects.act != ObligationAct::kNote);
  }

  void Name(size_t i, const Key& key, bool moves) {
    Named& named = named_[key];
    if (named.moved_by.has_value()) waits_for_[i].insert(*named.moved_by);
    if (moves) {
      waits_for_[i].insert(named.by.begin(), named.by.end());
      named.moved_by = i;
    }
    named.by.push_back(i);
  }

  const Scenario& scenario_;
  std::vector<std::set<size_t>> waits_for_;
  std::map<Key, Named> named_;
};

}  // namespace

std::vector<size_t> FileOrder(const Scenario& scenario) {
  std::vector<size_t> order(scenario.facts.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  return order;
}

std::vector<size_t> PermutedOrder(const Scenario& scenario, uint64_t seed) {
  const Constraints constraints(scenario);
  std::mt19937_64 random(seed);
  const size_t count = scenario.facts.size();
  std::vector<size_t> missing(count);
  std::vector<std::vector<size_t>> followers(count);
  std::vector<size_t> ready;
  for (size_t i = 0; i < count; ++i) {
    if (scenario.facts[i].rejected != v1::ERROR_REASON_UNSPECIFIED) continue;
    for (const size_t before : constraints.WaitsFor(i)) {
      if (scenario.facts[before].rejected != v1::ERROR_REASON_UNSPECIFIED) continue;
      ++missing[i];
      followers[before].push_back(i);
    }
    if (missing[i] == 0) ready.push_back(i);
  }
  std::vector<size_t> order;
  while (!ready.empty()) {
    const size_t pick = random() % ready.size();
    const size_t fact = ready[pick];
    ready.erase(ready.begin() + static_cast<ptrdiff_t>(pick));
    order.push_back(fact);
    for (const size_t follower : followers[fact]) {
      if (--missing[follower] == 0) ready.push_back(follower);
    }
  }
  return order;
}

v1::ProposedEvent Replay::EventOf(size_t fact) const {
  const FactLine& line = scenario_.facts[fact];
  v1::ProposedEvent event = testing::NewEvent(line.client_id, line.fact);
  event.mutable_occur_time()->set_seconds(absl::ToUnixSeconds(line.occur_time));
  if (line.target.has_value()) {
    SetTarget(recorded_[*line.target].position(), event.mutable_fact());
  }
  return event;
}

absl::Status Replay::Record(const std::vector<size_t>& order) {
  for (const size_t fact : order) {
    const FactLine& line = scenario_.facts[fact];
    const bool rejected = line.rejected != v1::ERROR_REASON_UNSPECIFIED;
    absl::Status status;
    if (line.target.has_value() || rejected || pending_.events_size() == kFactsInAppend) {
      status = Flush();
    }
    if (status.ok() && rejected) {
      status = ExpectRejection(fact);
    } else if (status.ok()) {
      *pending_.add_events() = EventOf(fact);
      pending_facts_.push_back(fact);
    }
    if (!status.ok()) return status;
  }
  return Flush();
}

absl::Status Replay::Flush() {
  if (pending_facts_.empty()) return absl::OkStatus();
  const auto response = client_.Append(pending_);
  if (!response.ok()) {
    const auto& first = scenario_.facts[pending_facts_.front()];
    return Complaint(
        absl::StrCat(scenario_.file, ":", first.line,
                     ": the append that begins here was rejected: ", response.status().ToString()));
  }
  for (int i = 0; i < response->events_size(); ++i) {
    recorded_[pending_facts_[static_cast<size_t>(i)]] = response->events(i);
    last_position_ = response->events(i).position();
  }
  sent_.push_back(pending_);
  pending_.Clear();
  pending_facts_.clear();
  return absl::OkStatus();
}

absl::Status Replay::ExpectRejection(size_t fact) {
  const FactLine& line = scenario_.facts[fact];
  v1::AppendRequest request;
  *request.add_events() = EventOf(fact);
  const auto response = client_.Append(request);
  if (!response.ok() && client::ReasonOf(response.status()) == line.rejected) {
    return absl::OkStatus();
  }
  return Complaint(absl::StrCat(
      scenario_.file, ":", line.line, ": ", line.text, "\n  must be rejected with ",
      v1::ErrorReason_Name(line.rejected),
      " but: ", response.ok() ? std::string("it was recorded") : response.status().ToString()));
}

absl::Status Replay::Redeliver() {
  for (const v1::AppendRequest& request : sent_) {
    const auto response = client_.Append(request);
    if (!response.ok()) return response.status();
    for (const v1::AppendedEvent& event : response->events()) {
      if (!event.duplicate()) {
        return absl::InternalError(absl::StrCat("recorded anew: ", event.ShortDebugString()));
      }
    }
  }
  return absl::OkStatus();
}

uint64_t Replay::PositionOf(const std::string& label) const {
  return recorded_[scenario_.labels.at(label)].position();
}

}  // namespace pledger::scenarios
