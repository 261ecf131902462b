// A folder that is gone with the test.
#ifndef PLEDGER_TESTS_SUPPORT_TEMP_FOLDER_H_
#define PLEDGER_TESTS_SUPPORT_TEMP_FOLDER_H_

#include <stdlib.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace pledger::testing {

class TempFolder {
 public:
  // Dies if there is no room for one.
  TempFolder() : path_((std::filesystem::temp_directory_path() / "pledger-XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr) {
      std::perror("mkdtemp");
      std::abort();
    }
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace pledger::testing

#endif  // PLEDGER_TESTS_SUPPORT_TEMP_FOLDER_H_
