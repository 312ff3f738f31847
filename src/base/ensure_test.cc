#include "base/ensure.h"

#include <gtest/gtest.h>

namespace hk {
namespace {

TEST(Ensure, EndsTheProcessWhereAnInvariantDoesNotHold) {
  ensure(true, "one is one");
  EXPECT_DEATH(ensure(false, "offsets grow"), "offsets grow does not hold at .*ensure_test.cc");
}

}  // namespace
}  // namespace hk
