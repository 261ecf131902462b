#include "server/domain/reliability/client_fold.h"

#include <cstddef>

namespace pledger::reliability {
namespace {

// Some ten megabytes of scratch.
constexpr size_t kFactsKept = 32'768;

ClientFold* ThreadsOwn() {
  thread_local ClientFold fold;
  return &fold;
}

}  // namespace

FoldedClient::FoldedClient(const ClientHistory& history, const Policy& policy,
                           const Perspective& perspective)
    : fold_(ThreadsOwn()) {
  fold_->as_of_day = policy.DayOf(perspective.as_of_ns);
  BuildTimeline(history, perspective, &fold_->timeline);
  FoldPayments(history, fold_->timeline, policy, &fold_->payments);
  MakePaymentItems(fold_->payments, policy, fold_->as_of_day, &fold_->payment_items);
  TallyPayments(history, fold_->payments, policy, fold_->as_of_day, fold_->payment_items,
                &fold_->tallies);
}

FoldedClient::~FoldedClient() {
  if (fold_->timeline.facts.capacity() > kFactsKept) *fold_ = ClientFold();
}

}  // namespace pledger::reliability
