#pragma once
// A question of one query, as most tests write it.

#include <optional>
#include <vector>

#include "query/query.h"

namespace hk::query::testing {

struct Single {
  std::vector<Metric> metrics;
  std::vector<Dimension> dimensions = {};
  std::vector<Filter> filters = {};
  Predicate where = {};  // beside the filters
  Range range;
  std::optional<Range> compare = {};
  std::vector<Order> order = {};
  std::uint32_t limit = 10;
  std::string number = {};

  Predicate filter() const { return normal(both(all_of(filters), where)); }
  Query query() const {
    return {.metrics = metrics,
            .dimensions = dimensions,
            .number = number,
            .filter = filter(),
            .order = order,
            .limit = limit};
  }
  Question question() const { return {.range = range, .compare = compare, .queries = {{"q", query()}}}; }
};

}  // namespace hk::query::testing
