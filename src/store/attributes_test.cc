#include "store/attributes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <set>
#include <string>
#include <vector>

#include "base/testing/temp_dir.h"
#include "base/text.h"
#include "store/lane.h"
#include "store/rebuild.h"

namespace hk::store {
namespace {

using ::testing::ElementsAreArray;

std::string_view type_of(Column column) {
  switch (column) {
    case Column::text:
      return "UINTEGER";
    case Column::code:
      return "UTINYINT";
    case Column::number:
      return "USMALLINT";
    case Column::wide:
      return "UINTEGER";
  }
  return "";
}

std::vector<std::string> expected(std::span<const Attribute> attributes) {
  std::vector<std::string> out;
  for (const Attribute attribute : attributes)
    out.push_back(concat({row_of(attribute).name, " ", type_of(row_of(attribute).column)}));
  return out;
}

/// A new file with the migrated schema.
class AttributeTable : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = db::open_migrated(dir_ / "hitkeep.db", db::DuckOptions{}, lane_forms());
    ASSERT_TRUE(opened) << opened.error().message;
    database_ = std::move(*opened);
    connection_ = std::move(*database_->connect());
  }
  std::vector<std::string> texts(const std::string& sql) {
    std::vector<std::string> out;
    auto rows = connection_->query(sql);
    EXPECT_TRUE(rows) << (rows ? "" : rows.error().message);
    while (rows && (*rows)->next().value_or(false)) out.emplace_back((*rows)->text(0));
    return out;
  }
  /// "name type" of the columns of a table or view, in order.
  std::vector<std::string> columns(const std::string& table) {
    return texts("SELECT column_name || ' ' || data_type FROM duckdb_columns() WHERE table_name = '" + table +
                 "' ORDER BY column_index");
  }

  hk::testing::TempDir dir_;
  std::shared_ptr<db::DuckDatabase> database_;
  std::unique_ptr<db::DuckConnection> connection_;
};

TEST_F(AttributeTable, IsWhatEndsTheRowsOfTheTables) {
  const auto own = expected(kOwn), carried = expected(kCarried);
  for (const auto& [table, attributes] : {std::pair{"hot_hits", own},
                                          {"hot_events", own},
                                          {"hot_closed", carried},
                                          {"sealed_visits", carried},
                                          {"hot_visits_opened", carried}}) {
    const auto all = columns(table);
    ASSERT_GT(all.size(), attributes.size()) << table;
    const std::vector<std::string> last(all.end() - static_cast<std::ptrdiff_t>(attributes.size()), all.end());
    EXPECT_THAT(last, ElementsAreArray(attributes)) << table;
  }
  std::vector<std::string> visitors{"site UINTEGER", "day DATE", "vd UINTEGER", "log_offset UBIGINT"};
  std::ranges::copy(expected(kPinned), std::back_inserter(visitors));
  EXPECT_THAT(columns("hot_visitors"), ElementsAreArray(visitors));
}

TEST_F(AttributeTable, KnowsTheColumnsOfHitsAndEvents) {
  const auto has = [&](const char* table, Attribute attribute) {
    const auto all = columns(table);
    return std::ranges::count(all, expected(std::span(&attribute, 1)).front()) == 1;
  };
  for (const AttributeRow& row : kAttributeTable) {
    if (row.owner == Owner::visit) {
      EXPECT_TRUE(has("sealed_visits", row.id)) << row.name;
      EXPECT_TRUE(has("hot_visit_rows", row.id)) << row.name;
      continue;
    }
    EXPECT_TRUE(has("hot_events", row.id) && has("sealed_events", row.id)) << row.name;
    EXPECT_EQ(has("hot_hits", row.id), row.owner == Owner::hit) << row.name;
    EXPECT_EQ(has("sealed_hits", row.id), row.owner == Owner::hit) << row.name;
  }
}

TEST(Attributes, KindsOfTextsHaveNoGaps) {
  std::set<TextKind> kinds{kPropertyKey, kPropertyValue, kTitle, kItem, kAgent};
  EXPECT_EQ(kinds.size(), 5u);
  for (const AttributeRow& row : kAttributeTable)
    if (row.column == Column::text) kinds.insert(row.kind);
  EXPECT_EQ(kinds.size(), kTextKinds);
  EXPECT_EQ(*kinds.rbegin(), TextKind{kTextKinds - 1});
}

TEST(Attributes, OneKindIsSharedByAllItsColumns) {
  for (const AttributeRow& row : kAttributeTable)
    if (row.column == Column::text) EXPECT_EQ(is_shared(row.kind), row.shared) << row.name;
}

