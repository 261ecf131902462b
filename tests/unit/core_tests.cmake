pledger_test(recent_map_test
  SRCS core_recent_map_test.cc
  DEPS pledger_store_rocks
  LABELS unit)
pledger_test(embedded_sequencer_test
  SRCS embedded_sequencer_test.cc
  DEPS pledger_ledger
  LABELS unit sanitize)
