#include "app/version_check.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/testing/temp_dir.h"

namespace hk::app {
namespace {

TEST(VersionCheck, TakesTheHighestOfAText) {
  EXPECT_EQ(highest_version("1.2.3"), (VersionNumber{1, 2, 3}));
  EXPECT_EQ(highest_version("hitkeep 0.10.0\n"), (VersionNumber{0, 10, 0}));
  EXPECT_EQ(highest_version("ab12  hitkeep-0.9.1-linux-amd64\ncd  hitkeep_0.10.0_amd64.deb\n"),
            (VersionNumber{0, 10, 0}));
  for (const char* text : {"", "1.2", "1.2.", "v1..2.3", "1.2.3.4", "99999999999.1.1", "none"})
    EXPECT_FALSE(highest_version(text)) << text;
}

TEST(VersionCheck, ComparesByNumber) {
  const testing::TempDir dir;
  const std::string file = dir.path() / "VERSION";
  const auto news = [&](std::string_view text, std::string_view own) {
    std::ofstream(file) << text;
    return version_news(file, own);
  };
  EXPECT_TRUE(news("0.10.0", "0.9.9")->newer);
  EXPECT_EQ(news("0.10.0", "0.9.9")->sentence, "0.10.0 is newer than this one, 0.9.9.");
  EXPECT_FALSE(news("0.9.9", "0.9.9")->newer);
  EXPECT_FALSE(news("0.9.9", "1.0.0")->newer);
  EXPECT_FALSE(news("nothing", "1.0.0")) << "no version is no news";
  EXPECT_FALSE(news(std::string(kMaxVersionBytes, 'x'), "1.0.0"));
  EXPECT_FALSE(version_news(file + "-missing", "1.0.0"));
  EXPECT_FALSE(version_news("https://", "1.0.0"));
}

}  // namespace
}  // namespace hk::app
