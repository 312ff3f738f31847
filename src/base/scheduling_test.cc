#include "base/scheduling.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <thread>

namespace hk {
namespace {

/// Nanoseconds; 0 where the kernel knows no turns.
std::uint64_t turn_of_this_thread() {
  std::array<std::uint64_t, 6> attributes{};  // the kernel's struct sched_attr
  EXPECT_EQ(::syscall(SYS_sched_getattr, 0, attributes.data(), sizeof attributes, 0), 0);
  return attributes[3];
}

TEST(Scheduling, TurnsOfOneThreadGetShort) {
  const auto before = turn_of_this_thread();
  if (before == 0) GTEST_SKIP() << "this kernel has no turns to choose";
  std::thread([] {
    const int nice = ::nice(3);
    take_short_turns();
    EXPECT_EQ(turn_of_this_thread(), 100'000u);
    EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), nice) << "what the thread was before, it stays";
  }).join();
  EXPECT_EQ(turn_of_this_thread(), before);
}

}  // namespace
}  // namespace hk
