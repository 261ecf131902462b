#include "server/projections/reliability_queries.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/notification.h"
#include "google/protobuf/arena.h"
#include "server/domain/errors.h"
#include "server/domain/fact_rules.h"
#include "server/domain/limits.h"
#include "server/domain/reliability/assessment.h"
#include "server/domain/reliability/comparison.h"
#include "server/domain/reliability/history_series.h"
#include "server/domain/reliability/portfolio.h"
#include "server/domain/reliability/solvency.h"
#include "storage/format/wire.h"

namespace pledger::projections {
namespace {

using reliability::AssessDetail;
using reliability::ClientHistory;
using reliability::CohortContext;

// How many clients are looked up at once.
constexpr size_t kClientsPage = 1'000;
// How many clients a simulation names where the caller does not say.
constexpr int kSimulatedDefault = 100;
// An answer's messages fit into it where the client is no exception.
constexpr size_t kAnswerBlockBytes = 32 << 10;

void AddReferred(const ClientHistory& history, std::vector<std::string>* referred) {
  for (const reliability::HistoryFact& fact : history.facts()) {
    if (fact.type != v1::FACT_TYPE_REFERRAL_RECEIVED) continue;
    if (fact.referred_client() == reliability::kNoText) continue;
    referred->emplace_back(history.text(fact.referred_client()));
  }
}

bool Refers(const ClientHistory& history) {
  return std::any_of(history.facts().begin(), history.facts().end(),
                     [](const auto& fact) { return fact.type == v1::FACT_TYPE_REFERRAL_RECEIVED; });
}

// A message as a field of another.
std::string SerializedField(int number, const google::protobuf::Message& message) {
  const size_t size = message.ByteSizeLong();
  const uint32_t tag = storage::WireTag(static_cast<uint32_t>(number), storage::WireType::kBytes);
  std::string bytes(storage::VarintBytes(tag) + storage::VarintBytes(size) + size, '\0');
  char* const body = storage::PutVarint(size, storage::PutVarint(tag, bytes.data()));
  message.SerializeWithCachedSizesToArray(reinterpret_cast<uint8_t*>(body));
  return bytes;
}

bool Withheld(const absl::Status& status) {
  const v1::ErrorReason reason = ReasonOf(status);
  return reason == v1::ERROR_REASON_CLIENT_QUARANTINED ||
         reason == v1::ERROR_REASON_CLIENT_NOT_FOUND;
}

std::string BandText(v1::Band band) {
  if (band == v1::BAND_UNSPECIFIED) return "NONE";
  return std::string(absl::StripPrefix(v1::Band_Name(band), "BAND_"));
}

// Adds up what a policy changes, client by client.
class Simulation {
 public:
  Simulation(int clients_max, v1::SimulatePolicyResponse* out)
      : clients_max_(clients_max), out_(*out) {}

