// A TCP connection to a server, for bytes that no gRPC client would send.
#ifndef PLEDGER_TESTS_E2E_RAW_CONNECTION_H_
#define PLEDGER_TESTS_E2E_RAW_CONNECTION_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace pledger::testing {

// Not thread-safe. Waits at most a minute for the server.
class RawConnection {
 public:
  // To 127.0.0.1. Dies if nobody listens there.
  explicit RawConnection(int port);
  ~RawConnection();
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  // What the server no longer takes is dropped.
  void Send(std::string_view bytes);
  // No more will be sent.
  void EndSending();
  // Reads until the server closes the connection.
  void AwaitClose();

  // Begins HTTP/2 and makes one unary gRPC call with this timeout, as `grpc-timeout` wants it. The
  // request is sent at once, or only when the server has ended the call for being late. Returns
  // when the server has ended the call, however it did, and has seen all that was sent.
  enum class Sending { kAtOnce, kLate };
  void CallUnary(std::string_view method, std::string_view timeout, Sending sending,
                 std::string_view request);

 private:
  bool Read(size_t count, std::string* out);
  void AwaitEndOfCall();

  int socket_;
};

}  // namespace pledger::testing

#endif  // PLEDGER_TESTS_E2E_RAW_CONNECTION_H_
