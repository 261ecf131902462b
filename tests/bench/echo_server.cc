#include "tests/bench/echo_server.h"

#include <grpcpp/grpcpp.h>
#include <signal.h>
#include <sys/prctl.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "pledger/v1/ledger.grpc.pb.h"

namespace pledger::bench {
namespace {

// More than the processor's nearer caches hold.
constexpr size_t kRecordSourceBytes = 8 << 20;

grpc::ByteBuffer Bytes(size_t size) {
  const grpc::Slice slice(std::string(size, 'x'));
  return grpc::ByteBuffer(&slice, 1);
}

// Reads a message, answers it, reads the next: one stream's messages are answered in their order.
class EchoStream final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  explicit EchoStream(const grpc::ByteBuffer* response) : response_(response) {
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (ok) {
      StartWrite(response_);
    } else {
      Finish(grpc::Status::OK);
    }
  }

  void OnWriteDone(bool ok) override {
    if (ok) {
      StartRead(&request_);
    } else {
      Finish(grpc::Status::CANCELLED);
    }
  }

  void OnDone() override { delete this; }

 private:
  const grpc::ByteBuffer* response_;
  grpc::ByteBuffer request_;
};

// Sends raw records, one outstanding write at a time.
class RecordStream final : public grpc::ServerWriteReactor<grpc::ByteBuffer> {
 public:
  // `source` is where records are cut from; longer than a message.
  RecordStream(const std::string* source, uint64_t messages)
      : source_(source), messages_(messages) {
    Next();
  }

  void OnWriteDone(bool ok) override {
    if (ok) {
      Next();
    } else {
      Finish(grpc::Status::CANCELLED);
    }
  }

  void OnDone() override { delete this; }

 private:
  // A RawRecord of 250 bytes, 0xfa 0x01, within field 2 of a ReadEventsResponse.
  static constexpr absl::string_view kRecordHead = "\x12\xfd\x01\x0a\xfa\x01";
  static constexpr char kResumePositionTag = 3 << 3;
  static_assert(kRawRecordBytes == 250);

  void Next() {
    if (sent_ == messages_) {
      Finish(grpc::Status::OK);
      return;
    }
    ++sent_;
    Assemble();
    StartWrite(&message_);
  }

  void Assemble() {
    constexpr size_t kPositionBytesMax = 11;
    grpc::Slice slice(kRawStreamRecords * (kRecordHead.size() + kRawRecordBytes) +
                      kPositionBytesMax);
    uint8_t* const begin = const_cast<uint8_t*>(slice.begin());
    uint8_t* at = begin;
    for (size_t i = 0; i < kRawStreamRecords; ++i) {
      at = std::copy(kRecordHead.begin(), kRecordHead.end(), at);
      if (source_at_ + kRawRecordBytes > source_->size()) source_at_ = 0;
      at = std::copy_n(source_->begin() + static_cast<int64_t>(source_at_), kRawRecordBytes, at);
      source_at_ += kRawRecordBytes;
    }
    *at++ = kResumePositionTag;
    uint64_t position = sent_ * kRawStreamRecords;
    for (; position >= 0x80; position >>= 7) *at++ = static_cast<uint8_t>(position | 0x80);
    *at++ = static_cast<uint8_t>(position);
    const grpc::Slice message = slice.sub(0, static_cast<size_t>(at - begin));
    message_ = grpc::ByteBuffer(&message, 1);
  }

  const std::string* source_;
  const uint64_t messages_;
  uint64_t sent_ = 0;
  size_t source_at_ = 0;
  grpc::ByteBuffer message_;
};

using RawService = v1::LedgerService::WithRawCallbackMethod_Append<
    v1::LedgerService::WithRawCallbackMethod_AppendStream<
        v1::LedgerService::WithRawCallbackMethod_ReadEvents<v1::LedgerService::Service>>>;

class EchoService final : public RawService {
 public:
  explicit EchoService(size_t response_bytes)
      : response_(Bytes(response_bytes)), records_(kRecordSourceBytes, 'x') {}

  grpc::ServerUnaryReactor* Append(grpc::CallbackServerContext* context,
                                   const grpc::ByteBuffer* request,
                                   grpc::ByteBuffer* response) override {
    *response = response_;
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* AppendStream(
      grpc::CallbackServerContext* context) override {
    return new EchoStream(&response_);
  }

  grpc::ServerWriteReactor<grpc::ByteBuffer>* ReadEvents(grpc::CallbackServerContext* context,
                                                         const grpc::ByteBuffer* request) override {
    grpc::ByteBuffer bytes(*request);
    v1::ReadEventsRequest read;
    grpc::SerializationTraits<v1::ReadEventsRequest>::Deserialize(&bytes, &read);
    return new RecordStream(&records_, (read.limit() + kRawStreamRecords - 1) / kRawStreamRecords);
  }

 private:
  grpc::ByteBuffer response_;
  const std::string records_;
};

absl::Status WritePort(const std::string& port_file, int port) {
  // Renamed into place, so that nobody reads half a number.
  const std::string draft = absl::StrCat(port_file, ".draft");
  {
    std::ofstream file(draft);
    file << port << "\n";
    if (!file.flush()) return absl::UnavailableError(absl::StrCat("cannot write ", draft));
  }
  std::error_code error;
  std::filesystem::rename(draft, port_file, error);
  if (error) return absl::UnavailableError(absl::StrCat(port_file, ": ", error.message()));
  return absl::OkStatus();
}

}  // namespace

absl::Status RunEchoServer(const std::string& port_file, size_t response_bytes) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  // Blocked before gRPC starts a thread, so that sigwait below is the one that gets it.
  sigset_t termination;
  sigemptyset(&termination);
  sigaddset(&termination, SIGTERM);
  sigaddset(&termination, SIGINT);
  pthread_sigmask(SIG_BLOCK, &termination, nullptr);

  EchoService service(response_bytes);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.SetMaxReceiveMessageSize(-1);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) return absl::UnavailableError("the echo server can't listen");
  if (absl::Status status = WritePort(port_file, port); !status.ok()) return status;
  int signal = 0;
  sigwait(&termination, &signal);
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
  return absl::OkStatus();
}

}  // namespace pledger::bench
