#include "tests/bench/typed_read.h"

#include <chrono>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "pledger/v1/ledger.grpc.pb.h"

namespace pledger::bench {
namespace {

// Parses into one message again and again, as a loop over a stream does; its memory is reused.
class Reader final : public grpc::ClientReadReactor<v1::ReadEventsResponse> {
 public:
  Reader(v1::LedgerService::Stub& stub, const v1::ReadEventsRequest& request)
      : whole_ledger_(request.client_id().empty()) {
    stub.async()->ReadEvents(&context_, &request, this);
    StartRead(&response_);
    StartCall();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    ++result_.messages;
    result_.events += response_.events_size() + response_.records_size();
    if (whole_ledger_) CheckOrder();
    StartRead(&response_);
  }

  void OnDone(const grpc::Status& status) override {
    status_ = status;
    done_.Notify();
  }

  absl::StatusOr<TypedReadResult> Await() {
    done_.WaitForNotification();
    if (!status_.ok()) {
      return absl::Status(static_cast<absl::StatusCode>(status_.error_code()),
                          absl::StrCat("ReadEvents: ", status_.error_message()));
    }
    if (!in_order_) {
      return absl::DataLossError(
          absl::StrCat("a gap before position ", response_.resume_position()));
    }
    result_.calls = 1;
    return result_;
  }

 private:
  // Typed events carry their positions; of raw ones the position to resume from tells the number.
  void CheckOrder() {
    for (const v1::Event& event : response_.events()) {
      in_order_ = in_order_ && event.position() == next_position_;
      ++next_position_;
    }
    next_position_ += static_cast<uint64_t>(response_.records_size());
    in_order_ = in_order_ && response_.resume_position() == next_position_;
    for (const v1::RawRecord& record : response_.records()) {
      result_.record_bytes += static_cast<int64_t>(record.record().size() + record.sealed().size());
    }
  }

  const bool whole_ledger_;
  grpc::ClientContext context_;
  v1::ReadEventsResponse response_;
  uint64_t next_position_ = 0;
  bool in_order_ = true;
  TypedReadResult result_;
  grpc::Status status_;
  absl::Notification done_;
};

}  // namespace

absl::StatusOr<TypedReadResult> ReadTyped(const std::shared_ptr<grpc::Channel>& channel,
                                          const v1::ReadEventsRequest& request) {
  const std::unique_ptr<v1::LedgerService::Stub> stub = v1::LedgerService::NewStub(channel);
  Reader reader(*stub, request);
  return reader.Await();
}

absl::StatusOr<TypedReadRate> ReadTypedFor(const std::shared_ptr<grpc::Channel>& channel,
                                           const v1::ReadEventsRequest& request,
                                           absl::Duration duration) {
  TypedReadRate rate;
  const auto start = std::chrono::steady_clock::now();
  std::chrono::duration<double> elapsed;
  do {
    const absl::StatusOr<TypedReadResult> result = ReadTyped(channel, request);
    if (!result.ok()) return result.status();
    rate.total.calls += result->calls;
    rate.total.events += result->events;
    rate.total.messages += result->messages;
    rate.total.record_bytes += result->record_bytes;
    elapsed = std::chrono::steady_clock::now() - start;
  } while (elapsed.count() < absl::ToDoubleSeconds(duration));
  rate.events_per_s = static_cast<double>(rate.total.events) / elapsed.count();
  return rate;
}

}  // namespace pledger::bench
