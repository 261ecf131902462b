#include "tests/e2e/kill_load.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "client/lib/errors.h"
#include "tests/e2e/ledger_fixture.h"
#include "tests/e2e/plain_client.h"

namespace pledger::testing {
namespace {

constexpr uint64_t kClients = 40;
constexpr uint64_t kEventsMax = 20;
constexpr size_t kInFlight = 16;

bool ServerHasGone(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsCancelled(status);
}

}  // namespace

KillAppender::KillAppender(std::string name, bool streams, uint64_t seed)
    : name_(std::move(name)), streams_(streams), random_(seed) {}

void KillAppender::Run(const std::string& address) {
  acked.clear();
  unanswered.clear();
  streams_ ? RunStream(address) : RunUnary(address);
}

v1::ProposedEvent KillAppender::MakePromise() {
  const std::string id = absl::StrCat(name_, "-", ++promises_);
  // Every other one is a new client's, so that keys are made all the time.
  return NewEvent(
      Draw(2) == 0 ? absl::StrCat("new-", id) : absl::StrCat("client-", Draw(kClients)),
      absl::StrCat("promise_made { promise_id: '", id, "' by: PARTY_CLIENT kind: KIND_DELIVERY ",
                   "due_time { seconds: 1716000000 } text: 'promise ", id, "' }"));
}

v1::ProposedEvent KillAppender::MakeEvent() {
  const std::string client_id = absl::StrCat("client-", Draw(kClients));
  switch (Draw(4)) {
    case 0:
      return NoteEvent(client_id, absl::StrCat("note ", Draw(1'000'000)));
    case 1:
      return MakePromise();
    case 2:
      return LargeEvent(client_id, Draw(2'000));
    default:
      return EffortEvent(client_id, static_cast<int>(1 + Draw(400)));
  }
}

v1::AppendRequest KillAppender::MakeAppend() {
  v1::AppendRequest request;
  const uint64_t count = 1 + Draw(kEventsMax);
  while (request.events_size() < static_cast<int>(count)) {
    if (!open_promises_.empty() && Draw(5) == 0) {
      const auto [client_id, id] = open_promises_.back();
      open_promises_.pop_back();
      *request.add_events() =
          NewEvent(client_id, absl::StrCat("promise_kept { promise_id: '", id, "' }"));
    } else {
      *request.add_events() = MakeEvent();
    }
  }
  return request;
}

void KillAppender::Acknowledge(v1::AppendRequest request, v1::AppendResponse response) {
  for (const v1::ProposedEvent& event : request.events()) {
    if (!event.fact().has_promise_made()) continue;
    open_promises_.emplace_back(event.client_id(), event.fact().promise_made().promise_id());
  }
  acked.push_back({std::move(request), std::move(response)});
}

void KillAppender::RunUnary(const std::string& address) {
  const PlainClient client(address);
  while (true) {
    v1::AppendRequest request = MakeAppend();
    auto response = client.Append(request);
    if (response.ok()) {
      Acknowledge(std::move(request), *std::move(response));
      continue;
    }
    if (!ServerHasGone(response.status())) trouble = response.status().ToString();
    unanswered.push_back(std::move(request));
    return;
  }
}

void KillAppender::RunStream(const std::string& address) {
  const PlainClient client(address);
  grpc::ClientContext context;
  SetPatience(context, kCallPatience);
  const auto stream = client.ledger().AppendStream(&context);
  std::deque<v1::AppendRequest> sent;
  v1::AppendStreamRequest message;
  v1::AppendStreamResponse answer;
  while (true) {
    sent.push_back(MakeAppend());
    *message.mutable_append() = sent.back();
    if (!stream->Write(message)) break;
    if (sent.size() < kInFlight) continue;
    if (!stream->Read(&answer)) break;
    if (!answer.has_appended()) {
      trouble = absl::StrCat("rejected: ", answer.rejected());
      break;
    }
    Acknowledge(std::move(sent.front()), std::move(*answer.mutable_appended()));
    sent.pop_front();
  }
  // Answers that came before the end count as well.
  while (trouble.empty() && stream->Read(&answer) && answer.has_appended()) {
    Acknowledge(std::move(sent.front()), std::move(*answer.mutable_appended()));
    sent.pop_front();
  }
  context.TryCancel();
  const absl::Status status = client::FromGrpc(stream->Finish());
  if (trouble.empty() && !ServerHasGone(status)) trouble = status.ToString();
  unanswered.assign(std::make_move_iterator(sent.begin()), std::make_move_iterator(sent.end()));
}

}  // namespace pledger::testing
