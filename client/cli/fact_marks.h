// Positions of facts as they are cited, with what is to be known of the fact itself.
#ifndef PLEDGER_CLIENT_CLI_FACT_MARKS_H_
#define PLEDGER_CLIENT_CLI_FACT_MARKS_H_

#include <google/protobuf/repeated_field.h>

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "pledger/v1/assessment.pb.h"

namespace pledger::client {

// Which facts of a client are disputed, were amended, or have a statement beside them.
class FactMarks {
 public:
  FactMarks() = default;
  explicit FactMarks(const v1::ClientReliability& client);

  // "35": with "*" where it is disputed, "~" where it was corrected or retracted, "†" where a
  // statement stands beside it.
  std::string Text(uint64_t position) const;
  // "*~†", as far as they apply.
  std::string Marks(uint64_t position) const;

  // At most `shown_max` of them: "35 40* 42† …".
  std::string Text(const google::protobuf::RepeatedField<uint64_t>& positions, int shown_max) const;

  // What the marks in use mean, "* under dispute, …"; empty where there are none.
  std::string Legend() const;

 private:
  absl::flat_hash_set<uint64_t> disputed_;
  absl::flat_hash_set<uint64_t> amended_;
  absl::flat_hash_set<uint64_t> with_statement_;
};

}  // namespace pledger::client

#endif  // PLEDGER_CLIENT_CLI_FACT_MARKS_H_
