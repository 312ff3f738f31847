#include "http/pending.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

namespace hk::http {
namespace {

TEST(Pending, MeetsInEitherOrder) {
  for (const bool outcome_first : {true, false}) {
    Pending pending;
    auto done = pending.done();
    auto gate = pending.gate();
    int calls = 0;
    const auto report = [&] { done(fail(Code::busy, "later")); };
    const auto wait = [&] {
      gate([&](Result<void> outcome) {
        ++calls;
        EXPECT_EQ(outcome.error().code, Code::busy);
      });
    };
    outcome_first ? report() : wait();
    EXPECT_EQ(calls, 0);
    outcome_first ? wait() : report();
    EXPECT_EQ(calls, 1);
  }
}

TEST(Pending, MeetsOnceWhenBothComeTogether) {
  for (int round = 0; round < 100; ++round) {
    Pending pending;
    std::latch start(2);
    std::atomic<int> calls = 0;
    {
      std::jthread work([&, done = pending.done()]() mutable {
        start.arrive_and_wait();
        done({});
      });
      std::jthread server([&, gate = pending.gate()]() mutable {
        start.arrive_and_wait();
        gate([&](Result<void> outcome) { calls += outcome.has_value(); });
      });
    }
    EXPECT_EQ(calls, 1);
  }
}

}  // namespace
}  // namespace hk::http
