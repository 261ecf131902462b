// Lists of clients by any order and filter, a page at a time.
//
// A table holds one row for each client as of one moment: every client assessed once. It serves all
// pages of all orders and filters of that moment, and whoever asks for "now" on the same civil day
// while nothing was recorded since. When something was, the next table takes over the rows of all
// clients whom it does not concern; a new day, another policy or another moment assesses everybody
// anew. Figures change with facts and civil days alone, so a row holds until either; it says when
// it was computed.
//
// Due dates that pass are no events. That something is overdue follows from its due date, the day
// that is asked for, and the policy's time zone and days of grace; an event that said so would be
// wrong under another policy, or once a fact arrives late, and would make answers depend on when
// it was recorded. All of these change at the end of a civil day at the earliest, and there every
// list is made anew: nothing is overdue for longer than until the list is next asked for.
//
// Page tokens name the table's moment: pages of one list fit together whatever is recorded
// meanwhile. Who refers others is assessed each time, for the bands of those may have changed.
#ifndef PLEDGER_SERVER_PROJECTIONS_CLIENT_LISTS_H_
#define PLEDGER_SERVER_PROJECTIONS_CLIENT_LISTS_H_

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "pledger/v1/assessment.pb.h"
#include "pledger/v1/perspective.pb.h"
#include "pledger/v1/reliability.pb.h"
#include "server/projections/reliability_queries.h"

namespace pledger::projections {

// Thread-safe.
class ClientLists {
 public:
  // Must outlive it.
  explicit ClientLists(ReliabilityQueries& queries) : queries_(queries) {}

  struct Page {
    // Fields ListClientsResponse.clients, serialised with their tags.
    std::string clients;
    v1::AnswerBasis basis;
    // The first row behind the page, or 0 where there is none.
    uint64_t next = 0;
  };
  // One page, from row `begin` of the list on. May block. Errors are the stores'.
  absl::StatusOr<Page> List(const v1::ListClientsRequest& request, const ResolvedPerspective& at,
                            uint64_t begin, int page_size);
  // The same, nothing where it would have to block: the table is not there yet.
  std::optional<Page> ListAtOnce(const v1::ListClientsRequest& request,
                                 const ResolvedPerspective& at, uint64_t begin, int page_size);

 private:
  struct Row {
    std::string client_id;
    // A field ListClientsResponse.clients, serialised with its tag.
    std::string bytes;
    // What clients are ordered by; NaN where a client has no such figure.
    std::array<double, v1::ClientOrder_ARRAYSIZE> keys;
    v1::Band band = v1::BAND_UNSPECIFIED;
    v1::Segment segment = v1::SEGMENT_UNSPECIFIED;
    // Bits of SignalCode.
    uint32_t present = 0;
    uint32_t watched = 0;
    std::string tier;
    int64_t overdue = 0;
    // Depends on other clients.
    bool refers = false;
  };
  using Rows = std::vector<std::shared_ptr<const Row>>;
  struct Ordering {
    // Ascending, those without the figure last.
    std::vector<uint32_t> rows;
    size_t with_figure = 0;
  };
  struct Table {
    ResolvedPerspective at;
    int64_t day = 0;
    // What its rows were compared with.
    CohortBook::CohortsPtr cohorts;
    Rows rows;  // By client id.
    // By order; made when first asked for.
    std::array<Ordering, v1::ClientOrder_ARRAYSIZE> by_order;
  };

  // The table of the moment; null if there is none yet.
  std::shared_ptr<Table> FindMade(const ResolvedPerspective& at)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::shared_ptr<Table>> Make(const ResolvedPerspective& at)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static Page PageOf(const v1::ListClientsRequest& request, Table& table, uint64_t begin,
                     int page_size);
  absl::Status Build(const Table* before, Table* table);
  std::shared_ptr<const Row> MakeRow(const std::string& client_id,
                                     const reliability::ClientHistory& history, const Table& table,
                                     bool refers) const;
  static std::shared_ptr<const Row> RowOf(const v1::ClientReliability& client,
                                          const ResolvedPerspective& at, bool refers);
  static const Ordering& Ordered(Table& table, v1::ClientOrder order);

  ReliabilityQueries& queries_;
  absl::Mutex mutex_;
  // The latest used first.
  std::deque<std::shared_ptr<Table>> tables_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pledger::projections

#endif  // PLEDGER_SERVER_PROJECTIONS_CLIENT_LISTS_H_
