// Hides other people in a fact that is shown to the client whom it concerns.
#ifndef PLEDGER_SERVER_DOMAIN_THIRD_PARTIES_H_
#define PLEDGER_SERVER_DOMAIN_THIRD_PARTIES_H_

#include <string_view>

#include "google/protobuf/message.h"

namespace pledger {

// What stands where something was hidden.
inline constexpr std::string_view kHidden = "hidden";

// Replaces every text that is set and has the option `third_party` (options.proto), also in
// sub-messages, a correction's replacement among them. Thread-safe.
void HideThirdParties(google::protobuf::Message* message);

}  // namespace pledger

#endif  // PLEDGER_SERVER_DOMAIN_THIRD_PARTIES_H_
