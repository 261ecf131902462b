#include "server/projections/client_lists.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "server/domain/errors.h"
#include "server/domain/fact_rules.h"
#include "server/domain/reliability/assessment.h"
#include "server/domain/reliability/signal_catalogue.h"
#include "server/domain/reliability/summary.h"
#include "storage/format/wire.h"

namespace pledger::projections {
namespace {

using reliability::AssessDetail;
using reliability::ClientHistory;

// How many moments are kept: each takes some 500 bytes for each client.
constexpr size_t kTablesMax = 3;

bool KnowsEverything(const reliability::Perspective& at) {
  return at.known_at_record_time_ns == std::numeric_limits<int64_t>::max();
}

bool Refers(const ClientHistory& history) {
  return std::any_of(history.facts().begin(), history.facts().end(),
                     [](const auto& fact) { return fact.type == v1::FACT_TYPE_REFERRAL_RECEIVED; });
}

uint32_t BitsOf(const google::protobuf::RepeatedPtrField<std::string>& codes) {
  uint32_t bits = 0;
  for (const std::string& name : codes) {
    if (const auto code = reliability::SignalNamed(name)) {
      bits |= 1u << static_cast<unsigned>(*code);
    }
  }
  return bits;
}

double KeyOf(const v1::ClientSummary& row, v1::Dimension dimension) {
  for (const v1::DimensionSummary& summary : row.dimensions()) {
    if (summary.dimension() == dimension && summary.has_value()) return summary.value();
  }
  return std::numeric_limits<double>::quiet_NaN();
}

// A request's filter, with what it names looked up.
struct Filter {
  explicit Filter(const v1::ClientFilter& given)
      : present(BitsOf(given.present_signals())), watched(BitsOf(given.watched_signals())) {
    for (const int band : given.bands()) bands |= 1u << band;
    for (const int segment : given.segments()) segments |= 1u << segment;
    tiers.insert(given.tiers().begin(), given.tiers().end());
    if (given.has_overdue_min()) overdue_min = given.overdue_min();
  }

  template <typename Row>
  bool Passes(const Row& row) const {
    if (bands != 0 && (bands >> row.band & 1) == 0) return false;
    if (segments != 0 && (segments >> row.segment & 1) == 0) return false;
    if (present != 0 && (present & row.present) == 0) return false;
    if (watched != 0 && (watched & (row.present | row.watched)) == 0) return false;
    if (!tiers.empty() && !tiers.contains(row.tier)) return false;
    return !overdue_min.has_value() || row.overdue >= *overdue_min;
  }

