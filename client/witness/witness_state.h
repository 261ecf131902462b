// What a witness must never forget: of each log the latest checkpoint that it cosigned.
#ifndef PLEDGER_CLIENT_WITNESS_WITNESS_STATE_H_
#define PLEDGER_CLIENT_WITNESS_WITNESS_STATE_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace pledger::witness {

// The hash by which the protocol names an origin: SHA-256, in hexadecimal digits.
std::string OriginHash(std::string_view origin);

// A file for each log: the cosigned note. Thread-compatible.
class WitnessState {
 public:
  // The folder is made when the first checkpoint is saved.
  explicit WitnessState(std::string folder) : folder_(std::move(folder)) {}

  // The note last saved for the origin with this hash; none if there is none. Else what errno says.
  [[nodiscard]] absl::StatusOr<std::optional<std::string>> Load(
      const std::string& origin_hash) const;

  // On OK it is on disk.
  [[nodiscard]] absl::Status Save(const std::string& origin_hash, std::string_view note);

 private:
  std::string PathOf(const std::string& origin_hash) const;

  const std::string folder_;
};

}  // namespace pledger::witness

#endif  // PLEDGER_CLIENT_WITNESS_WITNESS_STATE_H_
