#include "query/statement.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "base/text.h"
#include "sql/query.h"
#include "store/hit.h"

namespace hk::query {
namespace {

constexpr std::array<std::string_view, kMeasures> kMeasureNames{"visitors", "visits",    "bounces",
                                                                "duration", "pageviews", "events"};

/// Columns of visits that dimensions read; exit_page is computed for hot ones and therefore apart.
constexpr std::string_view kVisitColumns =
    "visit, entry_page, hostname, referrer_host, referrer_path, source, channel, utm_source, utm_medium, utm_campaign, "
    "utm_term, utm_content, browser, os, device, language, country";

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += separator;
    out += part;
  }
  return out;
}

std::string numbered(std::string_view letter, std::size_t n) {
  return std::string(letter) + std::to_string(n);
}

std::string_view table_name(Table table, bool hot) {
  switch (table) {
    case Table::visits:
      return hot ? "hot_visits" : "sealed_visits";
    case Table::hits:
      return hot ? "hot_hits" : "sealed_hits";
    case Table::events:
      return hot ? "hot_events" : "sealed_events";
  }
  return "";
}

std::string_view alias_of(Table table) {
  switch (table) {
    case Table::visits:
      return "v";
    case Table::hits:
      return "h";
    case Table::events:
      return "e";
  }
  return "";
}

/// The columns that a dimension groups by, in a part over `table`.
std::vector<std::string> columns_of(Dimension d, Table table, bool exits_apart) {
  if (d == Dimension::page) return {std::string(alias_of(table)) + ".page"};
  if (d == Dimension::event_name) return {"e.name"};
  if (d == Dimension::referrer) return {"v.referrer_host", "v.referrer_path"};
  if (d == Dimension::exit_page && exits_apart) return {"o.exit_page"};
  return {"v." + std::string(name_of(d))};  // columns of visits are named like their dimensions
}

std::size_t key_columns_of(Dimension d) {
  return d == Dimension::referrer ? 2 : 1;
}

