#include "server/runtime/config.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace pledger::runtime {

absl::Status CheckListenAddress(const std::string& address) {
  const size_t colon = address.rfind(':');
  int port = -1;
  const bool has_port = colon != std::string::npos &&
                        absl::SimpleAtoi(address.substr(colon + 1), &port) && port >= 0 &&
                        port <= 65'535;
  if (!has_port) {
    return absl::InvalidArgumentError(
        absl::StrCat("--listen ", address, ": write it as HOST:PORT, such as 127.0.0.1:7430"));
  }
  const std::string host = address.substr(0, colon);
  if (host == "localhost" || host == "[::1]" || absl::StartsWith(host, "127.")) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "--listen ", address,
      ": only loopback addresses are served, because there is no TLS; listen on 127.0.0.1 and put "
      "a proxy that encrypts in front"));
}

}  // namespace pledger::runtime
