#include "import/source.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "base/testing/temp_dir.h"
#include "import/formats.h"

namespace hk::import {
namespace {

std::string gzipped(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

std::string zstandard(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

struct SourceTest : ::testing::Test {
  std::filesystem::path write(const std::string& bytes) {
    const auto file = dir.path() / "log";
    std::ofstream(file, std::ios::binary) << bytes;
    return file;
  }
  /// The lines; "damaged" where one cannot be read.
  std::vector<std::string> lines(const std::string& bytes) {
    std::vector<std::string> out;
    auto source = LogSource::open(write(bytes));
    EXPECT_TRUE(source);
    while (true) {
      const auto line = (*source)->next();
      if (!line) {
        EXPECT_EQ(line.error().code, Code::invalid);
        out.emplace_back("damaged");
        return out;
      }
      if (!*line) break;
      out.emplace_back(**line);
    }
    EXPECT_EQ((*source)->read_bytes(), bytes.size());
    EXPECT_EQ((*source)->size(), bytes.size());
    return out;
  }
  hk::testing::TempDir dir;
};

TEST_F(SourceTest, LinesAreTheSameHoweverTheyArePacked) {
  std::string text;
  std::vector<std::string> expected;
  for (int i = 0; i < 50'000; ++i) {
    expected.push_back("line " + std::to_string(i * 7919) + std::string(static_cast<std::size_t>(i % 50), 'x'));
    text += expected.back() + "\n";
  }
  expected.emplace_back("the last one has no end");
  text += expected.back();
  EXPECT_EQ(lines(text), expected);
  EXPECT_EQ(lines(gzipped(text)), expected);
  EXPECT_EQ(lines(zstandard(text)), expected);
  const auto half = text.size() / 2;
  EXPECT_EQ(lines(gzipped(text.substr(0, half)) + gzipped(text.substr(half))), expected) << "as logrotate appends";
  EXPECT_EQ(lines(zstandard(text.substr(0, half)) + zstandard(text.substr(half))), expected);
}

/// A writer that flushes ends blocks where it likes: the last one need not fit into what is left of the buffer.
TEST_F(SourceTest, WhatIsUnpackedIsReadToItsEndWhereverBlocksEnd) {
  std::string text, packed(4 * kReadBytes, '\0');
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> stream(ZSTD_createCCtx(), &ZSTD_freeCCtx);
  ZSTD_outBuffer out{packed.data(), packed.size(), 0};
  for (int block = 0; block < 3; ++block) {
    std::string part;
    while (part.size() < kReadBytes * 2 / 5) part += std::to_string(part.size() * 7919 + block) + "\n";
    ZSTD_inBuffer in{part.data(), part.size(), 0};
    ASSERT_EQ(ZSTD_compressStream2(stream.get(), &out, &in, block < 2 ? ZSTD_e_flush : ZSTD_e_end), 0u);
    text += part;
  }
  packed.resize(out.pos);
  EXPECT_EQ(lines(packed), lines(text));
  EXPECT_EQ(lines(gzipped(text)), lines(text));
}

TEST_F(SourceTest, EmptyFilesAndLinesAreThere) {
  EXPECT_TRUE(lines("").empty());
  EXPECT_EQ(lines("\n\na\n"), (std::vector<std::string>{"", "", "a"}));
}

TEST_F(SourceTest, WhatIsNotWholeIsSaid) {
  std::string text;
  while (text.size() < 100'000) text += std::to_string(text.size() * 7919) + "\n";
  for (const std::string& packed : {gzipped(text), zstandard(text)}) {
    EXPECT_EQ(lines(packed.substr(0, packed.size() - 4)).back(), "damaged");
  }
  std::string wrong = gzipped(text);  // zstd has a checksum only where one asked for it
  wrong[wrong.size() / 2] = static_cast<char>(wrong[wrong.size() / 2] ^ 0x55);
  EXPECT_EQ(lines(wrong).back(), "damaged");
}

TEST_F(SourceTest, AnEndlessLineCostsNoMemory) {
  const auto got = lines(std::string(3 * kReadBytes, 'x') + "\nnext\n");
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0].size(), kMaxLineBytes + 1);
  EXPECT_EQ(got[1], "next");
}

TEST_F(SourceTest, WhatIsNoFileIsRefused) {
  EXPECT_FALSE(LogSource::open(dir.path() / "missing"));
  EXPECT_FALSE(LogSource::open(dir.path()));
}

}  // namespace
}  // namespace hk::import
