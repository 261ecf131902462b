// A whole ledger, read as a caller of the generated client would.
#ifndef PLEDGER_TESTS_BENCH_TYPED_READ_H_
#define PLEDGER_TESTS_BENCH_TYPED_READ_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pledger/v1/ledger.pb.h"

namespace pledger::bench {

struct TypedReadResult {
  int64_t calls = 0;
  int64_t events = 0;
  int64_t messages = 0;
  // Of records and their sealed parts, in the raw view.
  int64_t record_bytes = 0;
};

// Makes one ReadEvents call and parses every message. DATA_LOSS if an event is missing, twice or
// out of order, as far as the view shows it; else the call's own error.
absl::StatusOr<TypedReadResult> ReadTyped(const std::shared_ptr<grpc::Channel>& channel,
                                          const v1::ReadEventsRequest& request);

struct TypedReadRate {
  TypedReadResult total;
  double events_per_s = 0;
};

// Makes such calls one after the other until `duration` has passed; the last is read to its end.
absl::StatusOr<TypedReadRate> ReadTypedFor(const std::shared_ptr<grpc::Channel>& channel,
                                           const v1::ReadEventsRequest& request,
                                           absl::Duration duration);

}  // namespace pledger::bench

#endif  // PLEDGER_TESTS_BENCH_TYPED_READ_H_