/// Writes one statement. Lives as long as that takes.
class Builder {
 public:
  Builder(const Query& query, const Plan& plan, const std::vector<ResolvedFilter>& filters,
          const StatementContext& context)
      : query_(query), plan_(plan), filters_(filters), context_(context) {
    site_ = bind(static_cast<std::uint32_t>(context.site));
    for (const Dimension d : query.dimensions) {
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
    for (const Dimension d : names_) out.keys.push_back(key_columns_of(d));
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
    out.params = std::move(params_);
    return out;
  }

 private:
  std::string bind(db::DuckValue value) {
    params_.push_back(std::move(value));
    return numbered("$", params_.size());
  }

  // --- parts ---------------------------------------------------------------------------------------

  std::string part_sql(const Part& part) {
    const bool exits_apart = part.table == Table::visits && part.hot;
    // Days of visits stand in their rows; every other time is cut from instants, a quarter of an hour at a time:
    // converting each row with ICU would cost more than the rest of the query (reference cpp.md A11).
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
    for (const Dimension d : names_) {
      for (const std::string& column : columns_of(d, part.table, exits_apart)) {
        const std::string name = numbered("k", key++);
        inner.push_back(concat({column, " AS ", name}));
        outer.push_back(name);
      }
    }
    const bool distinct = part.measures.test(at(Measure::visitors)) && part.counting == Counting::distinct;
    if (by_instant && distinct) inner.push_back(who(part) + " AS who");
    for (std::size_t m = 0; m < kMeasures; ++m) {
      const std::string name(kMeasureNames[m]);
      if (!wanted().test(m)) continue;
      const bool here = part.measures.test(m);
      if (!by_instant) {
        inner.push_back((here ? measure(part, static_cast<Measure>(m)) : "0::BIGINT") + " AS " + name);
      } else if (here && distinct && m == at(Measure::visitors)) {
        outer.push_back("count(DISTINCT who) AS visitors");
      } else if (here) {
        inner.push_back(concat({measure(part, static_cast<Measure>(m)), " AS ", name}));
        outer.push_back(concat({"sum(", name, ")::BIGINT AS ", name}));
      } else {
        outer.push_back("0::BIGINT AS " + name);
      }
    }
    const std::string source = source_of(part);
    const std::string where = where_of(part, exits_apart);
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

  std::string time_of_quarter() {
    if (zone_.empty()) zone_ = bind(std::string(context_.zone));
    const std::string local = "timezone(" + zone_ + ", make_timestamptz(quarter * 900000000))";
    if (time_ == Dimension::time_hour) return "quarter * 900000 - extract('minute' FROM " + local + ") * 60000";
    if (time_ == Dimension::time_day) return "CAST(" + local + " AS DATE)";
    return "CAST(date_trunc('month', " + local + ") AS DATE)";
  }

  Measures wanted() const { return measures_of(query_.metrics); }

  static std::string who(const Part& part) {
    return std::string(alias_of(part.table)) + (part.hot ? ".visitor" : ".vd");
  }

  static std::string measure(const Part& part, Measure m) {
    const std::string row(part.table == Table::visits && part.hot ? "o" : alias_of(part.table));
    switch (m) {
      case Measure::visitors:
        if (part.counting == Counting::distinct) return "count(DISTINCT " + who(part) + ")";
        return "count(*) FILTER (" + row + ".bits & " + std::to_string(part.mask) + " <> 0)";
      case Measure::bounces:
        return "count(*) FILTER (" + row + ".pageviews = 1 AND " + row + ".events = 0)";
      case Measure::duration:
        return "coalesce(sum(" + row + ".duration), 0)::BIGINT";
      case Measure::visits:
      case Measure::pageviews:
      case Measure::events:
        return "count(*)";
    }
    return "";
  }

  /// FROM: the table of the part, and what else its columns need.
  std::string source_of(const Part& part) {
    const std::string alias(alias_of(part.table));
    std::string out = std::string(table_name(part.table, part.hot)) + ' ' + alias;
    if (part.table == Table::visits) {
      if (reads_outcomes(part)) out += " JOIN hot_outcomes o ON o.visit = v.visit";
      return out;
    }
    if (!part.with_visits) return out;
    const std::string first = bind(db::DateValue{part.window.days.first - kLongestVisitDays});
    const std::string last = bind(db::DateValue{part.window.days.last});
    const std::string sealed = "SELECT " + std::string(kVisitColumns) +
                               ", exit_page FROM sealed_visits WHERE site = " + site_ + " AND day >= " + first +
                               " AND day <= " + last;
    if (!part.hot) return out + " JOIN (" + sealed + ") v ON v.visit = " + alias + ".visit";
    // A hot view may belong to a visit that began on a day that is sealed by now.
    std::string hot = "SELECT v.* FROM (SELECT " + std::string(kVisitColumns) +
                      ", 0::UINTEGER AS exit_page FROM hot_visits WHERE site = " + site_ + ") v";
    if (part.with_exits) {
      hot = "SELECT v.*, o.exit_page FROM (SELECT " + std::string(kVisitColumns) +
            " FROM hot_visits WHERE site = " + site_ + ") v JOIN hot_outcomes o ON o.visit = v.visit";
    }
    return out + " JOIN (" + hot + " UNION ALL " + sealed + ") v ON v.visit = " + alias + ".visit";
  }

  // --- WHERE ---------------------------------------------------------------------------------------

  std::string where_of(const Part& part, bool exits_apart) {
    const std::string alias(alias_of(part.table));
    const Window& window = part.window;
    std::vector<std::string> tests{alias + ".site = " + site_};
    if (part.table == Table::visits && window.whole_days) {
      tests.push_back("v.day >= " + bind(db::DateValue{window.days.first}));
      tests.push_back("v.day <= " + bind(db::DateValue{window.days.last}));
    } else {
      const std::string instant = part.table == Table::visits ? "v.start" : alias + ".ts";
      tests.push_back(instant + " >= " + bind(window.from));
      tests.push_back(instant + " < " + bind(window.to));
    }
    std::vector<std::string> pages;
    std::vector<std::string> events;
    for (const ResolvedFilter& filter : filters_) {
      if (filter.dimension == Dimension::page) {
        if (part.table == Table::visits) {
          pages.push_back(test(filter, "h.page"));
        } else {
          tests.push_back(test(filter, alias + ".page"));
        }
      } else if (filter.dimension == Dimension::event_name) {
        if (part.table == Table::events) {
          tests.push_back(test(filter, "e.name"));
        } else {
          events.push_back(test(filter, "e.name"));
        }
      } else {
        tests.push_back(test(filter, columns_of(filter.dimension, part.table, exits_apart).front()));
      }
    }
    if (!pages.empty()) tests.push_back(alias + ".visit IN (" + visits_with(Table::hits, pages, window) + ")");
    if (!events.empty()) tests.push_back(alias + ".visit IN (" + visits_with(Table::events, events, window) + ")");
    return join(tests, " AND ");
  }

  /// The visits that have a page view or an event that passes all tests.
  std::string visits_with(Table table, const std::vector<std::string>& tests, const Window& window) {
    const std::string alias(alias_of(table));
    const std::string slack_from = bind(window.from - std::chrono::days(kLongestVisitDays));
    const std::string slack_to = bind(window.to + std::chrono::days(kLongestVisitDays));
    std::string where = " WHERE " + alias + ".site = " + site_ + " AND " + alias + ".ts >= " + slack_from + " AND " +
                        alias + ".ts < " + slack_to + " AND " + join(tests, " AND ");
    std::string out;
    for (const bool hot : {false, true}) {
      if (hot) out += " UNION ALL ";
      out += concat({"SELECT ", alias, ".visit FROM ", table_name(table, hot), " ", alias, where});
    }
    return out;
  }

  /// One filter on one column; referrers have their path's column beside.
  std::string test(const ResolvedFilter& filter, const std::string& column) {
    std::vector<std::string> any;
    const std::string path = "v.referrer_path";
    const auto picked = [&](const std::string& of, std::uint32_t pick) {
      return of + " IN (SELECT id FROM picked_texts WHERE pick = " + bind(pick) + ")";
    };
    if (!filter.ids.empty()) {
      const bool code = !codes_of(filter.dimension).empty();
      std::vector<std::string> ids;
      ids.reserve(filter.ids.size());
      for (const std::uint32_t id : filter.ids) {
        ids.push_back(code ? bind(static_cast<std::uint8_t>(id)) : bind(id));
      }
      any.push_back(column + " IN (" + join(ids, ", ") + ")");
    }
    for (const auto& [host_id, path_id] : filter.pairs) {
      any.push_back(concat({"(", column, " = ", bind(host_id), " AND ", path, " = ", bind(path_id), ")"}));
    }
    if (filter.pick) any.push_back(picked(column, *filter.pick));
    if (filter.path_pick) any.push_back(picked(path, *filter.path_pick));
    for (const auto& [hosts, paths] : filter.pick_pairs) {
      any.push_back("(" + picked(column, hosts) + " AND " + picked(path, paths) + ")");
    }
    if (any.empty()) return filter.negate ? "true" : "false";  // none of the texts was ever seen
    return (filter.negate ? "NOT (" : "(") + join(any, " OR ") + ")";
  }

  // --- result --------------------------------------------------------------------------------------

  std::size_t key_count() const {
    std::size_t n = 0;
    for (const Dimension d : names_) n += key_columns_of(d);
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
      const std::string name(kMeasureNames[m]);
      out.push_back(concat({"sum(", name, ")::BIGINT AS ", name}));
    }
    return join(out, ", ");
  }

  std::string only_these(const std::vector<Keys>& groups) {
    assert(!groups.empty());
    std::vector<bool> codes;
    std::vector<std::string> columns;
    for (const Dimension d : names_) {
      for (std::size_t k = 0; k < key_columns_of(d); ++k) codes.push_back(!codes_of(d).empty());
    }
    columns.reserve(codes.size());
    for (std::size_t k = 0; k < codes.size(); ++k) columns.push_back(numbered("k", k));
    std::vector<std::string> rows;
    rows.reserve(groups.size());
    for (const Keys& keys : groups) {
      std::vector<std::string> values;
      values.reserve(codes.size());
      for (std::size_t k = 0; k < codes.size(); ++k) {
        values.push_back(codes[k] ? bind(static_cast<std::uint8_t>(keys[k])) : bind(keys[k]));
      }
      rows.push_back(codes.size() == 1 ? values[0] : "(" + join(values, ", ") + ")");
    }
    const std::string left = columns.size() == 1 ? columns[0] : "(" + join(columns, ", ") + ")";
    return left + " IN (" + join(rows, ", ") + ")";
  }

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
      } else if (names_[i] == Dimension::referrer) {
        out +=
            "coalesce(" + numbered("t", key) + ".text, '') || coalesce(" + numbered("t", key + 1) + ".text, '')" + name;
      } else {
        out += "coalesce(" + numbered("t", key) + ".text, '')" + name;
      }
      key += key_columns_of(names_[i]);
    }
    return out;
  }

  std::string text_joins() const {
    std::string out;
    std::size_t key = 0;
    for (const Dimension d : names_) {
      const auto kinds = kinds_of(d);
      for (std::size_t k = 0; k < key_columns_of(d); ++k, ++key) {
        if (kinds.empty()) continue;
        const std::string t = numbered("t", key);
        out += concat({"\nLEFT JOIN texts ", t, " ON ", t, ".kind = ", std::to_string(static_cast<int>(kinds[k])),
                       " AND ", t, ".id = ", numbered("k", key)});
      }
    }
    return out;
  }

  std::string metric_columns() const {
    std::vector<std::string> out;
    out.reserve(query_.metrics.size());
    for (std::size_t i = 0; i < query_.metrics.size(); ++i) {
      out.push_back(concat({metric(query_.metrics[i]), " AS ", numbered("m", i)}));
    }
    return join(out, ", ");
  }

  /// Means and percentages of nothing are null.
  static std::string metric(Metric metric) {
    switch (metric) {
      case Metric::views_per_visit:
        return "pageviews / nullif(visits, 0)";
      case Metric::bounce_rate:
        return "100 * bounces / nullif(visits, 0)";
      case Metric::visit_duration:
        return "duration / nullif(visits, 0)";
      case Metric::visitors:
      case Metric::visits:
      case Metric::pageviews:
      case Metric::events:
        return std::string(name_of(metric)) + "::DOUBLE";
    }
    return "";
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
  const std::vector<ResolvedFilter>& filters_;
  const StatementContext& context_;
  std::optional<Dimension> time_;
  std::vector<Dimension> names_;  // the dimensions that are no time
  std::vector<db::DuckValue> params_;
  std::string site_;  // placeholder of the site's key
  std::string zone_;  // placeholder of the zone's name, once it is needed
};

