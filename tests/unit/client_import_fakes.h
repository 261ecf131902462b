// What an import reads from and writes to, in memory.
#ifndef PLEDGER_TESTS_UNIT_CLIENT_IMPORT_FAKES_H_
#define PLEDGER_TESTS_UNIT_CLIENT_IMPORT_FAKES_H_

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/import/byte_source.h"
#include "client/cli/import/importer.h"
#include "client/lib/errors.h"
#include "google/rpc/error_details.pb.h"

namespace pledger::client {

// A text, handed out in chunks.
class StringSource final : public ByteSource {
 public:
  explicit StringSource(std::string text, size_t chunk = 1'000)
      : text_(std::move(text)), chunk_(chunk) {}

  absl::StatusOr<size_t> Read(absl::Span<char> into) override {
    const size_t size = std::min({into.size(), chunk_, text_.size() - taken_});
    std::memcpy(into.data(), text_.data() + taken_, size);
    taken_ += size;
    return size;
  }
  uint64_t BytesTaken() const override { return taken_; }
  uint64_t BytesTotal() const override { return text_.size(); }

 private:
  const std::string text_;
  const size_t chunk_;
  size_t taken_ = 0;
};

// A ledger with two rules: an invoice is issued once, and paid only when it was issued. Answers at
// Flush, as a pipeline may.
class FakeSink final : public AppendSink {
 public:
  // Whether errors say which event they are about.
  bool names_events = true;
  absl::Status broken;

  absl::Status Append(pledger::v1::AppendRequest request, Done done) override {
    ++appends;
    waiting_.emplace_back(std::move(request), std::move(done));
    return absl::OkStatus();
  }

  absl::Status Flush() override {
    for (auto& [request, done] : std::exchange(waiting_, {})) done(request, Decide(request));
    return absl::OkStatus();
  }

  int appends = 0;
  std::vector<pledger::v1::ProposedEvent> events;

 private:
  absl::Status Rejection(int index, const std::string& field, const std::string& why) const {
    google::rpc::Status status;
    status.set_code(9);
    const std::string path = absl::StrCat("events[", index, "].", field);
    status.set_message(names_events ? absl::StrCat(path, ": ", why) : why);
    google::rpc::ErrorInfo info;
    info.set_reason("OBLIGATION_STATE");
    if (names_events) (*info.mutable_metadata())["field"] = path;
    status.add_details()->PackFrom(info);
    return FromRpcStatus(status);
  }

  absl::StatusOr<pledger::v1::AppendResponse> Decide(const pledger::v1::AppendRequest& request) {
    if (!broken.ok()) return broken;
    std::map<std::string, uint64_t> invoices = invoices_;
    for (int i = 0; i < request.events_size(); ++i) {
      const pledger::v1::ProposedEvent& event = request.events(i);
      if (positions_.count(event.event_id()) > 0) continue;
      const std::string invoice = event.client_id() + "/" +
                                  (event.fact().has_payment_received()
                                       ? event.fact().payment_received().allocations(0).invoice_id()
                                       : event.fact().invoice_issued().invoice_id());
      if (event.fact().has_payment_received() && invoices.count(invoice) == 0) {
        return Rejection(i, "fact.payment_received.allocations[0].invoice_id", "not known");
      }
      if (event.fact().has_invoice_issued() && !invoices.emplace(invoice, 0).second) {
        return Rejection(i, "fact.invoice_issued.invoice_id", "issued before");
      }
    }
    invoices_ = std::move(invoices);
    pledger::v1::AppendResponse response;
    for (const pledger::v1::ProposedEvent& event : request.events()) {
      const auto [known, is_new] = positions_.try_emplace(event.event_id(), events.size());
      if (is_new) events.push_back(event);
      response.add_events()->set_duplicate(!is_new);
    }
    return response;
  }

  std::vector<std::pair<pledger::v1::AppendRequest, Done>> waiting_;
  std::map<std::string, uint64_t> positions_;
  std::map<std::string, uint64_t> invoices_;
};

}  // namespace pledger::client

#endif  // PLEDGER_TESTS_UNIT_CLIENT_IMPORT_FAKES_H_
