// The gRPC ceiling: a server that takes bytes and gives bytes, and does nothing between.
#ifndef PLEDGER_TESTS_BENCH_ECHO_SERVER_H_
#define PLEDGER_TESTS_BENCH_ECHO_SERVER_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"

namespace pledger::bench {

// What one message of the raw stream holds: 100 records of 250 bytes.
inline constexpr size_t kRawRecordBytes = 250;
inline constexpr size_t kRawStreamRecords = 100;

// Serves three methods of LedgerService on a loopback port, with the callback API and without
// looking at what it is sent: Append and AppendStream answer every message with `response_bytes`
// bytes; ReadEvents, of whose request it reads the limit alone, sends that many raw records,
// rounded up to whole messages of kRawStreamRecords. Each of those messages is put together from
// its records, as a server must that has not sent them before.
//
// Writes its port to `port_file` and serves until SIGTERM, or until the process that started it is
// gone. UNAVAILABLE if it can't listen or write the file.
absl::Status RunEchoServer(const std::string& port_file, size_t response_bytes);

}  // namespace pledger::bench

#endif  // PLEDGER_TESTS_BENCH_ECHO_SERVER_H_
