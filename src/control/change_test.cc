#include "control/change.h"

#include <gtest/gtest.h>

namespace hk::control {
namespace {

TEST(ChangeRecord, ComesBackAsItWas) {
  const std::vector<Fence> fences{
      {LaneKey{1}, "one"}, {LaneKey{4'000'000'000}, std::string("\0two", 4)}, {LaneKey{2}, ""}};
  const std::string payload = encode("changes", fences);
  const auto record = decode_change(payload, kChangeVersion);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->changeset, "changes");
  ASSERT_EQ(record->fences.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(record->fences[i].lane, fences[i].lane);
    EXPECT_EQ(record->fences[i].bytes, fences[i].bytes);
  }
  EXPECT_EQ(decode_fences(payload, kChangeVersion)->size(), 3u);
  EXPECT_TRUE(decode_change(encode("", {}), kChangeVersion));
}

TEST(ChangeRecord, EveryCutAndEveryTailIsInvalid) {
  const std::string payload = encode("changes", std::vector<Fence>{{LaneKey{1}, "one"}});
  for (std::size_t n = 0; n < payload.size(); ++n) {
    const auto record = decode_change(std::string_view(payload).substr(0, n), kChangeVersion);
    ASSERT_FALSE(record) << n;
    EXPECT_EQ(record.error().code, Code::invalid);
  }
  EXPECT_FALSE(decode_change(payload + "x", kChangeVersion));
}

TEST(ChangeRecord, AFutureVersionIsNotInvalidButNotForUs) {
  const auto record = decode_change(encode("changes", {}), kChangeVersion + 1);
  ASSERT_FALSE(record);
  EXPECT_EQ(record.error().code, Code::unavailable);
  EXPECT_EQ(decode_change(encode("changes", {}), 0).error().code, Code::invalid);
}

TEST(ChangeRecord, HasALimitOfFences) {
  const std::vector<Fence> most(kMaxFences, Fence{LaneKey{1}, ""});
  EXPECT_TRUE(decode_change(encode("", most), kChangeVersion));
  std::vector<Fence> more = most;
  more.push_back({LaneKey{1}, ""});
  EXPECT_FALSE(decode_change(encode("", more), kChangeVersion));
}

}  // namespace
}  // namespace hk::control
