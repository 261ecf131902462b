pledger_test(permissions_test
  SRCS permissions_test.cc DEPS pledger_services pledger_test_support LABELS unit)
pledger_test(privacy_fold_test
  SRCS privacy_fold_test.cc DEPS pledger_domain pledger_test_support LABELS unit)
pledger_test(principals_file_test
  SRCS principals_file_test.cc DEPS pledger_runtime LABELS unit)
pledger_test(access_read_test
  SRCS access_read_test.cc
  DEPS pledger_services pledger_storage pledger_store_memory pledger_client
    pledger_ledger_test_support
  LABELS unit asan)
pledger_test(client_eraser_test
  SRCS client_eraser_test.cc
  DEPS pledger_ledger pledger_store_memory pledger_ledger_test_support
  LABELS unit sanitize)
