#include "auth/attempts.h"

#include <gtest/gtest.h>

namespace hk::auth {
namespace {

using std::chrono::seconds;

class AttemptsTest : public ::testing::Test {
 protected:
  ManualClock clock_{from_ms(1'000'000)};
  Attempts attempts_{{.free = 3, .longest = seconds(8), .forget = seconds(100), .keys = 4}, clock_};
};

TEST_F(AttemptsTest, FreeTriesThenDoublingWaitsUpToTheLongest) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(attempts_.begin(1), std::nullopt);
  for (const seconds expected : {seconds(1), seconds(2), seconds(4), seconds(8), seconds(8), seconds(8)}) {
    EXPECT_EQ(attempts_.begin(1), expected);
    clock_.advance(expected - Millis(1));
    EXPECT_EQ(attempts_.begin(1), seconds(1)) << "rounded up";
    clock_.advance(Millis(1));
    EXPECT_EQ(attempts_.begin(1), std::nullopt);
  }
}

TEST_F(AttemptsTest, RefusedTriesDoNotProlongTheWait) {
  for (int i = 0; i < 3; ++i) attempts_.begin(1);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(attempts_.begin(1), seconds(1));
  clock_.advance(seconds(1));
  EXPECT_EQ(attempts_.begin(1), std::nullopt);
}

TEST_F(AttemptsTest, SuccessForgivesEverythingForgiveOneTry) {
  for (int i = 0; i < 3; ++i) attempts_.begin(1);
  attempts_.forgive(1);
  EXPECT_EQ(attempts_.begin(1), std::nullopt);
  EXPECT_EQ(attempts_.begin(1), seconds(1));
  attempts_.succeed(1);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(attempts_.begin(1), std::nullopt);
  attempts_.forgive(99);  // unknown keys are nobody's trouble
}

TEST_F(AttemptsTest, KeysAreIndependentAndForgottenInTime) {
  for (int i = 0; i < 4; ++i) attempts_.begin(1);
  EXPECT_EQ(attempts_.begin(2), std::nullopt);
  clock_.advance(seconds(99));
  for (int i = 0; i < 8; ++i) attempts_.begin(1);
  EXPECT_NE(attempts_.begin(1), std::nullopt);
  clock_.advance(seconds(100));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(attempts_.begin(1), std::nullopt);
}

TEST_F(AttemptsTest, TheOldestKeyMakesRoom) {
  for (std::uint64_t key = 1; key <= 4; ++key) {
    for (int i = 0; i < 3; ++i) attempts_.begin(key);
    clock_.advance(Millis(10));
  }
  attempts_.begin(5);
  EXPECT_NE(attempts_.begin(4), std::nullopt) << "still known";
  EXPECT_EQ(attempts_.begin(1), std::nullopt) << "was forgotten";
}

TEST_F(AttemptsTest, AFloodOfNewKeysForgetsItself) {
  for (int i = 0; i < 3; ++i) attempts_.begin(1);
  for (std::uint64_t key = 100; key < 1'000; ++key) {
    clock_.advance(Millis(1));
    attempts_.begin(key);
  }
  EXPECT_NE(attempts_.begin(1), std::nullopt) << "still known, old as it is";
}

}  // namespace
}  // namespace hk::auth
