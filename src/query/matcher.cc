#include "query/matcher.h"

#include <chrono>

#include "base/text.h"
#include "query/query.h"
#include "sql/query.h"
#include "store/properties.h"

namespace hk::query {
namespace {

/// One filter on its column; referrers have their path's column behind their host's.
std::string test(const ResolvedFilter& filter, const std::vector<std::string>& columns, Parameters& values) {
  std::vector<std::string> any;
  const std::string& column = columns.front();
  const std::string& path = columns.back();
  const bool property = has_parameter(filter.dimension);
  const auto picked = [&](const std::string& of, std::uint32_t pick) {
    return fill(sql::query::is_picked, {{"column", of}, {"pick", values.bind(pick)}});
  };
  if (!filter.ids.empty()) {
    const bool code = !codes_of(filter.dimension).empty();
    std::vector<std::string> ids;
    ids.reserve(filter.ids.size());
    for (const std::uint32_t id : filter.ids) {
      ids.push_back(code       ? values.bind(static_cast<std::uint8_t>(id))
                    : property ? values.bind(std::int64_t{id})
                               : values.bind(id));
    }
    any.push_back(column + " IN (" + join(ids, ", ") + ")");
  }
  for (const std::int64_t number : filter.numbers)
    any.push_back(concat({column, " = ", values.bind(kToldZero + number)}));
  for (const std::string& text : filter.inside_numbers)
    any.push_back(concat({"coalesce(", text_test(filter.inside, number_told(column), values.bind(text)), ", false)"}));
  for (const std::int64_t number : filter.greater)
    any.push_back(concat({column, " > ", values.bind(kToldZero + number)}));
  for (const std::int64_t number : filter.less)
    any.push_back(concat({"(", column, " > ", values.bind(std::int64_t{UINT32_MAX}), " AND ", column, " < ",
                          values.bind(kToldZero + number), ")"}));
  for (const auto& [host_id, path_id] : filter.pairs) {
    const std::string host_place = values.bind(host_id);
    any.push_back(concat({"(", column, " = ", host_place, " AND ", path, " = ", values.bind(path_id), ")"}));
  }
  if (filter.pick) any.push_back(picked(column, *filter.pick));
  if (filter.path_pick) any.push_back(picked(path, *filter.path_pick));
  if (filter.both_pick)
    any.push_back(fill(sql::query::are_picked,
                       {{"columns", concat({column, ", ", path})}, {"pick", values.bind(*filter.both_pick)}}));
  for (const auto& [hosts, paths] : filter.pick_pairs) {
    const std::string host_test = picked(column, hosts);
    any.push_back("(" + host_test + " AND " + picked(path, paths) + ")");
  }
  if (any.empty()) return filter.negate ? "true" : "false";  // none of the texts was ever seen
  return (filter.negate ? "NOT (" : "(") + join(any, " OR ") + ")";
}

}  // namespace

Table rows_of(const Matcher& matcher) {
  const bool view = every_test(matcher.test, [](const Filter& test) { return stands_in(test.dimension, Table::hits); });
  return view ? Table::hits : Table::events;
}

Result<void> check(const Matcher& matcher) {
  if (tests_of(matcher.test) == 0) return fail(Code::invalid, "Say which page or event is meant");
  const bool of_one_row = every_test(matcher.test, [](const Filter& test) {
    return belongs_to(test.dimension, store::Owner::hit) || belongs_to(test.dimension, store::Owner::event);
  });
  if (!of_one_row) {
    return fail(Code::invalid,
                "A page view or an event is told by page, title, page_property, event_name and property");
  }
  const bool of_event = rows_of(matcher) == Table::events;
  if (of_event && filters_on_kind(matcher.test, Dimension::page_property)) {
    return fail(Code::invalid, "A page view tells page_property, an event event_name and property: not one row both");
  }
  return {};
}

std::vector<std::string> columns_in_row(const Dimension& d, Table table, Parameters& values) {
  if (has_parameter(d)) return {concat({"coalesce(", values.property(d.parameter), ".told, 0)"})};
  if (d == Dimension::title) {
    values.join_titles();
    return {"coalesce(tt.title, 0::UINTEGER)"};
  }
  if (d == Dimension::done_in_visit) return {concat({alias_of(table), ".visit"})};
  if (d == Dimension::done_in_day) return {concat({table == Table::vitals ? "v" : alias_of(table), ".vd"})};
  if (d == Dimension::agent) return {concat({alias_of(table), ".agent"})};
  if (d == Dimension::fetch_status) return {concat({alias_of(table), ".status::UINTEGER"})};
  const std::string_view alias = belongs_to(d, store::Owner::visit) ? "v" : alias_of(table);
  std::vector<std::string> out;
  for (const store::Attribute attribute : columns_of(d))
    out.push_back(concat({alias, ".", store::row_of(attribute).name}));
  return out;
}

/// What a filter looks at: titles are found by their pages.
std::vector<std::string> tested_columns(const Dimension& d, Table table, Parameters& values) {
  return columns_in_row(d == Dimension::title ? Dimension(Dimension::page) : d, table, values);
}

std::string row_test(const ResolvedPredicate& tree, Table table, Parameters& values) {
  if (tree.kind == Junction::test) return test(tree.test, tested_columns(tree.test.dimension, table, values), values);
  std::vector<std::string> parts;
  parts.reserve(tree.of.size());
  for (const ResolvedPredicate& child : tree.of) parts.push_back(row_test(child, table, values));
  return "(" + join(parts, tree.kind == Junction::all ? " AND " : " OR ") + ")";
}

std::string row_test(const ResolvedMatcher& matcher, Parameters& values) {
  if (matcher.test.kind != Junction::all) return row_test(matcher.test, matcher.rows, values);
  std::vector<std::string> parts;
  parts.reserve(matcher.test.of.size());
  for (const ResolvedPredicate& child : matcher.test.of) parts.push_back(row_test(child, matcher.rows, values));
  return join(parts, " AND ");
}

std::string text_test(Operator op, std::string_view text, std::string_view value) {
  switch (positive(op)) {
    case Operator::contains:
      return concat({"contains(lower(", text, "), lower(", value, "))"});
    case Operator::starts_with:
      return concat({"starts_with(lower(", text, "), lower(", value, "))"});
    case Operator::ends_with:
      return concat({"ends_with(lower(", text, "), lower(", value, "))"});
    case Operator::matches:
      return concat({"regexp_matches(", text, ", ", value, ")"});
    default:
      return concat({text, " = ", value});
  }
}

std::string rows_with(std::string_view column, const ResolvedMatcher& matcher, TimeMs from, TimeMs to,
                      std::string_view site, Parameters& values) {
  const std::string alias(alias_of(matcher.rows));
  auto around = values.take_properties();
  const std::string meant = row_test(matcher, values);
  const TimeMs slack_from = from - std::chrono::days(kLongestVisitDays);
  const TimeMs slack_to = to + std::chrono::days(kLongestVisitDays);
  const std::string first = values.bind(slack_from);
  const std::string last = values.bind(slack_to);
  const auto properties = values.take_properties();
  const auto joins = [&](bool hot) {
    values.put_back(properties);
    return property_joins(alias, hot, slack_from, slack_to, site, values);
  };
  const std::string sealed_joins = joins(false);
  const std::string hot_joins = joins(true);
  values.put_back(std::move(around));
  return fill(sql::query::rows_with, {{"row", alias},
                                      {"column", std::string(column)},
                                      {"sealed", std::string(table_name(matcher.rows, false))},
                                      {"hot", std::string(table_name(matcher.rows, true))},
                                      {"sealed_joins", sealed_joins},
                                      {"hot_joins", hot_joins},
                                      {"where", concat({alias, ".site = ", site, " AND ", alias, ".ts >= ", first,
                                                        " AND ", alias, ".ts < ", last, " AND ", meant})}});
}

std::string number_told(std::string_view column) {
  return fill(
      sql::query::number_told,
      {{"told", std::string(column)}, {"most", std::to_string(UINT32_MAX)}, {"zero", std::to_string(kToldZero)}});
}

std::string property_joins(std::string_view row, bool hot, TimeMs from, TimeMs to, std::string_view site,
                           Parameters& values) {
  std::string out;
  const auto properties = values.take_properties();
  for (std::size_t i = 0; i < properties.size(); ++i) {
    const std::string key = values.bind(properties[i]);
    // Of sealed properties the quarters that the time touches: their events say the rest.
    const std::string first = hot ? values.bind(from) : values.bind(store::quarter_of(from));
    const std::string last = hot ? values.bind(to) : values.bind(store::quarter_of(to) + 1);
    out += fill(sql::query::property, {{"row", std::string(row)},
                                       {"place", hot ? "log_offset" : "n"},
                                       {"time", hot ? "ts" : "quarter"},
                                       {"zero", std::to_string(kToldZero)},
                                       {"texts", hot ? "hot_event_texts" : "event_texts"},
                                       {"numbers", hot ? "hot_event_numbers" : "event_numbers"},
                                       {"site", std::string(site)},
                                       {"key", key},
                                       {"from", first},
                                       {"to", last},
                                       {"property", numbered("p", i)}});
  }
  return out;
}

}  // namespace hk::query
