#include "log/dead_letters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "base/testing/temp_dir.h"

namespace hk::log {
namespace {

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

TEST(DeadLetters, HoldTheRecordAsItCameAndSayWhy) {
  const hk::testing::TempDir dir;
  const std::string payload("a\0b\n", 4);
  const Entry entry{.offset = 77, .record = {.lane = 3, .kind = 1, .version = 9, .payload = payload}};
  for (int again = 0; again < 2; ++again)
    ASSERT_TRUE(put_aside(dir / "dead-letter", "3", entry, {Code::invalid, "no sense in it", {}}, TimeMs{}));
  EXPECT_EQ(content(dir / "dead-letter" / "3-77.record"), payload);
  const std::string about = content(dir / "dead-letter" / "3-77.txt");
  for (const char* fact : {"1970-01-01", "offset 77", "kind 1", "version 9", "no sense in it"})
    EXPECT_THAT(about, ::testing::HasSubstr(fact));
  struct stat status{};
  ASSERT_EQ(::stat((dir / "dead-letter" / "3-77.record").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST(DeadLetters, SayWhichFileCannotBeWritten) {
  const hk::testing::TempDir dir;
  std::ofstream(dir / "dead-letter") << "a file";
  const auto done = put_aside(dir / "dead-letter", "3", {}, {Code::invalid, "", {}}, TimeMs{});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::unavailable);
  EXPECT_THAT(done.error().message, ::testing::HasSubstr("dead-letter/3-0.txt"));
}

}  // namespace
}  // namespace hk::log
