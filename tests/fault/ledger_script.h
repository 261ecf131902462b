// A small business whose appends touch every part of the store.
#ifndef PLEDGER_TESTS_FAULT_LEDGER_SCRIPT_H_
#define PLEDGER_TESTS_FAULT_LEDGER_SCRIPT_H_

#include <vector>

#include "pledger/v1/ledger.pb.h"

namespace pledger::testing {

// In this order each is accepted: several clients in one append, personal fields, promises and
// invoices that later ones rely on. Event ids are fixed, and no two are alike.
std::vector<v1::AppendRequest> LedgerScript();

}  // namespace pledger::testing

#endif  // PLEDGER_TESTS_FAULT_LEDGER_SCRIPT_H_
