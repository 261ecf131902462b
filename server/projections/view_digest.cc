#include "server/projections/view_digest.h"

#include <string>

#include "storage/format/big_endian.h"
#include "storage/merkle/hash.h"

namespace pledger::projections {

void ViewDigest::Add(std::string_view key, std::string_view value) {
  std::string entry;
  entry.reserve(8 + key.size() + value.size());
  storage::AppendBig64(key.size(), &entry);
  entry.append(key);
  entry.append(value);
  const storage::Hash hash = storage::merkle::Sha256(entry);
  unsigned carry = 0;
  for (size_t i = sum_.size(); i-- > 0;) {
    carry += unsigned{sum_[i]} + hash[i];
    sum_[i] = static_cast<uint8_t>(carry);
    carry >>= 8;
  }
  ++entry_count_;
}

}  // namespace pledger::projections
