#include "net/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

namespace hk::net {
namespace {

TEST(WorkerPoolTest, RefusesWhatDoesNotFitInItsQueue) {
  std::latch busy(1), go(1);
  std::atomic<int> ran = 0;
  {
    WorkerPool pool("test", 1, 3);
    ASSERT_TRUE(pool.submit([&] {
      busy.count_down();
      go.wait();
    }));
    busy.wait();
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(pool.submit([&] { ++ran; }));
    EXPECT_EQ(pool.queued(), 3u);
    EXPECT_FALSE(pool.submit([&] { ++ran; }));
    go.count_down();
  }
  EXPECT_EQ(ran, 3) << "the destructor runs what is queued";
}

TEST(WorkerPoolTest, LosesNoWakeup) {
  constexpr int kJobs = 20'000;
  std::latch done(kJobs);
  WorkerPool pool("test", 4, 16);
  std::jthread other([&] {
    for (int i = 0; i < kJobs / 2; ++i)
      while (!pool.submit([&] { done.count_down(); })) std::this_thread::yield();
  });
  for (int i = 0; i < kJobs / 2; ++i)
    while (!pool.submit([&] { done.count_down(); })) std::this_thread::yield();
  done.wait();
}

TEST(WorkerPoolTest, RunsJobsAtTheSameTime) {
  std::latch together(3);
  WorkerPool pool("test", 3);
  std::latch done(3);
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(pool.submit([&] {
      together.arrive_and_wait();
      done.count_down();
    }));
  done.wait();
}

}  // namespace
}  // namespace hk::net
