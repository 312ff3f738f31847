#include "log/format.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <limits>
#include <utility>

#include "log/crc32c.h"

namespace hk::log {
namespace {

TEST(Crc32c, KnowsTheVectorsOfRfc3720) {
  std::string ascending, descending;
  for (int i = 0; i < 32; ++i) {
    ascending.push_back(static_cast<char>(i));
    descending.push_back(static_cast<char>(31 - i));
  }
  const std::pair<std::string, std::uint32_t> vectors[] = {{std::string(32, '\0'), 0x8A9136AA},
                                                           {std::string(32, '\xFF'), 0x62A8AB43},
                                                           {ascending, 0x46DD794E},
                                                           {descending, 0x113FDB5C},
                                                           {"123456789", 0xE3069283},
                                                           {"", 0}};
  for (const auto& [bytes, crc] : vectors) {
    EXPECT_EQ(crc32c(0, bytes), crc);
    EXPECT_EQ(detail::crc32c_portable(0, bytes), crc);
  }
}

RC_GTEST_PROP(Crc32c, IsTheSameWithAndWithoutHardwareAndInPieces, (const std::string& a, const std::string& b)) {
  RC_ASSERT(crc32c(0, a + b) == detail::crc32c_portable(0, a + b));
  RC_ASSERT(crc32c(crc32c(0, a), b) == crc32c(0, a + b));
}

SegmentHeader header() {
  return {.epoch = 7, .base = 6UL * 16384, .size = 16384, .salt = 42, .created_ms = 1'700'000'000'000};
}

TEST(SegmentHeader, ComesBackAndShowsEveryFlippedBit) {
  const auto block = encode(header());
  ASSERT_EQ(block.size(), kSegmentHeaderBytes);
  const auto back = decode_segment_header(block);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->epoch, 7u);
  EXPECT_EQ(back->base, 6u * 16384);
  EXPECT_EQ(back->size, 16384u);
  EXPECT_EQ(back->salt, 42u);
  EXPECT_EQ(back->created_ms, 1'700'000'000'000);
  for (std::size_t at = 0; at < block.size(); ++at) {
    auto broken = block;
    broken[at] ^= 1;
    EXPECT_FALSE(decode_segment_header(broken)) << at;
  }
  EXPECT_FALSE(decode_segment_header(std::string_view(block).substr(1)));
}

TEST(SegmentHeader, TellsForeignFromNewerFromDamaged) {
  auto block = encode(header());
  block[8] = static_cast<char>(kFormatVersion + 1);
  EXPECT_EQ(decode_segment_header(block).error(), HeaderProblem::newer);
  block[0] = 'X';
  EXPECT_EQ(decode_segment_header(block).error(), HeaderProblem::foreign);
  EXPECT_EQ(decode_segment_header(std::string(kSegmentHeaderBytes, '\0')).error(), HeaderProblem::damaged);
}

TEST(SegmentHeader, RefusesSizesThatHoldNothing) {
  auto bad = header();
  bad.size = kMinSegmentBytes - kBatchAlign;
  EXPECT_FALSE(decode_segment_header(encode(bad)));
  bad.size = kMinSegmentBytes + 1;
  EXPECT_FALSE(decode_segment_header(encode(bad)));
  bad.size = kMinSegmentBytes;
  EXPECT_TRUE(decode_segment_header(encode(bad)));
}

TEST(BatchHeader, PassesOnlyAtItsPlaceInItsSegment) {
  char bytes[kBatchHeaderBytes];
  const auto seed = seed_of(header());
  encode_batch_header({.bytes = 48, .records = 3, .previous_end = 99, .written_ms = 5}, seed, 4096, bytes);
  const std::string_view all(bytes, sizeof bytes);
  const auto back = decode_batch_header(all, seed, 4096);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->bytes, 48u);
  EXPECT_EQ(back->records, 3u);
  EXPECT_EQ(back->previous_end, 99u);
  EXPECT_EQ(back->written_ms, 5);
  EXPECT_FALSE(decode_batch_header(all, seed, 4608));
  auto other = header();
  other.epoch = 8;
  EXPECT_FALSE(decode_batch_header(all, seed_of(other), 4096));
  other = header();
  other.salt = 43;
  EXPECT_FALSE(decode_batch_header(all, seed_of(other), 4096));
  EXPECT_FALSE(decode_batch_header(all.substr(1), seed, 4096));
}

