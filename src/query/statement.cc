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
  return columns_of(d).size() == 2 ? 2 : 1;
}

std::string who(const Part& part) {
  return std::string(alias_of(part.table)) + ".vd";
}

/// How many there are (db/ordinals.h).
std::string distinct_of(std::string_view who) {
  return concat({"ordinals(", who, ")::BIGINT"});
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
    const bool by_instant = time_ && (part.table != Table::visits || cuts_days(*time_));
    std::vector<std::string> inner;
    std::vector<std::string> outer;
    if (by_instant) {
      outer.push_back(time_of_quarter() + " AS t");
    } else if (time_) {
      inner.push_back(of_day("v.day") + " AS t");
    }
    std::size_t key = 0;
    std::string regions;
    for (const Dimension& d : names_) {
      auto columns = part.told == 0 ? columns_in_row(query::read_as(d, part.page), part.table, values_)
                                    : std::vector<std::string>{"e.told"};
      if (d == Dimension::region) regions += stand_for_region(columns.front(), numbered("r", key));
      for (const std::string& column : columns) {
        const std::string name = numbered("k", key++);
        inner.push_back(concat({column, " AS ", name}));
        outer.push_back(name);
      }
    }
    for (const MeasureFacts& facts : kMeasureFacts) {
      if (!wanted().test(at(facts.measure))) continue;
      const std::string as = concat({" AS ", facts.name});
      auto& last = by_instant ? outer : inner;
      if (!part.measures.test(at(facts.measure))) {
        last.push_back((facts.fold == Fold::list ? "[]::BIGINT[]" : "0::BIGINT") + as);
      } else if (by_instant && counts_different(part, facts)) {
        // Different ones of a quarter do not add up: they are told apart until all quarters are there.
        const std::string one = concat({"one_", facts.name});
        inner.push_back(concat({different(part, facts), " AS ", one}));
        outer.push_back(count_different(facts, one) + as);
      } else {
        inner.push_back(measure_sql(part, facts) + as);
        if (by_instant) outer.push_back(gathered(facts) + as);
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
                 {"ms", std::to_string(ms_apart())},
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

  // --- measures --------------------------------------------------------------------------------------

  static bool counts_different(const Part& part, const MeasureFacts& facts) {
    if (facts.measure == Measure::visitors) return part.counting == Counting::distinct;
    return facts.fold == Fold::distinct;
  }
  /// What there is a number of different ones of.
  static std::string different(const Part& part, const MeasureFacts& facts) {
    return facts.measure == Measure::visitors ? who(part) : value_in_row(part, facts.measure);
  }
  static std::string count_different(const MeasureFacts& facts, const std::string& one) {
    return facts.measure == Measure::visitors ? distinct_of(one) : concat({"count(DISTINCT ", one, ")"});
  }
  /// A measure of groups that are put together.
  static std::string gathered(const MeasureFacts& facts) {
    return facts.fold == Fold::list ? concat({"flatten(list(", facts.name, "))"})
                                    : concat({"sum(", facts.name, ")::BIGINT"});
  }
  /// A measure over the rows of a part.
  std::string measure_sql(const Part& part, const MeasureFacts& facts) {
    if (counts_different(part, facts)) return count_different(facts, different(part, facts));
    if (facts.measure == Measure::visitors)
      return concat({"count(*) FILTER (", alias_of(part.table), ".bits & ", std::to_string(part.mask), " <> 0)"});
    std::string told;
    if (facts.only == kTellsNumber) told = concat({"coalesce(", values_.property(query_.number), ".told, 0)"});
    const std::vector<std::pair<std::string_view, std::string>> parts{
        {"row", std::string(alias_of(part.table))},
        {"told", told},
        {"number", concat({"(", told, " - ", std::to_string(kToldZero), ")"})}};
    const std::string value = fill(facts.in_row, parts);
    std::string only = fill(facts.only, parts);
    if (!only.empty()) only = concat({" FILTER (", only, ")"});
    if (facts.fold == Fold::list) return concat({"coalesce(list(", value, ")", only, ", [])"});
    if (value.empty()) return concat({"count(*)", only});
    return concat({"coalesce(sum(", value, ")", only, ", 0)::BIGINT"});
  }

  // --- times -----------------------------------------------------------------------------------------

  /// Of which instants are cut: every zone's offset is a multiple of a quarter of an hour, but minutes are shorter.
  std::int64_t ms_apart() const { return time_ == Dimension::time_minute ? 60'000 : 900'000; }

  std::string time_of_quarter() {
    const std::string ms = concat({"quarter * ", std::to_string(ms_apart())});
    if (time_ == Dimension::time_minute) return ms;
    if (time_of_quarter_.empty()) time_of_quarter_ = time_in(context_.zone, ms);
    return time_of_quarter_;
  }
  /// By the zone of each quarter; the last date before a change goes on until the next one begins.
  std::string time_in(const db::Zone& zone, const std::string& ms) {
    const db::Zone* before = zone.before();
    const std::string local = concat({"timezone(", bind(zone.name()), ", make_timestamptz(", ms, "000))"});
    const std::string own = of_local(local, ms);
    if (before == nullptr) return own;
    std::string earlier = time_in(*before, ms);
    if (time_ != Dimension::time_hour && time_ != Dimension::hour_of_week)
      earlier = concat({"least(", earlier, ", ", of_day(bind(db::DateValue{zone.from() - 1})), ")"});
    return concat(
        {"CASE WHEN quarter < ", bind(to_ms(zone.switched()) / ms_apart()), " THEN ", earlier, " ELSE ", own, " END"});
  }
  /// The key of the time that begins at `ms`, which is `local` in the zone.
  std::string of_local(const std::string& local, const std::string& ms) const {
    if (time_ == Dimension::time_hour) return concat({ms, " - extract('minute' FROM ", local, ") * 60000"});
    if (time_ == Dimension::hour_of_week)
      return concat({"(extract('isodow' FROM ", local, ") - 1) * 24 + extract('hour' FROM ", local, ")"});
    return of_day(local);
  }

  /// The key of a day's time; `day`: a date or a local time.
  std::string of_day(const std::string& day) const {
    switch (time_.value_or(Dimension::time_day)) {
      case Dimension::time_week: {
        const std::string after = std::to_string(context_.first_weekday - 1);
        return concat({"(date_trunc('week', (", day, ")::DATE - ", after, ")::DATE + ", after, ")"});
      }
      case Dimension::time_month:
        return concat({"CAST(date_trunc('month', ", day, ") AS DATE)"});
      case Dimension::time_quarter:
        return concat({"CAST(date_trunc('quarter', ", day, ") AS DATE)"});
      default:
        return day == "v.day" ? day : concat({"CAST(", day, " AS DATE)"});
    }
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
    for (const MeasureFacts& facts : kMeasureFacts)
      if (wanted().test(at(facts.measure))) out.push_back(concat({gathered(facts), " AS ", facts.name}));
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
      } else if (names_[i] == Dimension::fetch_status) {
        out += numbered("k", key) + "::VARCHAR" + name;
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
      out.push_back(concat({sql_of(query_.metrics[i], context_.days), " AS ", numbered("m", i)}));
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
