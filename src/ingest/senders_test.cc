#include "ingest/senders.h"

#include <gtest/gtest.h>

#include <array>

namespace hk::ingest {
namespace {

net::Ip visitor(unsigned number) {
  return net::Ip::from_v4({81, 7, static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)});
}

TEST(Senders, SayNothingOfFewHits) {
  Senders senders;
  for (std::uint64_t i = 1; i < kFewestSent; ++i) senders.add(visitor(1));
  EXPECT_EQ(senders.shares().one, 0);
  senders.add(visitor(1));
  EXPECT_EQ(senders.shares().one, 1);
}

TEST(Senders, ManyAreNotOne) {
  Senders senders;
  for (unsigned i = 0; i < 20'000; ++i) senders.add(visitor(i % 500));
  EXPECT_LT(senders.shares().one, 0.3);
  EXPECT_EQ(senders.shares().internal, 0);
}

TEST(Senders, FindsTheOneThatSendsMostAmongMany) {
  Senders senders;
  for (unsigned i = 0; i < 3'000; ++i) senders.add(i % 5 < 3 ? visitor(9) : visitor(i));
  EXPECT_NEAR(senders.shares().one, 0.6, 0.05);
}

TEST(Senders, ForgetsWhatWasLongAgo) {
  Senders senders;
  for (std::uint64_t i = 0; i < 2 * kSentWindow; ++i) senders.add(*net::Ip::parse("10.0.0.1"));
  EXPECT_EQ(senders.shares().internal, 1);
  for (unsigned i = 0; i < 5 * kSentWindow; ++i) senders.add(visitor(i));
  EXPECT_LT(senders.shares().one, 0.1);
  EXPECT_LT(senders.shares().internal, 0.1);
}

}  // namespace
}  // namespace hk::ingest
