#include "query/stats.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>

#include "base/id.h"
#include "base/text.h"
#include "json/writer.h"
#include "query/dates.h"

namespace hk::query {

/// A row of a list.
struct StatsEntry {
  std::string name;
  double value;
};
constexpr auto shape(json::Of<StatsEntry>) {
  return json::shape("StatsEntry", json::field("name", &StatsEntry::name), json::field("value", &StatsEntry::value));
}
/// A point of the chart.
struct StatsBucket {
  TimeMs time;
  double pageviews;
  double visitors;
};
constexpr auto shape(json::Of<StatsBucket>) {
  return json::shape("StatsBucket", json::field("time", &StatsBucket::time),
                     json::field("pageviews", &StatsBucket::pageviews),
                     json::field("visitors", &StatsBucket::visitors));
}

namespace {

constexpr std::string_view kEntries = R"({"type":"array","items":{"$ref":"#/components/schemas/StatsEntry"}})";

constexpr std::uint32_t kListRows = 10;
constexpr std::string_view kDirect = "(Direct)";
constexpr std::string_view kUnknown = "(Unknown)";
constexpr std::string_view kUnspecified = "(Unspecified)";

/// A list of the object: what it counts by, and how it calls what is absent.
struct List {
  std::string_view key;
  Dimension::Kind dimension;
  Metric metric = Metric::pageviews;
  std::string_view absent = {};
};
constexpr std::array kLists{
    List{"top_pages", Dimension::page},
    List{"top_landing_pages", Dimension::entry_page, Metric::visits},
    List{"top_exit_pages", Dimension::exit_page, Metric::visits},
    List{"top_referrers", Dimension::referrer_host, Metric::pageviews, kDirect},
    List{"top_devices", Dimension::device},
    List{"top_countries", Dimension::country, Metric::pageviews, kUnknown},
    List{"top_browsers", Dimension::browser, Metric::pageviews, kUnknown},
    List{"top_languages", Dimension::language, Metric::pageviews, kUnspecified},
    List{"top_utm_campaigns", Dimension::utm_campaign, Metric::pageviews, kUnspecified},
    List{"top_utm_contents", Dimension::utm_content, Metric::pageviews, kUnspecified},
    List{"top_utm_mediums", Dimension::utm_medium, Metric::pageviews, kUnspecified},
    List{"top_utm_sources", Dimension::utm_source, Metric::pageviews, kUnspecified},
    List{"top_utm_terms", Dimension::utm_term, Metric::pageviews, kUnspecified},
};
/// What the object has a place for and nothing is known about yet.
constexpr std::array<std::string_view, 4> kEmptyLists{"top_cities", "top_providers", "top_asns", "top_ai_bots"};

struct TaggedHits {
  std::string_view key;
  Dimension::Kind dimension;
};
constexpr std::array kTaggedHits{
    TaggedHits{"utm_campaign_hits", Dimension::utm_campaign}, TaggedHits{"utm_content_hits", Dimension::utm_content},
    TaggedHits{"utm_medium_hits", Dimension::utm_medium}, TaggedHits{"utm_source_hits", Dimension::utm_source},
    TaggedHits{"utm_term_hits", Dimension::utm_term}};

/// Filters by the names of HitKeep 2.8.
struct FilterType {
  std::string_view name;
  Dimension::Kind dimension;
  std::string_view absent = {};
};
constexpr std::array kFilterTypes{FilterType{"path", Dimension::page},
                                  FilterType{"hostname", Dimension::hostname, "(unknown host)"},
                                  FilterType{"referrer", Dimension::referrer_host, "(direct)"},
                                  FilterType{"referrer_host", Dimension::referrer_host, "(direct)"},
                                  FilterType{"device", Dimension::device},
                                  FilterType{"country", Dimension::country, "(unknown)"},
                                  FilterType{"browser", Dimension::browser, "(unknown)"},
                                  FilterType{"language", Dimension::language, "(unspecified)"},
                                  FilterType{"utm_campaign", Dimension::utm_campaign, "(unspecified)"},
                                  FilterType{"utm_content", Dimension::utm_content, "(unspecified)"},
                                  FilterType{"utm_medium", Dimension::utm_medium, "(unspecified)"},
                                  FilterType{"utm_source", Dimension::utm_source, "(unspecified)"},
                                  FilterType{"utm_term", Dimension::utm_term, "(unspecified)"}};

Result<std::optional<TimeMs>> instant(const http::Request& request, std::string_view name) {
  const auto text = request.param(name);
  if (!text || text->empty()) return std::nullopt;
  const auto at = parse_instant(*text);
  if (!at) return fail(Code::invalid, "Invalid " + std::string(name) + ", expected RFC3339", std::string(name));
  return at;
}

/// Whether a value is one of the names for "absent": "(Direct)" or "direct".
bool is_absent(std::string_view value, std::string_view absent) {
  if (absent.empty()) return false;
  const std::string lower = ascii_lower(value);
  return lower == absent || lower == absent.substr(1, absent.size() - 2);
}

Result<Filter> stats_filter(std::string_view type_text, std::string_view value_text, std::string_view field) {
  const std::string type = ascii_lower(trim(type_text));
  const auto known = std::ranges::find(kFilterTypes, type, &FilterType::name);
  if (known == kFilterTypes.end()) return fail(Code::invalid, "invalid filter_type", std::string(field));
  std::string value(trim(value_text));
  if (is_absent(value, known->absent)) value.clear();
  if (known->dimension == Dimension::referrer_host || known->dimension == Dimension::hostname) {
    value = ascii_lower(value);
    if (value.starts_with("www.")) value.erase(0, 4);
  }
  if (known->dimension == Dimension::device) value = ascii_lower(value);
  return Filter{.dimension = known->dimension, .op = Operator::is, .values = {value}};
}

Result<std::vector<Filter>> stats_filters(const http::Request& request) {
  std::vector<Filter> out;
  for (const std::string& text : request.params("filter")) {
    if (trim(text).empty()) continue;
    const auto colon = text.find(':');
    if (colon == std::string::npos) return fail(Code::invalid, "invalid filter format", "filter");
    auto filter =
        stats_filter(std::string_view(text).substr(0, colon), std::string_view(text).substr(colon + 1), "filter");
    if (!filter) return std::unexpected(filter.error());
    out.push_back(std::move(*filter));
  }
  const std::string type = request.param("filter_type").value_or("");
  const std::string value = request.param("filter_value").value_or("");
  if (type.empty() != value.empty()) {
    return fail(Code::invalid, "filter_type and filter_value are required together",
                type.empty() ? "filter_type" : "filter_value");
  }
  if (!type.empty()) {
    auto filter = stats_filter(type, value, "filter_type");
    if (!filter) return std::unexpected(filter.error());
    out.push_back(std::move(*filter));
  }
  if (out.size() >= kMaxFilters) {  // one place is kept for this file's own
    return fail(Code::invalid, "At most " + std::to_string(kMaxFilters - 1) + " filters", "filter");
  }
  return out;
}

Dimension::Kind unit_of(const InstantRange& range) {
  const auto length = range.to - range.from - Millis(1);  // `to` is included in the parameters
  if (length < std::chrono::hours(48)) return Dimension::time_hour;
  return length >= std::chrono::days(180) ? Dimension::time_month : Dimension::time_day;
}

/// The start of a bucket from its label.
TimeMs bucket_start(std::string_view label, const db::Zone& zone) {
  if (const auto day = parse_date(label)) return zone.start_of(*day);
  return parse_instant(label).value_or(TimeMs{});
}

std::string language_base(std::string_view language) {
  return ascii_lower(trim(language.substr(0, language.find('-'))));
}

std::string display_name(const List& list, const std::string& name) {
  if (name.empty()) return std::string(list.absent);
  if (list.dimension != Dimension::device) return name;
  std::string out = name;
  out[0] = static_cast<char>(out[0] - 'a' + 'A');
  return out;
}

/// Counts under the names that the object uses: languages are put together by their base.
std::vector<std::pair<std::string, double>> list_rows(const List& list, const QueryResult& result) {
  std::map<std::string, double> sums;
  for (const Row& row : result.rows) {
    const std::string& name = row.dimensions[0];
    sums[display_name(list, list.dimension == Dimension::language ? language_base(name) : name)] +=
        row.metrics[0].value_or(0);
  }
  std::vector<std::pair<std::string, double>> out(sums.begin(), sums.end());
  std::ranges::sort(
      out, [](const auto& a, const auto& b) { return a.second != b.second ? a.second > b.second : a.first < b.first; });
  if (out.size() > kListRows) out.resize(kListRows);
  return out;
}

/// Builds the questions; results are read back by the same names.
class Stats {
 public:
  Stats(const site::Site& site, const StatsRequest& request, std::vector<Filter> filters)
      : site_(site), request_(request), filters_(std::move(filters)) {}

