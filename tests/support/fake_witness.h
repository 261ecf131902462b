// A witness that cosigns whatever it is sent, for tests of those who ask it.
//
// It keeps C2SP tlog-witness's rules of sizes and checks the consistency proofs, but remembers
// nothing across its own end.
#ifndef PLEDGER_TESTS_SUPPORT_FAKE_WITNESS_H_
#define PLEDGER_TESTS_SUPPORT_FAKE_WITNESS_H_

#include <cstdint>
#include <memory>
#include <string>

#include "storage/merkle/signed_note.h"

namespace pledger::testing {

class FakeWitness {
 public:
  // Two of the same name have the same key.
  explicit FakeWitness(const std::string& name);
  ~FakeWitness();

  // As C2SP tlog-witness answers `POST /add-checkpoint`: a code and a body. Thread-safe.
  struct Answer {
    int code = 0;
    std::string body;
  };
  Answer AddCheckpoint(const std::string& body);

  // Serves on 127.0.0.1; port 0 takes a free one. Dies if it can't.
  void Serve(int port = 0);
  void StopServing();
  int port() const;
  std::string url() const;

  std::string verifier_key() const;
  // Of the last checkpoint that it cosigned.
  uint64_t size() const;

 private:
  class State;
  const std::unique_ptr<State> state_;
};

}  // namespace pledger::testing

#endif  // PLEDGER_TESTS_SUPPORT_FAKE_WITNESS_H_
