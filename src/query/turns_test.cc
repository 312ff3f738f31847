#include "query/turns.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace hk::query {
namespace {

using Steady = Turns::Steady;
using namespace std::chrono_literals;

Steady::time_point soon() {
  return Steady::now() + 60s;
}

TEST(Turns, QuestionsRunBesideEachOther) {
  Turns turns;
  const auto one = turns.beside(soon());
  const auto other = turns.beside(soon());
  EXPECT_TRUE(one && other);
  EXPECT_FALSE(one->give_way().stop_requested());
}

TEST(Turns, WhoIsAloneHasNobodyBesideHim) {
  Turns turns;
  auto first = turns.beside(soon());
  std::atomic<bool> alone = false;
  std::jthread wishes([&] {
    const auto turn = turns.alone(soon());
    EXPECT_TRUE(turn);
    alone = true;
    EXPECT_FALSE(turns.beside(Steady::now() + 20ms)) << "a newcomer waits";
    alone = false;
  });
  while (!first->give_way().stop_requested()) std::this_thread::sleep_for(1ms);
  EXPECT_FALSE(alone);
  EXPECT_FALSE(turns.beside(Steady::now())) << "nor does one overtake who wishes to be alone";
  first.reset();
  const auto after = turns.beside(soon());
  EXPECT_TRUE(after);
  EXPECT_FALSE(alone);
}

TEST(Turns, AQuickQuestionNeedNotGiveWay) {
  Turns turns;
  auto quick = turns.beside(soon());
  std::jthread wishes([&] { EXPECT_TRUE(turns.alone(soon())); });
  std::this_thread::sleep_for(kGiveWay / 10);
  EXPECT_FALSE(quick->give_way().stop_requested());
  quick.reset();
}

TEST(Turns, OneAfterTheOtherIsAlone) {
  Turns turns;
  std::atomic<int> alone = 0, most = 0;
  {
    std::vector<std::jthread> all;
    for (int i = 0; i < 4; ++i)
      all.emplace_back([&] {
        const auto turn = turns.alone(soon());
        EXPECT_TRUE(turn);
        most = std::max(most.load(), ++alone);
        EXPECT_FALSE(turn && turn->give_way().stop_requested());
        std::this_thread::sleep_for(5ms);
        --alone;
      });
  }
  EXPECT_EQ(most, 1);
}

TEST(Turns, AWishThatComesToNothingHoldsUpNobody) {
  Turns turns;
  const auto stays = turns.beside(soon());
  EXPECT_FALSE(turns.alone(Steady::now() + 20ms));
  EXPECT_TRUE(turns.beside(Steady::now()));
}

TEST(Turns, BlameIsForgotten) {
  Turns turns;
  const auto now = Steady::now();
  turns.blame("anna", now);
  EXPECT_TRUE(turns.blamed("anna", now + kAloneAgain));
  EXPECT_FALSE(turns.blamed("bert", now));
  EXPECT_FALSE(turns.blamed("anna", now + kAloneAgain + 1ms));
}

}  // namespace
}  // namespace hk::query
