#include "store/properties.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace hk::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> told(std::string_view json) {
  std::vector<std::string> out;
  for (const Property& one : properties_of(json))
    out.push_back(one.key + (one.number ? "=" + std::to_string(*one.number) : ":" + one.text));
  return out;
}

TEST(Properties, AreTextsAndNumbers) {
  EXPECT_THAT(told(R"({"plan":"pro","price":12.5,"seats":3,"paid":true,"old":false})"),
              ElementsAre("plan:pro", "price=12500", "seats=3000", "paid:true", "old:false"));
  EXPECT_THAT(told(R"({"tags":["a",{"b":1}],"deep":{"x":[]}})"),
              ElementsAre("tags:[\"a\",{\"b\":1}]", "deep:{\"x\":[]}"));
  EXPECT_THAT(told(R"({"price":"12.5"})"), ElementsAre("price:12.5")) << "a text stays one";
}

TEST(Properties, ThatSayNothingAreNone) {
  for (const char* json : {"", "{}", "[]", "null", "7", "{", R"({"a":null,"b":"","":"c"})"})
    EXPECT_THAT(told(json), IsEmpty()) << json;
}

TEST(Properties, OfNumbersThousandthsAreExactOrATextIs) {
  EXPECT_EQ(thousandths_of("0"), 0);
  EXPECT_EQ(thousandths_of("-1.001"), -1001);
  EXPECT_EQ(thousandths_of("999999999999.999"), 999'999'999'999'999);
  for (const char* text : {"", "-", "-0", "1.", ".5", "01", "1.0001", "1e3", "1E2", "1000000000000", "NaN", "1 ", "+1"})
    EXPECT_EQ(thousandths_of(text), std::nullopt) << text;
  EXPECT_THAT(told(R"({"a":0.0001,"b":1e30})").size(), 2u);
  EXPECT_THAT(told(R"({"a":0.0001})").front().substr(0, 2), "a:");
}

RC_GTEST_PROP(Properties, ANumberReadsAsItIsWritten, ()) {
  const auto number = *rc::gen::inRange<std::int64_t>(-999'999'999'999'999, 999'999'999'999'999);
  RC_ASSERT(thousandths_of(text_of_thousandths(number)) == number);
}

}  // namespace
}  // namespace hk::store
