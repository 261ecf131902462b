// Every limit of the service, in one place. Sizes are bytes unless the name says otherwise.
#ifndef PLEDGER_SERVER_DOMAIN_LIMITS_H_
#define PLEDGER_SERVER_DOMAIN_LIMITS_H_

#include <cstddef>
#include <cstdint>

namespace pledger::limits {

// --- What a caller may send.
inline constexpr int kAppendEventsMax = 10'000;
inline constexpr int kAppendClientsMax = 1'000;
inline constexpr size_t kAppendBytesMax = 4 << 20;
// The size of a gRPC message, with room for one largest append.
inline constexpr int kRequestBytesMax = (4 << 20) + (64 << 10);
// A whole record: header and body.
inline constexpr size_t kRecordBytesMax = 65'535;
inline constexpr size_t kSealedBytesMax = 64 << 10;
inline constexpr size_t kClientIdBytesMax = 128;
inline constexpr size_t kIdBytesMax = 128;
inline constexpr size_t kCodeBytesMax = 64;
// Where a field's rule names no other.
inline constexpr size_t kTextBytesMax = 1'024;
inline constexpr int kListItemsMax = 64;
// How deep a message may nest.
inline constexpr int kNestingMax = 32;

// --- Times, in nanoseconds since 1970.
// 1900-01-01T00:00:00Z.
inline constexpr int64_t kOccurTimeMinNs = -2'208'988'800'000'000'000;
// 2200-01-01T00:00:00Z: due times and the like may lie in the future, but not so far that
// arithmetic on them overflows.
inline constexpr int64_t kTimeMaxNs = 7'258'118'400'000'000'000;
// How far `occur_time` may run ahead of the server's clock.
inline constexpr int64_t kOccurTimeAheadMaxNs = int64_t{5} * 60 * 1'000'000'000;

// --- Pages and batches.
inline constexpr int kEventPageSizeDefault = 100;
inline constexpr int kEventPageSizeMax = 1'000;
inline constexpr int kClientPageSizeDefault = 50;
inline constexpr int kClientPageSizeMax = 1'000;
// A batch of events is sent when it has reached this size. Parsed, it is several times as large,
// and should stay in the nearer caches of whoever reads: with four times as much they read a
// quarter less.
inline constexpr size_t kReadBatchBytes = 128 << 10;
// The same for raw records, which are hardly parsed. A message waits for the reader to open the
// window: with half as much they are read a fifth slower, with a quarter by a third.
inline constexpr size_t kReadRawBatchBytes = 512 << 10;
inline constexpr int kHeartbeatMsDefault = 10'000;
inline constexpr int kHeartbeatMsMin = 100;
// A subscription this far behind the ledger is told so.
inline constexpr uint64_t kFellBehindEvents = 10'000;
// A reader that takes nothing for this long loses its stream.
inline constexpr int kSlowReaderMs = 60'000;
inline constexpr int kReasonsShownMax = 5;
inline constexpr int kReasonPositionsShownMax = 20;
// Disputed and amended positions in an answer about one client.
inline constexpr int kPositionsListedMax = 100;
// How many clients a watch looks at before it lets others work.
inline constexpr size_t kWatchedAtOnce = 256;
// Points of a reliability history.
inline constexpr size_t kHistoryPointsMax = 10'000;

// --- Queues.
// Appends that wait for the writer; one more is answered RESOURCE_EXHAUSTED.
inline constexpr size_t kWriterQueueAppendsMax = 8'192;
inline constexpr size_t kWriterQueueBytesMax = 256 << 20;
// What the writer takes at once.
inline constexpr size_t kCommitEventsMax = 16'384;
inline constexpr size_t kCommitBytesMax = 16 << 20;
// New keys that the log keeps until their own store syncs them.
inline constexpr size_t kUnsyncedKeysMax = 4'096;
// Requests of one AppendStream that are not yet answered.
inline constexpr int kAppendStreamInFlightMax = 256;
// Reads that wait for a thread; one more is answered RESOURCE_EXHAUSTED.
inline constexpr size_t kReadQueueMax = 4'096;
inline constexpr int kStreamsMax = 4'096;
// How long a caller is told to wait before it tries again.
inline constexpr int kBusyRetryMs = 50;

}  // namespace pledger::limits

#endif  // PLEDGER_SERVER_DOMAIN_LIMITS_H_
