pledger_test(client_lib_test
  SRCS client_lib_test.cc client_fake_reliability.cc client_fakes.cc client_sample_answers.cc
  DEPS pledger_client LABELS unit)
pledger_test(client_import_test
  SRCS client_csv_test.cc client_import_test.cc client_plan_test.cc
  DEPS pledger_cli LABELS unit)
pledger_test(client_cli_test
  SRCS client_cli_test.cc client_fake_reliability.cc client_fakes.cc client_plot_test.cc
       client_policy_text_test.cc client_reliability_cli_test.cc client_sample_answers.cc
       client_terminal_test.cc
  DEPS pledger_cli LABELS unit)
pledger_test(client_report_test
  SRCS client_report_test.cc client_sample_answers.cc
  DEPS pledger_cli LABELS unit)
target_compile_definitions(client_report_test PRIVATE
  PLEDGER_REPORT_GOLDEN="${CMAKE_CURRENT_SOURCE_DIR}/client_report.html")
