#pragma once
// A Result that a test cannot go on without.

#include <gtest/gtest.h>

/// Ends the test with the failure's sentence.
#define ASSERT_OK(expression)                                      \
  do {                                                             \
    const auto& outcome_ = (expression);                           \
    ASSERT_TRUE(outcome_.has_value()) << outcome_.error().message; \
  } while (false)
