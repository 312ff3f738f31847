#include "query/statement.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "base/text.h"
#include "query/dates.h"
#include "query/rows.h"
#include "query/writing.h"
#include "sql/query.h"

namespace hk::query {
namespace {

std::size_t key_columns(const Dimension& d) {
  return has_parameter(d) ? 1 : columns_of(d).size();
}

std::string who(const Part& part) {
  return std::string(alias_of(part.table)) + ".vd";
}

/// How many there are (db/ordinals.h).
std::string distinct_of(std::string_view who) {
  return concat({"ordinals(", who, ")::BIGINT"});
}

/// A measure over the rows of a part.
std::string measure_sql(const Part& part, Measure m) {
  if (m != Measure::visitors) {
    const std::string value = value_in_row(part, m);
    return value.empty() ? "count(*)" : concat({"coalesce(sum(", value, "), 0)::BIGINT"});
  }
  if (part.counting == Counting::distinct) return distinct_of(who(part));
  return concat({"count(*) FILTER (", alias_of(part.table), ".bits & ", std::to_string(part.mask), " <> 0)"});
}

/// Writes one statement. Lives as long as that takes.
class Builder {
 public:
  Builder(const Query& query, const Plan& plan, const ResolvedPredicate& filter, const StatementContext& context)
      : query_(query), plan_(plan), filter_(filter), context_(context), values_(context.properties) {
    site_ = bind(static_cast<std::uint32_t>(context.site));
    for (const Dimension& d : query.dimensions) {
      if (is_time(d)) {
        time_ = d;
      } else {
        names_.push_back(d);
      }
    }
  }

  Statement build(const std::vector<Keys>* only) {
    Statement out;
    out.time = time_.has_value();
    for (const Dimension& d : names_) {
      out.keys.push_back(key_columns(d));
      out.told_keys.insert(out.told_keys.end(), key_columns(d), has_parameter(d));
    }
    out.metrics = query_.metrics.size();

    std::vector<std::string> parts;
    parts.reserve(plan_.parts.size());
    for (const Part& part : plan_.parts) parts.push_back(part_sql(part));
    const std::string keys = key_list();
    out.sql = fill(sql::query::result, {{"parts", join(parts, "UNION ALL\n")},
                                        {"keys", keys},
                                        {"sums", sums()},
                                        {"only", only ? "WHERE " + only_these(*only) : ""},
                                        {"names", name_columns()},
                                        {"metrics", metric_columns()},
                                        {"texts", text_joins()},
                                        {"order", order(only == nullptr)}});
    out.params = values_.take();
    return out;
  }

 private:
  std::string bind(db::DuckValue value) { return values_.bind(std::move(value)); }

  // --- parts ---------------------------------------------------------------------------------------

  std::string part_sql(const Part& part) {
    // Days of visits stand in their rows; every other time is cut from instants, a quarter of an hour at a time:
    // converting each row with ICU would cost more than the rest of the query (docs/duckdb.md, 5).
    const bool by_instant = time_ && (part.table != Table::visits || time_ == Dimension::time_hour);
    std::vector<std::string> inner;
    std::vector<std::string> outer;
    if (by_instant) {
      outer.push_back(time_of_quarter() + " AS t");
    } else if (time_) {
      inner.push_back(
          std::string(time_ == Dimension::time_month ? "CAST(date_trunc('month', v.day) AS DATE)" : "v.day") + " AS t");
    }
    std::size_t key = 0;
    std::string regions;
    for (const Dimension& d : names_) {
      auto columns = part.told == 0 ? columns_in_row(d, part.table, values_) : std::vector<std::string>{"e.told"};
      if (d == Dimension::region) regions += stand_for_region(columns.front(), numbered("r", key));
      for (const std::string& column : columns) {
        const std::string name = numbered("k", key++);
        inner.push_back(concat({column, " AS ", name}));
        outer.push_back(name);
      }
    }
    const bool distinct = part.measures.test(at(Measure::visitors)) && part.counting == Counting::distinct;
    if (by_instant && distinct) inner.push_back(who(part) + " AS who");
    for (std::size_t m = 0; m < kMeasures; ++m) {
      const std::string name(kMeasureFacts[m].name);
      if (!wanted().test(m)) continue;
      const bool here = part.measures.test(m);
      if (!by_instant) {
        inner.push_back((here ? measure_sql(part, static_cast<Measure>(m)) : "0::BIGINT") + " AS " + name);
      } else if (here && distinct && m == at(Measure::visitors)) {
        outer.push_back(distinct_of("who") + " AS visitors");
      } else if (here) {
        inner.push_back(concat({measure_sql(part, static_cast<Measure>(m)), " AS ", name}));
        outer.push_back(concat({"sum(", name, ")::BIGINT AS ", name}));
      } else {
        outer.push_back("0::BIGINT AS " + name);
      }
    }
    const std::string where = where_of(part, filter_, site_, values_);
    const std::string source = source_of(part, site_, values_) + regions;
    if (!by_instant) {
      return fill(sql::query::part, {{"columns", join(inner, ", ")}, {"source", source}, {"where", where}});
    }
    return fill(sql::query::part_by_time,
                {{"columns", join(outer, ", ")},
                 {"instant", part.table == Table::visits ? "v.start" : std::string(alias_of(part.table)) + ".ts"},
                 {"inner_columns", join(inner, ", ")},
                 {"source", source},
                 {"where", where}});
  }

