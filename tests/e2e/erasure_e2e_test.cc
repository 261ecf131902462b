// Erasure over the real server, and what is then left on its disk.

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "storage/format/record.h"
#include "storage/keys/key_encryption_key.h"
#include "storage/keys/sealing.h"
#include "storage/keys/wrapping.h"
#include "storage/merkle/hash.h"
#include "storage/rocks/rocks_key_store.h"
#include "tests/e2e/privacy_fixture.h"

namespace pledger::testing {
namespace {

namespace fs = std::filesystem;
using storage::keys::DataKey;
using storage::keys::KeyEncryptionKey;
using ::testing::IsEmpty;

// The files below the folder in which the bytes stand.
std::vector<std::string> FilesWith(const std::string& folder, std::string_view bytes) {
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (text.find(bytes) != std::string::npos) found.push_back(entry.path().string());
  }
  return found;
}

void CopyFolder(const std::string& from, const std::string& to) {
  fs::remove_all(to);
  fs::copy(from, to, fs::copy_options::recursive);
}

// Somebody with the files of a stopped server and this code.
struct Burglar {
  std::string data;

  absl::StatusOr<KeyEncryptionKey> KeyFile() const {
    return storage::keys::LoadKeyFile(data + "/key-encryption.key");
  }
  absl::StatusOr<std::optional<std::string>> Wrapped(const std::string& client_id) const {
    auto store = storage::RocksKeyStore::Open(data + "/keys", {});
    if (!store.ok()) return store.status();
    return (*store)->FindWrapped(client_id, storage::ReadTier::kAnywhere);
  }
  // The client's data key, by the key file of another folder if need be.
  absl::StatusOr<DataKey> Key(const std::string& client_id, const KeyEncryptionKey& key) const {
    const auto wrapped = Wrapped(client_id);
    if (!wrapped.ok()) return wrapped.status();
    if (!wrapped->has_value()) return absl::NotFoundError("no key");
    return storage::keys::UnwrapDataKey(key, client_id, **wrapped);
  }
};

// Goal: before, the text can be had by decrypting alone; after, not even from a backup of the keys,
// and neither it nor any key to it stands in any file.
TEST_F(PrivacyE2eTest, NothingOfAnErasedTextIsLeft) {
  server_.MustAppend(AppendOf({NoteEvent("ada", kText), NoteEvent("bob", kOtherText)}));
  EXPECT_EQ(MustGet(0).fact().sentiment_noted().note(), kText);
  const v1::RawRecord raw = Raw(0);
  const std::string origin = Origin();
  server_.Stop();

  const std::string& data = server_.data();
  const Burglar before{data};
  const auto old_file = before.KeyFile();
  ASSERT_TRUE(old_file.ok()) << old_file.status();
  const auto ada_key = before.Key("ada", *old_file);
  const auto bob_key = before.Key("bob", *old_file);
  ASSERT_TRUE(ada_key.ok() && bob_key.ok());
  const auto view = storage::DecodeRecord(raw.record());
  const auto opened =
      storage::keys::Open(*ada_key, {origin, "ada", view->header.event_id}, raw.sealed());
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_NE(opened->plaintext.find(kText), std::string::npos);
  EXPECT_THAT(FilesWith(data, kText), IsEmpty());
  const std::string old_hex =
      absl::BytesToHexString(std::string(storage::AsChars(old_file->bytes())));
  EXPECT_THAT(FilesWith(data, old_hex), ::testing::SizeIs(1)) << "the key file alone";
  const std::string backup = data + ".backup";
  CopyFolder(data, backup);

  server_.Start();
  ASSERT_TRUE(Erase("ada").ok());
  v1::Event erased = MustGet(0);
  EXPECT_EQ(erased.personal_state(), v1::PERSONAL_STATE_ERASED);
  EXPECT_EQ(erased.fact().sentiment_noted().note(), "");
  EXPECT_EQ(MustGet(1).fact().sentiment_noted().note(), kOtherText);
  EXPECT_EQ(Raw(0).SerializeAsString(), raw.SerializeAsString()) << "every proof stays valid";
  server_.Stop();

  for (const std::string_view secret :
       {std::string_view(kText), std::string_view(old_hex), storage::AsChars(old_file->bytes()),
        storage::AsChars(ada_key->bytes()), std::string_view(opened->plaintext),
        storage::AsChars(opened->salt)}) {
    EXPECT_THAT(FilesWith(data, secret), IsEmpty());
    EXPECT_THAT(FilesWith(fs::path(data).parent_path().string(), secret).size(),
                secret == old_hex ? 1u : 0u)
        << "the backup's own key file, which is not to be backed up, and the server's log";
  }
  const Burglar after{data};
  const auto new_file = after.KeyFile();
  ASSERT_TRUE(new_file.ok()) << new_file.status();
  EXPECT_EQ(after.Key("ada", *new_file).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(*after.Key("bob", *new_file), *bob_key);

  // The keys come back from the backup; the key file, of which there is one only, does not.
  CopyFolder(backup + "/keys", data + "/keys");
  const Burglar restored{data};
  EXPECT_TRUE(restored.Wrapped("ada")->has_value());
  EXPECT_EQ(restored.Key("ada", *new_file).status().code(), absl::StatusCode::kFailedPrecondition);
  const auto started = ServerProcess::Start({.data = data});
  EXPECT_EQ(started.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(std::string(started.status().message()).find("before an erasure"), std::string::npos)
      << started.status();
  server_.set_arguments({});
}

// Goal: the ledger from a backup, with the keys of today, stays dark as well, and says erased.
TEST_F(PrivacyE2eTest, ARestoredLedgerStaysDark) {
  server_.MustAppend(AppendOf({NoteEvent("ada", kText), NoteEvent("bob", kOtherText)}));
  server_.Stop();
  const std::string& data = server_.data();
  CopyFolder(data + "/ledger", data + ".ledger");
  server_.Start();
  ASSERT_TRUE(Erase("ada").ok());
  server_.Stop();
  CopyFolder(data + ".ledger", data + "/ledger");
  fs::remove_all(data + "/index");
  fs::remove_all(data + "/views");
  server_.Start();
  EXPECT_EQ(server_.NextPosition(), 2u);
  EXPECT_EQ(MustGet(0).personal_state(), v1::PERSONAL_STATE_ERASED);
  EXPECT_EQ(MustGet(1).fact().sentiment_noted().note(), kOtherText);
}

// Goal: the certificate says what was destroyed, under whose approval, and is the recorded event;
// asking again with the same id answers the same.
TEST_F(PrivacyE2eTest, TheCertificateIsTheRecordedEvent) {
  server_.MustAppend(AppendOf(
      {NoteEvent("ada", "1"), NoteEvent("ada", "2"), EffortEvent("ada"), NoteEvent("bob", "3")}));
  const std::string id = NextEventId();
  const auto certificate = Erase("ada", id);
  ASSERT_TRUE(certificate.ok()) << certificate.status();
  const v1::Erasure& erasure = certificate->erasure();
  EXPECT_EQ(erasure.position(), 4u);
  EXPECT_EQ(erasure.affected_count(), 2);
  EXPECT_EQ(erasure.basis(), "art. 17 GDPR");
  ASSERT_EQ(erasure.key_ids_size(), 2);
  const v1::Event event = MustGet(4);
  EXPECT_EQ(event.event_id(), id);
  EXPECT_EQ(event.client_id(), "ada");
  EXPECT_EQ(event.actor(), "local");
  EXPECT_EQ(event.fact().client_erased().approved_by(), "dpo-1");
  EXPECT_EQ(event.fact().client_erased().key_ids(0), erasure.key_ids(0));
  EXPECT_EQ(certificate->record().record(), Raw(4).record());
  EXPECT_EQ(certificate->leaf_hash(), storage::AsChars(storage::merkle::LeafHash(Raw(4).record())));
  // Written as any C2SP tlog-proof is.
  EXPECT_TRUE(certificate->receipt().starts_with("c2sp.org/tlog-proof@v1\n"))
      << certificate->receipt();
  const auto again = Erase("ada", id);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->erasure().position(), 4u);
  EXPECT_TRUE(IsError(Erase("ada").status(), absl::StatusCode::kFailedPrecondition,
                      v1::ERROR_REASON_NOTHING_TO_ERASE, {{"client_id", "ada"}}));
  EXPECT_TRUE(IsError(Erase("bob", id).status(), absl::StatusCode::kAlreadyExists,
                      v1::ERROR_REASON_EVENT_ID_REUSED, {{"event_id", id}}));
  EXPECT_TRUE(IsError(Erase("nobody").status(), absl::StatusCode::kNotFound,
                      v1::ERROR_REASON_CLIENT_NOT_FOUND));
  EXPECT_EQ(server_.NextPosition(), 5u);
}

// Goal: what is recorded after an erasure has a key of its own; what was before stays dark, also
// across a start and a second erasure.
TEST_F(PrivacyE2eTest, LaterTextsHaveAKeyOfTheirOwn) {
  server_.MustAppend(AppendOf({NoteEvent("ada", "first")}));
  const auto first = Erase("ada");
  ASSERT_TRUE(first.ok()) << first.status();
  server_.MustAppend(AppendOf({NoteEvent("ada", "second")}));
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(MustGet(0).personal_state(), v1::PERSONAL_STATE_ERASED);
    EXPECT_EQ(MustGet(2).fact().sentiment_noted().note(), "second");
    server_.Restart();
  }
  const auto second = Erase("ada");
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->erasure().affected_count(), 1);
  EXPECT_NE(second->erasure().key_ids(0), first->erasure().key_ids(0));
  EXPECT_EQ(MustGet(0).personal_state(), v1::PERSONAL_STATE_ERASED);
  EXPECT_EQ(MustGet(2).personal_state(), v1::PERSONAL_STATE_ERASED);
}

