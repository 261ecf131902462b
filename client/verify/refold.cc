#include "client/verify/refold.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/verify/message_difference.h"
#include "client/verify/pack.h"
#include "pledger/v1/fact.pb.h"
#include "server/domain/fact_rules.h"
#include "server/domain/reliability/assess.h"
#include "server/domain/reliability/assessment.h"
#include "server/domain/reliability/cohort.h"
#include "storage/format/big_endian.h"
#include "storage/format/text.h"
#include "storage/merkle/hash.h"

namespace pledger::verify {
namespace {

using reliability::AssessDetail;
using reliability::ClientHistory;
using reliability::Perspective;
using storage::Hash;

// Of the view that the digest is of, and its code; audit.proto says what an entry is.
constexpr char kView[] = "reliability";
constexpr int kViewVersion = 2;
constexpr char kHistoryEntry = 1;
constexpr char kQuarantinedEntry = 2;

// The perspective that an answer was computed from.
Perspective PerspectiveOf(const v1::AnswerBasis& basis) {
  Perspective perspective;
  perspective.as_of_ns = ToNanos(basis.as_of());
  if (basis.next_position() == 0) {
    perspective.known_at_record_time_ns = std::numeric_limits<int64_t>::min();
  } else {
    perspective.known_at_position = basis.next_position() - 1;
  }
  return perspective;
}

// Adds a number of 256 bits, big-endian, modulo 2^256.
void AddTo(Hash& sum, const Hash& addend) {
  unsigned carry = 0;
  for (size_t i = sum.size(); i-- > 0;) {
    carry += sum[i] + addend[i];
    sum[i] = static_cast<uint8_t>(carry);
    carry >>= 8;
  }
}

}  // namespace

absl::StatusOr<Refold> Refold::FromPack(const std::string& folder, uint64_t size) {
  Refold refold;
  absl::Status status =
      ForEachRecord(folder, size, 0, size,
                    [&](storage::Position, std::string_view record) { return refold.Add(record); });
  if (!status.ok()) return status;
  return refold;
}

absl::Status Refold::Add(std::string_view record) {
  const auto view = storage::DecodeRecord(record);
  absl::Status status = view.status();
  if (status.ok()) status = Fold(*view);
  if (status.ok()) {
    ++next_position_;
    return status;
  }
  return absl::DataLossError(absl::StrCat("position ", next_position_, ": ", status.message()));
}

absl::Status Refold::Fold(const storage::RecordView& record) {
  const storage::RecordHeader& header = record.header;
  const auto body = storage::ScanBody(record.body);
  if (!body.ok()) return body.status();
  Client& client = clients_[std::string(body->client_id)];
  if (client.quarantined_at) return absl::OkStatus();
  const bool is_policy = header.fact_type == v1::FACT_TYPE_POLICY_ADOPTED;
  const bool matters = ClientHistory::Matters(header.fact_type);
  v1::Fact fact;
  const bool parsed = !(matters || is_policy) ||
                      fact.ParseFromArray(body->fact.data(), static_cast<int>(body->fact.size()));
  const reliability::RecordedFact recorded = {header.position, header.record_time_ns,
                                              header.occur_time_ns, fact};
  if (is_policy && parsed) policies_->Add(recorded);
  if (!matters) {
    client.history.AddUninteresting(header.position, header.record_time_ns, header.occur_time_ns);
  } else if (!parsed || !client.history.Add(recorded).ok()) {
    client.quarantined_at = header.position;
  }
  return absl::OkStatus();
}

std::vector<std::string> Refold::ClientIds() const {
  std::vector<std::string> ids;
  ids.reserve(clients_.size());
  for (const auto& [client_id, client] : clients_) ids.push_back(client_id);
  return ids;
}

absl::StatusOr<Refold::ResolvedPolicy> Refold::PolicyAt(const v1::AnswerBasis& basis,
                                                        const Perspective& perspective) const {
  if (basis.next_position() > next_position_) {
    return absl::OutOfRangeError(absl::StrCat("the answer takes ", basis.next_position(),
                                              " events into account, there are ", next_position_));
  }
  const auto policy = policies_->Find(basis.policy_version(), perspective);
  if (policy != nullptr) return policy->resolved;
  return absl::NotFoundError(
      absl::StrCat("policy ", basis.policy_version(), " was not adopted by then"));
}

const Refold::Client* Refold::Find(std::string_view client_id,
                                   const Perspective& perspective) const {
  const auto found = clients_.find(ToAbsl(client_id));
  const bool answers = found != clients_.end() && !found->second.quarantined_at &&
                       found->second.history.AnyKnown(perspective);
  return answers ? &found->second : nullptr;
}

reliability::BandsById Refold::ReferredBands(const ClientHistory& history,
                                             const Perspective& perspective,
                                             const reliability::Policy& policy) const {
  reliability::BandsById bands;
  for (const reliability::HistoryFact& fact : history.facts()) {
    if (fact.type != v1::FACT_TYPE_REFERRAL_RECEIVED ||
        fact.referred_client() == reliability::kNoText) {
      continue;
    }
    const std::string client_id(history.text(fact.referred_client()));
    const Client* client = Find(client_id, perspective);
    bands[client_id] = client == nullptr ? v1::BAND_UNSPECIFIED
                                         : reliability::Assess(client_id, client->history, policy,
                                                               perspective, AssessDetail::kSummary)
                                               .overall()
                                               .band();
  }
  return bands;
}

const reliability::Cohorts& Refold::CohortsOf(const Perspective& perspective,
                                              const ResolvedPolicy& policy) const {
  Perspective at = reliability::CohortPerspective(perspective);
  at.as_of_ns = policy->EndOfDayNs(reliability::ComparedDay(*policy, perspective.as_of_ns));
  const bool kept = cohorts_policy_ == policy && cohorts_at_.as_of_ns == at.as_of_ns &&
                    cohorts_at_.known_at_position == at.known_at_position &&
                    cohorts_at_.known_at_record_time_ns == at.known_at_record_time_ns;
  if (kept) return cohorts_;
  reliability::CohortAccumulator accumulator(*policy, reliability::CohortPerspective(perspective));
  for (const auto& [client_id, client] : clients_) {
    if (!client.quarantined_at.has_value()) accumulator.Add(client.history);
  }
  cohorts_ = accumulator.Finish();
  cohorts_at_ = at;
  cohorts_policy_ = policy;
  return cohorts_;
}

absl::StatusOr<v1::ClientReliability> Refold::Assess(const std::string& client_id,
                                                     const v1::AnswerBasis& basis) const {
  const Perspective perspective = PerspectiveOf(basis);
  const absl::StatusOr<ResolvedPolicy> policy = PolicyAt(basis, perspective);
  if (!policy.ok()) return policy.status();
  const Client* client = Find(client_id, perspective);
  if (client == nullptr) {
    return absl::NotFoundError(absl::StrCat("the records say nothing of ", client_id));
  }
  // Before the client itself: the fold's scratch memory serves one client at a time.
  const auto bands = ReferredBands(client->history, perspective, **policy);
  reliability::CohortContext cohort;
  cohort.cohorts = &CohortsOf(perspective, *policy);
  cohort.bands = &bands;
  v1::ClientReliability out;
  reliability::AssessWhole(client_id, client->history, **policy, perspective, cohort,
                           AssessDetail::kFull, &out);
  return out;
}

std::optional<FigureDifference> Refold::Compare(const v1::ClientReliability& served,
                                                const v1::AnswerBasis& basis) const {
  const absl::StatusOr<v1::ClientReliability> refolded = Assess(served.client_id(), basis);
  if (!refolded.ok()) {
    return FigureDifference{served.client_id(), std::string(refolded.status().message())};
  }
  std::string what = FirstDifference(served, *refolded, "");
  if (what.empty()) return std::nullopt;
  return FigureDifference{served.client_id(), std::move(what)};
}

v1::VerifyProjectionResponse Refold::Projection() const {
  v1::VerifyProjectionResponse out;
  out.set_view(kView);
  out.set_version(kViewVersion);
  out.set_next_position(next_position_);
  out.set_entry_count(clients_.size());
  Hash sum{};
  for (const auto& [client_id, client] : clients_) {
    std::string entry;
    storage::AppendBig64(client_id.size(), &entry);
    entry += client_id;
    entry.push_back(client.quarantined_at ? kQuarantinedEntry : kHistoryEntry);
    if (client.quarantined_at) {
      out.set_quarantined_count(out.quarantined_count() + 1);
      storage::AppendBig64(*client.quarantined_at, &entry);
    } else {
      client.history.EncodeTo(&entry);
    }
    AddTo(sum, storage::merkle::Sha256(entry));
  }
  out.set_digest(std::string(storage::AsChars(sum)));
  return out;
}

}  // namespace pledger::verify
