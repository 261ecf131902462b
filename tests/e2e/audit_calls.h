// What an auditor asks, and how what is answered is checked.
#ifndef PLEDGER_TESTS_E2E_AUDIT_CALLS_H_
#define PLEDGER_TESTS_E2E_AUDIT_CALLS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/lib/errors.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "pledger/v1/audit.grpc.pb.h"
#include "storage/format/types.h"
#include "storage/merkle/checkpoint.h"
#include "storage/merkle/directory_tree.h"
#include "storage/merkle/proofs.h"
#include "tests/e2e/plain_client.h"

namespace pledger::testing {

// Any unary method of the service.
template <typename Request, typename Response>
absl::StatusOr<Response> Ask(const PlainClient& client,
                             grpc::Status (v1::AuditService::Stub::*method)(grpc::ClientContext*,
                                                                            const Request&,
                                                                            Response*),
                             const Request& request, absl::Duration patience = kCallPatience) {
  grpc::ClientContext context;
  SetPatience(context, patience);
  Response response;
  const absl::Status status =
      client::FromGrpc((client.audit().*method)(&context, request, &response));
  if (!status.ok()) return status;
  return response;
}

// The leaves of [from, end), by ReadRecords.
absl::StatusOr<std::vector<std::string>> ReadLeaves(const PlainClient& client, uint64_t from = 0,
                                                    uint64_t end = 0);

struct ClientHistory {
  v1::ClientHistoryProof proof;
  std::vector<std::string> records;
};
absl::StatusOr<ClientHistory> ProveHistory(const PlainClient& client,
                                           const v1::ProveClientHistoryRequest& request);

// The server's keys, as it tells them.
std::vector<storage::merkle::NoteVerifier> KeysOf(const PlainClient& client);

// The checkpoint in the message, if one of the keys signed it and the message says the same.
absl::StatusOr<storage::merkle::Checkpoint> Open(
    const v1::Checkpoint& checkpoint, const std::vector<storage::merkle::NoteVerifier>& keys);

// The root of RFC 6962 over the first `size` leaves.
storage::Hash RootOf(const std::vector<std::string>& leaves, uint64_t size);

storage::Hash HashOf(const std::string& bytes);
storage::merkle::Proof ProofOf(const google::protobuf::RepeatedPtrField<std::string>& hashes);

// That the leaf is where the proof says, in the checkpoint's tree.
absl::Status CheckInclusion(const v1::InclusionProof& proof, const std::string& leaf,
                            const storage::merkle::Checkpoint& checkpoint);

// That the records are all the client has in the checkpoint's tree up to the directory: the chain,
// the last one's inclusion, and what the directory says. The client's entry in it, if it has one.
absl::StatusOr<std::optional<storage::merkle::DirectoryEntry>> CheckHistory(
    const ClientHistory& history, const std::vector<storage::merkle::NoteVerifier>& keys);

}  // namespace pledger::testing

#endif  // PLEDGER_TESTS_E2E_AUDIT_CALLS_H_