  void Add(const v1::ClientReliability& before, const v1::ClientReliability& after) {
    out_.set_clients(out_.clients() + 1);
    v1::SimulatedClient client;
    client.set_client_id(before.client_id());
    client.set_band_before(BandText(before.overall().band()));
    client.set_band_after(BandText(after.overall().band()));
    if (before.overall().has_value()) client.set_overall_before(before.overall().value());
    if (after.overall().has_value()) client.set_overall_after(after.overall().value());
    reliability::CompareSignals(before.assessment(), after.assessment(),
                                client.mutable_appeared_signals(),
                                client.mutable_disappeared_signals());
    for (const std::string& code : client.appeared_signals()) ++signals_[code].first;
    for (const std::string& code : client.disappeared_signals()) ++signals_[code].second;
    const bool moved = client.band_before() != client.band_after();
    if (moved) ++moves_[{client.band_before(), client.band_after()}];
    const double change = std::abs(client.overall_after() - client.overall_before());
    if (!moved && client.appeared_signals().empty() && client.disappeared_signals().empty() &&
        change == 0) {
      return;
    }
    out_.set_changed_clients(out_.changed_clients() + 1);
    changed_.emplace_back(moved, change, std::move(client));
    // Kept in bounds on the way, and put in order at the end.
    if (changed_.size() >= 2 * static_cast<size_t>(clients_max_) + 1'000) Trim();
  }

  void Finish() {
    Trim();
    for (const auto& [bands, clients] : moves_) {
      v1::BandMove* move = out_.add_band_moves();
      move->set_band_before(bands.first);
      move->set_band_after(bands.second);
      move->set_clients(clients);
    }
    for (const auto& [code, counts] : signals_) {
      v1::SignalMove* move = out_.add_signal_moves();
      move->set_code(code);
      move->set_appeared(counts.first);
      move->set_disappeared(counts.second);
    }
    for (auto& [moved, change, client] : changed_) *out_.add_changed() = std::move(client);
  }

 private:
  void Trim() {
    std::stable_sort(changed_.begin(), changed_.end(), [](const auto& a, const auto& b) {
      return std::tie(std::get<0>(a), std::get<1>(a)) > std::tie(std::get<0>(b), std::get<1>(b));
    });
    const auto kept = std::min(changed_.size(), static_cast<size_t>(clients_max_));
    changed_.erase(changed_.begin() + static_cast<ptrdiff_t>(kept), changed_.end());
  }

  const int clients_max_;
  v1::SimulatePolicyResponse& out_;
  std::map<std::pair<std::string, std::string>, int64_t> moves_;
  std::map<std::string, std::pair<int64_t, int64_t>> signals_;
  std::vector<std::tuple<bool, double, v1::SimulatedClient>> changed_;
};

}  // namespace

absl::Status ReliabilityQueries::WithKnown(const std::string& client_id,
                                           const ResolvedPerspective& at,
                                           absl::FunctionRef<void(const ClientHistory&)> use) {
  bool known = false;
  absl::Status status = view_.WithHistory(client_id, [&](const ClientHistory* history) {
    if (history == nullptr || !history->AnyKnown(at.perspective)) return;
    known = true;
    use(*history);
  });
  if (!status.ok() || known) return status;
  return Error(v1::ERROR_REASON_CLIENT_NOT_FOUND,
               absl::StrCat("nothing is known of client ", client_id, " then"),
               {{"client_id", client_id}});
}

absl::StatusOr<int64_t> ReliabilityQueries::ForEachClient(const ResolvedPerspective& at,
                                                          UseClient use) {
  int64_t quarantined = 0;
  std::string after;
  while (true) {
    const auto clients = store_.ListClients(after, kClientsPage);
    if (!clients.ok()) return clients.status();
    if (clients->empty()) return quarantined;
    for (const std::string& client_id : *clients) {
      // The ledger's own streams are nobody's.
      if (client_id.front() == '~') continue;
      absl::Status status =
          WithKnown(client_id, at, [&](const ClientHistory& history) { use(client_id, history); });
      if (ReasonOf(status) == v1::ERROR_REASON_CLIENT_QUARANTINED) ++quarantined;
      // One client's trouble must not hide the others.
      if (!status.ok() && !Withheld(status)) return status;
    }
    after = clients->back();
  }
}

bool ReliabilityQueries::IsInMemory(const std::string& client_id, const ResolvedPerspective& at) {
  return view_.IsInMemory(client_id) && cohorts_.Find(at.perspective, at.policy) != nullptr;
}

absl::StatusOr<CohortBook::CohortsPtr> ReliabilityQueries::CohortsOf(
    const ResolvedPerspective& at) {
  return cohorts_.Get(
      at.perspective, at.policy,
      [&](const reliability::Perspective& then, CohortBook::Visit visit) -> absl::Status {
        // Who there is is known to the index.
        absl::Notification indexed;
        absl::Status status;
        store_.WhenIndexed(at.basis.next_position(), [&](absl::Status outcome) {
          status = std::move(outcome);
          indexed.Notify();
        });
        indexed.WaitForNotification();
        if (!status.ok()) return status;
        ResolvedPerspective at_then = at;
        at_then.perspective = then;
        return ForEachClient(at_then, [&](const std::string&,
                                          const ClientHistory& history) { visit(history); })
            .status();
      });
}

absl::StatusOr<reliability::BandsById> ReliabilityQueries::BandsOf(
    const std::vector<std::string>& client_ids, const ResolvedPerspective& at) {
  reliability::BandsById bands;
  for (const std::string& id : client_ids) {
    if (bands.contains(id)) continue;
    v1::ClientReliability client;
    absl::Status status = WithKnown(id, at, [&](const ClientHistory& history) {
      reliability::Assess(id, history, *at.policy, at.perspective, AssessDetail::kSummary, &client);
    });
    if (!status.ok() && !Withheld(status)) return status;
    bands.emplace(id, client.overall().band());
  }
  return bands;
}

absl::StatusOr<ReliabilityQueries::Compared> ReliabilityQueries::ComparedOf(
    const ResolvedPerspective& at) {
  const auto cohorts = CohortsOf(at);
  if (!cohorts.ok()) return cohorts.status();
  std::vector<std::string> referred;
  const auto quarantined = ForEachClient(at, [&](const std::string&, const ClientHistory& history) {
    AddReferred(history, &referred);
  });
  if (!quarantined.ok()) return quarantined.status();
  auto bands = BandsOf(referred, at);
  if (!bands.ok()) return bands.status();
  return Compared{*cohorts, *std::move(bands)};
}

absl::Status ReliabilityQueries::Assess(const std::string& client_id, const ResolvedPerspective& at,
                                        AssessDetail detail, v1::ClientReliability* out) {
  const auto cohorts = CohortsOf(at);
  if (!cohorts.ok()) return cohorts.status();
  CohortContext cohort;
  cohort.cohorts = cohorts->get();
  const auto assess = [&](const ClientHistory& history) {
    reliability::AssessWhole(client_id, history, *at.policy, at.perspective, cohort, detail, out);
  };
  // Most clients refer nobody: their history tells all, and is looked up once.
  std::vector<std::string> referred;
  absl::Status status = WithKnown(client_id, at, [&](const ClientHistory& history) {
    AddReferred(history, &referred);
    if (referred.empty()) assess(history);
  });
  if (!status.ok() || referred.empty()) return status;
  const auto bands = BandsOf(referred, at);
  if (!bands.ok()) return bands.status();
  cohort.bands = &*bands;
  return WithKnown(client_id, at, assess);
}

absl::StatusOr<std::shared_ptr<const std::string>> ReliabilityQueries::Get(
    const v1::GetReliabilityRequest& request, const ResolvedPerspective& at) {
  auto cohorts = CohortsOf(at);
  if (!cohorts.ok()) return cohorts.status();
  const int64_t day = at.policy->DayOf(at.perspective.as_of_ns);
  KeptAnswerPtr answer;
  bool known = false;
  bool refers = false;
  alignas(8) thread_local char block[kAnswerBlockBytes];
  google::protobuf::ArenaOptions options;
  options.initial_block = block;
  options.initial_block_size = sizeof block;
  google::protobuf::Arena arena(options);
  const auto make = [&](const v1::ClientReliability& client) {
    auto made = std::make_shared<KeptAnswer>();
    made->policy = at.policy;
    made->cohorts = *cohorts;
    made->day = day;
    made->bytes = SerializedField(v1::GetReliabilityResponse::kReliabilityFieldNumber, client);
    answer = std::move(made);
  };
  absl::Status status =
      view_.WithKept(request.client_id(), [&](const ClientHistory* history, KeptAnswerPtr* kept) {
        known = history != nullptr && history->AnyKnown(at.perspective);
        if (!known) return;
        const bool all = history->AllWithin(at.perspective);
        if (all && *kept != nullptr && (*kept)->day == day && (*kept)->policy == at.policy &&
            (*kept)->cohorts == *cohorts) {
          answer = *kept;
          return;
        }
        refers = Refers(*history);
        if (refers) return;
        auto* client = google::protobuf::Arena::CreateMessage<v1::ClientReliability>(&arena);
        reliability::AssessWhole(request.client_id(), *history, *at.policy, at.perspective,
                                 {cohorts->get(), nullptr}, AssessDetail::kFull, client);
        make(*client);
        if (all) *kept = answer;
      });
  if (!status.ok()) return status;
  if (!known || refers) {
    auto* client = google::protobuf::Arena::CreateMessage<v1::ClientReliability>(&arena);
    status = Assess(request.client_id(), at, AssessDetail::kFull, client);
    if (!status.ok()) return status;
    make(*client);
  }
  return std::shared_ptr<const std::string>(answer, &answer->bytes);
}

absl::Status ReliabilityQueries::BatchGet(const v1::BatchGetReliabilityRequest& request,
                                          const ResolvedPerspective& at,
                                          v1::BatchGetReliabilityResponse* out) {
  *out->mutable_basis() = at.basis;
  for (const std::string& client_id : request.client_ids()) {
    absl::Status status = Assess(client_id, at, AssessDetail::kFull, out->add_reliabilities());
    if (status.ok()) continue;
    out->mutable_reliabilities()->RemoveLast();
    if (ReasonOf(status) == v1::ERROR_REASON_CLIENT_NOT_FOUND) {
      out->add_not_found_client_ids(client_id);
    } else if (ReasonOf(status) == v1::ERROR_REASON_CLIENT_QUARANTINED) {
      out->add_quarantined_client_ids(client_id);
    } else {
      return status;
    }
  }
  return absl::OkStatus();
}

absl::Status ReliabilityQueries::Explain(const v1::ExplainRequest& request,
                                         const ResolvedPerspective& at, v1::ExplainResponse* out) {
  v1::ClientReliability whole;
  absl::Status status = Assess(request.client_id(), at, AssessDetail::kExplain, &whole);
  if (!status.ok()) return status;
  status = WithKnown(request.client_id(), at, [&](const ClientHistory& history) {
    *out = reliability::Explain(request.client_id(), history, *at.policy, at.perspective,
                                request.dimension());
  });
  *out->mutable_reliability() = std::move(whole);
  *out->mutable_basis() = at.basis;
  return status;
}

absl::Status ReliabilityQueries::GetHistory(const v1::GetReliabilityHistoryRequest& request,
                                            const ResolvedPerspective& at,
                                            v1::GetReliabilityHistoryResponse* out) {
  reliability::SeriesOptions options;
  if (request.mode() != v1::HISTORY_MODE_UNSPECIFIED) options.mode = request.mode();
  if (!request.dimensions().empty()) {
    options.dimensions = 0;
    for (const int dimension : request.dimensions()) options.dimensions |= 1u << dimension;
  }
  if (request.has_from_time()) options.from_ns = ToNanos(request.from_time());
  if (request.has_to_time()) options.to_ns = ToNanos(request.to_time());
  *out->mutable_basis() = at.basis;
  return WithKnown(request.client_id(), at, [&](const ClientHistory& history) {
    reliability::FillSeries(history, *at.policy, at.perspective, options, out);
  });
}

absl::Status ReliabilityQueries::Compare(const v1::CompareReliabilityRequest& request,
                                         const ResolvedPerspective& before,
                                         const ResolvedPerspective& after,
                                         v1::CompareReliabilityResponse* out) {
  *out->mutable_before_basis() = before.basis;
  *out->mutable_after_basis() = after.basis;
  v1::ClientReliability was;
  v1::ClientReliability is;
  absl::Status status = Assess(request.client_id(), before, AssessDetail::kSummary, &was);
  // Nothing may have been known before, which is a difference too.
  if (!status.ok() && ReasonOf(status) != v1::ERROR_REASON_CLIENT_NOT_FOUND) return status;
  status = Assess(request.client_id(), after, AssessDetail::kSummary, &is);
  if (!status.ok()) return status;
  reliability::CompareSignals(was.assessment(), is.assessment(), out->mutable_appeared_signals(),
                              out->mutable_disappeared_signals());
  return WithKnown(request.client_id(), after, [&](const ClientHistory& history) {
    reliability::FillComparison(history, {*before.policy, before.perspective},
                                {*after.policy, after.perspective}, out);
  });
}

absl::Status ReliabilityQueries::GetSolvency(const v1::GetSolvencyRequest& request,
                                             const ResolvedPerspective& at,
                                             v1::GetSolvencyResponse* out) {
  *out->mutable_basis() = at.basis;
  const auto cohorts = CohortsOf(at);
  if (!cohorts.ok()) return cohorts.status();
  CohortContext cohort;
  cohort.cohorts = cohorts->get();
  return WithKnown(request.client_id(), at, [&](const ClientHistory& history) {
    reliability::FillSolvency(request.client_id(), history, *at.policy, at.perspective, cohort,
                              out);
  });
}

absl::Status ReliabilityQueries::GetGrowthPoints(const v1::GetGrowthPointsRequest& request,
                                                 const ResolvedPerspective& at,
                                                 v1::GetGrowthPointsResponse* out) {
  *out->mutable_basis() = at.basis;
  if (!request.client_id().empty()) {
    v1::ClientReliability client;
    absl::Status status = Assess(request.client_id(), at, AssessDetail::kFull, &client);
    if (!status.ok()) return status;
    for (v1::GrowthPoint& point : *client.mutable_assessment()->mutable_growth_points()) {
      *out->add_growth_points() = std::move(point);
    }
  } else {
    v1::GetPortfolioResponse portfolio;
    absl::Status status = GetPortfolio({}, at, &portfolio);
    if (!status.ok()) return status;
    *out->mutable_growth_points() = std::move(*portfolio.mutable_growth_points());
  }
  std::stable_sort(
      out->mutable_growth_points()->begin(), out->mutable_growth_points()->end(),
      [](const v1::GrowthPoint& a, const v1::GrowthPoint& b) { return a.count() > b.count(); });
  return absl::OkStatus();
}

absl::Status ReliabilityQueries::GetPortfolio(const v1::GetPortfolioRequest&,
                                              const ResolvedPerspective& at,
                                              v1::GetPortfolioResponse* out) {
  const auto compared = ComparedOf(at);
  if (!compared.ok()) return compared.status();
  reliability::PortfolioAccumulator portfolio(*at.policy, at.perspective, compared->context());
  const auto quarantined =
      ForEachClient(at, [&](const std::string& client_id, const ClientHistory& history) {
        portfolio.Add(client_id, history);
      });
  if (!quarantined.ok()) return quarantined.status();
  portfolio.Fill(out);
  out->set_quarantined_clients(*quarantined);
  *out->mutable_basis() = at.basis;
  return absl::OkStatus();
}

absl::Status ReliabilityQueries::Simulate(const v1::SimulatePolicyRequest& request,
                                          const ResolvedPerspective& before,
                                          const ResolvedPerspective& after,
                                          v1::SimulatePolicyResponse* out) {
  Simulation simulation(request.clients_max() > 0 ? request.clients_max() : kSimulatedDefault, out);
  const auto compared_before = ComparedOf(before);
  if (!compared_before.ok()) return compared_before.status();
  const auto compared_after = ComparedOf(after);
  if (!compared_after.ok()) return compared_after.status();
  v1::ClientReliability was;
  v1::ClientReliability would_be;
  const auto quarantined =
      ForEachClient(before, [&](const std::string& client_id, const ClientHistory& history) {
        reliability::AssessWhole(client_id, history, *before.policy, before.perspective,
                                 compared_before->context(), AssessDetail::kSummary, &was);
        reliability::AssessWhole(client_id, history, *after.policy, after.perspective,
                                 compared_after->context(), AssessDetail::kSummary, &would_be);
        simulation.Add(was, would_be);
      });
  if (!quarantined.ok()) return quarantined.status();
  simulation.Finish();
  out->set_next_position(before.basis.next_position());
  out->set_version_before(before.basis.policy_version());
  return absl::OkStatus();
}

}  // namespace pledger::projections
