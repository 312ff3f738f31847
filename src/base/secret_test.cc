#include "base/secret.h"

#include <gtest/gtest.h>

#include <string_view>

namespace hk {
namespace {

TEST(Secret, NothingOfItStaysBehind) {
  for (const std::size_t size : {5, 500}) {  // within the object, and on the heap
    std::string text(size, 'x');
    text.resize(3);  // what was longer before
    wipe(text);
    EXPECT_EQ(text, "");
    const std::string_view left(text.data(), text.capacity());
    EXPECT_EQ(left.find('x'), std::string_view::npos);
  }
}

TEST(Secret, AMovedFromOneHoldsNothing) {
  Secret<std::string> first(std::string("short"));
  const Secret<std::string> second(std::move(first));
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): what is looked at
  EXPECT_EQ(second.reveal(), "short");
  Secret<std::string> third;
  third = second;
  EXPECT_EQ(third.reveal(), "short");
}

}  // namespace
}  // namespace hk
