#include "store/order_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

namespace hk::store {
namespace {

using Job = OrderThread::Job;

std::shared_ptr<Job> job(std::function<void()> run, std::function<void()> interrupt = [] {}) {
  return std::make_shared<Job>(std::move(run), std::move(interrupt));
}

TEST(OrderThread, OneJobRunsBehindTheOther) {
  std::vector<int> ran;
  std::atomic<int> ended{0};
  OrderThread thread(0, [&] { ++ended; });
  std::vector<std::shared_ptr<Job>> jobs;
  for (int i = 0; i < 20; ++i) thread.give(jobs.emplace_back(job([&ran, i] { ran.push_back(i); })));
  while (ended < 20) thread.wait(Millis{1'000});
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(ran.at(static_cast<std::size_t>(i)), i);
    EXPECT_TRUE(thread.is_over(*jobs.at(static_cast<std::size_t>(i))));
  }
}

TEST(OrderThread, ARunningJobIsAskedToEndUntilItDoesAndOneThatWaitsNeverRuns) {
  std::atomic<int> asked{0};
  std::atomic<bool> begun{false}, other{false};
  OrderThread thread(0, [] {});
  const auto running = job(
      [&] {
        begun = true;
        while (asked < 3) std::this_thread::yield();
      },
      [&] { ++asked; });
  const auto waiting = job([&] { other = true; });
  thread.give(running);
  thread.give(waiting);
  while (!begun) std::this_thread::yield();
  EXPECT_FALSE(thread.is_over(*running));
  thread.abandon(*waiting);
  EXPECT_TRUE(thread.is_over(*waiting));
  thread.abandon(*running);
  EXPECT_TRUE(thread.is_over(*running));
  thread.abandon(*running);  // it is over
  EXPECT_GE(asked, 3);
  EXPECT_FALSE(other);
}

}  // namespace
}  // namespace hk::store
