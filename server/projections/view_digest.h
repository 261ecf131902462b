// One number for all that a view holds, to compare two of the same position by.
#ifndef PLEDGER_SERVER_PROJECTIONS_VIEW_DIGEST_H_
#define PLEDGER_SERVER_PROJECTIONS_VIEW_DIGEST_H_

#include <cstdint>
#include <string_view>

#include "storage/format/types.h"

namespace pledger::projections {

// The sum of SHA-256(size of key (8, big-endian) ‖ key ‖ value) over all entries, as numbers of 256
// bits, modulo 2^256: the same in whatever order they are added. Finds what went wrong by chance or
// was altered in place; it does not withstand somebody who makes up entries to fit.
class ViewDigest {
 public:
  void Add(std::string_view key, std::string_view value);

  uint64_t entry_count() const { return entry_count_; }
  // Big-endian.
  const storage::Hash& sum() const { return sum_; }

 private:
  uint64_t entry_count_ = 0;
  storage::Hash sum_{};
};

}  // namespace pledger::projections

#endif  // PLEDGER_SERVER_PROJECTIONS_VIEW_DIGEST_H_
