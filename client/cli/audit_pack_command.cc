// `pledger audit pack` and `refold`: the whole ledger as files, and its figures computed anew.
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/delimited_message_util.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "client/cli/answer.h"
#include "client/cli/audit_context.h"
#include "client/cli/format.h"
#include "client/cli/progress_line.h"
#include "client/cli/terminal/text.h"
#include "client/cli/waiting.h"
#include "client/files/durable_file.h"
#include "client/verify/pack.h"
#include "client/verify/refold.h"
#include "storage/format/record.h"
#include "storage/merkle/checkpoint.h"

namespace pledger::client {
namespace {

using storage::merkle::Checkpoint;

// How many clients are asked for at once: the server's limit.
constexpr int kClientsAtOnce = 100;
constexpr size_t kDifferencesShown = 20;

struct PackArguments {
  std::string folder;
  bool figures = false;
};

struct RefoldArguments {
  std::string folder;
  bool offline = false;
};

absl::StatusOr<Checkpoint> CheckpointOf(const std::string& note) {
  const auto parsed = storage::merkle::ParseNote(note);
  if (!parsed.ok()) return parsed.status();
  return storage::merkle::ParseCheckpoint(parsed->text);
}

// Asks for the figures of all these clients at one moment and hands on each answer.
absl::Status AskForFigures(
    Context& context, const std::vector<std::string>& client_ids, uint64_t size,
    absl::FunctionRef<absl::Status(const v1::BatchGetReliabilityResponse&)> take) {
  ProgressLine progress(context);
  const int64_t now = absl::ToUnixSeconds(context.surroundings().environment.Now());
  for (size_t begin = 0; begin < client_ids.size(); begin += kClientsAtOnce) {
    const size_t end = std::min(client_ids.size(), begin + kClientsAtOnce);
    v1::BatchGetReliabilityRequest request;
    for (size_t i = begin; i < end; ++i) request.add_client_ids(client_ids[i]);
    v1::Perspective& perspective = *request.mutable_perspective();
    perspective.mutable_as_of()->set_seconds(now);
    perspective.set_known_at_position(size - 1);
    perspective.set_min_position(size - 1);
    const auto response = context.client().BatchGetReliability(request);
    if (!response.ok()) return response.status();
    if (absl::Status status = take(*response); !status.ok()) return status;
    progress.Show(static_cast<double>(end) / static_cast<double>(client_ids.size()), [&] {
      return absl::StrCat(FormatCount(end), " of ", FormatCount(client_ids.size()),
                          " clients' figures");
    });
  }
  return absl::OkStatus();
}

// What becomes a pack.
class Packing {
 public:
  Packing(Context& context, verify::PackWriter writer)
      : context_(context), client_(context.client()), writer_(std::move(writer)) {}

  absl::Status WriteRecords(const Checkpoint& checkpoint) {
    ProgressLine progress(context_);
    v1::ReadRecordsRequest request;
    request.set_end_position(checkpoint.size);
    absl::Status status =
        checkpoint.size == 0
            ? absl::OkStatus()
            : client_.ReadRecords(request, [&](const v1::ReadRecordsResponse& batch) {
                return WriteBatch(batch, checkpoint.size, progress);
              });
    if (status.ok()) status = writer_.FinishRecords();
    if (!status.ok()) return status;
    if (writer_.size() == checkpoint.size && writer_.Root() == checkpoint.root) return status;
    return absl::DataLossError(absl::StrCat("the server gave ", writer_.size(),
                                            " records, which do not lead to the root "
                                            "of its own checkpoint of ",
                                            checkpoint.size,
                                            "; what it gave is left in the folder"));
  }