// Goal: keys that are lost are not taken for erased ones.
TEST_F(PrivacyE2eTest, LostKeysAreNotTakenForErasedOnes) {
  server_.MustAppend(AppendOf({NoteEvent("ada", kText)}));
  server_.Stop();
  fs::remove_all(server_.data() + "/keys");
  server_.Start();
  EXPECT_TRUE(IsError(client().GetEvent(0).status(), absl::StatusCode::kFailedPrecondition,
                      v1::ERROR_REASON_KEY_UNUSABLE, {{"client_id", "ada"}, {"position", "0"}}));
}

// Goal: with all names and texts gone, every figure of every client of the sample is the same: as
// computed before, and as computed anew from the log alone.
TEST_F(PrivacyE2eTest, FiguresAreTheSameWithoutKeys) {
  std::ifstream sample(PLEDGER_SAMPLE);
  AppendSample(sample);
  const auto figures = [this](const std::string& client_id) {
    v1::GetReliabilityRequest request;
    request.set_client_id(client_id);
    request.mutable_perspective()->mutable_as_of()->set_seconds(1'795'564'799);
    const uint64_t last = server_.NextPosition() - 1;
    request.mutable_perspective()->set_min_position(last);
    const auto response = client().GetReliability(request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->reliability().SerializeAsString() : "";
  };
  const std::vector<std::string> clients = ClientIds();
  ASSERT_EQ(clients.size(), 12u);
  std::vector<std::string> before;
  for (const std::string& client_id : clients) before.push_back(figures(client_id));
  int erased = 0;
  for (const std::string& client_id : clients) erased += Erase(client_id).ok() ? 1 : 0;
  EXPECT_EQ(erased, 12);
  for (size_t i = 0; i < clients.size(); ++i) EXPECT_EQ(figures(clients[i]), before[i]);
  server_.Stop();
  fs::remove_all(server_.data() + "/views");
  fs::remove_all(server_.data() + "/index");
  server_.Start();
  for (size_t i = 0; i < clients.size(); ++i) {
    EXPECT_EQ(figures(clients[i]), before[i]) << clients[i];
  }
}

// Goal: a server that is killed while it erases has erased, and says so, when it serves again; or
// it has not begun.
TEST_F(PrivacyE2eTest, AKilledErasureIsFinishedAtTheNextStart) {
  v1::AppendRequest many;
  for (int i = 0; i < 900; ++i) {
    *many.add_events() = NoteEvent(absl::StrCat("other-", i), kOtherText);
  }
  server_.MustAppend(many);
  const std::string next = server_.data() + "/key-encryption.key.next";
  for (int round = 0; round < 4; ++round) {
    SCOPED_TRACE(round);
    const std::string client_id = absl::StrCat("ada-", round);
    const uint64_t position =
        server_.MustAppend(AppendOf({NoteEvent(client_id, kText)})).events(0).position();
    std::atomic<bool> ended{false};
    std::thread erasing([&] {
      (void)Erase(client_id);  // It is cut off.
      ended = true;
    });
    // The new key is the first thing that it makes, and goes when the keys are wrapped under it.
    while (!ended && !fs::exists(next)) std::this_thread::yield();
    while (round % 2 == 1 && !ended && fs::exists(next)) std::this_thread::yield();
    server_.process().Kill();
    erasing.join();
    server_.Start();
    const v1::Event event = MustGet(position);
    const uint64_t end = server_.NextPosition();
    if (event.personal_state() == v1::PERSONAL_STATE_ERASED) {
      const v1::Event last = MustGet(end - 1);
      EXPECT_EQ(last.fact().client_erased().affected_count(), 1);
      EXPECT_EQ(last.client_id(), client_id);
    } else {
      EXPECT_EQ(event.fact().sentiment_noted().note(), kText);
      EXPECT_EQ(end - 1, position);
      EXPECT_TRUE(Erase(client_id).ok());
    }
    EXPECT_FALSE(fs::exists(next));
    EXPECT_FALSE(fs::exists(server_.data() + "/key-encryption.key.old"));
    EXPECT_EQ(MustGet(0).fact().sentiment_noted().note(), kOtherText);
    EXPECT_EQ(MustGet(899).fact().sentiment_noted().note(), kOtherText);
  }
}

}  // namespace
}  // namespace pledger::testing
