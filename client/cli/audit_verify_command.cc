// `pledger audit verify` and `prove`: what holds of a pack, a receipt or a client's history.
#include <algorithm>
#include <fstream>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/audit_context.h"
#include "client/cli/format.h"
#include "client/cli/progress_line.h"
#include "client/cli/terminal/text.h"
#include "client/files/durable_file.h"
#include "client/verify/verify_client.h"
#include "client/verify/verify_pack.h"
#include "client/verify/verify_receipt.h"
#include "storage/merkle/checkpoint.h"
#include "storage/merkle/tlog_proof.h"

namespace pledger::client {
namespace {

struct VerifyArguments {
  std::string path;
  TrustOptions trust;
  size_t threads = std::max(1u, std::thread::hardware_concurrency());
};

struct ProveArguments {
  std::string client_id;
  TrustOptions trust;
  bool fresh = false;
};

// The origin in a note; empty if it has none.
std::string OriginIn(const std::string& bytes) {
  const auto note = storage::merkle::ParseNote(bytes);
  if (!note.ok()) return "";
  const auto checkpoint = storage::merkle::ParseCheckpoint(note->text);
  return checkpoint.ok() ? checkpoint->origin : "";
}

int VerifyFolder(Context& context, const AuditOptions& audit, const VerifyArguments& arguments) {
  const auto note = ReadGivenFile(verify::PathIn(arguments.path, verify::kCheckpointFile));
  if (!note.ok()) return context.Fail(note.status());
  verify::VerifyOptions options;
  auto trust = TrustFrom(context, audit, arguments.trust, OriginIn(*note));
  if (!trust.ok()) return context.Fail(trust.status());
  options.trust = *std::move(trust);
  options.threads = arguments.threads;
  ProgressLine progress(context);
  options.progress = [&](uint64_t done, uint64_t total) {
    progress.Show(static_cast<double>(done) / static_cast<double>(total), [&] {
      return absl::StrCat(FormatCount(done), " of ", FormatCount(total), " events  ",
                          FormatCount(progress.Rate(done)), "/s");
    });
  };
  const auto result = verify::VerifyPack(arguments.path, options);
  progress.Clear();
  if (!result.ok()) return context.Fail(result.status());
  PrintVerdicts(context, result->report,
                absl::StrCat(Printable(result->origin), ", ", FormatCount(result->size),
                             " events of ", Counted(result->clients, "client"), ", ",
                             Counted(result->checkpoints, "checkpoint")));
  return ExitCodeOf(result->report);
}

int VerifyFile(Context& context, const AuditOptions& audit, const VerifyArguments& arguments) {
  const auto receipt = ReadGivenFile(arguments.path);
  if (!receipt.ok()) return context.Fail(receipt.status());
  const auto proof = storage::merkle::ParseTlogProof(*receipt);
  if (!proof.ok()) {
    return context.Fail(absl::InvalidArgumentError(absl::StrCat(
        arguments.path, " is neither a pack nor a receipt: ", proof.status().message())));
  }
  const auto trust = TrustFrom(context, audit, arguments.trust, OriginIn(proof->checkpoint));
  if (!trust.ok()) return context.Fail(trust.status());
  const auto result = verify::VerifyReceipt(*receipt, *trust);
  if (!result.ok()) return context.Fail(result.status());
  PrintVerdicts(
      context, result->report,
      absl::StrCat(
          Printable(result->origin), ", the event at position ", result->position,
          result->client_id.empty() ? "" : absl::StrCat(" of ", Printable(result->client_id)),
          ", in the tree of ", FormatCount(result->size)));
  // That it says nothing of other events, or of later ones, is its nature.
  return ExitCodeOf(result->report, {verify::Aspect::kIntegrity, verify::Aspect::kAuthorship});
}

int RunVerify(Context& context, const AuditOptions& audit, const VerifyArguments& arguments) {
  return IsFolder(arguments.path) ? VerifyFolder(context, audit, arguments)
                                  : VerifyFile(context, audit, arguments);
}

// Takes the stream apart: first the proof, then records.
class HistoryReader {
 public:
  explicit HistoryReader(std::string client_id) : client_id_(std::move(client_id)) {}

  absl::Status Take(const v1::ProveClientHistoryResponse& message) {
    if (message.has_proof()) {
      auto check = verify::ClientHistoryCheck::Create(client_id_, message.proof());
      if (!check.ok()) return check.status();
      note_ = message.proof().checkpoint().note();
      check_ = std::make_unique<verify::ClientHistoryCheck>(*std::move(check));
      return absl::OkStatus();
    }
    if (check_ == nullptr) return absl::DataLossError("the server sent records before the proof");
    for (const v1::RawRecord& record : message.records().records()) check_->Add(record.record());
    return absl::OkStatus();
  }

  verify::ClientHistoryCheck* check() { return check_.get(); }
  const std::string& note() const { return note_; }

 private:
  const std::string client_id_;
  std::string note_;
  std::unique_ptr<verify::ClientHistoryCheck> check_;
};

int RunProve(Context& context, const AuditOptions& audit, const ProveArguments& arguments) {
  AuditClient client(context.client());
  v1::ProveClientHistoryRequest request;
  request.set_client_id(arguments.client_id);
  request.set_fresh_directory(arguments.fresh);
  HistoryReader reader(arguments.client_id);
  absl::Status status = client.ProveClientHistory(
      request, [&](const v1::ProveClientHistoryResponse& message) { return reader.Take(message); });
  if (status.ok() && reader.check() == nullptr) {
    status = absl::DataLossError("the server sent no proof");
  }
  if (status.ok()) status = BelieveCheckpoint(audit, client, reader.note(), /*is_latest=*/false);
  if (!status.ok()) return context.Fail(status);
  const std::string& origin = reader.check()->checkpoint().origin;
  const auto trust = TrustFrom(context, audit, arguments.trust, origin);
  if (!trust.ok()) return context.Fail(trust.status());
  const verify::Report report = reader.check()->Finish(*trust);
  PrintVerdicts(context, report,
                absl::StrCat(Printable(origin), ", ", Printable(arguments.client_id), ": ",
                             Counted(reader.check()->records(), "event"), " in the tree of ",
                             FormatCount(reader.check()->checkpoint().size)));
  return ExitCodeOf(report);
}

}  // namespace

void AddAuditVerifyCommands(CommandLine& audit, Context& context,
                            const SharedAuditOptions& options) {
  CommandLine* verify =
      audit.AddCommand("verify", "Check a pack or a receipt without the server: four verdicts");
  auto verified = std::make_shared<VerifyArguments>();
  verify->AddOption("PATH", verified->path, "A pack's folder, or a receipt")->Required();
  AddTrustOptions(*verify, verified->trust);
  verify->AddOption("--threads", verified->threads, "How many threads work on it")->Between(1, 256);
  verify->SetFooter(
      "Exit codes: 0 all four verdicts pass, 1 one fails, 4 none fails but one can't be told.");
  verify->Runs([&context, options, verified] { return RunVerify(context, *options, *verified); });

  CommandLine* prove = audit.AddCommand(
      "prove", "Check that a client's events are all there are of it, or that there are none");
  auto proved = std::make_shared<ProveArguments>();
  prove->AddOption("CLIENT", proved->client_id, "The client's id")->Required();
  prove->AddFlag("--fresh", proved->fresh,
                 "Have a directory of clients recorded first, so that it holds up to now");
  AddTrustOptions(*prove, proved->trust);
  prove->Runs([&context, options, proved] { return RunProve(context, *options, *proved); });
}

}  // namespace pledger::client
