#include "http/encoding.h"

#include <brotli/decode.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <zlib.h>

namespace hk::http {
namespace {

std::string inflate_gzip(std::string_view bytes, std::size_t size) {
  std::string out(size + 1, '\0');
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

std::string decode_brotli(std::string_view bytes, std::size_t size) {
  std::string out(size + 1, '\0');
  std::size_t length = out.size();
  EXPECT_EQ(BrotliDecoderDecompress(bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()), &length,
                                    reinterpret_cast<std::uint8_t*>(out.data())),
            BROTLI_DECODER_RESULT_SUCCESS);
  out.resize(length);
  return out;
}

TEST(EncodingTest, ChoosesByQuality) {
  const auto all = [](std::string_view accept) { return choose_coding(accept, true, true); };
  EXPECT_EQ(all(""), Coding::identity);
  EXPECT_EQ(all("identity"), Coding::identity);
  EXPECT_EQ(all("gzip"), Coding::gzip);
  EXPECT_EQ(all("gzip, deflate, br"), Coding::br);
  EXPECT_EQ(all("gzip, deflate, br, zstd"), Coding::br);
  EXPECT_EQ(all("br;q=0.5, gzip;q=0.8"), Coding::gzip);
  EXPECT_EQ(all("br;q=0, gzip;q=0.001"), Coding::gzip);
  EXPECT_EQ(all("BR ; Q=1.0"), Coding::br);
  EXPECT_EQ(all("*"), Coding::br);
  EXPECT_EQ(all("*;q=0"), Coding::identity);
  EXPECT_EQ(all("*, br;q=0"), Coding::gzip);
  EXPECT_EQ(all("br;q=0, gzip;q=0"), Coding::identity);
  EXPECT_EQ(all("br;q=2, gzip"), Coding::gzip) << "a malformed q asks for nothing";
  EXPECT_EQ(all("br;q=, br2, xgzip"), Coding::identity);
  EXPECT_EQ(choose_coding("br, gzip", false, true), Coding::gzip);
  EXPECT_EQ(choose_coding("br", false, true), Coding::identity);
}

RC_GTEST_PROP(EncodingTest, CompressedTextComesBack, (const std::string& text)) {
  RC_ASSERT(inflate_gzip(compress(Coding::gzip, text), text.size()) == text);
  RC_ASSERT(decode_brotli(compress(Coding::br, text), text.size()) == text);
  RC_ASSERT(compress(Coding::identity, text) == text);
}

TEST(EncodingTest, TagsMatchWeaklyAndInLists) {
  EXPECT_TRUE(etag_matches("\"abc\"", "abc"));
  EXPECT_TRUE(etag_matches("W/\"abc\"", "abc"));
  EXPECT_TRUE(etag_matches("\"x\", \"abc\" , \"y\"", "abc"));
  EXPECT_TRUE(etag_matches("*", "abc"));
  for (const char* other : {"", "abc", "\"ab\"", "\"abcd\"", "\"abc", "w/\"abc\""})
    EXPECT_FALSE(etag_matches(other, "abc")) << other;
  EXPECT_NE(etag_of("a"), etag_of("b"));
  EXPECT_EQ(etag_of("a"), etag_of("a"));
}

TEST(EncodingTest, KnowsWhatPays) {
  EXPECT_TRUE(compressible("application/json"));
  EXPECT_TRUE(compressible("text/html; charset=utf-8"));
  EXPECT_FALSE(compressible("font/woff2"));
  EXPECT_FALSE(compressible(""));
}

}  // namespace
}  // namespace hk::http
