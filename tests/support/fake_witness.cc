#include "tests/support/fake_witness.h"

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "httplib.h"
#include "storage/merkle/checkpoint.h"
#include "storage/merkle/cosignature.h"
#include "storage/merkle/hash.h"
#include "storage/merkle/proofs.h"
#include "storage/merkle/tlog_witness.h"

namespace pledger::testing {
namespace {

namespace merkle = storage::merkle;

// 2026-01-01T00:00:00Z, and a second later for each checkpoint.
constexpr uint64_t kFirstTimeS = 1'767'225'600;

merkle::NoteSigner SignerOf(const std::string& name) {
  const storage::Hash hash = merkle::Sha256(name);
  merkle::Ed25519Seed seed;
  std::copy(hash.begin(), hash.end(), seed.begin());
  return *merkle::NoteSigner::Create(name, merkle::NoteKeyType::kCosignature, seed);
}

}  // namespace

class FakeWitness::State {
 public:
  explicit State(const std::string& name) : signer(SignerOf(name)) {}

  const merkle::NoteSigner signer;
  absl::Mutex mutex;
  uint64_t size ABSL_GUARDED_BY(mutex) = 0;
  storage::Hash root ABSL_GUARDED_BY(mutex) = merkle::EmptyRoot();
  uint64_t count ABSL_GUARDED_BY(mutex) = 0;
  std::unique_ptr<httplib::Server> server;
  std::thread thread;
  int port = 0;
};

FakeWitness::FakeWitness(const std::string& name) : state_(std::make_unique<State>(name)) {}

FakeWitness::~FakeWitness() { StopServing(); }

FakeWitness::Answer FakeWitness::AddCheckpoint(const std::string& body) {
  const auto request = merkle::ParseAddCheckpoint(body);
  if (!request.ok()) return {400, std::string(request.status().message())};
  const auto note = merkle::ParseNote(request->checkpoint);
  if (!note.ok()) return {400, std::string(note.status().message())};
  const auto checkpoint = merkle::ParseCheckpoint(note->text);
  if (!checkpoint.ok()) return {400, std::string(checkpoint.status().message())};
  absl::MutexLock lock(&state_->mutex);
  if (request->old_size > checkpoint->size) return {400, "the old size is larger"};
  if (request->old_size != state_->size) return {409, absl::StrCat(state_->size, "\n")};
  const absl::Status consistent = merkle::VerifyConsistency(
      request->old_size, checkpoint->size, request->proof, state_->root, checkpoint->root);
  if (!consistent.ok()) return {422, std::string(consistent.message())};
  state_->size = checkpoint->size;
  state_->root = checkpoint->root;
  return {200,
          FormatSignatureLine(Cosign(note->text, kFirstTimeS + state_->count++, state_->signer))};
}

void FakeWitness::Serve(int port) {
  state_->server = std::make_unique<httplib::Server>();
  // Its end would wait for idle connections.
  state_->server->set_keep_alive_max_count(1);
  state_->server->Post("/add-checkpoint",
                       [this](const httplib::Request& request, httplib::Response& response) {
                         const Answer answer = AddCheckpoint(request.body);
                         response.status = answer.code;
                         response.set_content(answer.body, "text/plain");
                       });
  state_->port = port == 0 ? state_->server->bind_to_any_port("127.0.0.1") : port;
  if (port != 0 && !state_->server->bind_to_port("127.0.0.1", port)) state_->port = -1;
  if (state_->port <= 0) {
    std::fprintf(stderr, "the witness cannot serve on port %d\n", port);
    std::abort();
  }
  state_->thread = std::thread([server = state_->server.get()] { server->listen_after_bind(); });
}

void FakeWitness::StopServing() {
  if (state_->server == nullptr) return;
  // stop() before the thread has begun to listen would be lost.
  while (!state_->server->is_running()) std::this_thread::yield();
  state_->server->stop();
  state_->thread.join();
  state_->server.reset();
}

int FakeWitness::port() const { return state_->port; }

std::string FakeWitness::url() const { return absl::StrCat("http://127.0.0.1:", state_->port); }

std::string FakeWitness::verifier_key() const { return state_->signer.verifier().ToString(); }

uint64_t FakeWitness::size() const {
  absl::MutexLock lock(&state_->mutex);
  return state_->size;
}

}  // namespace pledger::testing
