#include "json/shape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/body.h"
#include "json/schema.h"

namespace hk::json {

enum class Size : std::uint8_t { small, large };
constexpr std::array<std::string_view, 2> names(Of<Size>) {
  return {"small", "large"};
}

struct Leaf {
  std::int64_t weight = 0;
};
constexpr auto shape(Of<Leaf>) {
  return json::shape("Leaf", field("weight", &Leaf::weight));
}

struct Tree {
  std::string name;
  Size size = Size::small;
  std::optional<TimeMs> planted;  // null
  std::optional<TimeMs> felled;   // left out
  std::string note;               // left out
  std::vector<Leaf> leaves;
  Entries<std::uint64_t> birds;
};
constexpr auto shape(Of<Tree>) {
  return json::shape("Tree", field("name", &Tree::name, one_of("oak", "elm")), field("size", &Tree::size),
                     field("planted", &Tree::planted), field("felled", &Tree::felled, LeftOut{}),
                     field("note", &Tree::note, LeftOut{}), field("leaves", &Tree::leaves),
                     field("birds", &Tree::birds));
}

Result<void> upper(std::string& text) {
  if (text == "bad") return fail(Code::invalid, "must not be bad");
  for (char& c : text) c = static_cast<char>(std::toupper(c));
  return {};
}

struct Order {
  std::string word;
  Secret<std::string> secret;
  std::optional<std::string> note;
  std::int64_t count = 7;
  std::optional<std::int64_t> limit;
  bool loud = true;
  std::optional<bool> sure;
  std::optional<std::vector<std::string>> tags;
};
constexpr auto shape(Of<Order>) {
  return json::shape("Order", field("word", &Order::word, TextRule{.length = {.max = 5}, .check = upper}),
                     field("secret", &Order::secret, StrRule{.required = true}),
                     field("note", &Order::note, StrRule{.max = 3}), field("count", &Order::count, IntRule{.min = 1}),
                     field("limit", &Order::limit, IntRule{.max = 9}), field("loud", &Order::loud),
                     field("sure", &Order::sure), field("tags", &Order::tags, ArrayRule{.max = 2}))
      .closed();
}

namespace {

using ::testing::HasSubstr;

TEST(Shape, AStructIsWrittenInTheOrderOfItsFields) {
  Tree tree{.name = "oak", .size = Size::large, .leaves = {{1}, {2}}, .birds = {{"wren", 3}, {"owl", 1}}};
  EXPECT_EQ(text_of(tree), R"({"name":"oak","size":"large","planted":null,"leaves":[{"weight":1},{"weight":2}],)"
                           R"("birds":{"wren":3,"owl":1}})");
  tree.felled = from_ms(0);
  tree.note = "hollow";
  EXPECT_THAT(text_of(tree), HasSubstr(R"("felled":"1970-01-01T00:00:00.000Z","note":"hollow")"));
  EXPECT_EQ(text_of(std::vector<Leaf>{{1}}), R"([{"weight":1}])");
}

TEST(Body, ReadsWhatIsThereAndLeavesWhatIsNot) {
  const auto least = read<Order>(R"({"secret":"s"})");
  ASSERT_TRUE(least) << least.error().message;
  EXPECT_EQ(least->count, 7);
  EXPECT_TRUE(least->loud);
  EXPECT_FALSE(least->note || least->limit || least->sure || least->tags);
  const auto all =
      read<Order>(R"({"word":"tea","secret":"s","note":"n","count":2,"limit":9,"loud":false,"sure":false,"tags":[]})");
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->word, "TEA") << "in the form that is kept";
  EXPECT_EQ(all->secret.reveal(), "s");
  EXPECT_EQ(all->note, "n");
  EXPECT_EQ(all->count, 2);
  EXPECT_EQ(all->limit, 9);
  EXPECT_FALSE(all->loud);
  EXPECT_EQ(all->sure, false);
  EXPECT_EQ(all->tags, std::vector<std::string>());
}

TEST(Body, TellsOfEveryWrongField) {
  const auto wrong = read<Order>(
      R"({"word":"bad","note":"long","count":0,"limit":10,"loud":1,"sure":"y","tags":["a","b","c"],"more":1})");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Code::invalid);
  EXPECT_EQ(wrong.error().field, "word");
  for (const char* field : {"word must not be bad", "secret", "note", "count", "limit", "loud", "sure", "tags",
                            "more is not a known field"})
    EXPECT_THAT(wrong.error().message, HasSubstr(field));
  EXPECT_EQ(read<Order>(R"({"word":"toolong","secret":"s"})").error().message.find(';'), std::string::npos)
      << "a text of the wrong length is not checked further";
  EXPECT_FALSE(read<Order>("[]"));
  EXPECT_FALSE(read<Order>("{"));
}

TEST(Schema, OfAnAnswerHasEveryFieldThatIsNotLeftOut) {
  Schemas named;
  EXPECT_EQ((schema_of<std::vector<Tree>, Direction::response>(named)),
            R"({"type":"array","items":{"$ref":"#/components/schemas/Tree"}})");
  ASSERT_EQ(named.size(), 2u);
  EXPECT_EQ(named["Tree"], R"({"type":"object","properties":{"name":{"type":"string","enum":["oak","elm"]},)"
                           R"("size":{"type":"string","enum":["small","large"]},)"
                           R"("planted":{"anyOf":[{"type":"string","format":"date-time"},{"type":"null"}]},)"
                           R"("felled":{"type":"string","format":"date-time"},"note":{"type":"string"},)"
                           R"("leaves":{"type":"array","items":{"$ref":"#/components/schemas/Leaf"}},)"
                           R"("birds":{"type":"object","additionalProperties":{"type":"integer"}}},)"
                           R"("required":["name","size","planted","leaves","birds"]})");
}

TEST(Schema, OfARequestHasItsLimits) {
  Schemas named;
  schema_of<Order, Direction::request>(named);
  const std::string& schema = named["Order"];
  EXPECT_THAT(schema, HasSubstr(R"("secret":{"type":"string","format":"password","maxLength":65536})"));
  EXPECT_THAT(schema, HasSubstr(R"("count":{"type":"integer","minimum":1})"));
  EXPECT_THAT(schema, HasSubstr(R"("tags":{"anyOf":[{"type":"array","maxItems":2,"items":{"type":"string"}},)"));
  EXPECT_THAT(schema, HasSubstr(R"("required":["secret"],"additionalProperties":false})"));
}

}  // namespace
}  // namespace hk::json
