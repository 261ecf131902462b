// Where two messages differ, in words.
#ifndef PLEDGER_CLIENT_VERIFY_MESSAGE_DIFFERENCE_H_
#define PLEDGER_CLIENT_VERIFY_MESSAGE_DIFFERENCE_H_

#include <google/protobuf/message.h>

#include <string>

namespace pledger::verify {

// The first field, in the order of their numbers, in which two messages of one type differ:
// "payment.on_time_share: 1 served, 0.75 by the records". Empty if they are the same: fields that
// are set to their default differ from fields that are not set where the type tells them apart.
// `path` stands before the field's name.
std::string FirstDifference(const google::protobuf::Message& served,
                            const google::protobuf::Message& computed, const std::string& path);

}  // namespace pledger::verify

#endif  // PLEDGER_CLIENT_VERIFY_MESSAGE_DIFFERENCE_H_