  /// Makes of the column of a place that of the place which stands for its region, by a join under this name.
  static std::string stand_for_region(std::string& column, const std::string& name) {
    std::string out =
        fill(sql::query::region_of, {{"region", fill(sql::query::region, {{"place", "text"}})},
                                     {"kind", std::to_string(static_cast<int>(kinds_of(Dimension::region).front()))},
                                     {"regions", name},
                                     {"key", column}});
    column = concat({"coalesce(", name, ".stands, 0::UINTEGER)"});
    return out;
  }

  std::string time_of_quarter() {
    if (time_of_quarter_.empty()) time_of_quarter_ = time_in(context_.zone);
    return time_of_quarter_;
  }
  /// By the zone of each quarter; the last date before a change goes on until the next one begins.
  std::string time_in(const db::Zone& zone) {
    const db::Zone* before = zone.before();
    const std::string local = "timezone(" + bind(zone.name()) + ", make_timestamptz(quarter * 900000000))";
    std::string own = concat({"CAST(", local, " AS DATE)"});
    if (time_ == Dimension::time_hour) own = concat({"quarter * 900000 - extract('minute' FROM ", local, ") * 60000"});
    if (time_ == Dimension::time_month) own = concat({"CAST(date_trunc('month', ", local, ") AS DATE)"});
    if (before == nullptr) return own;
    std::string earlier = time_in(*before);
    const Day last = zone.from() - 1;
    if (time_ != Dimension::time_hour)
      earlier = concat(
          {"least(", earlier, ", ", bind(db::DateValue{time_ == Dimension::time_day ? last : month_of(last)}), ")"});
    constexpr std::int64_t kQuarterMs = 900'000;
    return concat(
        {"CASE WHEN quarter < ", bind(to_ms(zone.switched()) / kQuarterMs), " THEN ", earlier, " ELSE ", own, " END"});
  }

  Measures wanted() const { return measures_of(query_.metrics); }

  // --- result --------------------------------------------------------------------------------------

  std::size_t key_count() const {
    std::size_t n = 0;
    for (const Dimension& d : names_) n += key_columns(d);
    return n;
  }

  std::string key_list() const {
    std::string out = time_ ? "t, " : "";
    for (std::size_t k = 0; k < key_count(); ++k) out += numbered("k", k) + ", ";
    return out;
  }

  std::string sums() const {
    std::vector<std::string> out;
    for (std::size_t m = 0; m < kMeasures; ++m) {
      if (!wanted().test(m)) continue;
      const std::string name(kMeasureFacts[m].name);
      out.push_back(concat({"sum(", name, ")::BIGINT AS ", name}));
    }
    return join(out, ", ");
  }

  std::string only_these(const std::vector<Keys>& groups) {
    assert(!groups.empty());
    std::vector<bool> codes;
    std::vector<std::string> columns;
    for (const Dimension& d : names_) {
      for (std::size_t k = 0; k < key_columns(d); ++k) columns.push_back(numbered("k", columns.size()));
      codes.insert(codes.end(), key_columns(d), !codes_of(d).empty());
    }
    std::vector<std::string> rows;
    rows.reserve(groups.size());
    for (const Keys& keys : groups) {
      std::vector<std::string> values;
      values.reserve(codes.size());
      for (std::size_t k = 0; k < codes.size(); ++k) {
        values.push_back(std::visit([&](const auto& key) { return bind_key(key, codes[k]); }, keys[k]));
      }
      rows.push_back(codes.size() == 1 ? values[0] : "(" + join(values, ", ") + ")");
    }
    const std::string left = columns.size() == 1 ? columns[0] : "(" + join(columns, ", ") + ")";
    return left + " IN (" + join(rows, ", ") + ")";
  }

  std::string bind_key(std::int64_t told, bool) { return bind(told); }
  std::string bind_key(std::uint32_t id, bool code) { return code ? bind(static_cast<std::uint8_t>(id)) : bind(id); }

