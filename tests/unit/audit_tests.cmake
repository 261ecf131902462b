pledger_test(audit_test
  SRCS
    audit_checkpoint_test.cc
    audit_directory_test.cc
    audit_keys_test.cc
    audit_witness_test.cc
    merkle_reference.cc
  DEPS pledger_audit pledger_projections pledger_ledger_test_support pledger_store_memory
       pledger_witness_test_support
  LABELS sanitize)
