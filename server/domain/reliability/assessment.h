// What the record calls for, all together: signals, growth points, segment, actions, proposals and
// partings of one client.
//
// The segment is the one with the most present signals; ties go to the first of PRICE,
// INFLATED_DEMANDS, COMMUNICATION, DISCREDITING. Without a present signal there is none.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_ASSESSMENT_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_ASSESSMENT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "pledger/v1/assessment.pb.h"
#include "server/domain/reliability/assess.h"
#include "server/domain/reliability/growth_points.h"
#include "server/domain/reliability/signals.h"

namespace pledger::reliability {

// How many positions a signal or a growth point shows at most: the latest.
struct AssessmentDetail {
  size_t positions_max;
  size_t dates_max;
};

// `out` is empty.
void FillAssessment(const SignalInput& input, const AssessmentDetail& detail,
                    v1::ClientAssessment* out);

// What Assess() fills, and the assessment. `fold` holds everything, as FoldedClient::FoldAll leaves
// it, of the same perspective; `out` is empty and may live on an arena.
void FillWhole(std::string_view client_id, const ClientHistory& history, const Policy& policy,
               const Perspective& perspective, const CohortContext& cohort, AssessDetail detail,
               ClientFold* fold, v1::ClientReliability* out);
// The same for a client that is not folded yet.
void AssessWhole(std::string_view client_id, const ClientHistory& history, const Policy& policy,
                 const Perspective& perspective, const CohortContext& cohort, AssessDetail detail,
                 v1::ClientReliability* out);

// Appends the codes of the signals that are PRESENT in one and not in the other, in the order of
// the catalogue.
void CompareSignals(const v1::ClientAssessment& before, const v1::ClientAssessment& after,
                    google::protobuf::RepeatedPtrField<std::string>* appeared,
                    google::protobuf::RepeatedPtrField<std::string>* disappeared);

// The signals alone, those that are not ABSENT, in the order of the catalogue, PRESENT first.
void FillSignals(const SignalInput& input, const SignalWorld& signals, const GrowthFindings& growth,
                 const AssessmentDetail& detail,
                 google::protobuf::RepeatedPtrField<v1::Signal>* out);

v1::Segment SegmentOf(const SignalWorld& signals);

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_ASSESSMENT_H_