  std::string name_columns() const {
    std::string out;
    std::size_t key = 0;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      const auto codes = codes_of(names_[i]);
      const std::string name = " AS " + numbered("n", i) + ", ";
      if (!codes.empty()) {
        out += "CASE " + numbered("k", key);
        for (std::size_t c = 0; c < codes.size(); ++c) {
          out += " WHEN " + std::to_string(c) + " THEN '" + std::string(codes[c]) + "'";
        }
        out += " ELSE '' END" + name;
      } else if (has_parameter(names_[i])) {
        out += concat({"coalesce(", numbered("t", key), ".text, ", number_told(numbered("k", key)), ", '')"}) + name;
      } else if (names_[i] == Dimension::network) {
        const std::string asn = numbered("k", key);
        out += fill(sql::query::network, {{"asn", asn}}) + name;
      } else {
        out += text_of(names_[i], key) + name;
      }
      key += key_columns(names_[i]);
    }
    return out;
  }

  /// The name that the texts of its keys, from `key` on, make.
  static std::string text_of(const Dimension& d, std::size_t key) {
    std::string first = concat({"coalesce(", numbered("t", key), ".text, '')"});
    if (d == Dimension::region) return fill(sql::query::region, {{"place", first}});
    if (key_columns(d) == 1) return first;
    const std::string second = numbered("t", key + 1) + ".text";
    return concat({first, " || coalesce(", attribute_of(d).between.empty() ? "" : "' ' || ", second, ", '')"});
  }

  std::string text_joins() const {
    std::string out;
    std::size_t key = 0;
    for (const Dimension& d : names_) {
      const auto kinds = has_parameter(d) ? std::vector{store::kPropertyValue} : kinds_of(d);
      for (std::size_t k = 0; k < key_columns(d); ++k, ++key) {
        if (kinds.empty()) continue;
        out += '\n' + fill(sql::query::text_join, {{"text", numbered("t", key)},
                                                   {"site", store::is_shared(kinds[k]) ? "0" : site_},
                                                   {"kind", std::to_string(static_cast<int>(kinds[k]))},
                                                   {"key", numbered("k", key)}});
      }
    }
    return out;
  }

  std::string metric_columns() const {
    std::vector<std::string> out;
    out.reserve(query_.metrics.size());
    for (std::size_t i = 0; i < query_.metrics.size(); ++i) {
      out.push_back(concat({sql_of(query_.metrics[i]), " AS ", numbered("m", i)}));
    }
    return join(out, ", ");
  }

  std::string order(bool limited) {
    std::vector<std::string> by;
    if (time_) by.emplace_back("t");
    if (!names_.empty()) {
      std::vector<Order> orders = query_.order;
      if (orders.empty()) orders.push_back({query_.metrics.front(), true});
      for (const Order& order : orders) {
        const char* direction = order.descending ? " DESC NULLS LAST" : " NULLS LAST";
        if (const auto* metric = std::get_if<Metric>(&order.by)) {
          const auto place = std::ranges::find(query_.metrics, *metric) - query_.metrics.begin();
          by.push_back(numbered("m", static_cast<std::size_t>(place)) + direction);
        } else if (const auto dimension = std::get<Dimension>(order.by); !is_time(dimension)) {
          const auto place = std::ranges::find(names_, dimension) - names_.begin();
          by.push_back(numbered("n", static_cast<std::size_t>(place)) + direction);
        }
      }
      for (std::size_t i = 0; i < names_.size(); ++i) by.push_back(numbered("n", i));
    }
    std::string out = by.empty() ? "" : "ORDER BY " + join(by, ", ");
    if (limited && !names_.empty()) out += "\nLIMIT " + bind(static_cast<std::int64_t>(query_.limit));
    return out;
  }

  const Query& query_;
  const Plan& plan_;
  const ResolvedPredicate& filter_;
  const StatementContext& context_;
  std::optional<Dimension> time_;
  std::vector<Dimension> names_;  // the dimensions that are no time
  Parameters values_;
  std::string site_;             // placeholder of the site's key
  std::string time_of_quarter_;  // once it is needed
};

}  // namespace

std::string value_in_row(const Part& part, Measure m) {
  return fill(facts_of(m).in_row, {{"row", std::string(alias_of(part.table))}});
}

Statement statement_for(const Query& query, const Plan& plan, const ResolvedPredicate& filter,
                        const StatementContext& context, const std::vector<Keys>* only) {
  assert(!plan.parts.empty());
  return Builder(query, plan, filter, context).build(only);
}

}  // namespace hk::query
