// When a count of facts becomes a pattern, and when it ends: the state of one signal through time.
//
// A track holds the facts that count towards a signal. On any day it looks at those of the window
// before it. It is PRESENT once there are enough of them over enough days (or one severe fact), and
// stays so until fewer than the policy's part of that have been there for the recovery days on end.
// Before and after, as long as anything is in the window, it is on WATCH.
//
// The state is computed at the days on which it can change: those of the facts, those on which they
// leave the window, and those that a gate names. It depends on the facts alone, not on the order in
// which they were recorded.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_SIGNAL_TRACK_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_SIGNAL_TRACK_H_

#include <cstdint>
#include <limits>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "pledger/v1/assessment.pb.h"
#include "server/domain/reliability/signal_catalogue.h"

namespace pledger::reliability {

inline constexpr uint64_t kNoPosition = std::numeric_limits<uint64_t>::max();
inline constexpr int64_t kNoDay = std::numeric_limits<int64_t>::min();

// A fact that counts towards a signal.
struct Occurrence {
  int64_t day = 0;
  int64_t occur_ns = 0;
  uint64_t position = kNoPosition;
  // A second fact that it takes: the invoice of a late payment.
  uint64_t also = kNoPosition;
  // Of tracks that count kinds or people: which. A small number: an array is indexed by it.
  uint32_t key = 0;
  bool disputed = false;
  // Makes a pattern alone.
  bool severe = false;
  bool aggravated = false;
};

enum class TrackCounts : uint8_t {
  // Each fact counts.
  kFacts,
  // Facts with the same key count once.
  kDistinctKeys,
};

// Whether the signal's own measure is reached on a day: `part` of its threshold. Null: it has none.
using MeasureReached = bool (*)(const void* context, int64_t day, double part);

struct Track {
  // Ascending by day.
  absl::Span<const Occurrence> occurrences;
  TrackCounts counts = TrackCounts::kFacts;
  SignalRule rule;
  MeasureReached measure_reached = nullptr;
  const void* measure_context = nullptr;
  // How many facts it takes to be on WATCH.
  int watch_count = 1;
  // Short of a measure, the facts alone are nothing to watch.
  bool watch_needs_measure = false;
  // Further days on which the measure may change, ascending.
  absl::Span<const int64_t> measure_days;
};

struct TrackState {
  v1::SignalState state = v1::SIGNAL_STATE_ABSENT;
  // Since when it has been in this state; kNoDay while it was never in another than ABSENT.
  int64_t since_day = kNoDay;
  // PRESENT, though the pattern is no longer there.
  bool recovering = false;
  // When it last left PRESENT; kNoDay if it never did, or came back since.
  int64_t left_day = kNoDay;
  int count = 0;
  // The occurrences of the window on the last day: [begin, end).
  size_t begin = 0;
  size_t end = 0;
};

// `leave_part` is the policy's part of a threshold below which a signal fades.
TrackState EvaluateTrack(const Track& track, int64_t as_of_day, double leave_part);

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_SIGNAL_TRACK_H_
