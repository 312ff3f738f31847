#include "app/memory.h"

#include <gtest/gtest.h>

#include <fstream>

namespace hk::app {
namespace {

class FakeRoot : public testing::Test {
 protected:
  void SetUp() override {
    root_ = std::filesystem::path(testing::TempDir()) / ("memory_" + std::to_string(::getpid()));
    std::filesystem::create_directories(root_ / "proc");
    std::filesystem::create_directories(root_ / "sys/fs/cgroup");
    std::ofstream(root_ / "proc/meminfo") << "MemTotal:       4194304 kB\nMemFree: 1 kB\n";
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  std::filesystem::path root_;
};

TEST_F(FakeRoot, TheSmallerOfMachineAndCgroupCounts) {
  EXPECT_EQ(available_memory(root_), 4ull << 30);
  std::ofstream(root_ / "sys/fs/cgroup/memory.max") << "max\n";
  EXPECT_EQ(available_memory(root_), 4ull << 30);
  std::ofstream(root_ / "sys/fs/cgroup/memory.max") << "536870912\n";
  EXPECT_EQ(available_memory(root_), 512ull << 20);
}

TEST_F(FakeRoot, EachCgroupUpToTheRootCounts) {
  const auto slice = root_ / "sys/fs/cgroup/system.slice";
  std::filesystem::create_directories(slice / "hitkeep.service");
  std::filesystem::create_directories(root_ / "proc/self");
  std::ofstream(root_ / "proc/self/cgroup") << "0::/system.slice/hitkeep.service\n";
  EXPECT_EQ(available_memory(root_), 4ull << 30);
  std::ofstream(slice / "memory.max") << "1073741824\n";
  EXPECT_EQ(available_memory(root_), 1024ull << 20);
  std::ofstream(slice / "hitkeep.service/memory.max") << "268435456\n";
  EXPECT_EQ(available_memory(root_), 256ull << 20);
  std::ofstream(slice / "hitkeep.service/memory.max") << "max\n";
  EXPECT_EQ(available_memory(root_), 1024ull << 20);
}

TEST_F(FakeRoot, TheFirstVersionOfCgroupsCountsToo) {
  const auto cgroup = root_ / "sys/fs/cgroup/memory/docker/1234";
  std::filesystem::create_directories(cgroup);
  std::filesystem::create_directories(root_ / "proc/self");
  std::ofstream(root_ / "proc/self/cgroup") << "3:cpu,cpuacct:/docker/9\n2:memory:/docker/1234\n1:name=systemd:/x\n";
  std::ofstream(cgroup / "memory.limit_in_bytes") << "536870912\n";
  EXPECT_EQ(available_memory(root_), 512ull << 20);
}

TEST_F(FakeRoot, AQuotaOfProcessorsCounts) {
  EXPECT_EQ(available_processors(8, root_), 8u);
  EXPECT_EQ(available_processors(0, root_), 1u) << "unknown";
  const auto slice = root_ / "sys/fs/cgroup/system.slice";
  std::filesystem::create_directories(slice / "hitkeep.service");
  std::filesystem::create_directories(root_ / "proc/self");
  std::ofstream(root_ / "proc/self/cgroup") << "0::/system.slice/hitkeep.service\n";
  std::ofstream(slice / "hitkeep.service/cpu.max") << "max 100000\n";
  EXPECT_EQ(available_processors(8, root_), 8u);
  std::ofstream(slice / "cpu.max") << "250000 100000\n";
  EXPECT_EQ(available_processors(8, root_), 3u) << "two and a half";
  std::ofstream(slice / "hitkeep.service/cpu.max") << "5000 100000\n";
  EXPECT_EQ(available_processors(8, root_), 1u);
}

TEST_F(FakeRoot, AQuotaOfTheFirstVersionCountsToo) {
  const auto cgroup = root_ / "sys/fs/cgroup/cpu/docker/9";
  std::filesystem::create_directories(cgroup);
  std::filesystem::create_directories(root_ / "proc/self");
  std::ofstream(root_ / "proc/self/cgroup") << "3:cpu,cpuacct:/docker/9\n2:memory:/docker/1234\n";
  std::ofstream(cgroup / "cpu.cfs_quota_us") << "-1\n";
  std::ofstream(cgroup / "cpu.cfs_period_us") << "100000\n";
  EXPECT_EQ(available_processors(8, root_), 8u);
  std::ofstream(cgroup / "cpu.cfs_quota_us") << "200000\n";
  EXPECT_EQ(available_processors(8, root_), 2u);
}

TEST(SignIns, AreOneAtATimeWhereMemoryIsSmall) {
  EXPECT_EQ(sign_ins_at_once((512ull << 20) - 1), 1);
  EXPECT_EQ(sign_ins_at_once(512ull << 20), 2);
}

TEST(DatabaseMemory, IsAQuarterWithinBounds) {
  EXPECT_EQ(database_memory(0, 512ull << 20), 128ull << 20);
  EXPECT_EQ(database_memory(0, 256ull << 20), 96ull << 20);
  EXPECT_EQ(database_memory(0, 64ull << 30), 192ull << 20);
  EXPECT_EQ(database_memory(64, 64ull << 30), 64ull << 20) << "what the operator says";
}

TEST(PartCacheMemory, IsASixteenthWithinBounds) {
  EXPECT_EQ(part_cache_memory(256ull << 20), 16ull << 20);
  EXPECT_EQ(part_cache_memory(64ull << 30), 64ull << 20);
}

TEST(LongHeadMemory, IsASixteenthWithinBounds) {
  EXPECT_EQ(long_head_memory(256ull << 20), 16ull << 20);
  EXPECT_EQ(long_head_memory(64ull << 30), 64ull << 20);
}

TEST(ResidentMemory, IsKnownOnLinux) {
  EXPECT_GT(resident_memory(), 1u << 20);
}

}  // namespace
}  // namespace hk::app
