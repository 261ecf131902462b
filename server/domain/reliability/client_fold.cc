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

void TallyItems(const ClientHistory& history, const Policy& policy, ClientFold* fold) {
  MakePaymentItems(fold->payments, policy, fold->as_of_day, &fold->payment_items);
  TallyPayments(history, fold->payments, policy, fold->as_of_day, fold->payment_items,
                &fold->tallies);
}

void FoldRest(const ClientHistory& history, const Policy& policy, const StaleParts& stale,
              DimensionSet set, bool with_ours, ClientFold* fold) {
  fold->values = ValuesOf(fold->tallies, policy);
  if (stale.promises) {
    FoldPromises(fold->timeline, policy, fold->as_of_day, &fold->payments, &fold->promises);
  }
  if (stale.work) FoldWork(history, fold->timeline, policy, fold->payments, &fold->work);
  ScoreDimensions(fold->Facts(history, policy), set, with_ours, &fold->card);
}

}  // namespace

void FoldPaymentsOnly(const ClientHistory& history, const Policy& policy, ClientFold* fold) {
  FoldPayments(history, fold->timeline, policy, &fold->payments);
  TallyItems(history, policy, fold);
}

void Refold(const ClientHistory& history, const Policy& policy, const StaleParts& stale,
            DimensionSet set, bool with_ours, ClientFold* fold) {
  if (stale.payments) FoldPayments(history, fold->timeline, policy, &fold->payments);
  TallyItems(history, policy, fold);
  FoldRest(history, policy, stale, set, with_ours, fold);
}

FoldedClient::FoldedClient(const ClientHistory& history, const Policy& policy,
                           const Perspective& perspective)
    : history_(history), policy_(policy), fold_(ThreadsOwn()) {
  fold_->as_of_day = policy.DayOf(perspective.as_of_ns);
  BuildTimeline(history, perspective, &fold_->timeline);
  FoldPaymentsOnly(history, policy, fold_);
}

void FoldedClient::FoldAll() {
  FoldRest(history_, policy_, StaleParts(), kAllDimensions, true, fold_);
}

FoldedClient::~FoldedClient() {
  if (fold_->timeline.facts.capacity() > kFactsKept) *fold_ = ClientFold();
}

}  // namespace pledger::reliability
