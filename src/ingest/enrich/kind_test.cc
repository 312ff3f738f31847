#include "ingest/enrich/kind.h"

#include <gtest/gtest.h>

#include <memory>

namespace hk::ingest {
namespace {

using namespace std::chrono_literals;

TEST(Kind, ADataCentreAloneHidesNobody) {
  EXPECT_TRUE(is_data_centre(16509));
  EXPECT_FALSE(is_data_centre(3320));
  EXPECT_FALSE(is_data_centre(0));
  const UserAgent chrome{.browser = "Chrome", .os = "Windows"};
  const ClientHints fits{.brands = R"("Google Chrome";v="146")", .platform = "Windows"};
  const ClientHints contradicts{.brands = R"("Google Chrome";v="146")", .platform = "Linux"};
  EXPECT_EQ(kind_of(chrome, fits, true, false), Bot::none);
  EXPECT_EQ(kind_of(chrome, fits, true, true), Bot::suspect);
  EXPECT_EQ(kind_of(chrome, contradicts, true, false), Bot::suspect);
  EXPECT_EQ(kind_of(chrome, contradicts, false, true), Bot::none) << "a second sign without the first";
  EXPECT_EQ(kind_of(chrome, {.brands = R"("HeadlessChrome";v="146")"}, false, false), Bot::automation);
  EXPECT_EQ(kind_of({.bot = Bot::search}, fits, true, true), Bot::search);
}

TEST(Bursts, SeeMoreThanAPersonCanDo) {
  const auto bursts = std::make_unique<Bursts>();
  const TimeMs morning = from_ms(1'795'600'800'000);
  for (std::uint32_t i = 0; i < Bursts::kMostInBurst; ++i) EXPECT_FALSE(bursts->add(7, morning)) << i;
  EXPECT_TRUE(bursts->add(7, morning));
  EXPECT_FALSE(bursts->add(8, morning)) << "another one";
  EXPECT_TRUE(bursts->add(7, morning + 3h)) << "it stays one for the day";
  EXPECT_FALSE(bursts->add(7, morning + 24h));
}

TEST(Bursts, LetALongVisitBe) {
  const auto bursts = std::make_unique<Bursts>();
  TimeMs at = from_ms(1'795'600'800'000);
  for (int i = 0; i < 1000; ++i, at += 1s) ASSERT_FALSE(bursts->add(7, at)) << i;
}

}  // namespace
}  // namespace hk::ingest
