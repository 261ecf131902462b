// `pledger audit`: what the server says of itself, believed only as far as it can be proved.
#include <google/protobuf/struct.pb.h>

#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "client/cli/answer.h"
#include "client/cli/audit_context.h"
#include "client/cli/format.h"
#include "client/cli/terminal/table.h"
#include "client/cli/terminal/text.h"
#include "client/files/durable_file.h"
#include "client/verify/verify_receipt.h"
#include "storage/merkle/proofs.h"

namespace pledger::client {
namespace {

using storage::merkle::Checkpoint;

struct CheckpointArguments {
  uint64_t size = 0;
  bool fresh = false;
  bool list = false;
  std::string out;
};

struct ReceiptArguments {
  uint64_t position = 0;
  std::string out;
};

struct ConsistencyArguments {
  uint64_t first = 0;
  uint64_t second = 0;
};

struct DiffArguments {
  std::string first;
  std::string second;
};

struct KeysArguments {
  std::vector<std::string> trusted;
};

// To the file, or to standard output if none is named.
int GiveText(Context& context, const std::string& path, const std::string& text,
             const std::string& what) {
  if (path.empty()) {
    context.out() << text;
    return kExitOk;
  }
  if (const absl::Status status = WriteFile(path, text); !status.ok()) return context.Fail(status);
  context.err() << what << " is in " << path << '\n';
  return kExitOk;
}

void PrintWitnessing(Context& context, const v1::Witnessing& witnessing) {
  if (!witnessing.required()) return;
  std::ostream& out = context.err();
  out << "Witnessed up to " << FormatCount(witnessing.witnessed_size()) << " events";
  if (witnessing.has_unwitnessed_since()) {
    out << "; not beyond since " << FormatTime(witnessing.unwitnessed_since());
  }
  out << '\n';
  for (const v1::WitnessState& witness : witnessing.witnesses()) {
    if (witness.error().empty()) continue;
    out << "  " << Printable(witness.witness()) << ": " << Printable(witness.error()) << '\n';
  }
}

int ListCheckpoints(Context& context) {
  AuditClient client(context.client());
  v1::ListCheckpointsRequest request;
  request.set_descending(true);
  return PrintAnswer(context, client.ListCheckpoints(request), [&](const auto& response) {
    Table table({{.header = "SIZE", .is_number = true},
                 {.header = "SIGNED"},
                 {.header = "ROOT", .can_shrink = true},
                 {.header = "WITNESSES"}});
    for (const v1::Checkpoint& checkpoint : response.checkpoints()) {
      std::string witnesses = absl::StrCat(checkpoint.cosignatures_size());
      if (!checkpoint.witnessed()) witnesses += ", not enough";
      table.AddRow({FormatCount(checkpoint.size()), FormatTime(checkpoint.time()),
                    absl::BytesToHexString(checkpoint.root_hash()), witnesses});
    }
    context.out() << table.Take(context.width(), context.palette());
    if (!response.next_page_token().empty()) context.err() << "There are earlier ones.\n";
  });
}

int RunCheckpoint(Context& context, const AuditOptions& audit,
                  const CheckpointArguments& arguments) {
  if (arguments.list) return ListCheckpoints(context);
  AuditClient client(context.client());
  v1::GetCheckpointRequest request;
  if (arguments.size > 0) request.set_size(arguments.size);
  if (arguments.fresh) request.set_fresh(true);
  const auto response = client.GetCheckpoint(request);
  if (!response.ok()) return context.Fail(response.status());
  const std::string& note = response->checkpoint().note();
  const absl::Status believed = BelieveCheckpoint(audit, client, note, arguments.size == 0);
  if (!believed.ok()) return context.Fail(believed);
  if (context.is_json()) return PrintJsonAnswer(context, *response);
  PrintWitnessing(context, response->witnessing());
  return GiveText(context, arguments.out, note, "The checkpoint");
}

int RunReceipt(Context& context, const AuditOptions& audit, const ReceiptArguments& arguments) {
  AuditClient client(context.client());
  v1::GetReceiptRequest request;
  request.set_position(arguments.position);
  request.set_prefer_witnessed(true);
  const auto response = client.GetReceipt(request);
  if (!response.ok()) return context.Fail(response.status());
  // A receipt that does not hold is worth nothing: better told now than when it is needed.
  absl::Status status =
      BelieveCheckpoint(audit, client, response->checkpoint().note(), /*is_latest=*/false);
  if (status.ok()) {
    const auto result = verify::VerifyReceipt(response->receipt(), {});
    status = result.status();
    if (result.ok() && result->report.of(verify::Aspect::kIntegrity).failure_count > 0) {
      status = absl::DataLossError(
          absl::StrCat("the server's receipt does not hold: ",
                       result->report.of(verify::Aspect::kIntegrity).failures.front().what));
    }
  }
  if (!status.ok()) return context.Fail(status);
  if (context.is_json()) return PrintJsonAnswer(context, *response);
  return GiveText(context, arguments.out, response->receipt(), "The receipt");
}

absl::Status VerifyConsistency(const v1::GetConsistencyProofResponse& response) {
  const auto hash = [](const std::string& bytes, storage::Hash* out) {
    if (bytes.size() != out->size()) return false;
    std::copy(bytes.begin(), bytes.end(), out->begin());
    return true;
  };
  storage::Hash first;
  storage::Hash second;
  bool whole =
      hash(response.first_root_hash(), &first) && hash(response.second_root_hash(), &second);
  storage::merkle::Proof proof(static_cast<size_t>(response.hashes_size()));
  for (int i = 0; i < response.hashes_size(); ++i) {
    whole = whole && hash(response.hashes(i), &proof[static_cast<size_t>(i)]);
  }
  if (!whole) return absl::DataLossError("a hash has not 32 bytes");
  return storage::merkle::VerifyConsistency(response.first_size(), response.second_size(), proof,
                                            first, second);
}

int RunConsistency(Context& context, const AuditOptions& audit,
                   const ConsistencyArguments& arguments) {
  AuditClient client(context.client());
  v1::GetConsistencyProofRequest request;
  request.set_first_size(arguments.first);
  request.set_second_size(arguments.second);
  const auto response = client.GetConsistencyProof(request);
  if (!response.ok()) return context.Fail(response.status());
  absl::Status status = VerifyConsistency(*response);
  if (status.ok() && response->has_checkpoint()) {
    status = BelieveCheckpoint(audit, client, response->checkpoint().note(), false);
  }
  if (!status.ok()) return context.Fail(status);
  if (context.is_json()) return PrintJsonAnswer(context, *response);
  context.out() << "The first " << FormatCount(response->first_size())
                << " events are the beginning of the " << FormatCount(response->second_size())
                << ": proved.\n"
                << "  " << absl::BytesToHexString(response->first_root_hash()) << "\n  "
                << absl::BytesToHexString(response->second_root_hash()) << '\n';
  return kExitOk;
}

absl::StatusOr<Checkpoint> ReadCheckpointFile(const std::string& path) {
  const auto text = ReadGivenFile(path);
  if (!text.ok()) return text.status();
  const auto note = storage::merkle::ParseNote(*text);
  auto checkpoint = note.ok() ? storage::merkle::ParseCheckpoint(note->text)
                              : absl::StatusOr<Checkpoint>(note.status());
  if (checkpoint.ok()) return checkpoint;
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", checkpoint.status().message()));
}

// Whether the smaller is proved to be the beginning of the larger, by whoever serves the ledger.
absl::Status ProveContinuation(Context& context, const Checkpoint& small, const Checkpoint& large) {
  v1::GetConsistencyProofRequest request;
  request.set_first_size(small.size);
  request.set_second_size(large.size);
  auto response = AuditClient(context.client()).GetConsistencyProof(request);
  if (!response.ok()) return response.status();
  // The roots are those of the files, whatever the server says of them.
  response->set_first_size(small.size);
  response->set_second_size(large.size);
  response->set_first_root_hash(std::string(storage::AsChars(small.root)));
  response->set_second_root_hash(std::string(storage::AsChars(large.root)));
  return VerifyConsistency(*response);
}

// What is found of two checkpoints.
struct Difference {
  // "SAME_TREE", "CONTINUATION", "FORK", "DIFFERENT_LEDGERS" or "NOT_PROVED".
  const char* verdict;
  std::string statement;
  int exit_code;
};

Difference Compare(Context& context, const Checkpoint& first, const Checkpoint& second) {
  if (first.origin != second.origin) {
    return {"DIFFERENT_LEDGERS", "They are of different ledgers.", kExitRefused};
  }
  if (first.size == second.size) {
    if (first.root == second.root) return {"SAME_TREE", "They are of the same tree.", kExitOk};
    return {"FORK",
            "FORK: one ledger, one size, two trees. Keep both files; with their signatures they "
            "prove it.",
            kExitRefused};
  }
  const bool ascends = first.size < second.size;
  const Checkpoint& small = ascends ? first : second;
  const Checkpoint& large = ascends ? second : first;
  const absl::Status proved = ProveContinuation(context, small, large);
  if (proved.ok()) {
    return {"CONTINUATION",
            absl::StrCat("The smaller is the beginning of the larger, by ",
                         FormatCount(large.size - small.size), " events: proved."),
            kExitOk};
  }
  if (absl::IsDataLoss(proved) || absl::IsInvalidArgument(proved)) {
    return {"FORK",
            absl::StrCat("FORK: the smaller is not proved to be the beginning of the larger: ",
                         proved.message()),
            kExitRefused};
  }
  context.Fail(proved);
  return {"NOT_PROVED",
          "Whether one continues the other needs a proof, from the server or from a pack (`pledger "
          "audit verify PACK --known FILE`).",
          kExitPartial};
}

int PrintDifference(Context& context, absl::Span<const Checkpoint> checkpoints,
                    const Difference& difference) {
  const auto root = [](const Checkpoint& one) {
    return absl::BytesToHexString(std::string(storage::AsChars(one.root)));
  };
  if (!context.is_json()) {
    for (const Checkpoint& one : checkpoints) {
      context.out() << Printable(one.origin) << "  " << FormatCount(one.size) << " events  "
                    << root(one) << '\n';
    }
    context.out() << difference.statement << '\n';
    return difference.exit_code;
  }
  google::protobuf::Struct out;
  auto& fields = *out.mutable_fields();
  fields["verdict"].set_string_value(difference.verdict);
  fields["statement"].set_string_value(difference.statement);
  auto& list = *fields["checkpoints"].mutable_list_value();
  for (const Checkpoint& one : checkpoints) {
    auto& shown = *list.add_values()->mutable_struct_value()->mutable_fields();
    shown["origin"].set_string_value(one.origin);
    shown["size"].set_string_value(absl::StrCat(one.size));
    shown["root_hash"].set_string_value(root(one));
  }
  const int printed = PrintJsonAnswer(context, out);
  return printed == kExitOk ? difference.exit_code : printed;
}

int RunDiff(Context& context, const DiffArguments& arguments) {
  std::vector<Checkpoint> checkpoints;
  for (const std::string& path : {arguments.first, arguments.second}) {
    auto checkpoint = ReadCheckpointFile(path);
    if (!checkpoint.ok()) return context.Fail(checkpoint.status());
    checkpoints.push_back(*std::move(checkpoint));
  }
  return PrintDifference(context, checkpoints, Compare(context, checkpoints[0], checkpoints[1]));
}

int RunKeys(Context& context, const AuditOptions& audit, const KeysArguments& arguments) {
  if (!arguments.trusted.empty()) {
    std::vector<storage::merkle::NoteVerifier> keys;
    for (const std::string& text : arguments.trusted) {
      auto key = storage::merkle::NoteVerifier::Parse(text);
      if (!key.ok()) return context.FailUsage(key.status());
      keys.push_back(*std::move(key));
    }
    const absl::Status status = CheckpointMemory(audit.state).Trust(keys);
    if (!status.ok()) return context.Fail(status);
    context.err() << "From now on " << Counted(keys.size(), "key") << " of "
                  << Printable(keys.front().name()) << " are believed.\n";
    return kExitOk;
  }
  AuditClient client(context.client());
  return PrintAnswer(context, client.GetAuditKeys(), [&](const auto& response) {
    Table table({{.header = "VERIFIER KEY"}, {.header = "FROM"}, {.header = "UNTIL"}});
    for (const v1::SigningKey& key : response.keys()) {
      table.AddRow({key.verifier_key(),
                    key.has_from_position() ? absl::StrCat(key.from_position()) : "the beginning",
                    key.has_until_position() ? absl::StrCat(key.until_position()) : "now"});
    }
    context.out() << table.Take(context.width(), context.palette()) << '\n' << response.policy();
  });
}

int RunRotate(Context& context, const std::string& expected) {
  AuditClient client(context.client());
  v1::RotateSigningKeyRequest request;
  request.set_expected_verifier_key(expected);
  return PrintAnswer(context, client.RotateSigningKey(std::move(request)),
                     [&](const auto& response) {
                       context.out() << Printable(response.verifier_key())
                                     << " signs from position " << response.position() << " on.\n";
                     });
}

}  // namespace

void AddAuditReadCommands(CommandLine& audit, Context& context, const SharedAuditOptions& options) {
  CommandLine* checkpoint = audit.AddCommand(
      "checkpoint", "A signed head of the ledger, checked against the one seen before");
  auto shown = std::make_shared<CheckpointArguments>();
  checkpoint->AddOption("--size", shown->size, "The stored one of just this size");
  checkpoint->AddFlag("--fresh", shown->fresh, "One over everything recorded by now");
  checkpoint->AddFlag("--list", shown->list, "The stored ones, the largest first");
  checkpoint->AddOption("--out", shown->out, "Write it to this file");
  checkpoint->Runs([&context, options, shown] { return RunCheckpoint(context, *options, *shown); });

  CommandLine* receipt = audit.AddCommand(
      "receipt", "The proof that an event is recorded, in one text (C2SP tlog-proof)");
  auto received = std::make_shared<ReceiptArguments>();
  receipt->AddOption("POSITION", received->position, "Of the event")->Required();
  receipt->AddOption("--out", received->out, "Write it to this file");
  receipt->Runs([&context, options, received] { return RunReceipt(context, *options, *received); });

  CommandLine* consistency = audit.AddCommand(
      "consistency", "The proof that the first A events are the beginning of the first B");
  auto sizes = std::make_shared<ConsistencyArguments>();
  consistency->AddOption("A", sizes->first, "The smaller size")->Required();
  consistency->AddOption("B", sizes->second,
                         "The larger size; the latest checkpoint's if left out");
  consistency->Runs(
      [&context, options, sizes] { return RunConsistency(context, *options, *sizes); });

  CommandLine* diff = audit.AddCommand("diff", "Whether two checkpoint files are of one history");
  auto files = std::make_shared<DiffArguments>();
  diff->AddOption("FIRST", files->first, "A file with a checkpoint")->Required();
  diff->AddOption("SECOND", files->second, "Another one")->Required();
  diff->Runs([&context, files] { return RunDiff(context, *files); });

  CommandLine* keys = audit.AddCommand("keys", "Who signs this ledger, and who witnesses it");
  auto trusted = std::make_shared<KeysArguments>();
  keys->AddOption("--trust", trusted->trusted,
                  "Believe these verifier keys from now on, the oldest first; before the first "
                  "contact, so that nothing is taken from the server");
  keys->Runs([&context, options, trusted] { return RunKeys(context, *options, *trusted); });

  CommandLine* rotate =
      audit.AddCommand("rotate-key", "Have a new key sign; the old one signs that, and is gone");
  auto expected = std::make_shared<std::string>();
  rotate->AddOption("CURRENT", *expected, "The verifier key that signs now; see `keys`")
      ->Required();
  rotate->Runs([&context, expected] { return RunRotate(context, *expected); });
}

void AddAuditCommand(CommandLine& app, Context& context) {
  CommandLine* audit = app.AddCommand("audit", "Prove what is recorded, to those who trust nobody");
  audit->RequireCommand();
  audit->TakeOptionsBehindCommands();
  auto options = std::make_shared<AuditOptions>();
  options->state = DefaultStateFolder(context);
  audit->AddOption("--state", options->state, "Where the checkpoints seen are remembered")
      ->ShowDefault();
  audit->AddFlag("--no-state", options->no_state, "Remember nothing, and compare with nothing");
  AddAuditReadCommands(*audit, context, options);
  AddAuditPackCommands(*audit, context, options);
  AddAuditVerifyCommands(*audit, context, options);
}

}  // namespace pledger::client
