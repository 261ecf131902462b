#include "server/domain/reliability/signal_track.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace pledger::reliability {
namespace {

// How often each key is in the window; all zero between walks.
std::vector<uint32_t>& KeyCounts() {
  thread_local std::vector<uint32_t> counts;
  return counts;
}

// Steps through the days on which a track can change.
class TrackWalk {
 public:
  TrackWalk(const Track& track, double leave_part)
      : track_(track),
        facts_(track.occurrences),
        leave_part_(leave_part),
        by_key_(track.counts == TrackCounts::kDistinctKeys),
        key_counts_(KeyCounts()) {
    if (!by_key_) return;
    uint32_t most = 0;
    for (const Occurrence& fact : facts_) most = std::max(most, fact.key);
    if (key_counts_.size() <= most) key_counts_.resize(size_t{most} + 1);
  }
  ~TrackWalk() {
    if (!by_key_) return;
    for (size_t i = state_.begin; i < state_.end; ++i) key_counts_[facts_[i].key] = 0;
  }

  TrackState Run(int64_t as_of_day) {
    size_t next_fact = 0;   // The next to come.
    size_t next_leave = 0;  // The next to leave the window.
    size_t next_measure = 0;
    while (true) {
      int64_t day = as_of_day;
      if (next_fact < facts_.size()) day = std::min(day, facts_[next_fact].day);
      if (next_leave < next_fact) day = std::min(day, LeavesOn(next_leave));
      if (next_measure < track_.measure_days.size()) {
        day = std::min(day, track_.measure_days[next_measure]);
      }
      while (next_fact < facts_.size() && facts_[next_fact].day <= day) Enters(next_fact++);
      while (next_leave < next_fact && LeavesOn(next_leave) <= day) Leaves(next_leave++);
      while (next_measure < track_.measure_days.size() && track_.measure_days[next_measure] <= day)
        ++next_measure;
      state_.begin = next_leave;
      state_.end = next_fact;
      Visit(day);
      if (day == as_of_day) return state_;
    }
  }

 private:
  int64_t LeavesOn(size_t fact) const { return facts_[fact].day + track_.rule.window_days; }

  void Enters(size_t fact) {
    if (facts_[fact].severe) ++severe_;
    if (!by_key_ || key_counts_[facts_[fact].key]++ == 0) ++count_;
  }

  void Leaves(size_t fact) {
    if (facts_[fact].severe) --severe_;
    if (!by_key_ || --key_counts_[facts_[fact].key] == 0) --count_;
  }

  void Visit(int64_t day) {
    Recover(day);
    state_.count = count_;
    const bool pattern = severe_ > 0 || (state_.count >= track_.rule.min_count &&
                                         facts_[state_.end - 1].day - facts_[state_.begin].day >=
                                             track_.rule.min_span_days &&
                                         Reaches(day, 1));
    if (pattern) {
      below_since_ = kNoDay;
      state_.left_day = kNoDay;
      state_.recovering = false;
      Enter(v1::SIGNAL_STATE_PRESENT, day);
      return;
    }
    if (state_.state != v1::SIGNAL_STATE_PRESENT) {
      Enter(WatchOrAbsent(day), day);
      return;
    }
    state_.recovering = true;
    const bool below =
        state_.count < leave_part_ * track_.rule.min_count || !Reaches(day, leave_part_);
    if (!below) {
      below_since_ = kNoDay;
    } else if (below_since_ == kNoDay) {
      below_since_ = day;
    }
    Recover(day);
  }

  // Leaves PRESENT if that was due by `day`.
  void Recover(int64_t day) {
    if (below_since_ == kNoDay || day < below_since_ + track_.rule.recovery_days) return;
    state_.left_day = below_since_ + track_.rule.recovery_days;
    below_since_ = kNoDay;
    state_.recovering = false;
    Enter(WatchOrAbsent(day), state_.left_day);
  }

  v1::SignalState WatchOrAbsent(int64_t day) const {
    const bool watched =
        count_ >= track_.watch_count && (!track_.watch_needs_measure || Reaches(day, leave_part_));
    return watched ? v1::SIGNAL_STATE_WATCH : v1::SIGNAL_STATE_ABSENT;
  }

  void Enter(v1::SignalState state, int64_t day) {
    if (state_.state == state) return;
    state_.state = state;
    state_.since_day = day;
  }

  bool Reaches(int64_t day, double part) const {
    return track_.measure_reached == nullptr ||
           track_.measure_reached(track_.measure_context, day, part);
  }

  const Track& track_;
  const absl::Span<const Occurrence> facts_;
  const double leave_part_;
  const bool by_key_;
  std::vector<uint32_t>& key_counts_;
  // Of the window: severe facts, and what the track counts.
  int severe_ = 0;
  int count_ = 0;
  TrackState state_;
  int64_t below_since_ = kNoDay;
};

}  // namespace

TrackState EvaluateTrack(const Track& track, int64_t as_of_day, double leave_part) {
  if (track.occurrences.empty()) return {};
  return TrackWalk(track, leave_part).Run(as_of_day);
}

}  // namespace pledger::reliability
