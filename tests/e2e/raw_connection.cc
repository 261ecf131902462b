#include "tests/e2e/raw_connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <utility>

namespace pledger::testing {
namespace {

// RFC 9113, section 4.1 and 6.
constexpr uint8_t kData = 0;
constexpr uint8_t kHeaders = 1;
constexpr uint8_t kResetStream = 3;
constexpr uint8_t kSettings = 4;
constexpr uint8_t kGoAway = 7;
constexpr uint8_t kEndStream = 1;
constexpr uint8_t kEndHeaders = 4;
constexpr size_t kFrameHeaderBytes = 9;

std::string Frame(uint8_t type, uint8_t flags, uint8_t stream, std::string_view payload) {
  std::string frame;
  for (const int shift : {16, 8, 0}) frame.push_back(static_cast<char>(payload.size() >> shift));
  frame.push_back(static_cast<char>(type));
  frame.push_back(static_cast<char>(flags));
  frame.append(3, '\0');
  frame.push_back(static_cast<char>(stream));
  frame.append(payload);
  return frame;
}

// RFC 7541, section 6.2.2: a literal with a new name; both are shorter than 127 bytes.
void AppendHeader(std::string_view name, std::string_view value, std::string* out) {
  out->push_back('\0');
  for (const std::string_view text : {name, value}) {
    out->push_back(static_cast<char>(text.size()));
    out->append(text);
  }
}

}  // namespace

RawConnection::RawConnection(int port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const timeval patience = {.tv_sec = 60, .tv_usec = 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    std::perror("connect");
    std::abort();
  }
}

RawConnection::~RawConnection() { close(socket_); }

void RawConnection::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

void RawConnection::EndSending() { shutdown(socket_, SHUT_WR); }

void RawConnection::AwaitClose() {
  char ignored[4096];
  while (recv(socket_, ignored, sizeof ignored, 0) > 0) {
  }
}

bool RawConnection::Read(size_t count, std::string* out) {
  out->resize(count);
  return count == 0 ||
         recv(socket_, out->data(), count, MSG_WAITALL) == static_cast<ssize_t>(count);
}

void RawConnection::CallUnary(std::string_view method, std::string_view timeout, Sending sending,
                              std::string_view request) {
  std::string headers;
  AppendHeader(":method", "POST", &headers);
  AppendHeader(":scheme", "http", &headers);
  AppendHeader(":path", method, &headers);
  AppendHeader(":authority", "test", &headers);
  AppendHeader("te", "trailers", &headers);
  AppendHeader("content-type", "application/grpc", &headers);
  AppendHeader("grpc-timeout", timeout, &headers);
  std::string message(1, '\0');
  for (const int shift : {24, 16, 8, 0}) {
    message.push_back(static_cast<char>(request.size() >> shift));
  }
  message.append(request);
  Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + Frame(kSettings, 0, 0, "") +
       Frame(kHeaders, kEndHeaders, 1, headers));
  if (sending == Sending::kLate) AwaitEndOfCall();
  Send(Frame(kData, kEndStream, 1, message));
  if (sending == Sending::kAtOnce) AwaitEndOfCall();
  EndSending();
  AwaitClose();
}

void RawConnection::AwaitEndOfCall() {
  std::string frame;
  std::string payload;
  while (Read(kFrameHeaderBytes, &frame)) {
    const auto byte = [&](size_t i) { return static_cast<uint8_t>(frame[i]); };
    if (!Read(size_t{byte(0)} << 16 | size_t{byte(1)} << 8 | byte(2), &payload)) return;
    const bool ended = byte(3) == kHeaders && (byte(4) & kEndStream) != 0;
    if (ended || byte(3) == kResetStream || byte(3) == kGoAway) return;
  }
}

}  // namespace pledger::testing