  Question question() const {
    Question out = period(request_.range);
    out.include.live_visitors = true;
    for (const List& list : kLists) {
      // Languages are folded afterwards.
      const std::uint32_t limit = list.dimension == Dimension::language ? kMaxRows : kListRows;
      add(out, list.key, {list.metric}, list.dimension, limit);
    }
    add(out, "top_ai_sources", {Metric::visits}, Dimension::source, kListRows, assistants());
    add(out, "ai_source_visits", {Metric::visits}, std::nullopt, 1, assistants());
    return out;
  }

  std::optional<Question> comparison() const {
    return request_.compare ? std::optional(period(*request_.compare)) : std::nullopt;
  }

  std::string json(const Answer& answer, const std::optional<Answer>& before) {
    json::Writer out;
    out.begin_object().field("live_visitors", answer.live_visitors);
    hold(answer);
    figures(out);
    chart(out);
    for (const List& list : kLists) write_list(out, list);
    for (const std::string_view key : kEmptyLists) out.key(key).begin_array().end_array();
    write_list(out, {"top_ai_sources", Dimension::source, Metric::visits});
    out.field("ai_bot_hits", 0).field("ai_source_visits", total("ai_source_visits", 0));
    tagged(out);
    out.key("goals").begin_array().end_array().key("funnels").begin_array().end_array();
    if (before) {
      hold(*before);
      out.key("comparison").begin_object();
      figures(out);
      chart(out);
      tagged(out);
      out.key("goals").begin_array().end_array().field("total_conversions", 0).end_object();
    }
    out.end_object();
    return out.take();
  }

