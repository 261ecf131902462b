# The reference is a program of its own: it reads a public sample, which a checkout may lack.
pledger_test(reliability_test
  SRCS reliability_history_test.cc reliability_payment_test.cc reliability_promise_test.cc
    reliability_story.cc
  DEPS pledger_reliability LABELS unit)
pledger_test(reliability_work_test
  SRCS reliability_overall_test.cc reliability_series_test.cc reliability_work_test.cc
    reliability_random_story.cc reliability_story.cc
  DEPS pledger_reliability LABELS unit)
pledger_test(reliability_properties_test
  SRCS reliability_properties_test.cc reliability_random_story.cc reliability_story.cc
  DEPS pledger_reliability LABELS unit)
pledger_test(reliability_reference_test
  SRCS reliability_reference_test.cc reliability_story.cc
  DEPS pledger_reliability LABELS unit)
pledger_test(cohort_book_test
  SRCS cohort_book_test.cc reliability_story.cc
  DEPS pledger_projections LABELS unit)
pledger_test(reliability_parts_test
  SRCS reliability_parts_test.cc
  DEPS pledger_reliability LABELS unit)
pledger_test(reliability_assessment_properties_test
  SRCS reliability_assessment_properties_test.cc reliability_random_story.cc reliability_story.cc
  DEPS pledger_reliability LABELS unit)
pledger_test(reliability_view_test
  SRCS reliability_random_story.cc reliability_story.cc reliability_view_test.cc
  DEPS pledger_projections pledger_store_memory pledger_store_test_support LABELS unit sanitize)