  absl::Status WriteCheckpoints(const std::string& note, uint64_t size) {
    v1::ListCheckpointsRequest request;
    request.set_page_size(1000);
    request.set_end_size(size);
    do {
      const auto page = client_.ListCheckpoints(request);
      if (!page.ok()) return page.status();
      for (const v1::Checkpoint& checkpoint : page->checkpoints()) {
        absl::Status status = writer_.AddCheckpoint(checkpoint.note());
        if (!status.ok()) return status;
      }
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return writer_.WriteCheckpoint(note);
  }

  absl::Status WritePolicy() {
    const auto keys = client_.GetAuditKeys();
    if (!keys.ok()) return keys.status();
    return writer_.Write(verify::kPolicyFile, keys->policy());
  }

  absl::Status WriteFigures(const std::string& folder, uint64_t size) {
    if (size == 0) return absl::OkStatus();
    std::ofstream file(verify::PathIn(folder, verify::kReliabilityFile), std::ios::binary);
    absl::Status status = AskForFigures(
        context_, {client_ids_.begin(), client_ids_.end()}, size,
        [&](const v1::BatchGetReliabilityResponse& response) {
          const bool written = google::protobuf::util::SerializeDelimitedToOstream(response, &file);
          return written ? absl::OkStatus() : absl::UnavailableError("cannot write the figures");
        });
    if (!status.ok()) return status;
    v1::VerifyProjectionRequest request;
    request.set_min_position(size - 1);
    const auto projection = client_.VerifyProjection(request);
    if (!projection.ok()) return projection.status();
    std::string json;
    if (!google::protobuf::util::MessageToJsonString(*projection, &json).ok()) {
      return absl::InternalError("the digest of the view can't be written as JSON");
    }
    return writer_.Write(verify::kProjectionFile, json + "\n");
  }

  size_t clients() const { return client_ids_.size(); }

 private:
  absl::Status WriteBatch(const v1::ReadRecordsResponse& batch, uint64_t size,
                          ProgressLine& progress) {
    if (batch.position() != writer_.size()) {
      return absl::DataLossError(absl::StrCat("the server gave position ", batch.position(),
                                              " where ", writer_.size(), " was due"));
    }
    for (const v1::RawRecord& record : batch.records()) {
      absl::Status status = writer_.AddRecord(record.record());
      if (!status.ok()) return status;
      const auto view = storage::DecodeRecord(record.record());
      const auto client_id = view.ok() ? storage::BodyClientId(view->body) : view.status();
      if (client_id.ok()) client_ids_.emplace(*client_id);
    }
    progress.Show(static_cast<double>(writer_.size()) / static_cast<double>(size), [&] {
      return absl::StrCat(FormatCount(writer_.size()), " events  ",
                          FormatCount(progress.Rate(writer_.size())), "/s");
    });
    return absl::OkStatus();
  }

  Context& context_;
  AuditClient client_;
  verify::PackWriter writer_;
  absl::btree_set<std::string> client_ids_;
};

int RunPack(Context& context, const AuditOptions& audit, const PackArguments& arguments) {
  AuditClient client(context.client());
  auto writer = verify::PackWriter::Create(arguments.folder);
  if (!writer.ok()) return context.Fail(writer.status());
  v1::GetCheckpointRequest request;
  request.set_fresh(true);
  const auto response = client.GetCheckpoint(request);
  if (!response.ok()) return context.Fail(response.status());
  const std::string& note = response->checkpoint().note();
  absl::Status status = BelieveCheckpoint(audit, client, note, /*is_latest=*/true);
  if (!status.ok()) return context.Fail(status);
  const auto checkpoint = CheckpointOf(note);
  if (!checkpoint.ok()) return context.Fail(checkpoint.status());
  Packing packing(context, *std::move(writer));
  status = packing.WriteRecords(*checkpoint);
  if (status.ok()) status = packing.WriteCheckpoints(note, checkpoint->size);
  if (status.ok()) status = packing.WritePolicy();
  if (status.ok() && arguments.figures) {
    status = packing.WriteFigures(arguments.folder, checkpoint->size);
  }
  if (!status.ok()) return context.Fail(status);
  if (context.is_json()) return PrintJsonAnswer(context, response->checkpoint());
  context.out() << FormatCount(checkpoint->size) << " events of "
                << Counted(packing.clients(), "client") << " are in " << arguments.folder
                << "; check them with\n  pledger audit verify " << arguments.folder << '\n';
  return kExitOk;
}

// What a comparison of figures came to.
class Comparison {
 public:
  explicit Comparison(const verify::Refold& refold) : refold_(refold) {}

  absl::Status Take(const v1::BatchGetReliabilityResponse& served) {
    for (const v1::ClientReliability& client : served.reliabilities()) {
      ++clients_;
      auto difference = refold_.Compare(client, served.basis());
      if (difference) differences_.push_back(*std::move(difference));
    }
    for (const auto* left_out :
         {&served.not_found_client_ids(), &served.quarantined_client_ids()}) {
      for (const std::string& client_id : *left_out) {
        if (!refold_.Assess(client_id, served.basis()).ok()) continue;
        differences_.push_back({client_id, "was left out of what is served"});
      }
    }
    return absl::OkStatus();
  }

  // The digest of the view, if it stood where the records end.
  void TakeProjection(const v1::VerifyProjectionResponse& served) {
    const v1::VerifyProjectionResponse mine = refold_.Projection();
    if (served.next_position() != mine.next_position() || served.version() != mine.version()) {
      return;
    }
    compared_digest_ = true;
    if (served.digest() == mine.digest()) return;
    differences_.push_back(
        {"", absl::StrCat("the view's digest is ", absl::BytesToHexString(served.digest()),
                          ", by the records ", absl::BytesToHexString(mine.digest()))});
  }

  int Print(Context& context) const {
    return context.is_json() ? PrintAsJson(context) : PrintAsText(context);
  }

 private:
  int ExitCode() const { return differences_.empty() ? kExitOk : kExitRefused; }

  int PrintAsText(Context& context) const {
    std::ostream& out = context.out();
    out << "Figures of " << Counted(clients_, "client") << " computed again from "
        << FormatCount(refold_.next_position()) << " events";
    out << (compared_digest_ ? ", and the digest of the whole view: " : ": ");
    if (differences_.empty()) {
      out << context.palette().Paint("the same", Style::kGood) << '\n';
      return ExitCode();
    }
    out << context.palette().Paint(Counted(differences_.size(), "difference"), Style::kPoor)
        << '\n';
    for (size_t i = 0; i < std::min(kDifferencesShown, differences_.size()); ++i) {
      out << "  ✗ ";
      if (!differences_[i].client_id.empty()) out << Printable(differences_[i].client_id) << ": ";
      out << Printable(differences_[i].what) << '\n';
    }
    if (differences_.size() > kDifferencesShown) {
      out << "    and " << FormatCount(differences_.size() - kDifferencesShown) << " more\n";
    }
    return ExitCode();
  }

