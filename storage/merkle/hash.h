// The hashes of an RFC 6962 Merkle tree (the same in RFC 9162, section 2.1).
//
// Pure and thread-safe. Leaves and nodes are hashed with different prefixes, so that no node can be
// passed off as a leaf.
#ifndef PLEDGER_STORAGE_MERKLE_HASH_H_
#define PLEDGER_STORAGE_MERKLE_HASH_H_

#include <string_view>

#include "storage/format/types.h"

namespace pledger::storage::merkle {

// SHA-256(bytes).
Hash Sha256(std::string_view bytes);

// SHA-256(0x00 ‖ record).
Hash LeafHash(std::string_view record);

// SHA-256(0x01 ‖ left ‖ right).
Hash NodeHash(const Hash& left, const Hash& right);

// The root of the tree without leaves: SHA-256 of nothing.
Hash EmptyRoot();

}  // namespace pledger::storage::merkle

#endif  // PLEDGER_STORAGE_MERKLE_HASH_H_
