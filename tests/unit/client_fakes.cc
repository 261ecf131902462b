#include "tests/unit/client_fakes.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"

namespace pledger::client {
namespace {

constexpr int kEventsPerBatch = 3;

google::rpc::Status ToRpc(const grpc::Status& status) {
  google::rpc::Status rpc;
  rpc.ParseFromString(status.error_details());
  rpc.set_code(status.error_code());
  rpc.set_message(status.error_message());
  return rpc;
}

}  // namespace

absl::Time FakeEnvironment::Now() {
  absl::MutexLock lock(&mutex_);
  return now_;
}

uint64_t FakeEnvironment::Random() {
  absl::MutexLock lock(&mutex_);
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  return random_;
}

void FakeEnvironment::Sleep(absl::Duration duration, const absl::Notification& cancelled) {
  absl::MutexLock lock(&mutex_);
  now_ += duration;
  sleeps_.push_back(duration);
}

void FakeEnvironment::SetNow(absl::Time now) {
  absl::MutexLock lock(&mutex_);
  now_ = now;
}

std::vector<absl::Duration> FakeEnvironment::sleeps() {
  absl::MutexLock lock(&mutex_);
  return sleeps_;
}

grpc::Status TypedError(grpc::StatusCode code, v1::ErrorReason reason, const std::string& message,
                        const std::map<std::string, std::string>& metadata,
                        absl::Duration retry_delay) {
  google::rpc::Status status;
  status.set_code(code);
  status.set_message(message);
  google::rpc::ErrorInfo info;
  info.set_domain("pledger");
  info.set_reason(v1::ErrorReason_Name(reason).substr(sizeof("ERROR_REASON_") - 1));
  info.mutable_metadata()->insert(metadata.begin(), metadata.end());
  status.add_details()->PackFrom(info);
  if (retry_delay > absl::ZeroDuration()) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(absl::ToInt64Seconds(retry_delay));
    status.add_details()->PackFrom(retry);
  }
  return grpc::Status(code, message, status.SerializeAsString());
}

v1::ProposedEvent SomeEvent(const std::string& client_id, const std::string& invoice_id) {
  v1::ProposedEvent event;
  event.set_client_id(client_id);
  event.mutable_occur_time()->set_seconds(1'388'534'400);
  v1::InvoiceIssued& invoice = *event.mutable_fact()->mutable_invoice_issued();
  invoice.set_invoice_id(invoice_id);
  invoice.mutable_amount()->set_currency_code("EUR");
  invoice.mutable_amount()->set_minor_units(1999);
  invoice.mutable_due_time()->set_seconds(1'391'212'800);
  return event;
}

FakeLedger::FakeLedger() {
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(this);
  builder.RegisterService(&reliability_);
  builder.RegisterService(&policies_);
  server_ = builder.BuildAndStart();
  address_ = absl::StrCat("127.0.0.1:", port);
}

FakeLedger::~FakeLedger() { server_->Shutdown(std::chrono::system_clock::now()); }

std::unique_ptr<Client> FakeLedger::NewClient(FakeEnvironment& environment, ClientOptions options) {
  return Client::Connect(address_, options, environment);
}

void FakeLedger::FailNext(grpc::Status status, int times) {
  absl::MutexLock lock(&mutex_);
  failures_.insert(failures_.end(), times, status);
}

void FakeLedger::CutStreams(int after_messages, int times) {
  absl::MutexLock lock(&mutex_);
  cut_after_ = after_messages;
  cuts_left_ = times;
}

std::vector<v1::ProposedEvent> FakeLedger::recorded() {
  absl::MutexLock lock(&mutex_);
  return events_;
}

std::vector<std::string> FakeLedger::append_ids() {
  absl::MutexLock lock(&mutex_);
  return append_ids_;
}

int FakeLedger::calls() {
  absl::MutexLock lock(&mutex_);
  return calls_;
}

void FakeLedger::Record(const v1::ProposedEvent& event) {
  absl::MutexLock lock(&mutex_);
  events_.push_back(event);
}

void FakeLedger::Record(const std::string& client_id, int count) {
  absl::MutexLock lock(&mutex_);
  for (int i = 0; i < count; ++i) {
    events_.push_back(SomeEvent(client_id, absl::StrCat("invoice-", events_.size())));
  }
}

grpc::Status FakeLedger::NextFailure() {
  absl::MutexLock lock(&mutex_);
  ++calls_;
  if (failures_.empty()) return grpc::Status::OK;
  grpc::Status failure = failures_.front();
  failures_.pop_front();
  return failure;
}

bool FakeLedger::CutNow(int messages_sent) {
  absl::MutexLock lock(&mutex_);
  if (cuts_left_ == 0 || messages_sent < cut_after_) return false;
  --cuts_left_;
  return true;
}

grpc::Status FakeLedger::RecordAll(const v1::AppendRequest& request, v1::AppendResponse& response) {
  absl::MutexLock lock(&mutex_);
  for (int i = 0; i < request.events_size(); ++i) {
    append_ids_.push_back(request.events(i).event_id());
    const std::string& client_id = request.events(i).client_id();
    if (client_id == "worse") {
      return grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, "one of them is not good");
    }
    if (client_id == "bad") {
      const std::string field = absl::StrCat("events[", i, "].fact.invoice_issued.invoice_id");
      return TypedError(grpc::StatusCode::FAILED_PRECONDITION, v1::ERROR_REASON_OBLIGATION_EXISTS,
                        field + ": it exists", {{"field", field}});
    }
  }
  for (const v1::ProposedEvent& event : request.events()) {
    const auto [known, is_new] = positions_.try_emplace(event.event_id(), events_.size());
    if (is_new) events_.push_back(event);
    v1::AppendedEvent& appended = *response.add_events();
    appended.set_position(known->second);
    appended.set_duplicate(!is_new);
  }
  return grpc::Status::OK;
}

grpc::Status FakeLedger::Append(grpc::ServerContext*, const v1::AppendRequest* request,
                                v1::AppendResponse* response) {
  grpc::Status failure = NextFailure();
  if (failure.ok()) return RecordAll(*request, *response);
  absl::MutexLock lock(&mutex_);
  for (const v1::ProposedEvent& event : request->events()) append_ids_.push_back(event.event_id());
  return failure;
}

grpc::Status FakeLedger::AppendStream(
    grpc::ServerContext* context,
    grpc::ServerReaderWriter<v1::AppendStreamResponse, v1::AppendStreamRequest>* stream) {
  v1::AppendStreamRequest request;
  for (int answered = 0; stream->Read(&request); ++answered) {
    v1::AppendStreamResponse response;
    response.set_sequence(answered);
    grpc::Status status = NextFailure();
    if (status.ok()) status = RecordAll(request.append(), *response.mutable_appended());
    if (!status.ok()) response.set_rejected(ToRpc(status).SerializeAsString());
    // Recorded, and yet not answered: the case that retries must get right.
    if (CutNow(answered)) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "cut");
    stream->Write(response);
  }
  return grpc::Status::OK;
}