  int PrintAsJson(Context& context) const {
    google::protobuf::Struct out;
    auto& fields = *out.mutable_fields();
    fields["events"].set_string_value(absl::StrCat(refold_.next_position()));
    fields["clients"].set_string_value(absl::StrCat(clients_));
    fields["digest_compared"].set_bool_value(compared_digest_);
    auto& list = *fields["differences"].mutable_list_value();
    for (const verify::FigureDifference& difference : differences_) {
      auto& one = *list.add_values()->mutable_struct_value()->mutable_fields();
      one["client_id"].set_string_value(difference.client_id);
      one["what"].set_string_value(difference.what);
    }
    const int printed = PrintJsonAnswer(context, out);
    return printed == kExitOk ? ExitCode() : printed;
  }

  const verify::Refold& refold_;
  uint64_t clients_ = 0;
  bool compared_digest_ = false;
  std::vector<verify::FigureDifference> differences_;
};

absl::Status CompareWithPack(const std::string& folder, Comparison& comparison) {
  std::ifstream file(verify::PathIn(folder, verify::kReliabilityFile), std::ios::binary);
  if (!file) {
    return absl::NotFoundError(
        absl::StrCat(folder, " has no figures; make it with --figures, or leave --offline out"));
  }
  google::protobuf::io::IstreamInputStream stream(&file);
  while (true) {
    v1::BatchGetReliabilityResponse response;
    bool at_end = false;
    if (!google::protobuf::util::ParseDelimitedFromZeroCopyStream(&response, &stream, &at_end)) {
      if (at_end) break;
      return absl::DataLossError("the figures in the pack can't be read");
    }
    if (absl::Status status = comparison.Take(response); !status.ok()) return status;
  }
  const auto json = ReadGivenFile(verify::PathIn(folder, verify::kProjectionFile));
  v1::VerifyProjectionResponse projection;
  if (!json.ok() || !google::protobuf::util::JsonStringToMessage(*json, &projection).ok()) {
    return absl::DataLossError("the digest of the view in the pack can't be read");
  }
  comparison.TakeProjection(projection);
  return absl::OkStatus();
}

absl::Status CompareWithServer(Context& context, const verify::Refold& refold,
                               Comparison& comparison) {
  if (refold.next_position() == 0) return absl::OkStatus();
  absl::Status status = AskForFigures(
      context, refold.ClientIds(), refold.next_position(),
      [&](const v1::BatchGetReliabilityResponse& response) { return comparison.Take(response); });
  if (!status.ok()) return status;
  v1::VerifyProjectionRequest request;
  request.set_min_position(refold.next_position() - 1);
  const auto projection = AuditClient(context.client()).VerifyProjection(request);
  if (!projection.ok()) return projection.status();
  comparison.TakeProjection(*projection);
  return absl::OkStatus();
}

int RunRefold(Context& context, const RefoldArguments& arguments) {
  const auto note = ReadGivenFile(verify::PathIn(arguments.folder, verify::kCheckpointFile));
  if (!note.ok()) return context.Fail(note.status());
  const auto checkpoint = CheckpointOf(*note);
  if (!checkpoint.ok()) return context.Fail(checkpoint.status());
  absl::StatusOr<verify::Refold> refold;
  {
    const Waiting waiting(context, "folding the pack's events");
    refold = verify::Refold::FromPack(arguments.folder, checkpoint->size);
  }
  if (!refold.ok()) return context.Fail(refold.status());
  Comparison comparison(*refold);
  const absl::Status status = arguments.offline ? CompareWithPack(arguments.folder, comparison)
                                                : CompareWithServer(context, *refold, comparison);
  if (!status.ok()) return context.Fail(status);
  return comparison.Print(context);
}

}  // namespace

void AddAuditPackCommands(CommandLine& audit, Context& context, const SharedAuditOptions& options) {
  CommandLine* pack = audit.AddCommand(
      "pack", "The whole ledger as files that anybody can check without its server");
  auto packed = std::make_shared<PackArguments>();
  pack->AddOption("DIR", packed->folder, "A folder that is not there yet, or empty")->Required();
  pack->AddFlag("--figures", packed->figures,
                "With every client's figures as the server gives them now, for `refold`");
  pack->Runs([&context, options, packed] { return RunPack(context, *options, *packed); });

  CommandLine* refold = audit.AddCommand(
      "refold", "Compute every client's figures from a pack, and compare with what is served");
  auto folded = std::make_shared<RefoldArguments>();
  refold->AddOption("DIR", folded->folder, "A pack")->Required();
  refold->AddFlag("--offline", folded->offline,
                  "Compare with the figures in the pack instead of asking the server");
  refold->Runs([&context, folded] { return RunRefold(context, *folded); });
}

}  // namespace pledger::client
