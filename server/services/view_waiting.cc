#include "server/services/view_waiting.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/domain/errors.h"
#include "storage/format/text.h"

namespace pledger::services {
namespace {

// How long a call waits for a position if it has no deadline of its own.
constexpr int64_t kWaitMaxNs = int64_t{60} * 1'000'000'000;
// How long before the caller's own deadline it gives up, so that the caller hears why.
constexpr int64_t kAnswerNs = int64_t{100} * 1'000'000;

// When to stop waiting for the view, by the ledger's clock.
int64_t WaitEndNs(const ReliabilityContext& context, const grpc::CallbackServerContext& call) {
  const int64_t left_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(
                              call.deadline() - std::chrono::system_clock::now())
                              .count();
  const int64_t wait_ns = left_ns - std::min(left_ns / 2, kAnswerNs);
  return context.clock.NowNs() + std::clamp(wait_ns, int64_t{0}, kWaitMaxNs);
}

}  // namespace

void AwaitPosition(const ReliabilityContext& context, const grpc::CallbackServerContext& call,
                   std::optional<uint64_t> min_position, std::string_view field,
                   std::function<void(absl::Status)> ready) {
  if (!min_position.has_value()) {
    ready(absl::OkStatus());
    return;
  }
  const storage::Position position = *min_position;
  if (~position == 0) {
    ready(Error(v1::ERROR_REASON_OUT_OF_RANGE, absl::StrCat(ToAbsl(field), ": no event can be there"),
                {{"field", std::string(field)}}));
    return;
  }
  context.view.WhenApplied(
      position + 1, WaitEndNs(context, call),
      [position, ready = std::move(ready)](const absl::Status& status) {
        if (ReasonOf(status) != v1::ERROR_REASON_VIEW_BEHIND) return ready(status);
        ready(Error(v1::ERROR_REASON_VIEW_BEHIND, FromAbsl(status.message()),
                    {{"min_position", absl::StrCat(position)},
                     {"position", ErrorMetadataValue(status, "position")}}));
      });
}

void AwaitView(const ReliabilityContext& context, const grpc::CallbackServerContext& call,
               const v1::Perspective& perspective, std::function<void(absl::Status)> ready) {
  std::optional<uint64_t> min_position;
  if (perspective.has_min_position()) min_position = perspective.min_position();
  AwaitPosition(context, call, min_position, "perspective.min_position", std::move(ready));
}

}  // namespace pledger::services