 private:
  static Filter assistants() {
    return {.dimension = Dimension::channel, .op = Operator::is, .values = {"ai_assistant"}};
  }

  static void add(Question& to, std::string_view name, std::vector<Metric> metrics, std::optional<Dimension> dimension,
                  std::uint32_t limit, std::optional<Filter> extra = {}) {
    Query query{.metrics = std::move(metrics), .limit = limit};
    if (dimension) query.dimensions.push_back(*dimension);
    if (extra) query.filter = all_of({std::move(*extra)});
    to.queries.emplace_back(name, std::move(query));
  }

  Question period(const InstantRange& range) const {
    Question out{.range = range, .filter = all_of(filters_)};
    add(out, "figures",
        {Metric::pageviews, Metric::visits, Metric::bounce_rate, Metric::visit_duration, Metric::views_per_visit},
        std::nullopt, 1);
    add(out, "chart", {Metric::pageviews, Metric::visitors}, unit_of(range), 1);
    for (const auto& [key, dimension] : kTaggedHits) {
      add(out, key, {Metric::pageviews}, std::nullopt, 1,
          Filter{.dimension = dimension, .op = Operator::is_not, .values = {""}});
    }
    return out;
  }

  /// What the writers below read.
  void hold(const Answer& answer) {
    for (const auto& [name, found] : answer.results) results_[name] = &std::get<QueryResult>(found);
  }

  double total(std::string_view name, std::size_t metric) const {
    return results_.find(name)->second->rows.at(0).metrics.at(metric).value_or(0);
  }

  void figures(json::Writer& out) const {
    out.field("total_pageviews", total("figures", 0)).field("unique_sessions", total("figures", 1));
    out.field("bounce_rate", total("figures", 2)).field("avg_session_duration", total("figures", 3));
    out.field("pages_per_session", total("figures", 4));
  }

  void chart(json::Writer& out) const {
    out.key("chart_data").begin_array();
    for (const Row& row : results_.find("chart")->second->rows) {
      json::write(out, StatsBucket{.time = bucket_start(row.dimensions[0], *site_.zone),
                                   .pageviews = row.metrics[0].value_or(0),
                                   .visitors = row.metrics[1].value_or(0)});
    }
    out.end_array();
  }

  void tagged(json::Writer& out) const {
    for (const auto& [key, dimension] : kTaggedHits) out.field(key, total(key, 0));
  }

  void write_list(json::Writer& out, const List& list) const {
    out.key(list.key).begin_array();
    for (const auto& [name, value] : list_rows(list, *results_.find(list.key)->second)) {
      json::write(out, StatsEntry{.name = name, .value = value});
    }
    out.end_array();
  }