v1::Event FakeLedger::EventAt(uint64_t position) {
  v1::Event event;
  event.set_position(position);
  event.set_client_id(events_[position].client_id());
  *event.mutable_fact() = events_[position].fact();
  return event;
}

grpc::Status FakeLedger::ReadEvents(grpc::ServerContext*, const v1::ReadEventsRequest* request,
                                    grpc::ServerWriter<v1::ReadEventsResponse>* writer) {
  if (grpc::Status failure = NextFailure(); !failure.ok()) return failure;
  uint64_t position = request->from_position();
  uint64_t left = request->limit() == 0 ? ~uint64_t{0} : request->limit();
  for (int sent = 0;; ++sent) {
    if (CutNow(sent)) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "cut");
    v1::ReadEventsResponse batch;
    {
      absl::MutexLock lock(&mutex_);
      while (position < events_.size() && left > 0 && batch.events_size() < kEventsPerBatch) {
        *batch.add_events() = EventAt(position++);
        --left;
      }
    }
    if (batch.events().empty()) return grpc::Status::OK;
    batch.set_resume_position(position);
    writer->Write(batch);
  }
}

grpc::Status FakeLedger::Subscribe(grpc::ServerContext*, const v1::SubscribeRequest* request,
                                   grpc::ServerWriter<v1::SubscribeResponse>* writer) {
  if (grpc::Status failure = NextFailure(); !failure.ok()) return failure;
  uint64_t position = request->from_position();
  for (int sent = 0;; ++sent) {
    if (CutNow(sent)) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "cut");
    v1::SubscribeResponse message;
    {
      absl::MutexLock lock(&mutex_);
      while (position < events_.size() && message.batch().events_size() < kEventsPerBatch) {
        *message.mutable_batch()->add_events() = EventAt(position++);
      }
    }
    message.set_resume_position(position);
    if (!message.has_batch()) message.mutable_caught_up();
    if (!writer->Write(message)) return grpc::Status::CANCELLED;
    // A real one would wait for more; for a test the end is as good as a server going down.
    if (message.has_caught_up()) return grpc::Status::OK;
  }
}

grpc::Status FakeLedger::GetEvent(grpc::ServerContext*, const v1::GetEventRequest* request,
                                  v1::GetEventResponse* response) {
  absl::MutexLock lock(&mutex_);
  if (request->position() >= events_.size()) {
    return grpc::Status(grpc::StatusCode::NOT_FOUND, "no such event");
  }
  *response->mutable_event() = EventAt(request->position());
  return grpc::Status::OK;
}

grpc::Status FakeLedger::GetStatus(grpc::ServerContext*, const v1::GetStatusRequest*,
                                   v1::GetStatusResponse* response) {
  if (grpc::Status failure = NextFailure(); !failure.ok()) return failure;
  absl::MutexLock lock(&mutex_);
  response->set_next_position(events_.size());
  response->set_origin("ledger.test");
  return grpc::Status::OK;
}

}  // namespace pledger::client
