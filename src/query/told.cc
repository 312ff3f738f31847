#include "query/told.h"

#include <algorithm>

#include "base/text.h"
#include "query/rows.h"
#include "sql/query.h"
#include "store/attributes.h"

namespace hk::query {
namespace {

/// The one event's name that rows must have; nothing where they may have several.
bool of_one_name(const ResolvedPredicate& filter) {
  return std::ranges::any_of(filter.of, [](const ResolvedPredicate& child) {
    const ResolvedFilter& test = child.test;
    return child.kind == Junction::test && !test.negate && !test.pick && test.ids.size() == 1;
  });
}

/// Whether the rows of a property may say all that the part asks.
bool says_all(const Query& query, const Predicate& where, const Part& part) {
  return part.table == Table::events && !part.hot && !part.with_visits && query.dimensions.size() == 1 &&
         query.dimensions.front() == Dimension::property &&
         every_test(where, [](const Filter& test) { return test.dimension == Dimension::event_name; });
}

Result<bool> told_by_all(Snapshot& snapshot, std::uint32_t property, const ResolvedPredicate& filter,
                         const Part& part) {
  Parameters values;
  const std::string site = values.bind(static_cast<std::uint32_t>(snapshot.site().key));
  const std::string where = where_of(part, filter, site, values);
  const std::string key = values.bind(property);
  const std::string sql = fill(sql::query::told_by_all, {{"where", where}, {"key", key}});
  auto row = one_row(snapshot.connection(), sql, values.take());
  if (!row) return std::unexpected(row.error());
  return (*row)->i64(0) != 0;
}

}  // namespace

Result<void> read_told_alone(Snapshot& snapshot, const Query& query, const Predicate& where, Plan& plan) {
  for (Part& part : plan.parts) {
    if (!says_all(query, where, part)) continue;
    const auto filter = snapshot.filters().resolve(where);
    if (!filter) return std::unexpected(filter.error());
    const auto property = snapshot.filters().property_named(query.dimensions.front().parameter);
    if (!property) return std::unexpected(property.error());
    if (*property == 0) continue;
    const auto all = told_by_all(snapshot, *property, *filter, part);
    if (!all) return std::unexpected(all.error());
    if (!*all) continue;
    part.told = *property;
    if (!part.window.whole_days || !of_one_name(*filter)) continue;
    part.counting = Counting::bits;
    part.mask = store::kFirstOfValue;
  }
  return {};
}

}  // namespace hk::query