template <class Enum>
std::vector<std::string_view> names_until(Enum last) {
  std::vector<std::string_view> out;
  for (std::size_t code = 0; code <= static_cast<std::size_t>(last); ++code) {
    out.push_back(store::name_of(static_cast<Enum>(code)));
  }
  return out;
}

}  // namespace

std::size_t Statement::key_columns() const {
  std::size_t n = 0;
  for (const std::size_t k : keys) n += k;
  return n;
}

std::vector<std::string_view> codes_of(Dimension dimension) {
  if (dimension == Dimension::channel) return names_until(store::Channel::campaign);
  if (dimension == Dimension::device) return names_until(store::Device::bot);
  return {};
}

std::vector<store::TextKind> kinds_of(Dimension dimension) {
  using store::TextKind;
  switch (dimension) {
    case Dimension::page:
    case Dimension::entry_page:
    case Dimension::exit_page:
      return {TextKind::page};
    case Dimension::hostname:
      return {TextKind::hostname};
    case Dimension::referrer:
      return {TextKind::referrer_host, TextKind::referrer_path};
    case Dimension::referrer_host:
      return {TextKind::referrer_host};
    case Dimension::source:
      return {TextKind::source};
    case Dimension::utm_source:
      return {TextKind::utm_source};
    case Dimension::utm_medium:
      return {TextKind::utm_medium};
    case Dimension::utm_campaign:
      return {TextKind::utm_campaign};
    case Dimension::utm_term:
      return {TextKind::utm_term};
    case Dimension::utm_content:
      return {TextKind::utm_content};
    case Dimension::country:
      return {TextKind::country};
    case Dimension::browser:
      return {TextKind::browser};
    case Dimension::os:
      return {TextKind::os};
    case Dimension::language:
      return {TextKind::language};
    case Dimension::event_name:
      return {TextKind::event_name};
    case Dimension::time_hour:
    case Dimension::time_day:
    case Dimension::time_month:
    case Dimension::channel:
    case Dimension::device:
      break;
  }
  return {};
}

