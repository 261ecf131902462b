// The work done for a client, and what went with it: engagements, changes, complaints, advice,
// incidents, effort; each put together from its facts in the order of the world. What it means for
// a score is work_score.h's.
//
// Where facts stand in an order that cannot have been (an end before its beginning), the latest
// fact in the order of the world counts, and what has no beginning counts for nothing.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_WORK_FOLD_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_WORK_FOLD_H_

#include <cstdint>
#include <vector>

#include "server/domain/reliability/client_history.h"
#include "server/domain/reliability/payment_fold.h"
#include "server/domain/reliability/policy.h"
#include "server/domain/reliability/timeline.h"

namespace pledger::reliability {

// All facts below are numbers in the timeline, kNone where there is none.

struct Engagement {
  uint32_t id = kNoText;
  int32_t agreed = kNone;
  int32_t closed = kNone;
  int64_t agreed_day = 0;
  // kNever while it is open.
  int64_t closed_day = kNever;
  v1::EngagementAgreed::Pricing pricing = v1::EngagementAgreed::PRICING_UNSPECIFIED;
  // As agreed, and with what signed change orders added; 0 where none was agreed.
  int64_t agreed_minutes = 0;
  int64_t baseline_minutes = 0;
  // Of changes that the client asked for, our own fault left out.
  int64_t absorbed_minutes = 0;
  // Alterations and rework asked for after the agreement, as far as they count.
  int64_t alterations = 0;
  // A complaint about it was resolved as our fault.
  bool our_fault = false;

  // On which the SCOPE dimension looks: the client pays no more for more.
  bool fixed() const {
    return pricing == v1::EngagementAgreed::PRICING_FIXED_PRICE ||
           pricing == v1::EngagementAgreed::PRICING_PACKAGE;
  }
  bool is_scope_evidence() const { return fixed() && agreed_minutes > 0; }
};

struct ScopeChange {
  int32_t requested = kNone;
  // What closed it: agreed, absorbed, declined or withdrawn.
  int32_t ended = kNone;
  int32_t engagement = kNone;  // Index in WorkWorld::engagements.
  // It was asked for by the client, after the agreement.
  bool counts = false;
  // A rework that is our fault: asked for by us; or on an engagement about which a complaint was
  // resolved as our fault; or the request was disputed and the dispute resolved for the client.
  bool our_fault = false;
  // An alteration or rework, not withdrawn and without a change order.
  bool is_alteration = false;
};

struct Complaint {
  int32_t raised = kNone;
  // The latest resolution; kNone while it is open.
  int32_t resolved = kNone;
  int64_t reopened = 0;
  int32_t advice = kNone;  // Index in WorkWorld::advice.
  // Advice on the matter was on record before it was raised, and had by then not been followed.
  bool after_ignored_advice = false;
};

struct Advice {
  int32_t given = kNone;
  // What became of it; the last one counts.
  int32_t outcome = kNone;
};

// What is known of one id; an id may name several kinds of things.
struct WorkIds {
  int32_t engagement = kNone;
  int32_t change = kNone;
  int32_t complaint = kNone;
  int32_t advice = kNone;
};

// The result; reused from one fold to the next.
struct WorkWorld {
  std::vector<WorkIds> ids;  // By number of the text.
  std::vector<Engagement> engagements;
  std::vector<ScopeChange> changes;
  std::vector<Complaint> complaints;
  std::vector<Advice> advice;
  std::vector<int32_t> incidents;
  std::vector<int32_t> efforts;
  // Facts that show that somebody of ours dealt with the client in person: effort with contacts or
  // for communication. Sentiments are no evidence of conduct, neither way.
  std::vector<int32_t> contacts;
};

// Overwrites `world`. `payments` is what FoldPayments made of the same timeline: its disputes of
// events are looked at.
void FoldWork(const ClientHistory& history, const Timeline& timeline, const Policy& policy,
              const PaymentWorld& payments, WorkWorld* world);

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_WORK_FOLD_H_
