#include "app/raw_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "base/testing/temp_dir.h"

namespace hk::app {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kNow = 1'796'000'000'000;

class Machine final : public TimeSource {
 public:
  TimeMs wall() const override { return from_ms(kNow) + leap; }
  Millis steady() const override { return Millis{1}; }
  Millis leap{};
};

struct World {
  hk::testing::TempDir dir;
  Machine machine;
  TrustedClock clock{machine};
  metrics::Registry registry;
  metrics::Counter& counted = registry.counter("erased_total", "");

  fs::path file(const std::string& name, Millis age) {
    const fs::path path = dir / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "a hash";
    const auto seconds = static_cast<time_t>((kNow - age.count()) / 1'000);
    const timespec times[2] = {{seconds, 0}, {seconds, 0}};
    EXPECT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
    return path;
  }
  std::size_t erase() {
    return erase_raw_files(clock, folders_with_raw_files(dir.path(), dir / "elsewhere/hitkeep.db", dir / "tenants"),
                           counted);
  }
};

TEST(RawFiles, GoTwoDaysAfterTheyWereWritten) {
  World w;
  const Millis old = kKeepRaw, young = old - std::chrono::seconds(1);
  std::vector<fs::path> go, stay;
  for (const std::string name :
       {"dead-letter/1-4711.record", "hitkeep.db.wal.aside-1", "hitkeep.db.wal.aside-2.checkpoint",
        "lanes/2.backlog.aside-1", "hitkeep.db.before-2", "hitkeep.db.damaged-1", "hitkeep.db.damaged-1.wal",
        "elsewhere/hitkeep.db.damaged-1", "tenants/one/hitkeep.db.damaged-1"})
    go.push_back(w.file(name, old));
  for (const std::string name : {"dead-letter/1-4711.txt", "hitkeep.db", "hitkeep.db.wal", "control.db", "lock"})
    stay.push_back(w.file(name, old));
  stay.push_back(w.file("dead-letter/1-4712.record", young));
  stay.push_back(w.file("hitkeep.db.wal.aside-3", young));
  EXPECT_EQ(w.erase(), go.size());
  EXPECT_EQ(w.counted.value(), go.size());
  for (const fs::path& file : go) EXPECT_FALSE(fs::exists(file)) << file;
  for (const fs::path& file : stay) EXPECT_TRUE(fs::exists(file)) << file;
}

TEST(RawFiles, AreOverwrittenNotOnlyRemoved) {
  World w;
  const fs::path file = w.file("hitkeep.db.wal.aside-1", kKeepRaw);
  fs::create_hard_link(file, w.dir / "kept");
  EXPECT_EQ(w.erase(), 1u);
  std::ifstream in(w.dir / "kept");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), std::string(6, '\0'));
}

TEST(RawFiles, AreLeftAloneWhereTheyAreNoFilesOrTheClockIsInDoubt) {
  World w;
  const fs::path file = w.file("elsewhere", kKeepRaw);
  fs::create_symlink(file, w.dir / "hitkeep.db.wal.aside-1");
  EXPECT_EQ(w.erase(), 0u);
  EXPECT_EQ(fs::file_size(file), 6u);
  w.file("hitkeep.db.wal.aside-2", kKeepRaw);
  EXPECT_EQ(w.clock.now(), from_ms(kNow));
  w.machine.leap = std::chrono::hours(1);
  static_cast<void>(w.clock.now());
  EXPECT_EQ(w.erase(), 0u);
}

}  // namespace
}  // namespace hk::app
