#include "server/domain/reliability/policy_book.h"

#include <utility>

namespace pledger::reliability {
namespace {

bool IsOnRecord(const AdoptedPolicy& policy, const Perspective& perspective) {
  return policy.version == 0 || (policy.position <= perspective.known_at_position &&
                                 policy.record_time_ns <= perspective.known_at_record_time_ns);
}

}  // namespace

PolicyBook::PolicyBook() {
  auto built_in = std::make_shared<AdoptedPolicy>();
  built_in->resolved = std::make_shared<const Policy>(*Policy::Resolve({}));
  policies_.push_back(std::move(built_in));
}

void PolicyBook::Add(const RecordedFact& recorded) {
  auto adopted = std::make_shared<AdoptedPolicy>();
  adopted->version = recorded.fact.policy_adopted().version();
  adopted->position = recorded.position;
  adopted->record_time_ns = recorded.record_time_ns;
  adopted->occur_time_ns = recorded.occur_time_ns;
  adopted->policy = recorded.fact.policy_adopted().policy();
  auto resolved = Policy::Resolve(adopted->policy);
  if (resolved.ok()) adopted->resolved = std::make_shared<const Policy>(*std::move(resolved));
  absl::MutexLock lock(&mutex_);
  const AdoptedPolicy& last = *policies_.back();
  if (last.version > 0 && recorded.position <= last.position) return;
  policies_.push_back(std::move(adopted));
}

std::shared_ptr<const AdoptedPolicy> PolicyBook::InForce(const Perspective& perspective) const {
  absl::MutexLock lock(&mutex_);
  for (auto policy = policies_.rbegin(); policy != policies_.rend(); ++policy) {
    if ((*policy)->resolved == nullptr || !IsOnRecord(**policy, perspective)) continue;
    if ((*policy)->version == 0 || (*policy)->occur_time_ns <= perspective.as_of_ns) return *policy;
  }
  return policies_.front();
}

std::shared_ptr<const AdoptedPolicy> PolicyBook::Find(int64_t version,
                                                      const Perspective& perspective) const {
  absl::MutexLock lock(&mutex_);
  for (const auto& policy : policies_) {
    if (policy->version == version && policy->resolved != nullptr &&
        IsOnRecord(*policy, perspective)) {
      return policy;
    }
  }
  return nullptr;
}

std::vector<std::shared_ptr<const AdoptedPolicy>> PolicyBook::List(
    const Perspective& perspective) const {
  std::vector<std::shared_ptr<const AdoptedPolicy>> listed;
  absl::MutexLock lock(&mutex_);
  for (auto policy = policies_.rbegin(); policy != policies_.rend(); ++policy) {
    if (IsOnRecord(**policy, perspective)) listed.push_back(*policy);
  }
  return listed;
}

}  // namespace pledger::reliability
