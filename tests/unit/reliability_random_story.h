// Stories told by a seeded generator: every kind of fact that the fold knows, in plausible and
// implausible orders.
#ifndef PLEDGER_TESTS_UNIT_RELIABILITY_RANDOM_STORY_H_
#define PLEDGER_TESTS_UNIT_RELIABILITY_RANDOM_STORY_H_

#include <cstdint>

#include "tests/unit/reliability_story.h"

namespace pledger::reliability {

struct RandomStoryOptions {
  int facts = 60;
  // With corrections and retractions, whose targets depend on the order of recording.
  bool amendments = true;
  // With engagements, changes, complaints, conduct, effort, advice and disputes of events.
  bool work = true;
};

// No two facts occur at the same time, so that the order of recording decides nothing.
Story RandomStory(uint64_t seed, const RandomStoryOptions& options = {});

}  // namespace pledger::reliability

#endif  // PLEDGER_TESTS_UNIT_RELIABILITY_RANDOM_STORY_H_
