// Sends a witness what it is to cosign.
#ifndef PLEDGER_SERVER_AUDIT_HTTP_POST_H_
#define PLEDGER_SERVER_AUDIT_HTTP_POST_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/audit/witness_asker.h"

namespace pledger::audit {

// One server, http or https. Post() of one thread, Stop() of any.
class HttpPoster {
 public:
  // `url` is what comes before `path`. INVALID_ARGUMENT for one that isn't http or https.
  static absl::StatusOr<std::unique_ptr<HttpPoster>> Create(const std::string& url,
                                                            const std::string& path,
                                                            absl::Duration timeout);
  virtual ~HttpPoster() = default;

  // UNAVAILABLE if there is no whole answer within the timeout, or after Stop().
  virtual absl::StatusOr<HttpAnswer> Post(const std::string& body) = 0;

  // Ends a Post() that is under way, and those to come.
  virtual void Stop() = 0;
};

}  // namespace pledger::audit

#endif  // PLEDGER_SERVER_AUDIT_HTTP_POST_H_
