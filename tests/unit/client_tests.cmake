pledger_test(client_lib_test
  SRCS client_lib_test.cc client_fakes.cc
  DEPS pledger_client LABELS unit)
pledger_test(client_import_test
  SRCS client_csv_test.cc client_import_test.cc client_plan_test.cc
  DEPS pledger_cli LABELS unit)
pledger_test(client_cli_test
  SRCS client_cli_test.cc client_terminal_test.cc client_fakes.cc
  DEPS pledger_cli LABELS unit)
