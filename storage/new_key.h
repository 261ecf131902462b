// A data key that travels with the events that are sealed under it.
#ifndef PLEDGER_STORAGE_NEW_KEY_H_
#define PLEDGER_STORAGE_NEW_KEY_H_

#include <string>

namespace pledger::storage {

// A client's wrapped key, as its own store has it but perhaps not yet on disk.
struct NewKey {
  std::string client_id;
  std::string wrapped;

  bool operator==(const NewKey&) const = default;
};

}  // namespace pledger::storage

#endif  // PLEDGER_STORAGE_NEW_KEY_H_