std::string fill(std::string_view text, const std::vector<std::pair<std::string_view, std::string>>& parts) {
  std::string out;
  while (true) {
    const auto open = text.find("{{");
    out += text.substr(0, open);
    if (open == std::string_view::npos) return out;
    const auto close = text.find("}}", open);
    assert(close != std::string_view::npos);
    const auto part = std::ranges::find(parts, text.substr(open + 2, close - open - 2),
                                        &std::pair<std::string_view, std::string>::first);
    assert(part != parts.end() && "a placeholder without its part");
    out += part->second;
    text.remove_prefix(close + 2);
  }
}

std::string hot_outcomes_sql(bool exits) {
  if (!exits) return fill(sql::query::hot_outcomes, {{"newest", ""}, {"exit_page", ""}, {"exit_join", ""}});
  // The exit page is that of the visit's newest row: found by its offset, in half the time of arg_max.
  return fill(
      sql::query::hot_outcomes,
      {{"newest", ", max(log_offset) AS newest"},
       {"exit_page", ", p.page AS exit_page"},
       {"exit_join",
        "\nJOIN (SELECT log_offset, page FROM hot_hits WHERE site = $1 UNION ALL "
        "SELECT log_offset, page FROM hot_events WHERE site = $1) p ON p.log_offset = greatest(v.newest, a.newest)"}});
}

Statement statement_for(const Query& query, const Plan& plan, const std::vector<ResolvedFilter>& filters,
                        const StatementContext& context, const std::vector<Keys>* only) {
  assert(!plan.parts.empty());
  return Builder(query, plan, filters, context).build(only);
}

}  // namespace hk::query
