// The file with a witness's key.
#ifndef PLEDGER_CLIENT_WITNESS_WITNESS_KEY_H_
#define PLEDGER_CLIENT_WITNESS_WITNESS_KEY_H_

#include <string>

#include "absl/status/statusor.h"
#include "storage/merkle/signed_note.h"

namespace pledger::witness {

// Reads the key, or makes a new one named `name` where there is no file. The file's one line is
// what NoteSigner::Parse() takes, of type kCosignature, and mode 0600. INVALID_ARGUMENT for another
// one, FAILED_PRECONDITION where others may read it or, with a `name`, the key has another; else
// what errno says.
[[nodiscard]] absl::StatusOr<storage::merkle::NoteSigner> OpenWitnessKey(const std::string& path,
                                                                         const std::string& name);

}  // namespace pledger::witness

#endif  // PLEDGER_CLIENT_WITNESS_WITNESS_KEY_H_
