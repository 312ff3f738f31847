#include "store/sidecar.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "store/testing/scratch.h"

namespace hk::store {
namespace {

TEST(Sidecar, IsReadBackWholeOrNotAtAll) {
  const testing::Scratch dir;
  const auto file = dir / "note";
  EXPECT_FALSE(read_sidecar(file));
  ASSERT_TRUE(save_sidecar(file, "first"));
  ASSERT_TRUE(save_sidecar(file, std::string("second\0", 7)));
  EXPECT_EQ(read_sidecar(file), std::string("second\0", 7));
  std::ifstream in(file, std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(in), {}};
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::ofstream(file, std::ios::binary) << whole.substr(0, i);
    EXPECT_FALSE(read_sidecar(file)) << "cut at " << i;
    std::string flipped = whole;
    flipped[i] = static_cast<char>(flipped[i] ^ 4);
    std::ofstream(file, std::ios::binary) << flipped;
    EXPECT_FALSE(read_sidecar(file)) << "flipped at " << i;
  }
}

TEST(Sidecar, SaysWhichFileCannotBeWritten) {
  const testing::Scratch dir;
  const auto refused = save_sidecar(dir / "nowhere" / "note", "text");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("nowhere/note"), std::string::npos);
}

}  // namespace
}  // namespace hk::store