  uint32_t bands = 0;
  uint32_t segments = 0;
  const uint32_t present;
  const uint32_t watched;
  absl::flat_hash_set<std::string> tiers;
  std::optional<int64_t> overdue_min;
};

}  // namespace

std::shared_ptr<const ClientLists::Row> ClientLists::RowOf(const v1::ClientReliability& client,
                                                           const ResolvedPerspective& at,
                                                           bool refers) {
  v1::ClientSummary summary;
  reliability::Summarize(client, &summary);
  *summary.mutable_computed_time() = at.basis.as_of();
  auto row = std::make_shared<Row>();
  row->client_id = client.client_id();
  storage::AppendWireBytes(v1::ListClientsResponse::kClientsFieldNumber,
                           summary.SerializeAsString(), &row->bytes);
  row->band = summary.band();
  row->segment = summary.segment();
  row->tier = summary.tier();
  row->present = BitsOf(summary.present_signals());
  row->watched = BitsOf(summary.watched_signals());
  row->refers = refers;
  double overdue = 0;
  for (const v1::Money& money : summary.overdue()) {
    overdue += static_cast<double>(money.minor_units()) *
               at.policy->RateOf(money.currency_code()).value_or(1.0);
  }
  row->overdue = std::llround(overdue);
  row->keys.fill(0);
  row->keys[v1::CLIENT_ORDER_OVERALL] =
      summary.has_overall() ? summary.overall() : std::numeric_limits<double>::quiet_NaN();
  row->keys[v1::CLIENT_ORDER_PAYMENT] = KeyOf(summary, v1::DIMENSION_PAYMENT);
  row->keys[v1::CLIENT_ORDER_PROMISES] = KeyOf(summary, v1::DIMENSION_PROMISES);
  row->keys[v1::CLIENT_ORDER_OVERDUE] = overdue;
  row->keys[v1::CLIENT_ORDER_LAST_OCCUR_TIME] =
      static_cast<double>(ToNanos(summary.last_occur_time()));
  row->keys[v1::CLIENT_ORDER_EFFORT_MINUTES] = static_cast<double>(summary.effort_minutes());
  return row;
}

std::shared_ptr<const ClientLists::Row> ClientLists::MakeRow(const std::string& client_id,
                                                             const ClientHistory& history,
                                                             const Table& table,
                                                             bool refers) const {
  thread_local v1::ClientReliability client;
  const ResolvedPerspective& at = table.at;
  reliability::AssessWhole(client_id, history, *at.policy, at.perspective,
                           {table.cohorts.get(), nullptr}, AssessDetail::kSummary, &client);
  return RowOf(client, at, refers);
}

absl::Status ClientLists::Build(const Table* before, Table* table) {
  const ResolvedPerspective& at = table->at;
  size_t old = 0;
  std::vector<size_t> referrers;
  const auto quarantined =
      queries_.ForEachClient(at, [&](const std::string& client_id, const ClientHistory& history) {
        if (before != nullptr) {
          while (old < before->rows.size() && before->rows[old]->client_id < client_id) ++old;
          const bool same = old < before->rows.size() &&
                            before->rows[old]->client_id == client_id &&
                            !before->rows[old]->refers &&
                            history.last_position() < before->at.basis.next_position();
          if (same) {
            table->rows.push_back(before->rows[old]);
            return;
          }
        }
        const bool refers = Refers(history);
        if (refers) referrers.push_back(table->rows.size());
        table->rows.push_back(MakeRow(client_id, history, *table, refers));
      });
  if (!quarantined.ok()) return quarantined.status();
  // Who refers others needs their bands, which cannot be looked up while a history is held.
  for (const size_t index : referrers) {
    v1::ClientReliability client;
    absl::Status status =
        queries_.Assess(table->rows[index]->client_id, at, AssessDetail::kSummary, &client);
    if (status.ok()) table->rows[index] = RowOf(client, at, true);
  }
  return absl::OkStatus();
}

std::shared_ptr<ClientLists::Table> ClientLists::FindMade(const ResolvedPerspective& at) {
  const int64_t day = at.policy->DayOf(at.perspective.as_of_ns);
  for (auto table = tables_.begin(); table != tables_.end(); ++table) {
    const ResolvedPerspective& of = (*table)->at;
    if (of.policy != at.policy || (*table)->day != day ||
        of.perspective.known_at_record_time_ns != at.perspective.known_at_record_time_ns ||
        of.basis.next_position() != at.basis.next_position()) {
      continue;
    }
    if (table != tables_.begin()) std::rotate(tables_.begin(), table, table + 1);
    return tables_.front();
  }
  return nullptr;
}

absl::StatusOr<std::shared_ptr<ClientLists::Table>> ClientLists::Make(
    const ResolvedPerspective& at) {
  auto cohorts = queries_.CohortsOf(at);
  if (!cohorts.ok()) return cohorts.status();
  const int64_t day = at.policy->DayOf(at.perspective.as_of_ns);
  const Table* before = nullptr;
  for (const std::shared_ptr<Table>& table : tables_) {
    const ResolvedPerspective& of = table->at;
    const bool alike =
        of.policy == at.policy && table->day == day &&
        of.perspective.known_at_record_time_ns == at.perspective.known_at_record_time_ns;
    if (alike && of.basis.next_position() < at.basis.next_position() &&
        KnowsEverything(at.perspective) && table->cohorts == *cohorts &&
        of.perspective.as_of_ns <= at.perspective.as_of_ns) {
      before = table.get();
      break;
    }
  }
  auto made = std::make_shared<Table>();
  made->at = at;
  made->day = day;
  made->cohorts = *std::move(cohorts);
  if (absl::Status status = Build(before, made.get()); !status.ok()) return status;
  tables_.push_front(made);
  if (tables_.size() > kTablesMax) tables_.pop_back();
  return made;
}

const ClientLists::Ordering& ClientLists::Ordered(Table& table, v1::ClientOrder order) {
  const auto key = static_cast<size_t>(order);
  Ordering& ordered = table.by_order[key];
  if (!ordered.rows.empty() || table.rows.empty()) return ordered;
  ordered.rows.resize(table.rows.size());
  std::iota(ordered.rows.begin(), ordered.rows.end(), 0);
  // Those without the figure come last; ties are in the order of ids.
  std::stable_sort(ordered.rows.begin(), ordered.rows.end(), [&](uint32_t a, uint32_t b) {
    const double x = table.rows[a]->keys[key];
    const double y = table.rows[b]->keys[key];
    return std::isnan(x) ? false : std::isnan(y) || x < y;
  });
  ordered.with_figure = ordered.rows.size();
  while (ordered.with_figure > 0 &&
         std::isnan(table.rows[ordered.rows[ordered.with_figure - 1]]->keys[key])) {
    --ordered.with_figure;
  }
  return ordered;
}

ClientLists::Page ClientLists::PageOf(const v1::ListClientsRequest& request, Table& table,
                                      uint64_t begin, int page_size) {
  const Filter filter(request.filter());
  const Ordering& ordered = Ordered(table, request.order());
  Page page;
  page.basis = table.at.basis;
  int found = 0;
  for (uint64_t i = begin; i < ordered.rows.size(); ++i) {
    // Descending, what has the figure is gone through from its end, and what has not comes last.
    const bool reversed = request.descending() && i < ordered.with_figure;
    const Row& row = *table.rows[ordered.rows[reversed ? ordered.with_figure - 1 - i : i]];
    if (!filter.Passes(row)) continue;
    if (found == page_size) {
      page.next = i;
      break;
    }
    page.clients.append(row.bytes);
    ++found;
  }
  return page;
}

absl::StatusOr<ClientLists::Page> ClientLists::List(const v1::ListClientsRequest& request,
                                                    const ResolvedPerspective& at, uint64_t begin,
                                                    int page_size) {
  absl::MutexLock lock(&mutex_);
  std::shared_ptr<Table> table = FindMade(at);
  if (table == nullptr) {
    auto made = Make(at);
    if (!made.ok()) return made.status();
    table = *std::move(made);
  }
  return PageOf(request, *table, begin, page_size);
}

std::optional<ClientLists::Page> ClientLists::ListAtOnce(const v1::ListClientsRequest& request,
                                                         const ResolvedPerspective& at,
                                                         uint64_t begin, int page_size) {
  // Whoever makes a table holds the lock meanwhile.
  if (!mutex_.TryLock()) return std::nullopt;
  std::optional<Page> page;
  const std::shared_ptr<Table> table = FindMade(at);
  // Putting 100,000 rows in order takes too long here, too.
  if (table != nullptr && !table->by_order[static_cast<size_t>(request.order())].rows.empty()) {
    page = PageOf(request, *table, begin, page_size);
  }
  mutex_.Unlock();
  return page;
}

}  // namespace pledger::projections