  const site::Site& site_;
  const StatsRequest& request_;
  std::vector<Filter> filters_;
  std::map<std::string, const QueryResult*, std::less<>> results_;
};

/// A filter on "de" means every language of that base, of those that the site has seen.
Result<std::vector<Filter>> with_languages(Snapshot& snapshot, const StatsRequest& request) {
  std::vector<Filter> out = request.filters;
  for (Filter& filter : out) {
    if (filter.dimension != Dimension::language || filter.values[0].empty()) continue;
    const Query languages{.metrics = {Metric::pageviews}, .dimensions = {Dimension::language}, .limit = kMaxRows};
    auto answer = snapshot.answer({.range = request.range, .queries = {{"languages", languages}}});
    if (!answer) return std::unexpected(answer.error());
    const std::string base = language_base(filter.values[0]);
    for (const Row& row : std::get<QueryResult>(answer->results[0].second).rows) {
      if (language_base(row.dimensions[0]) == base && filter.values.size() < kMaxFilterValues)
        filter.values.push_back(row.dimensions[0]);
    }
  }
  return out;
}

/// Only the parameters can be wrong, and they are instants.
Result<void> check_periods(const Stats& stats) {
  if (auto ok = check(stats.question()); !ok) return fail(Code::invalid, ok.error().message, "from");
  if (const auto comparison = stats.comparison()) {
    if (auto ok = check(*comparison); !ok) return fail(Code::invalid, ok.error().message, "compare_from");
  }
  return {};
}

Result<std::string> read_stats(Snapshot& snapshot, const StatsRequest& request) {
  auto filters = with_languages(snapshot, request);
  if (!filters) return std::unexpected(filters.error());
  Stats stats(snapshot.site(), request, std::move(*filters));
  auto answer = snapshot.answer(stats.question());
  if (!answer) return std::unexpected(answer.error());
  std::optional<Answer> before;
  if (const auto comparison = stats.comparison()) {
    auto other = snapshot.answer(*comparison);
    if (!other) return std::unexpected(other.error());
    before = std::move(*other);
  }
  return stats.json(*answer, before);
}

}  // namespace

std::string stats_schema(json::Schemas& named) {
  json::schema_of<StatsEntry, json::Direction::response>(named);
  json::schema_of<StatsBucket, json::Direction::response>(named);
  json::Writer out;
  std::vector<std::string_view> required;
  const auto part = [&](std::string_view key, std::string_view schema) {
    out.key(key).raw(schema);
    required.push_back(key);
  };
  const auto period = [&] {
    for (const std::string_view key :
         {"total_pageviews", "unique_sessions", "bounce_rate", "avg_session_duration", "pages_per_session"})
      part(key, R"({"type":"number"})");
    part("chart_data", R"({"type":"array","items":{"$ref":"#/components/schemas/StatsBucket"}})");
    for (const auto& [key, dimension] : kTaggedHits) part(key, R"({"type":"number"})");
    part("goals", R"({"type":"array","maxItems":0})");
  };
  const auto end = [&] {
    out.end_object().key("required").begin_array();
    for (const std::string_view key : required) out.value(key);
    out.end_array().end_object();
    required.clear();
  };
  out.begin_object().field("type", "object").key("properties").begin_object();
  period();
  part("total_conversions", R"({"type":"number"})");
  end();
  named["StatsComparison"] = out.take();

  out.begin_object().field("type", "object").key("properties").begin_object();
  part("live_visitors", R"({"type":"integer"})");
  period();
  for (const List& list : kLists) part(list.key, kEntries);
  for (const std::string_view key : kEmptyLists) part(key, kEntries);
  part("top_ai_sources", kEntries);
  for (const std::string_view key : {"ai_bot_hits", "ai_source_visits"}) part(key, R"({"type":"number"})");
  part("funnels", R"({"type":"array","maxItems":0})");
  out.key("comparison").raw(R"({"$ref":"#/components/schemas/StatsComparison"})");
  end();
  named["Stats"] = out.take();
  return R"({"$ref":"#/components/schemas/Stats"})";
}

Result<StatsRequest> read_stats_request(const http::Request& request, TimeMs now) {
  StatsRequest out;
  const auto from = instant(request, "from");
  const auto to = instant(request, "to");
  const auto compare_from = instant(request, "compare_from");
  const auto compare_to = instant(request, "compare_to");
  for (const auto* parameter : {&from, &to, &compare_from, &compare_to}) {
    if (!*parameter) return std::unexpected(parameter->error());
  }
  const TimeMs last = to->value_or(now + std::chrono::days(1));  // included, like compare_to
  out.range = {.from = from->value_or(last - std::chrono::days(30)), .to = last + Millis(1)};
  if (const auto &first = *compare_from, &end = *compare_to; first && end) {
    out.compare = InstantRange{.from = *first, .to = *end + Millis(1)};
  }
  for (const std::string_view name : {"goal_id", "funnel_id"}) {
    for (const std::string& id : request.params(name)) {
      if (!Uuid::parse(id)) return fail(Code::invalid, "Invalid " + std::string(name), std::string(name));
      return fail(Code::invalid, "This site has no such goal or funnel", std::string(name));
    }
  }
  auto filters = stats_filters(request);
  if (!filters) return std::unexpected(filters.error());
  out.filters = std::move(*filters);
  return out;
}

Result<std::string> stats(Engine& engine, const site::Site& site, const StatsRequest& request, const Asker& asker) {
  if (auto ok = check_periods(Stats(site, request, request.filters)); !ok) return std::unexpected(ok.error());
  return engine.read(site, asker, [&](Snapshot& snapshot) { return read_stats(snapshot, request); });
}

}  // namespace hk::query
