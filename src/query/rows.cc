#include "query/rows.h"

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "sql/query.h"
#include "store/properties.h"

namespace hk::query {
namespace {

/// Hot page views stand apart from how they were looked at.
bool reads_looks(const Part& part) {
  constexpr Measures kLooks = bits_of({Measure::looked, Measure::seen_views, Measure::scrolled});
  return part.hot && part.table == Table::hits && (part.measures & kLooks).any();
}

/// Columns of visits that dimensions read.
const std::string& visit_columns() {
  static const std::string columns =
      "visit, vd, " + store::column_list(store::kSelected<[](const store::AttributeRow& row) {
        return row.owner == store::Owner::visit && !row.dimension.empty();
      }>);
  return columns;
}

/// Whose rows hold a dimension, seen from a row of `own`: visits' attributes come with every row.
Table row_with(Dimension::Kind dimension, Table own) {
  if (stands_in(dimension, own)) return own;
  return belongs_to(dimension, store::Owner::event) ? Table::events : Table::hits;
}

/// The table in whose rows all that a tree tests stands, `own` if it is there; none: in rows of several.
std::optional<Table> all_stand_in(const ResolvedPredicate& tree, Table own) {
  std::optional<Table> out;
  bool one = true;
  each_test(tree, [&](const ResolvedFilter& test) {
    const Table table = row_with(test.dimension, own);
    one = one && (!out || *out == table);
    out = table;
  });
  return one ? out : std::nullopt;
}

/// Writes the filters of one part.
class Conditions {
 public:
  Conditions(const Part& part, std::string_view site, Parameters& values) : part_(part), site_(site), values_(values) {}

  /// What a row of the part must pass so that all of a junction do.
  std::vector<std::string> of_all(const ResolvedPredicate& all) {
    std::vector<std::string> out;
    const Divided parts = divided(all, part_.table);
    for (const ResolvedPredicate& child : parts.here.of) {
      const bool own = all_stand_in(child, part_.table).has_value();
      out.push_back(own ? row_test(child, part_.table, values_) : of_one(child));
    }
    for (const auto& [table, matcher] : parts.elsewhere) {
      const std::string visits = rows_with("visit", matcher, part_.window.from, part_.window.to, site_, values_);
      out.push_back(concat({alias_of(part_.table), ".visit IN (", visits, ")"}));
    }
    return out;
  }

 private:
  std::string of_one(const ResolvedPredicate& node) {
    if (node.kind == Junction::all) return "(" + join(of_all(node), " AND ") + ")";
    std::vector<std::string> any;
    any.reserve(node.of.size());
    for (const ResolvedPredicate& child : node.of)
      any.push_back(join(of_all({.kind = Junction::all, .of = {child}}), " AND "));
    return "(" + join(any, " OR ") + ")";
  }

  const Part& part_;
  std::string_view site_;
  Parameters& values_;
};

}  // namespace

/// Tests side by side on what stands in other rows are about one such row.
Divided divided(const ResolvedPredicate& filter, Table table) {
  Divided out;
  for (const ResolvedPredicate& child : filter.of) {
    const auto other = all_stand_in(child, table);
    if (!other || *other == table) {
      out.here.of.push_back(child);
      continue;
    }
    ResolvedMatcher& matcher = out.elsewhere[*other];
    matcher.rows = *other;
    matcher.test.of.push_back(child);
  }
  return out;
}

std::string source_of(const Part& part, std::string_view site, Parameters& values) {
  const std::string alias(alias_of(part.table));
  std::string out = std::string(reads_looks(part) ? "hot_views" : table_name(part.table, part.hot)) + ' ' + alias;
  if (values.take_titles()) out += fill(sql::query::titles_of, {{"site", std::string(site)}, {"row", alias}});
  if (part.table == Table::visits) return out;
  if (part.told != 0)
    return fill(sql::query::told_rows,
                {{"site", std::string(site)}, {"key", values.bind(part.told)}, {"zero", std::to_string(kToldZero)}});
  out += property_joins(alias, part.hot, part.window.from, part.window.to, site, values);
  if (!part.with_visits) return out;
  const std::string key(site);
  const std::string first = values.bind(db::DateValue{part.window.days.first - kLongestVisitDays});
  const std::string last = values.bind(db::DateValue{part.window.days.last});
  const std::string sealed = fill(sql::query::sealed_visits_of,
                                  {{"columns", visit_columns()}, {"site", key}, {"first", first}, {"last", last}});
  std::string visits = sealed;
  if (part.hot) {
    // A hot view may belong to a visit that began on a day that is sealed by now.
    visits =
        fill(sql::query::hot_visits_of,
             {{"columns", visit_columns()}, {"visits", std::string(table_name(Table::visits, true))}, {"site", key}}) +
        " UNION ALL " + sealed;
  }
  return out + " JOIN (" + visits + ") v ON v.visit = " + alias + ".visit";
}

ResolvedPredicate read_as(const ResolvedPredicate& filter, std::optional<store::Attribute> page) {
  ResolvedPredicate out = filter;
  if (!page) return out;
  out.test.dimension = read_as(out.test.dimension, page);
  for (ResolvedPredicate& child : out.of) child = read_as(child, page);
  return out;
}

std::string where_of(const Part& part, const ResolvedPredicate& filter, std::string_view site, Parameters& values) {
  const std::string alias(alias_of(part.table));
  const Window& window = part.window;
  std::vector<std::string> tests{concat({alias, ".site = ", site})};
  if (part.table == Table::visits && window.whole_days) {
    tests.push_back("v.day >= " + values.bind(db::DateValue{window.days.first}));
    tests.push_back("v.day <= " + values.bind(db::DateValue{window.days.last}));
  } else if (part.told != 0) {
    tests.push_back("e.quarter >= " + values.bind(store::quarter_of(window.from)));
    tests.push_back("e.quarter < " + values.bind(store::quarter_of(window.to)));
  } else {
    const std::string instant = part.table == Table::visits ? "v.start" : alias + ".ts";
    tests.push_back(instant + " >= " + values.bind(window.from));
    tests.push_back(instant + " < " + values.bind(window.to));
  }
  for (std::string& condition : Conditions(part, site, values).of_all(read_as(filter, part.page)))
    tests.push_back(std::move(condition));
  return join(tests, " AND ");
}

}  // namespace hk::query
