// How a server is told what to do.
#ifndef PLEDGER_SERVER_RUNTIME_CONFIG_H_
#define PLEDGER_SERVER_RUNTIME_CONFIG_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace pledger::runtime {

struct Config {
  // The folder of the ledger; made if it is not there.
  std::string data;
  // "127.0.0.1:7430"; port 0 takes one that is free.
  std::string listen = "127.0.0.1:7430";
  // Where to write the port once the server serves; empty for nowhere.
  std::string port_file;
  // The key that wraps the clients' keys; empty for one in the data folder.
  std::string key_file;
  // Who may call, with which roles; see principals_file.h. Empty: everybody is the local principal.
  std::string principals_file;
  // The key that signs checkpoints; empty for one in the data folder.
  std::string signing_key_file;
  // A C2SP tlog-policy: whose cosignatures are asked for; empty for nobody's.
  std::string witness_policy_file;
  // How often a directory of clients is recorded while something changes; 0 for only on request.
  int directory_interval_seconds = 3600;
  // Below this much free disk space the ledger is read-only.
  uint64_t free_bytes_min = 256 << 20;
  // What the reliability view keeps in memory.
  uint64_t view_memory_bytes = 256 << 20;
  int read_threads = 2;
};

// INVALID_ARGUMENT for an address that is not loopback: without TLS tokens and facts would pass in
// the clear, so that nobody but this machine may be served.
absl::Status CheckListenAddress(const std::string& address);

}  // namespace pledger::runtime

#endif  // PLEDGER_SERVER_RUNTIME_CONFIG_H_
