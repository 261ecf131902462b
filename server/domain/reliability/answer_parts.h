// Small parts that answers about one client share.
#ifndef PLEDGER_SERVER_DOMAIN_RELIABILITY_ANSWER_PARTS_H_
#define PLEDGER_SERVER_DOMAIN_RELIABILITY_ANSWER_PARTS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "google/protobuf/timestamp.pb.h"
#include "pledger/v1/common.pb.h"
#include "server/domain/reliability/client_history.h"

namespace pledger::reliability {

void SetTime(int64_t time_ns, google::protobuf::Timestamp* out);

inline void SetMoney(std::string_view currency, int64_t minor_units, v1::Money* out) {
  out->set_currency_code(std::string(currency));
  out->set_minor_units(minor_units);
}

}  // namespace pledger::reliability

#endif  // PLEDGER_SERVER_DOMAIN_RELIABILITY_ANSWER_PARTS_H_
