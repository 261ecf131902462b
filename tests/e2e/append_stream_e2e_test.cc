// AppendStream: pipelined appends, answered in their order.
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/lib/errors.h"
#include "google/rpc/error_details.pb.h"
#include "grpcpp/impl/codegen/rpc_method.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/sync_stream.h"
#include "gtest/gtest.h"
#include "tests/e2e/ledger_fixture.h"

namespace pledger::testing {
namespace {

using absl::StatusCode;

class AppendStreamE2eTest : public LedgerTest {
 protected:
  struct Outcome {
    std::vector<v1::AppendStreamResponse> answers;
    absl::Status end;
  };

  // Writes all requests without waiting for answers, reading them meanwhile.
  Outcome SendAll(const std::vector<v1::AppendRequest>& requests) {
    grpc::ClientContext context;
    SetPatience(context, kCallPatience);
    const auto stream = client().ledger().AppendStream(&context);
    std::thread writer([&] {
      v1::AppendStreamRequest message;
      for (const v1::AppendRequest& request : requests) {
        *message.mutable_append() = request;
        if (!stream->Write(message)) break;
      }
      stream->WritesDone();
    });
    Outcome outcome;
    v1::AppendStreamResponse answer;
    while (stream->Read(&answer)) outcome.answers.push_back(answer);
    writer.join();
    outcome.end = client::FromGrpc(stream->Finish());
    return outcome;
  }
};

absl::Status RejectionOf(const v1::AppendStreamResponse& answer) {
  google::rpc::Status status;
  if (!answer.has_rejected() || !status.ParseFromString(answer.rejected())) {
    return absl::UnknownError(absl::StrCat("not a rejection: ", answer.ShortDebugString()));
  }
  return client::FromRpcStatus(status);
}

TEST_F(AppendStreamE2eTest, AnswersInOrderAndRejectionsEndNothing) {
  std::vector<v1::AppendRequest> requests;
  for (int i = 0; i < 600; ++i) {
    v1::ProposedEvent event = EffortEvent(absl::StrCat("client-", i % 7), i + 1);
    if (i % 3 == 1) event = NewEvent("ada", R"(promise_kept { promise_id: "unknown" })");
    if (i % 3 == 2) event.set_client_id("");
    requests.push_back(AppendOf({event}));
  }
  const Outcome outcome = SendAll(requests);
  ASSERT_TRUE(outcome.end.ok()) << outcome.end;
  ASSERT_EQ(outcome.answers.size(), requests.size());
  uint64_t next = 0;
  for (size_t i = 0; i < outcome.answers.size(); ++i) {
    const v1::AppendStreamResponse& answer = outcome.answers[i];
    EXPECT_EQ(answer.sequence(), i);
    if (i % 3 == 0) {
      ASSERT_TRUE(answer.has_appended()) << RejectionOf(answer);
      EXPECT_EQ(answer.appended().events(0).position(), next++);
    } else if (i % 3 == 1) {
      EXPECT_TRUE(IsError(RejectionOf(answer), StatusCode::kFailedPrecondition,
                          v1::ERROR_REASON_OBLIGATION_UNKNOWN, {{"obligation_id", "unknown"}}));
    } else {
      EXPECT_TRUE(IsError(RejectionOf(answer), StatusCode::kInvalidArgument,
                          v1::ERROR_REASON_INVALID_FIELD, {{"field", "events[0].client_id"}}));
    }
  }
  EXPECT_EQ(server_.NextPosition(), next);
}

TEST_F(AppendStreamE2eTest, OrderHoldsWhereSomeAppendsMustWaitForKeys) {
  std::vector<v1::AppendRequest> requests;
  for (int i = 0; i < 900; ++i) {
    // The key of each new client has to be made and written; what follows must not overtake it.
    const std::string newcomer = absl::StrCat("new-", i / 3);
    if (i % 3 == 0) requests.push_back(AppendOf({NoteEvent(newcomer, "first")}));
    if (i % 3 == 1) requests.push_back(AppendOf({EffortEvent("ada", i)}));
    if (i % 3 == 2) requests.push_back(AppendOf({EffortEvent(newcomer, i)}));
  }
  const Outcome outcome = SendAll(requests);
  ASSERT_TRUE(outcome.end.ok()) << outcome.end;
  ASSERT_EQ(outcome.answers.size(), requests.size());
  for (size_t i = 0; i < outcome.answers.size(); ++i) {
    ASSERT_TRUE(outcome.answers[i].has_appended()) << RejectionOf(outcome.answers[i]);
    EXPECT_EQ(outcome.answers[i].appended().events(0).position(), i);
  }
}

TEST_F(AppendStreamE2eTest, ALaterAppendMayRelyOnAnEarlierOne) {
  std::vector<v1::AppendRequest> requests;
  for (int i = 0; i < 100; ++i) {
    const std::string id = absl::StrCat("p-", i);
    requests.push_back(AppendOf({NewEvent(
        "ada", absl::StrCat("promise_made { promise_id: '", id,
                            "' by: PARTY_CLIENT kind: KIND_DELIVERY due_time { seconds: 1 } ",
                            "text: 'soon' }"))}));
    requests.push_back(
        AppendOf({NewEvent("ada", absl::StrCat("promise_kept { promise_id: '", id, "' }"))}));
  }
  const Outcome outcome = SendAll(requests);
  ASSERT_TRUE(outcome.end.ok()) << outcome.end;
  ASSERT_EQ(outcome.answers.size(), requests.size());
  for (const v1::AppendStreamResponse& answer : outcome.answers) {
    EXPECT_TRUE(answer.has_appended()) << RejectionOf(answer);
  }
}

// gRPC keeps a message that says that others follow, and before a stream's first one the headers,
// too: if the first answer said so, it would wait for what is only sent behind it.
TEST_F(AppendStreamE2eTest, TheFirstAnswersOfNewStreamsWaitForNothing) {
  static constexpr int kStreams = 4;
  static constexpr int kAppends = 64;
  for (int round = 0; round < 10; ++round) {
    SCOPED_TRACE(round);
    std::vector<std::thread> callers;
    for (int caller = 0; caller < kStreams; ++caller) {
      callers.emplace_back([this, caller] {
        grpc::ClientContext context;
        SetPatience(context, kCallPatience);
        // A connection of its own, on which nobody else's answers carry these along.
        grpc::ChannelArguments arguments;
        arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
        const PlainClient own(server_.process().address(), arguments);
        const auto stream = own.ledger().AppendStream(&context);
        v1::AppendStreamRequest message;
        v1::AppendStreamResponse answer;
        for (int i = 0; i < kAppends; ++i) {
          *message.mutable_append() = AppendOf({EffortEvent(absl::StrCat("client-", caller), 1)});
          if (!stream->Write(message)) break;
        }
        // Nothing more is sent until all is answered.
        int answered = 0;
        while (answered < kAppends && stream->Read(&answer)) ++answered;
        EXPECT_EQ(answered, kAppends);
        stream->WritesDone();
        EXPECT_TRUE(stream->Finish().ok());
      });
    }
    for (std::thread& caller : callers) caller.join();
  }
}

TEST_F(AppendStreamE2eTest, AMalformedMessageEndsTheStreamAfterTheAnswersBeforeIt) {
  using Bytes = grpc::ByteBuffer;
  const grpc::internal::RpcMethod method("/pledger.v1.LedgerService/AppendStream",
                                         grpc::internal::RpcMethod::BIDI_STREAMING);
  grpc::ClientContext context;
  SetPatience(context, kCallPatience);
  const std::unique_ptr<grpc::ClientReaderWriter<Bytes, Bytes>> stream(
      grpc::internal::ClientReaderWriterFactory<Bytes, Bytes>::Create(&client().channel(), method,
                                                                      &context));
  v1::AppendStreamRequest good;
  *good.mutable_append() = AppendOf({EffortEvent("ada")});
  const grpc::Slice good_bytes(good.SerializeAsString());
  ASSERT_TRUE(stream->Write(Bytes(&good_bytes, 1)));
  // A field of 127 bytes, of which one comes.
  const grpc::Slice bad_bytes(std::string("\x0a\x7fx"));
  ASSERT_TRUE(stream->Write(Bytes(&bad_bytes, 1)));
  Bytes answer;
  ASSERT_TRUE(stream->Read(&answer));
  EXPECT_FALSE(stream->Read(&answer));
  EXPECT_TRUE(IsError(client::FromGrpc(stream->Finish()), StatusCode::kInvalidArgument,
                      v1::ERROR_REASON_MALFORMED_REQUEST));
  EXPECT_EQ(server_.NextPosition(), 1u);
}

}  // namespace
}  // namespace pledger::testing
