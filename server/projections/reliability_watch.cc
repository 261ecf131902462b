#include "server/projections/reliability_watch.h"

#include <algorithm>

#include "server/domain/errors.h"
#include "server/domain/limits.h"
#include "server/domain/reliability/assessment.h"
#include "storage/format/record.h"
#include "storage/format/text.h"

namespace pledger::projections {
namespace {

using reliability::AssessDetail;
using reliability::ClientHistory;

// From so many events on it is cheaper to look at everybody than at who they are about.
constexpr uint64_t kEventsReadMax = 1 << 20;

}  // namespace

absl::Status ReliabilityWatch::Advance(ResolvedPerspective before, ResolvedPerspective after) {
  before_ = std::move(before);
  after_ = std::move(after);
  clients_.clear();
  next_client_ = 0;
  everyone_ = false;
  if (!client_id_.empty()) {
    clients_.push_back(client_id_);
    return absl::OkStatus();
  }
  if (absl::Status status = FindReferrers(); !status.ok()) return status;
  const auto everyone = ConcernsEveryone();
  if (!everyone.ok()) return everyone.status();
  absl::Status status = FindConcerned();
  if (!status.ok() || !*everyone) return status;
  clients_.clear();
  everyone_ = true;
  return TakeNextClients();
}

absl::Status ReliabilityWatch::FindReferrers() {
  if (referrers_known_) return absl::OkStatus();
  referrers_known_ = true;
  return queries_
      .ForEachClient(
          after_,
          [this](const std::string& client_id, const ClientHistory& history) {
            for (const reliability::HistoryFact& fact : history.facts()) {
              if (fact.type != v1::FACT_TYPE_REFERRAL_RECEIVED) continue;
              if (fact.referred_client() == reliability::kNoText) continue;
              referrers_[ToAbsl(history.text(fact.referred_client()))].push_back(client_id);
            }
          })
      .status();
}

absl::StatusOr<bool> ReliabilityWatch::ConcernsEveryone() const {
  const storage::Position from = before_.basis.next_position();
  if (before_.policy != after_.policy || after_.basis.next_position() - from > kEventsReadMax ||
      before_.policy->DayOf(before_.perspective.as_of_ns) !=
          after_.policy->DayOf(after_.perspective.as_of_ns)) {
    return true;
  }
  const auto cohorts_before = queries_.CohortsOf(before_);
  if (!cohorts_before.ok()) return cohorts_before.status();
  const auto cohorts_after = queries_.CohortsOf(after_);
  if (!cohorts_after.ok()) return cohorts_after.status();
  return **cohorts_before != **cohorts_after;
}

absl::Status ReliabilityWatch::FindConcerned() {
  const int64_t now_ns = after_.perspective.as_of_ns;
  const auto due = std::stable_partition(upcoming_.begin(), upcoming_.end(),
                                         [&](const auto& one) { return one.first > now_ns; });
  for (auto one = due; one != upcoming_.end(); ++one) clients_.push_back(std::move(one->second));
  upcoming_.erase(due, upcoming_.end());
  const auto cursor = store_.ReadLog(before_.basis.next_position(), after_.basis.next_position(),
                                     storage::Direction::kForward);
  while (cursor->Next()) {
    const auto body = storage::ScanBody(cursor->view().body);
    if (!body.ok()) return body.status();
    if (body->client_id.front() == '~') continue;
    const storage::RecordHeader& header = cursor->view().header;
    clients_.emplace_back(body->client_id);
    if (header.occur_time_ns > now_ns) {
      upcoming_.emplace_back(header.occur_time_ns, clients_.back());
    }
    if (header.fact_type != v1::FACT_TYPE_REFERRAL_RECEIVED) continue;
    v1::Fact fact;
    if (fact.ParseFromArray(body->fact.data(), static_cast<int>(body->fact.size()))) {
      referrers_[fact.referral_received().referred_client_id()].push_back(clients_.back());
    }
  }
  for (size_t i = 0, concerned = clients_.size(); i < concerned; ++i) {
    const auto found = referrers_.find(clients_[i]);
    if (found == referrers_.end()) continue;
    for (const std::string& referrer : found->second) clients_.push_back(referrer);
  }
  std::sort(clients_.begin(), clients_.end());
  clients_.erase(std::unique(clients_.begin(), clients_.end()), clients_.end());
  return cursor->status();
}

absl::Status ReliabilityWatch::TakeNextClients() {
  auto clients =
      store_.ListClients(clients_.empty() ? "" : clients_.back(), limits::kWatchedAtOnce);
  if (!clients.ok()) return clients.status();
  clients_ = *std::move(clients);
  next_client_ = 0;
  everyone_ = !clients_.empty();
  return absl::OkStatus();
}

absl::StatusOr<bool> ReliabilityWatch::Next(v1::WatchReliabilityResponse* out) {
  const size_t end = std::min(clients_.size(), next_client_ + limits::kWatchedAtOnce);
  for (; next_client_ < end; ++next_client_) {
    // The ledger's own streams are nobody's.
    if (clients_[next_client_].front() == '~') continue;
    absl::Status status = Compare(clients_[next_client_], out);
    if (!status.ok()) return status;
  }
  if (next_client_ < clients_.size()) return false;
  if (!everyone_) return true;
  absl::Status status = TakeNextClients();
  if (!status.ok()) return status;
  return !everyone_;
}

absl::Status ReliabilityWatch::Compare(const std::string& client_id,
                                       v1::WatchReliabilityResponse* out) {
  v1::ClientReliability was;
  v1::ClientReliability is;
  for (const auto& [at, client] : {std::pair(&before_, &was), std::pair(&after_, &is)}) {
    absl::Status status = queries_.Assess(client_id, *at, AssessDetail::kSummary, client);
    const v1::ErrorReason reason = ReasonOf(status);
    if (reason == v1::ERROR_REASON_CLIENT_QUARANTINED) return absl::OkStatus();
    if (!status.ok() && reason != v1::ERROR_REASON_CLIENT_NOT_FOUND) return status;
  }
  v1::ReliabilityMove move;
  reliability::CompareSignals(was.assessment(), is.assessment(), move.mutable_appeared_signals(),
                              move.mutable_disappeared_signals());
  if (was.overall().band() == is.overall().band() && move.appeared_signals().empty() &&
      move.disappeared_signals().empty()) {
    return absl::OkStatus();
  }
  move.set_client_id(client_id);
  move.set_band_before(was.overall().band());
  move.set_band_after(is.overall().band());
  if (was.overall().has_value()) move.set_overall_before(was.overall().value());
  if (is.overall().has_value()) move.set_overall_after(is.overall().value());
  *out->add_moves() = std::move(move);
  return absl::OkStatus();
}

}  // namespace pledger::projections
