// Parts the personal fields of a fact from the rest.
//
// Which fields are personal is said by the option `personal` in the protos and nowhere else. The
// clear part is hashed and kept for ever; the personal part is sealed apart and can be erased.
// Types of fact without personal fields cost a table look-up. Thread-safe.
#ifndef PLEDGER_SERVER_DOMAIN_PERSONAL_H_
#define PLEDGER_SERVER_DOMAIN_PERSONAL_H_

#include "pledger/v1/fact.pb.h"

namespace pledger {

// Whether `fact` has a personal field that is not empty.
bool HasPersonalFields(const v1::Fact& fact);

// Moves the personal fields of `fact`, also those of a replacement in it, into `personal`, which is
// cleared first and stays empty if there are none. Parsing the serialised clear part followed by
// the serialised personal part gives the original fact. The clear part keeps its type, also when
// nothing else is left of it.
void SplitPersonal(v1::Fact& fact, v1::Fact* personal);

}  // namespace pledger

#endif  // PLEDGER_SERVER_DOMAIN_PERSONAL_H_
