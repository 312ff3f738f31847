#include "base/id.h"

#include <gtest/gtest.h>

namespace hk {
namespace {

TEST(Uuid, AcceptsTheFourShapesOfTheTrackerProtocol) {
  const std::string canonical = "0190163d-8694-739b-aea5-966c26f8ad91";
  for (const auto* text : {"0190163d-8694-739b-aea5-966c26f8ad91", "urn:uuid:0190163d-8694-739b-aea5-966c26f8ad91",
                           "{0190163D-8694-739B-AEA5-966C26F8AD91}", "0190163d8694739baea5966c26f8ad91"}) {
    const auto id = Uuid::parse(text);
    ASSERT_TRUE(id) << text;
    EXPECT_EQ(id->str(), canonical);
  }
}

TEST(Uuid, RefusesAnythingElse) {
  for (const auto* text : {"", "0190163d", "0190163d-8694-739b-aea5-966c26f8ad9g",
                           "0190163d+8694-739b-aea5-966c26f8ad91", "{0190163d-8694-739b-aea5-966c26f8ad91)"}) {
    EXPECT_FALSE(Uuid::parse(text)) << text;
  }
}

}  // namespace
}  // namespace hk
