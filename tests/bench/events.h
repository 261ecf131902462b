// The events that the benchmarks append: plausible, seeded, each of about 200 bytes as it is sent.
#ifndef PLEDGER_TESTS_BENCH_EVENTS_H_
#define PLEDGER_TESTS_BENCH_EVENTS_H_

#include <cstdint>
#include <random>
#include <string>

#include "absl/time/time.h"
#include "pledger/v1/event.pb.h"
#include "pledger/v1/ledger.pb.h"

namespace pledger::bench {

// "client-0012345": all of one length, so that requests of one scenario are.
std::string ClientId(int client);

// Makes events that no rule rejects in whatever order they are recorded, or for FillHistory in
// theirs. The same seed, epoch and calls give the same events. Not thread-safe.
class EventGenerator {
 public:
  // Event ids are UUIDs of version 7 from `epoch` on, a hundred to a millisecond; what the events
  // tell of happened in the three years before it.
  EventGenerator(uint64_t seed, int clients, absl::Time epoch);

  // An event of a client picked at random: three in ten an invoice, three a payment, two a promise,
  // two effort or sentiment. One in ten has a personal text.
  void FillRandom(v1::ProposedEvent* event);
  // The same, of this client.
  void FillFor(int client, v1::ProposedEvent* event);
  // Appends the 200 events of one client's history, oldest first: 60 invoices, 60 payments for them
  // (on time, late, in part), 40 promises and 40 others.
  void FillHistory(int client, v1::AppendRequest* request);

  // A serialised AppendRequest of `events` random events.
  std::string RandomAppend(int events);
  // The same as an AppendStreamRequest of one.
  std::string RandomAppendStream();

 private:
  std::string Uuid7();
  std::string RandomUuid();
  void FillEnvelope(int client, absl::Time occur_time, v1::ProposedEvent* event);
  void FillInvoice(v1::Fact* fact);
  void FillPayment(v1::Fact* fact);
  void FillPromise(bool with_text, v1::Fact* fact);
  void FillEffort(v1::Fact* fact);
  void FillSentiment(v1::Fact* fact);
  void FillHistoryStep(int client, int step, v1::AppendRequest* request);
  std::string PersonalText();
  int64_t Amount();
  int Below(int bound);

  std::mt19937_64 random_;
  const int clients_;
  const absl::Time epoch_;
  uint64_t ids_made_ = 0;
  v1::AppendRequest append_;
  v1::AppendStreamRequest append_stream_;
};

}  // namespace pledger::bench

#endif  // PLEDGER_TESTS_BENCH_EVENTS_H_
