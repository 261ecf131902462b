// A client's facts in the order of the world, as one perspective sees them.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_TIMELINE_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_TIMELINE_H_

#include <cstdint>
#include <vector>

#include "server/domain/reliability/client_history.h"

namespace pledger::reliability {

// A fact at its place in the order of the world: by occur time, ties by position. Both are those of
// the event; the content is that of its latest correction.
struct TimedFact {
  int64_t occur_time_ns;
  uint64_t position;
  const HistoryFact* content;
};

struct Timeline {
  std::vector<TimedFact> facts;
  // Scratch: the content of each fact recorded, null where it is retracted.
  std::vector<const HistoryFact*> contents;
};

// Overwrites `timeline` with the facts known and occurred within the perspective. Corrections and
// retractions apply first and whenever they occurred: they say what was wrong about the record, not
// what changed in the world, so `as_of` does not hold them back and `known_at` alone does. The
// pointers live as long as `history` is not changed.
void BuildTimeline(const ClientHistory& history, const Perspective& perspective,
                   Timeline* timeline);

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_TIMELINE_H_