TEST_F(AttributeTable, IsWhatTheReadableViewShows) {
  std::set<std::string> shown;
  for (const std::string& name : texts("SELECT column_name FROM duckdb_columns() WHERE table_name = 'hits'"))
    shown.insert(name);
  for (const char* name : {"site_id", "session_id", "timestamp"}) EXPECT_EQ(shown.erase(name), 1u) << name;
  // Columns of the original that are not kept as pixels: empty.
  for (const char* name : {"screen_width", "screen_height", "viewport_width", "viewport_height"})
    EXPECT_EQ(shown.erase(name), 1u) << name;
  std::set<std::string> readable;
  for (const AttributeRow& row : kAttributeTable)
    for (const std::string_view name : row.readable)
      if (!name.empty()) readable.emplace(name);
  EXPECT_EQ(shown, readable);
}

TEST(Attributes, HaveBitsOfTheirOwn) {
  for (const Owner owner : {Owner::visit, Owner::hit}) {
    unsigned taken = owner == Owner::visit ? kFirstVisit : kFirstInVisit;
    for (const AttributeRow& row : kAttributeTable) {
      if (row.owner != owner || row.first_of_day == 0) continue;
      EXPECT_TRUE(std::has_single_bit(row.first_of_day)) << row.name;
      EXPECT_EQ(taken & row.first_of_day, 0u) << row.name;
      taken |= row.first_of_day;
    }
    EXPECT_LE(taken, 0xFFu);
  }
}

TEST(Attributes, AreWhatTheirColumnsNeed) {
  for (const AttributeRow& row : kAttributeTable) {
    EXPECT_EQ(row.longest > 0, row.column == Column::text) << row.name;
    EXPECT_EQ(!row.codes.empty(), row.column == Column::code) << row.name;
    EXPECT_FALSE(row.pinned && row.first_of_day != 0) << row.name << ": the first visit's bit serves what is pinned";
    EXPECT_TRUE(!row.within || row_of(*row.within).id < row.id) << row.name;
    if (row.owner == Owner::visit || row.said()) continue;
    ADD_FAILURE() << row.name << ": a hit's or an event's own attribute is what it says";
  }
}

TEST(Attributes, AScreenHasASizeClass) {
  Hit hit;
  const auto name = [&](int width) {
    hit.screen_width = static_cast<std::uint16_t>(width);
    return kSizeClassNames.at(row_of(Attribute::size_class).number(hit));
  };
  const std::pair<int, std::string_view> cases[] = {{0, "unknown"}, {1, "xs"},    {575, "xs"},  {576, "s"},
                                                    {991, "s"},     {992, "m"},   {1439, "m"},  {1440, "l"},
                                                    {1919, "l"},    {1920, "xl"}, {65535, "xl"}};
  for (const auto& [width, expected] : cases) EXPECT_EQ(name(width), expected) << width;
}

/// The views name codes in SQL: each code must read as it does everywhere.
TEST_F(AttributeTable, CodesAreReadableInTheViews) {
  for (const auto& [attribute, names] :
       {std::pair(Attribute::channel, std::span<const std::string_view>(kChannelNames)),
        std::pair(Attribute::size_class, std::span<const std::string_view>(kSizeClassNames)),
        std::pair(Attribute::device, std::span<const std::string_view>(kDeviceNames))}) {
    const std::string column(row_of(attribute).name);
    std::string sql = "BEGIN; INSERT INTO sites VALUES (1, uuid(), 'example.com');";
    for (std::size_t code = 0; code < names.size(); ++code) {
      std::string values;
      for (const std::string& one :
           texts("SELECT column_name FROM duckdb_columns() WHERE table_name = 'sealed_visits'"))
        values += (values.empty() ? "" : ", ") +
                  (one == "day"                      ? "DATE '2026-01-01'"
                   : one == "start"                  ? "TIMESTAMP_MS '2026-01-01'"
                   : one == "site"                   ? "1"
                   : one == "visit" || one == column ? std::to_string(code)
                                                     : "0") +
                  " AS " + one;
      sql += "INSERT INTO sealed_visits BY NAME SELECT " + values + ";";
    }
    ASSERT_TRUE(connection_->exec(sql));
    const auto shown =
        texts("SELECT coalesce(v." + column +
              ", 'unknown') FROM visits v JOIN (SELECT md5((SELECT site_id FROM sites)::VARCHAR || '/' || "
              "visit::VARCHAR)::UUID AS session_id, visit FROM sealed_visits) o USING (session_id) ORDER BY visit");
    EXPECT_THAT(shown, ElementsAreArray(std::vector<std::string>(names.begin(), names.end())));
    ASSERT_TRUE(connection_->exec("ROLLBACK"));
  }
}

}  // namespace
}  // namespace hk::store
