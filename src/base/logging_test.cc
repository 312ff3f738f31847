#include "base/logging.h"

#include <gtest/gtest.h>

#include <limits>

namespace hk::logging {
namespace {

TEST(Logging, TextQuotesOnlyWhereNeeded) {
  EXPECT_EQ(
      render(Level::warn, Format::text, 1732521844007, "disk is \"full\"",
             {{"path", "/var/lib"}, {"why", "no space"}, {"n", 3}, {"r", 0.5}, {"ok", false}, {"none", ""}}),
      "2024-11-25T08:04:04.007Z warn  disk is \"full\" path=/var/lib why=\"no space\" n=3 r=0.5 ok=false none=\"\"");
}

TEST(Logging, JsonIsOneObjectPerLine) {
  EXPECT_EQ(render(Level::error, Format::json, 0, "a\"b\nc", {{"k", "v\xFF"}, {"n", -7}, {"b", true}}),
            "{\"time\":\"1970-01-01T00:00:00.000Z\",\"level\":\"error\",\"msg\":\"a\\\"b\\nc\",\"k\":\"v\xEF\xBF\xBD\","
            "\"n\":-7,"
            "\"b\":true}");
}

TEST(Logging, NothingBreaksALine) {
  for (const Format format : {Format::text, Format::json}) {
    const std::string line = render(Level::info, format, 0, "one\ntwo\r", {{"k", "three\nfour"}});
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_EQ(line.find('\r'), std::string::npos);
  }
}

TEST(Logging, JsonHasNoInfinity) {
  const std::string line = render(Level::info, Format::json, 0, "m", {{"x", std::numeric_limits<double>::infinity()}});
  EXPECT_NE(line.find("\"x\":null"), std::string::npos);
}

}  // namespace
}  // namespace hk::logging
