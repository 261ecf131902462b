// All policies that were adopted, and which one was in force when.
//
// In force at a perspective is the highest version among those that were on record and had come
// into force by then; before the first it is the built-in one, version 0.
//
// Thread-safe.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_POLICY_BOOK_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_POLICY_BOOK_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "pledger/v1/fact.pb.h"
#include "server/domain/reliability/client_history.h"
#include "server/domain/reliability/policy.h"

namespace pledger::reliability {

struct AdoptedPolicy {
  int64_t version = 0;
  // Of the event; meaningless for version 0.
  uint64_t position = 0;
  int64_t record_time_ns = 0;
  int64_t occur_time_ns = 0;
  v1::Policy policy;
  std::shared_ptr<const Policy> resolved;
};

class PolicyBook {
 public:
  // Holds the built-in policy.
  PolicyBook();

  // Adds what an event adopted. Events arrive in the order of their positions; one that is not above
  // the last is a redelivery and ignored. A policy that does not resolve, which the ledger does not
  // record, is never in force.
  void Add(const RecordedFact& recorded);

  std::shared_ptr<const AdoptedPolicy> InForce(const Perspective& perspective) const;
  // Null if that version was not adopted by then.
  std::shared_ptr<const AdoptedPolicy> Find(int64_t version, const Perspective& perspective) const;
  // Those on record by then, the latest first, the built-in one last.
  std::vector<std::shared_ptr<const AdoptedPolicy>> List(const Perspective& perspective) const;

 private:
  mutable absl::Mutex mutex_;
  // In the order of positions, which is that of versions.
  std::vector<std::shared_ptr<const AdoptedPolicy>> policies_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_POLICY_BOOK_H_
