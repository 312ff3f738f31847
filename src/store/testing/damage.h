#pragma once
// What a damaged disk does to a DuckDB file.

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>

namespace hk::store::testing {

/// A block of a closed file says something else than was written, until mend(). Blocks are those of
/// pragma_storage_info.
class DamagedBlock {
 public:
  DamagedBlock(const std::filesystem::path& file, std::int64_t block)
      : file_(file), at_(3 * 4096 + block * (64 << 10) + 1'000) {
    EXPECT_GE(block, 0);
    std::fstream io(file_, std::ios::in | std::ios::out | std::ios::binary);
    io.seekg(at_);
    io.read(was_.data(), was_.size());
    io.seekp(at_);
    for (const char c : was_) io.put(static_cast<char>(~c));
    EXPECT_TRUE(io.good());
  }
  void mend() const {
    std::fstream io(file_, std::ios::in | std::ios::out | std::ios::binary);
    io.seekp(at_);
    io.write(was_.data(), was_.size());
    EXPECT_TRUE(io.good());
  }

 private:
  std::filesystem::path file_;
  std::int64_t at_;
  std::array<char, 512> was_{};
};

}  // namespace hk::store::testing
