#include "ingest/enrich/geo/range_table.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <vector>

#include "ingest/enrich/geo/range_table_writer.h"

namespace hk::ingest {
namespace {

constexpr std::uint64_t kEnd = std::numeric_limits<std::uint64_t>::max();

/// Bytes where a table may lie: at a multiple of 8, with nothing behind them.
class Placed {
 public:
  explicit Placed(std::string_view bytes) : words_(new std::uint64_t[bytes.size() / 8]), size_(bytes.size()) {
    std::memcpy(words_.get(), bytes.data(), size_);
  }
  char* data() { return reinterpret_cast<char*>(words_.get()); }
  std::string_view view() const { return {reinterpret_cast<const char*>(words_.get()), size_}; }

 private:
  std::unique_ptr<std::uint64_t[]> words_;
  std::size_t size_;
};

std::uint32_t one_by_one(const std::vector<Stretch>& all, std::uint64_t key) {
  std::uint32_t value = 0;
  for (const Stretch& s : all)
    if (s.first <= key) value = s.value;
  return value;
}

/// Stretches as they occur: many of few lengths, some of any, values that come again and values that don't.
std::vector<Stretch> some_stretches(std::uint64_t seed, std::size_t count) {
  std::mt19937_64 random(seed);
  std::vector<Stretch> out;
  std::uint64_t at = seed % 3 == 0 ? 0 : random() % 1000;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t kind = random() % 10;
    const auto value = static_cast<std::uint32_t>(kind < 6   ? random() % 5
                                                  : kind < 9 ? random() % 3000
                                                             : random() >> 33);
    out.push_back({at, value});
    const std::uint64_t gap =
        random() % 8 != 0 ? std::uint64_t{1} << random() % 9 : 1 + (random() >> (24 + random() % 30));
    if (gap > kEnd - at - 1) break;
    at += gap;
  }
  return out;
}

TEST(RangeTableProperty, FindsWhatALinearSearchFinds) {
  rc::check([](std::uint32_t seed) {
    const auto all = some_stretches(seed, *rc::gen::inRange<std::size_t>(0, 700));
    const Placed placed(write_range_table(all));
    const auto table = RangeTable::open(placed.view());
    RC_ASSERT(table.has_value());
    std::vector<std::uint64_t> keys = {0, 1, kEnd};
    for (const Stretch& s : all) keys.insert(keys.end(), {s.first, s.first + 1, s.first == 0 ? 0 : s.first - 1});
    for (const std::uint64_t key : keys) RC_ASSERT(table->find(key) == one_by_one(all, key));
  });
}

TEST(RangeTable, HoldsOneStretchAndNone) {
  const Placed none(write_range_table({}));
  EXPECT_EQ(RangeTable::open(none.view())->find(7), 0u);
  const Placed one(write_range_table(std::vector<Stretch>{{5, 9}}));
  const auto table = RangeTable::open(one.view());
  EXPECT_EQ(table->find(4), 0u);
  EXPECT_EQ(table->find(5), 9u);
  EXPECT_EQ(table->find(kEnd), 9u);
  EXPECT_EQ(RangeTable().find(1), 0u);
}

TEST(RangeTable, JoinsNeighboursOfOneValue) {
  const Placed placed(write_range_table(std::vector<Stretch>{{0, 1}, {5, 1}, {6, 2}, {9, 2}}));
  EXPECT_EQ(RangeTable::open(placed.view())->size(), 2u);
}

TEST(RangeTable, RefusesWhatIsCutShort) {
  const std::string bytes = write_range_table(some_stretches(1, 400));
  for (const std::size_t size : {std::size_t{0}, std::size_t{8}, std::size_t{3000}, bytes.size() - 8}) {
    const Placed placed(std::string_view(bytes).substr(0, size));
    EXPECT_FALSE(RangeTable::open(placed.view())) << size;
  }
}

/// The address sanitizer watches: a damaged table finds anything, but nothing beyond its own bytes.
TEST(RangeTable, DamageReadsNothingBeyond) {
  const std::string bytes = write_range_table(some_stretches(2, 500));
  std::mt19937_64 random(3);
  for (int round = 0; round < 300; ++round) {
    Placed placed(bytes);
    for (int i = 0; i < 20; ++i) placed.data()[random() % bytes.size()] = static_cast<char>(random());
    const auto table = RangeTable::open(placed.view());
    if (!table) continue;
    for (int i = 0; i < 50; ++i) static_cast<void>(table->find(random() >> random() % 64));
  }
}

}  // namespace
}  // namespace hk::ingest
