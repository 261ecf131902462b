// Stand-ins for the world and for the server, by which the client library and the tool are tested.
#ifndef PLEDGER_TESTS_UNIT_CLIENT_FAKES_H_
#define PLEDGER_TESTS_UNIT_CLIENT_FAKES_H_

#include <grpcpp/server.h>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "client/lib/client.h"
#include "client/lib/environment.h"
#include "pledger/v1/errors.pb.h"
#include "pledger/v1/ledger.grpc.pb.h"
#include "tests/unit/client_fake_reliability.h"

namespace pledger::client {

// Time that passes only while somebody sleeps, and chance that repeats itself.
class FakeEnvironment final : public Environment {
 public:
  absl::Time Now() override;
  uint64_t Random() override;
  void Sleep(absl::Duration duration, const absl::Notification& cancelled) override;

  void SetNow(absl::Time now);
  std::vector<absl::Duration> sleeps();

 private:
  absl::Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_) = absl::FromUnixSeconds(1'700'000'000);
  uint64_t random_ ABSL_GUARDED_BY(mutex_) = 88'172'645'463'325'252;
  std::vector<absl::Duration> sleeps_ ABSL_GUARDED_BY(mutex_);
};

// An error as the server sends them.
grpc::Status TypedError(grpc::StatusCode code, v1::ErrorReason reason, const std::string& message,
                        const std::map<std::string, std::string>& metadata,
                        absl::Duration retry_delay = absl::ZeroDuration());

// A ledger in memory behind a real port. Events of the client "bad" are rejected, naming the event;
// those of "worse" are rejected without saying which it was.
class FakeLedger final : public v1::LedgerService::Service {
 public:
  FakeLedger();
  ~FakeLedger() override;

  std::string address() const { return address_; }
  std::unique_ptr<Client> NewClient(FakeEnvironment& environment, ClientOptions options = {});

  // The next calls, of whichever kind, end with these.
  void FailNext(grpc::Status status, int times = 1);
  // Streams are cut after so many messages were sent, each of them so many times in all.
  void CutStreams(int after_messages, int times);
  // Cut append streams record the request that they do not answer.
  std::vector<v1::ProposedEvent> recorded();
  std::vector<std::string> append_ids();
  int calls();
  // Notes events from now on, for those who subscribe.
  void Record(const std::string& client_id, int count);
  void Record(const v1::ProposedEvent& event);

  FakeReliability& reliability() { return reliability_; }
  FakePolicies& policies() { return policies_; }

  grpc::Status Append(grpc::ServerContext*, const v1::AppendRequest* request,
                      v1::AppendResponse* response) override;
  grpc::Status AppendStream(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<v1::AppendStreamResponse, v1::AppendStreamRequest>* stream) override;
  grpc::Status ReadEvents(grpc::ServerContext*, const v1::ReadEventsRequest* request,
                          grpc::ServerWriter<v1::ReadEventsResponse>* writer) override;
  grpc::Status Subscribe(grpc::ServerContext*, const v1::SubscribeRequest* request,
                         grpc::ServerWriter<v1::SubscribeResponse>* writer) override;
  grpc::Status GetEvent(grpc::ServerContext*, const v1::GetEventRequest* request,
                        v1::GetEventResponse* response) override;
  grpc::Status GetStatus(grpc::ServerContext*, const v1::GetStatusRequest*,
                         v1::GetStatusResponse* response) override;

 private:
  grpc::Status NextFailure() ABSL_LOCKS_EXCLUDED(mutex_);
  bool CutNow(int messages_sent) ABSL_LOCKS_EXCLUDED(mutex_);
  grpc::Status RecordAll(const v1::AppendRequest& request, v1::AppendResponse& response)
      ABSL_LOCKS_EXCLUDED(mutex_);
  v1::Event EventAt(uint64_t position) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  std::vector<v1::ProposedEvent> events_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, uint64_t> positions_ ABSL_GUARDED_BY(mutex_);
  std::deque<grpc::Status> failures_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> append_ids_ ABSL_GUARDED_BY(mutex_);
  int calls_ ABSL_GUARDED_BY(mutex_) = 0;
  int cut_after_ ABSL_GUARDED_BY(mutex_) = 0;
  int cuts_left_ ABSL_GUARDED_BY(mutex_) = 0;
  FakeReliability reliability_;
  FakePolicies policies_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

// An event of `client_id` with an invoice, without an id.
v1::ProposedEvent SomeEvent(const std::string& client_id, const std::string& invoice_id);

}  // namespace pledger::client

#endif  // PLEDGER_TESTS_UNIT_CLIENT_FAKES_H_
