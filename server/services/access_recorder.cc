#include "server/services/access_recorder.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/domain/errors.h"
#include "server/domain/fact_rules.h"

namespace pledger::services {

void AccessRecorder::Record(const Principal& principal, v1::AccessEntry entry,
                            std::function<void(absl::Status)> done) {
  *entry.mutable_time() = FromNanos(clock_.NowNs());
  entry.set_principal(principal.name);
  log_.Append(entry.SerializeAsString(), [done = std::move(done)](const absl::Status& written) {
    if (written.ok()) return done(written);
    const std::string cause(written.message());
    done(Error(v1::ERROR_REASON_ACCESS_LOG_UNAVAILABLE,
               absl::StrCat("the read must stand in the access log first, and cannot: ", cause),
               {{"cause", cause}}));
  });
}

v1::AccessEntry MakeAccessEntry(v1::AccessEntry::Kind kind, std::string method,
                                std::string client_id) {
  v1::AccessEntry entry;
  entry.set_kind(kind);
  entry.set_method(std::move(method));
  entry.set_client_id(std::move(client_id));
  return entry;
}

}  // namespace pledger::services
