#include "server/projections/view_builder.h"

#include <algorithm>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/projections/view_entry.h"
#include "storage/format/record.h"
#include "storage/format/text.h"
#include "storage/format/this_thread.h"

namespace pledger::projections {
namespace {

using storage::Position;

// Enough that looking for the first of them costs nothing.
constexpr size_t kClientsAtOnce = 512;
// More would wait for the one that writes.
constexpr size_t kThreadsMax = 4;

}  // namespace

// Reads the events of some clients and folds them, one client at a time.
class ViewBuilder::Reader {
 public:
  Reader(storage::EventStore& store, const Clients& clients, Position end)
      : last_(clients.last), end_(end), cursor_(store.ReadClients(clients.after)) {
    Advance();
  }

  // Folds the next client; false after the last one, and on an error.
  bool NextClient() {
    if (!has_record_) return false;
    client_id_.assign(body_.client_id);
    entry_ = ViewEntry();
    events_of_client_ = 0;
    while (has_record_ && body_.client_id == client_id_) {
      FoldRecord();
      Advance();
    }
    return status_.ok();
  }

  const absl::Status& status() const { return status_; }
  const std::string& client_id() const { return client_id_; }
  const ViewEntry& entry() const { return entry_; }
  // How many events of the client are below the end.
  uint64_t events_of_client() const { return events_of_client_; }

 private:
  void FoldRecord() {
    const storage::RecordHeader& header = cursor_->view().header;
    // What was recorded since is for whoever folds the log.
    if (header.position >= end_) return;
    ++events_of_client_;
    entry_.Fold({.position = header.position,
                 .record_time_ns = header.record_time_ns,
                 .occur_time_ns = header.occur_time_ns,
                 .fact_type = header.fact_type,
                 .fact = body_.fact});
  }

  void Advance() {
    has_record_ = cursor_->Next();
    if (!has_record_) {
      status_ = cursor_->status();
      return;
    }
    const auto body = storage::ScanBody(cursor_->view().body);
    if (!body.ok()) {
      status_ =
          storage::Corrupt(cursor_->view().header.position, FromAbsl(body.status().message()));
      has_record_ = false;
      return;
    }
    body_ = *body;
    has_record_ = body_.client_id <= last_;
  }

  const std::string last_;
  const Position end_;
  const std::unique_ptr<storage::RecordCursor> cursor_;
  // The cursor stands at a record of these clients, whose body this is.
  bool has_record_ = false;
  storage::BodyView body_;
  std::string client_id_;
  ViewEntry entry_;
  uint64_t events_of_client_ = 0;
  absl::Status status_;
};

absl::Status ViewBuilder::Run(Position end, absl::Duration interval,
                              absl::FunctionRef<void()> tick) {
  const auto write = views_.BeginWrite(end);
  if (!write.ok()) return write.status();
  events_ = 0;
  std::vector<std::thread> threads(
      std::clamp<size_t>(std::thread::hardware_concurrency(), 1, kThreadsMax));
  {
    absl::MutexLock lock(&mutex_);
    working_ = threads.size();
    last_.clear();
    status_ = absl::OkStatus();
  }
  for (std::thread& thread : threads) thread = std::thread([&] { Work(end, **write); });
  absl::Status status;
  {
    const auto is_done = [this] {
      mutex_.AssertReaderHeld();
      return working_ == 0;
    };
    absl::MutexLock lock(&mutex_);
    while (!mutex_.AwaitWithTimeout(absl::Condition(&is_done), interval)) {
      mutex_.Unlock();
      tick();
      mutex_.Lock();
    }
    status = status_;
  }
  for (std::thread& thread : threads) thread.join();
  if (!status.ok()) return status;
  if (events_ != end) {
    return absl::DataLossError(
        absl::StrCat("the index holds ", events_.load(), " events below position ", end,
                     " of the log; delete the folder of the index: it is made again from the log"));
  }
  return (*write)->Finish();
}

void ViewBuilder::Work(Position end, storage::ViewWrite& write) {
  NameThisThread("view-builder");
  LetOthersGoFirst();
  absl::StatusOr<bool> has_more = true;
  while (has_more.ok() && *has_more) has_more = BuildNext(end, write);
  absl::MutexLock lock(&mutex_);
  --working_;
  if (has_more.ok()) return;
  // The others need not go on; that they were stopped is not the reason.
  Stop();
  if (status_.ok() || absl::IsCancelled(status_)) status_ = has_more.status();
}

absl::StatusOr<ViewBuilder::Clients> ViewBuilder::TakeClients() {
  absl::MutexLock lock(&mutex_);
  const auto ids = store_.ListClients(last_, kClientsAtOnce);
  if (!ids.ok()) return ids.status();
  if (ids->empty()) return Clients();
  Clients clients = {std::exchange(last_, ids->back()), ids->back()};
  return clients;
}

absl::StatusOr<bool> ViewBuilder::BuildNext(Position end, storage::ViewWrite& write) {
  const auto clients = TakeClients();
  if (!clients.ok()) return clients.status();
  // No client's id is empty.
  if (clients->last.empty()) return false;
  Reader reader(store_, *clients, end);
  std::string value;
  bool has_more = true;
  while (has_more) {
    if (stop_.load(std::memory_order_relaxed)) return absl::CancelledError("stopping");
    absl::Status written = write.Add([&](storage::ViewWrite::Put put) {
      for (size_t bytes = 0; bytes < storage::kViewPartBytes;) {
        has_more = reader.NextClient();
        if (!has_more) break;
        events_ += reader.events_of_client();
        // A client who came since has nothing yet.
        if (reader.events_of_client() == 0) continue;
        reader.entry().EncodeTo(&value);
        put(reader.client_id(), value);
        bytes += value.size();
      }
    });
    if (!written.ok()) return written;
  }
  if (!reader.status().ok()) return reader.status();
  return true;
}

}  // namespace pledger::projections
