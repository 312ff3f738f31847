#include "app/timers.h"

#include <gtest/gtest.h>

#include <latch>
#include <stdexcept>

namespace hk::app {
namespace {

TEST(Timers, RunsEachJobAgainAndAgainAlsoAfterItThrew) {
  Timers timers;
  std::latch quiet(3);
  std::latch loud(2);
  int n = 0;
  int m = 0;
  timers.every("quiet", std::chrono::milliseconds(1), [&] {
    if (++n <= 3) quiet.count_down();
  });
  timers.every("loud", std::chrono::milliseconds(1), [&] {
    if (++m <= 2) loud.count_down();
    throw std::runtime_error("as it should in this test");
  });
  timers.start();
  quiet.wait();
  loud.wait();
  timers.stop();
  timers.stop();
}

TEST(Timers, StopDoesNotWaitForAPeriod) {
  Timers timers;
  timers.every("rare", std::chrono::hours(24), [] {});
  timers.start();
  timers.stop();
}

}  // namespace
}  // namespace hk::app
