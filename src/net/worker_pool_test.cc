#include "net/worker_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <latch>
#include <string>
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

/// A pool of one thread that is held until `go`.
struct Held {
  explicit Held(std::size_t queue = kWorkerQueue) : pool("test", 1, queue) {
    EXPECT_TRUE(pool.submit([this] {
      busy.count_down();
      go.wait();
    }));
    busy.wait();
  }
  std::latch busy{1}, go{1};
  WorkerPool pool;
};

TEST(WorkerPoolTest, OwnersTakeTurnsHoweverMuchOneOfThemAsks) {
  std::string order;  // written by the pool's only thread
  {
    Held held;
    for (int i = 0; i < 3; ++i) EXPECT_EQ(held.pool.submit("anna", [&] { order += 'a'; }), WorkerPool::Taken::yes);
    for (int i = 0; i < 2; ++i) EXPECT_EQ(held.pool.submit("bert", [&] { order += 'b'; }), WorkerPool::Taken::yes);
    EXPECT_TRUE(held.pool.submit([&] { order += '-'; }));
    EXPECT_EQ(held.pool.queued(), 6u);
    held.go.count_down();
  }
  EXPECT_EQ(order, "ab-aba");
}

TEST(WorkerPoolTest, JobsOfOneOwnerNeverRunAtTheSameTime) {
  std::atomic<int> running = 0, most = 0, ran = 0;
  {
    WorkerPool pool("test", 4);
    for (std::size_t i = 0; i < kOwnerQueue; ++i)
      EXPECT_EQ(pool.submit("anna",
                            [&] {
                              most = std::max(most.load(), ++running);
                              std::this_thread::sleep_for(std::chrono::milliseconds(1));
                              --running;
                              ++ran;
                            }),
                WorkerPool::Taken::yes);
  }
  EXPECT_EQ(most, 1);
  EXPECT_EQ(ran, static_cast<int>(kOwnerQueue));
}

TEST(WorkerPoolTest, AnOwnerFillsHisShareAndNotThePool) {
  Held held;
  for (std::size_t i = 0; i < kOwnerQueue + 1; ++i) EXPECT_EQ(held.pool.submit("anna", [] {}), WorkerPool::Taken::yes);
  EXPECT_EQ(held.pool.submit("anna", [] {}), WorkerPool::Taken::owner_full);
  EXPECT_EQ(held.pool.submit("bert", [] {}), WorkerPool::Taken::yes);
  held.go.count_down();
}

TEST(WorkerPoolTest, AFullPoolTakesNobodysJob) {
  Held held(2);
  EXPECT_EQ(held.pool.submit("anna", [] {}), WorkerPool::Taken::yes);
  EXPECT_EQ(held.pool.submit("anna", [] {}), WorkerPool::Taken::yes);
  EXPECT_EQ(held.pool.submit("bert", [] {}), WorkerPool::Taken::pool_full);
  held.go.count_down();
}

}  // namespace
}  // namespace hk::net
