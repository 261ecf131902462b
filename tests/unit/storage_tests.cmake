pledger_test(merkle_test
  SRCS
    merkle_checkpoint_test.cc
    merkle_compact_range_test.cc
    merkle_directory_test.cc
    merkle_hash_test.cc
    merkle_note_test.cc
    merkle_proofs_test.cc
    merkle_receipt_test.cc
    merkle_reference.cc
    merkle_tiles_test.cc
  DEPS
    pledger_merkle
  LABELS unit)

pledger_test(keys_test
  SRCS
    keys_file_test.cc
    keys_sealing_test.cc
    keys_vault_test.cc
  DEPS
    pledger_keys
  LABELS unit)
pledger_test(key_journal_test
  SRCS key_journal_test.cc
  DEPS pledger_storage pledger_store_memory pledger_store_test_support
  LABELS unit)
