// The cohorts that clients are compared with, computed from all clients once for many answers.
//
// Cohorts follow from the facts and the policy alone, like everything else: of a month's answers
// from the same facts all are compared with the same cohorts.
#ifndef PLEDGER_SERVER_PROJECTIONS_COHORT_BOOK_H_
#define PLEDGER_SERVER_PROJECTIONS_COHORT_BOOK_H_

#include <cstdint>
#include <deque>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "server/domain/reliability/client_history.h"
#include "server/domain/reliability/cohort.h"
#include "server/domain/reliability/policy.h"

namespace pledger::projections {

// Thread-safe.
class CohortBook {
 public:
  using CohortsPtr = std::shared_ptr<const reliability::Cohorts>;
  using Visit = absl::FunctionRef<void(const reliability::ClientHistory&)>;
  // Calls it with every client's history that anything was known of then.
  using ForAll = absl::FunctionRef<absl::Status(const reliability::Perspective&, Visit)>;

  // Those that are at hand; null if they have to be made.
  CohortsPtr Find(const reliability::Perspective& at,
                  const std::shared_ptr<const reliability::Policy>& policy);

  // Made by `for_all` if need be: may block. Who wants the same meanwhile waits.
  absl::StatusOr<CohortsPtr> Get(const reliability::Perspective& at,
                                 const std::shared_ptr<const reliability::Policy>& policy,
                                 ForAll for_all);

 private:
  struct Entry {
    std::shared_ptr<const reliability::Policy> policy;
    int64_t day = 0;
    uint64_t known_at_position = 0;
    int64_t known_at_record_time_ns = 0;
    CohortsPtr cohorts;
  };

  static Entry KeyOf(const reliability::Perspective& at,
                     const std::shared_ptr<const reliability::Policy>& policy);
  CohortsPtr FindKey(const Entry& key);

  absl::Mutex making_ ABSL_ACQUIRED_BEFORE(mutex_);
  absl::Mutex mutex_;
  // The latest used first.
  std::deque<Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pledger::projections

#endif  // PLEDGER_SERVER_PROJECTIONS_COHORT_BOOK_H_
