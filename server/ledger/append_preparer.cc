#include "server/ledger/append_preparer.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "server/domain/errors.h"
#include "server/domain/fact_rules.h"
#include "server/domain/fact_types.h"
#include "server/domain/limits.h"
#include "server/domain/personal.h"
#include "storage/format/record.h"
#include "storage/format/text.h"
#include "storage/format/wire.h"
#include "storage/keys/sealing.h"

namespace pledger::ledger {
namespace {

static_assert(limits::kRecordBytesMax == storage::kRecordBytesMax);
static_assert(limits::kSealedBytesMax == storage::kSealedBytesMax);

// Field numbers of pledger.store.v1.RecordBody.
enum BodyField : uint32_t {
  kClientId = 1,
  kReporter = 2,
  kSource = 3,
  kCorrelationId = 4,
  kCausationId = 5,
  kFact = 6,
  kPersonalFingerprint = 7,
  kActor = 13,
  kPersonalCommitment = 14,
};

void AppendText(uint32_t number, std::string_view text, std::string* out) {
  if (!text.empty()) storage::AppendWireBytes(number, text, out);
}

absl::Status CheckEventIds(const v1::AppendRequest& request) {
  if (request.events_size() == 1) return absl::OkStatus();
  absl::flat_hash_set<storage::EventId> ids;
  ids.reserve(request.events_size());
  for (const v1::ProposedEvent& event : request.events()) {
    if (ids.insert(*ParseUuid(event.event_id())).second) continue;
    return Error(v1::ERROR_REASON_DUPLICATE_IN_APPEND,
                 absl::StrCat("event id ", event.event_id(), " stands twice in this append"),
                 {{"event_id", event.event_id()}});
  }
  return absl::OkStatus();
}

absl::Status CheckClients(const v1::AppendRequest& request) {
  if (request.events_size() == 1 && request.expected_revisions().empty()) return absl::OkStatus();
  absl::flat_hash_set<absl::string_view> clients;
  for (const v1::ProposedEvent& event : request.events()) clients.insert(event.client_id());
  if (clients.size() > limits::kAppendClientsMax) {
    return LimitExceeded("events", limits::kAppendClientsMax, clients.size());
  }
  for (int i = 0; i < request.expected_revisions_size(); ++i) {
    const std::string& client_id = request.expected_revisions(i).client_id();
    // Erased once it is seen, so that a second one for the same client is found as well.
    if (clients.erase(client_id) > 0) continue;
    return InvalidField(absl::StrCat("expected_revisions[", i, "].client_id"),
                        "must be that of an event of this append, and stand here once");
  }
  return absl::OkStatus();
}

}  // namespace

AppendPreparer::AppendPreparer(std::string origin, const Clock& clock,
                               storage::keys::KeyVault& keys, storage::keys::RandomSource& random,
                               storage::KeyJournal* journal)
    : origin_(std::move(origin)), clock_(clock), keys_(keys), random_(random), journal_(journal) {}

absl::Status AppendPreparer::Check(const v1::AppendRequest& request) const {
  if (request.events().empty()) return InvalidField("events", "must not be empty");
  if (request.events_size() > limits::kAppendEventsMax) {
    return LimitExceeded("events", limits::kAppendEventsMax, request.events_size());
  }
  if (request.expected_revisions_size() > limits::kAppendClientsMax) {
    return LimitExceeded("expected_revisions", limits::kAppendClientsMax,
                         request.expected_revisions_size());
  }
  if (!request.GetReflection()->GetUnknownFields(request).empty()) {
    return Error(v1::ERROR_REASON_UNKNOWN_FIELD,
                 "the request has a field that this version does not know");
  }
  const int64_t now_ns = clock_.NowNs();
  for (int i = 0; i < request.events_size(); ++i) {
    absl::Status status = CheckProposedEvent(request.events(i), "", now_ns);
    if (!status.ok()) return PrefixField(status, absl::StrCat("events[", i, "]."));
  }
  for (int i = 0; i < request.expected_revisions_size(); ++i) {
    absl::Status status = CheckRules(request.expected_revisions(i), "");
    if (!status.ok()) return PrefixField(status, absl::StrCat("expected_revisions[", i, "]."));
  }
  if (absl::Status status = CheckEventIds(request); !status.ok()) return status;
  return CheckClients(request);
}

std::vector<std::string_view> AppendPreparer::MissingKeys(const v1::AppendRequest& request) const {
  std::vector<std::string_view> clients;
  for (const v1::ProposedEvent& event : request.events()) {
    if (HasPersonalFields(event.fact()) && !keys_.FindCached(event.client_id()).has_value()) {
      clients.push_back(event.client_id());
    }
  }
  return clients;
}

absl::Status AppendPreparer::LoadKeys(absl::Span<const std::string_view> client_ids,
                                      storage::ReadTier tier) const {
  if (journal_ != nullptr && journal_->has_many()) {
    if (tier == storage::ReadTier::kMemory) return storage::NotInMemory();
    if (absl::Status status = journal_->SettleIfMany(); !status.ok()) return status;
  }
  return keys_.FindOrCreateAll(client_ids, tier);
}

absl::Status AppendPreparer::Fill(v1::AppendRequest& request, std::string_view actor,
                                  PendingAppend* append) const {
  append->events.resize(request.events_size());
  for (int i = 0; i < request.events_size(); ++i) {
    absl::Status status = FillEvent(*request.mutable_events(i), actor, &append->events[i]);
    if (!status.ok()) return PrefixField(status, absl::StrCat("events[", i, "]."));
    append->bytes += append->events[i].record.size() + append->events[i].sealed.size();
  }
  AddNewKeys(append);
  if (append->bytes > limits::kCommitBytesMax) {
    return LimitExceeded("events", limits::kCommitBytesMax, append->bytes);
  }
  for (const v1::ExpectedRevision& expected : request.expected_revisions()) {
    ExpectedStream stream;
    stream.client_id = expected.client_id();
    switch (expected.expectation_case()) {
      case v1::ExpectedRevision::kRevision:
        stream.kind = ExpectedStream::Kind::kRevision;
        stream.revision = expected.revision();
        break;
      case v1::ExpectedRevision::kNoStream:
        stream.kind = ExpectedStream::Kind::kNoStream;
        break;
      case v1::ExpectedRevision::kSomeStream:
        stream.kind = ExpectedStream::Kind::kSomeStream;
        break;
      case v1::ExpectedRevision::EXPECTATION_NOT_SET:
        continue;
    }
    append->expected.push_back(std::move(stream));
  }
  append->proposed_record_time_ns = clock_.NowNs();
  return absl::OkStatus();
}

void AppendPreparer::AddNewKeys(PendingAppend* append) const {
  std::vector<storage::NewKey>& keys = append->new_keys;
  for (const PreparedEvent& event : append->events) {
    if (event.sealed.empty()) continue;
    // Asked now: a key that was found may have been put a moment before.
    std::optional<std::string> wrapped = keys_.FindUnsynced(event.client_id);
    if (!wrapped.has_value() || (!keys.empty() && keys.back().client_id == event.client_id))
      continue;
    keys.push_back({std::string(event.client_id), *std::move(wrapped)});
  }
  if (keys.size() > 1) {
    std::ranges::sort(keys, {}, &storage::NewKey::client_id);
    keys.erase(std::ranges::unique(keys, {}, &storage::NewKey::client_id).begin(), keys.end());
  }
  for (const storage::NewKey& key : keys) {
    append->bytes += key.client_id.size() + key.wrapped.size();
  }
}

absl::Status AppendPreparer::FillEvent(v1::ProposedEvent& event, std::string_view actor,
                                       PreparedEvent* prepared) const {
  prepared->event_id = *ParseUuid(event.event_id());
  prepared->occur_time_ns = ToNanos(event.occur_time());
  prepared->fact_type = FactTypeOf(event.fact());
  std::string personal_fingerprint;
  storage::Hash commitment{};
  if (HasPersonalFields(event.fact())) {
    v1::Fact personal;
    SplitPersonal(*event.mutable_fact(), &personal);
    const auto key = keys_.FindOrCreate(event.client_id());
    if (!key.ok()) return key.status();
    const std::string plaintext = personal.SerializeAsString();
    auto sealed = storage::keys::Seal(*key, {origin_, event.client_id(), prepared->event_id},
                                      plaintext, random_);
    if (!sealed.ok()) return LimitExceeded("fact", limits::kSealedBytesMax, plaintext.size());
    personal_fingerprint = storage::AsChars(storage::keys::PersonalFingerprint(*key, plaintext));
    commitment = sealed->commitment;
    prepared->sealed = std::move(sealed->blob);
    prepared->sealed_hash = sealed->blob_hash;
  }
  const v1::Fact& fact = event.fact();
  const size_t fact_bytes = fact.ByteSizeLong();
  std::string& record = prepared->record;
  record.reserve(storage::kRecordHeaderBytes + fact_bytes + event.client_id().size() +
                 actor.size() + 160 + event.reporter().size() + event.source().size() +
                 event.correlation_id().size() + event.causation_id().size());
  record.resize(storage::kRecordHeaderBytes);
  AppendText(kClientId, event.client_id(), &record);
  AppendText(kReporter, event.reporter(), &record);
  AppendText(kSource, event.source(), &record);
  AppendText(kCorrelationId, event.correlation_id(), &record);
  AppendText(kCausationId, event.causation_id(), &record);
  char head[20];
  char* end = storage::PutVarint(storage::WireTag(kFact, storage::WireType::kBytes), head);
  end = storage::PutVarint(fact_bytes, end);
  record.append(head, end - head);
  const size_t fact_begin = record.size();
  record.resize(fact_begin + fact_bytes);
  fact.SerializeWithCachedSizesToArray(reinterpret_cast<uint8_t*>(record.data() + fact_begin));
  AppendText(kPersonalFingerprint, personal_fingerprint, &record);
  const std::string_view content = std::string_view(record).substr(storage::kRecordHeaderBytes);
  prepared->fingerprint = storage::ContentFingerprint(prepared->occur_time_ns, content);
  AppendText(kActor, actor, &record);
  if (!prepared->sealed.empty()) {
    AppendText(kPersonalCommitment, storage::AsChars(commitment), &record);
  }
  if (record.size() > limits::kRecordBytesMax) {
    return LimitExceeded("fact", limits::kRecordBytesMax, record.size());
  }
  prepared->client_id =
      *storage::BodyClientId(std::string_view(record).substr(storage::kRecordHeaderBytes));
  prepared->fact = &fact;
  return absl::OkStatus();
}

}  // namespace pledger::ledger
