pledger_test(recent_map_test
  SRCS core_recent_map_test.cc
  DEPS pledger_store_rocks
  LABELS unit)
