// Folds a pack's records to figures again, by the same code as the server and without it.
#ifndef PLEDGER_CLIENT_VERIFY_REFOLD_H_
#define PLEDGER_CLIENT_VERIFY_REFOLD_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pledger/v1/assessment.pb.h"
#include "pledger/v1/audit.pb.h"
#include "pledger/v1/perspective.pb.h"
#include "server/domain/reliability/client_history.h"
#include "server/domain/reliability/cohort.h"
#include "server/domain/reliability/policy.h"
#include "server/domain/reliability/policy_book.h"
#include "storage/format/record.h"
#include "storage/format/types.h"

namespace pledger::verify {

// A difference between what was served and what the records give.
struct FigureDifference {
  std::string client_id;
  // "payment.on_time_share: 1 served, 0.75 by the records".
  std::string what;
};

// Not thread-safe. Keeps the history of every client, as the reliability view does.
class Refold {
 public:
  Refold() = default;

  // Folds the records of a pack that go up to `size`. DATA_LOSS where they are damaged.
  [[nodiscard]] static absl::StatusOr<Refold> FromPack(const std::string& folder, uint64_t size);

  // The next record. DATA_LOSS for what is no record.
  [[nodiscard]] absl::Status Add(std::string_view record);

  // Every client's id, in order.
  std::vector<std::string> ClientIds() const;

  // What the records give for a client at an answer's basis, in the detail of GetReliability.
  // NOT_FOUND for a client of whom nothing is known then or that is in quarantine, and for a policy
  // that was not adopted by then; OUT_OF_RANGE for a basis beyond the records.
  [[nodiscard]] absl::StatusOr<v1::ClientReliability> Assess(const std::string& client_id,
                                                             const v1::AnswerBasis& basis) const;

  // Compares a server's answer; none if they are the same.
  std::optional<FigureDifference> Compare(const v1::ClientReliability& served,
                                          const v1::AnswerBasis& basis) const;

  // What VerifyProjection must have answered of the reliability view at the end of the records.
  v1::VerifyProjectionResponse Projection() const;

  storage::Position next_position() const { return next_position_; }

 private:
  using ResolvedPolicy = std::shared_ptr<const reliability::Policy>;
  struct Client {
    reliability::ClientHistory history;
    std::optional<storage::Position> quarantined_at;
  };

  [[nodiscard]] absl::Status Fold(const storage::RecordView& record);
  [[nodiscard]] absl::StatusOr<ResolvedPolicy> PolicyAt(
      const v1::AnswerBasis& basis, const reliability::Perspective& perspective) const;
  // Null where nothing of the client is known then, or it is in quarantine.
  const Client* Find(std::string_view client_id, const reliability::Perspective& perspective) const;
  // Of those whom the client referred.
  reliability::BandsById ReferredBands(const reliability::ClientHistory& history,
                                       const reliability::Perspective& perspective,
                                       const reliability::Policy& policy) const;
  // What clients are compared with. The last ones made are kept: answers of one pack mostly share
  // them. Valid until the next call.
  const reliability::Cohorts& CohortsOf(const reliability::Perspective& perspective,
                                        const ResolvedPolicy& policy) const;

  storage::Position next_position_ = 0;
  absl::btree_map<std::string, Client> clients_;
  mutable reliability::Perspective cohorts_at_;
  // Null while none were made.
  mutable ResolvedPolicy cohorts_policy_;
  mutable reliability::Cohorts cohorts_;
  std::unique_ptr<reliability::PolicyBook> policies_ = std::make_unique<reliability::PolicyBook>();
};

}  // namespace pledger::verify

#endif  // PLEDGER_CLIENT_VERIFY_REFOLD_H_
