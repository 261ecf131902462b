// What to do when OpenSSL fails where it can only fail for want of memory or by a mistake of ours.
#ifndef PLEDGER_STORAGE_KEYS_CRYPTO_CHECK_H_
#define PLEDGER_STORAGE_KEYS_CRYPTO_CHECK_H_

namespace pledger::storage::keys {

// Ends the process with OpenSSL's reason unless `ok`: there is no going on without cryptography,
// and an answer computed from half a result would be worse. `what` says what was tried.
void CheckCrypto(bool ok, const char* what);

}  // namespace pledger::storage::keys

#endif  // PLEDGER_STORAGE_KEYS_CRYPTO_CHECK_H_