TEST(BatchHeader, TimesOfNoClockAreTheNearestThatAClockShows) {
  using Limits = std::numeric_limits<std::int64_t>;
  for (const auto& [written, read] : {std::pair{Limits::min(), std::int64_t{1}},
                                      {std::int64_t{0}, std::int64_t{1}},
                                      {Limits::max(), std::int64_t{253'402'300'799'999}}}) {
    char bytes[kBatchHeaderBytes];
    encode_batch_header({.bytes = 40, .records = 2, .written_ms = written}, 1, 4096, bytes);
    const auto back = decode_batch_header({bytes, sizeof bytes}, 1, 4096);
    ASSERT_TRUE(back) << written;
    EXPECT_EQ(back->written_ms, read);
  }
}

TEST(BatchHeader, RefusesCountsThatCannotBe) {
  char bytes[kBatchHeaderBytes];
  encode_batch_header({.bytes = 31, .records = 2}, 1, 4096, bytes);
  EXPECT_FALSE(decode_batch_header({bytes, sizeof bytes}, 1, 4096));
  encode_batch_header({.bytes = 16, .records = 0}, 1, 4096, bytes);
  EXPECT_FALSE(decode_batch_header({bytes, sizeof bytes}, 1, 4096));
}

RC_GTEST_PROP(RecordFrame, ComesBackAndShowsAnyFlippedBit,
              (const std::string& payload, std::uint32_t lane, std::uint8_t kind, std::uint8_t version)) {
  std::string framed;
  frame_record({.lane = lane, .kind = kind, .version = version, .payload = payload}, framed);
  seal_record(framed.data(), framed.size(), 11, 5000);
  RC_ASSERT(framed_size(framed) == framed.size());
  const auto bytes = framed + "what follows";
  const auto back = decode_record(bytes, 11, 5000);
  RC_ASSERT(back.has_value());
  RC_ASSERT(back->lane == lane && back->kind == kind && back->version == version && back->payload == payload);
  RC_ASSERT(!decode_record(framed, 11, 5001));
  RC_ASSERT(!decode_record(framed, 12, 5000));
  auto broken = framed;
  const auto at = *rc::gen::inRange<std::size_t>(0, framed.size());
  broken[at] = static_cast<char>(broken[at] ^ (1 << *rc::gen::inRange(0, 8)));
  RC_ASSERT(!decode_record(broken, 11, 5000));
}

TEST(RecordFrame, RefusesLengthsAboveTheLimit) {
  std::string framed;
  frame_record({.payload = ""}, framed);
  const auto too_long = static_cast<std::uint32_t>(kMaxPayloadBytes + 1);
  framed.replace(4, 4, reinterpret_cast<const char*>(&too_long), 4);
  EXPECT_EQ(framed_size(framed), 0u);
  EXPECT_EQ(framed_size("short"), 0u);
}

TEST(Names, AreStrict) {
  EXPECT_EQ(segment_name(7), "000000000007.seg");
  EXPECT_EQ(epoch_of("000000000007.seg", ".seg"), 7u);
  EXPECT_EQ(epoch_of(segment_name(1'234'567'890'123'456), ".seg"), 1'234'567'890'123'456u);
  for (const auto* name : {"7.seg", "0000000000007.seg", "000000000007.wipe", "00000000000x.seg", ".seg", "",
                           "-00000000007.seg", "000000000007.seg~"}) {
    EXPECT_FALSE(epoch_of(name, ".seg")) << name;
  }
}

}  // namespace
}  // namespace hk::log
