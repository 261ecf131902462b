// One client's answers as a server could give them, with something in every field that people are
// shown.
#ifndef PLEDGER_TESTS_UNIT_CLIENT_SAMPLE_ANSWERS_H_
#define PLEDGER_TESTS_UNIT_CLIENT_SAMPLE_ANSWERS_H_

#include "pledger/v1/policy_service.pb.h"
#include "pledger/v1/portfolio.pb.h"
#include "pledger/v1/reliability.pb.h"
#include "pledger/v1/reliability_history.pb.h"
#include "pledger/v1/solvency.pb.h"

namespace pledger::client {

// Of "acme", tier "premium"; overall 62.7 in band C.
v1::GetReliabilityResponse SampleReliability();
// From 2026-01 to 2026-05, OVERALL and PAYMENT.
v1::GetReliabilityHistoryResponse SampleHistory();
v1::CompareReliabilityResponse SampleComparison();
v1::GetSolvencyResponse SampleSolvency();
// Two clients, the tiers "premium" and none.
v1::GetPortfolioResponse SamplePortfolio();
// Version 1, in force.
v1::PolicyVersion SamplePolicy();
v1::SimulatePolicyResponse SampleSimulation();

}  // namespace pledger::client

#endif  // PLEDGER_TESTS_UNIT_CLIENT_SAMPLE_ANSWERS_H_
