// The file that says who may call, read again when it changes.
#ifndef PLEDGER_SERVER_RUNTIME_PRINCIPALS_FILE_H_
#define PLEDGER_SERVER_RUNTIME_PRINCIPALS_FILE_H_

#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "server/services/principal.h"

namespace pledger::runtime {

// The table in a text of principals.proto. INVALID_ARGUMENT, which says what is wrong and quotes no
// token's hash, for anything that does not make sense; nobody at all does not.
[[nodiscard]] absl::StatusOr<services::Principals::Table> ParsePrincipals(std::string_view text);

class PrincipalsFile {
 public:
  // Reads the file into `principals`, which must outlive this, and looks at it once a second from
  // then on: a changed one that makes sense takes the place of the other, one that doesn't is
  // logged and changes nothing. ParsePrincipals()'s errors, or what errno says.
  static absl::StatusOr<std::unique_ptr<PrincipalsFile>> Watch(std::string path,
                                                               services::Principals& principals);
  ~PrincipalsFile();

 private:
  PrincipalsFile(std::string path, services::Principals& principals)
      : path_(std::move(path)), principals_(principals) {}

  absl::Status Load();
  void Run();

  const std::string path_;
  services::Principals& principals_;
  // What was read last. Of one thread at a time.
  std::string text_;
  // The last failure, so that it is logged once.
  std::string failure_;
  absl::Mutex mutex_;
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace pledger::runtime

#endif  // PLEDGER_SERVER_RUNTIME_PRINCIPALS_FILE_H_
