#include "query/table.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "query/grid.h"
#include "query/plan.h"
#include "query/statement.h"
#include "query/told.h"

namespace hk::query {
namespace {

using MetricValues = std::vector<std::optional<double>>;

/// What nothing amounts to: a count of 0, a mean of null.
MetricValues zeros(const Query& query) {
  MetricValues out;
  for (const Metric metric : query.metrics)
    out.push_back(facts_of(metric).additive ? std::optional(0.0) : std::nullopt);
  return out;
}

MetricValues nulls(const Query& query) {
  return MetricValues(query.metrics.size());
}

/// A row as SQL gives it.
struct RawRow {
  std::int64_t time = 0;
  Keys keys;
  std::vector<std::string> names;
  MetricValues metrics;
};
struct RawRows {
  std::vector<RawRow> rows;
  std::uint64_t all = 0;  // without the limit
};

Result<RawRows> fetch(db::DuckConnection& connection, const Statement& statement) {
  auto rows = connection.query(statement.sql, statement.params);
  if (!rows) return std::unexpected(rows.error());
  RawRows out;
  while (true) {
    const auto more = (*rows)->next();
    if (!more) return std::unexpected(more.error());
    if (!*more) return out;
    RawRow& row = out.rows.emplace_back();
    std::size_t col = 0;
    if (statement.time) row.time = (*rows)->i64(col++);
    for (const bool told : statement.told_keys) {
      if (told) {
        row.keys.emplace_back((*rows)->i64(col++));
      } else {
        row.keys.emplace_back(static_cast<std::uint32_t>((*rows)->u64(col++)));
      }
    }
    for (std::size_t n = 0; n < statement.keys.size(); ++n) row.names.emplace_back((*rows)->text(col++));
    for (std::size_t m = 0; m < statement.metrics; ++m, ++col) {
      row.metrics.push_back((*rows)->is_null(col) ? std::nullopt : std::optional((*rows)->f64(col)));
    }
    out.all = (*rows)->u64(col);
  }
}

/// One query of a question.
class Run {
 public:
  Run(Snapshot& snapshot, const Question& question, std::size_t query, const Tallies& tallies,
      const std::optional<LocalTime>& until)
      : snapshot_(snapshot),
        question_(question),
        number_(query),
        query_(std::get<Query>(question.queries[query].second)),
        tallies_(tallies),
        ranking_(tallies.of(query)),
        until_(until),
        zone_(*snapshot.site().zone),
        compare_(compare_of(question, query_)),
        where_(filter_of(question, query_)) {}

  Result<QueryResult> answer() {
    if (ranking_ == nullptr) {
      auto filter = snapshot_.filters().resolve(where_);
      if (!filter) return std::unexpected(filter.error());
      filter_ = std::move(*filter);
      std::vector<Dimension> known = query_.dimensions;
      if (!query_.number.empty()) known.emplace_back(Dimension::property, query_.number);
      for (const Dimension& dimension : known)
        if (auto ok = snapshot_.filters().know(dimension); !ok) return std::unexpected(ok.error());
    }
    auto days = snapshot_.days();
    if (!days) return std::unexpected(days.error());
    days_ = *days;
    if (compare_)
      days_before_ = days_known(window_of(so_far(*compare_, until_, zone_), zone_), days_, snapshot_.today());
    if (by_time_alone(query_)) return by_time();
    return query_.dimensions.empty() ? totals() : lists();
  }

 private:
  /// Nothing is known of this time: before the site's first day with data, or still to come.
  bool unknown(TimeMs start, TimeMs end) const {
    if (measures_of(query_.metrics).test(at(Measure::fetches))) return start > snapshot_.now();  // servers tell them
    const auto first = days_.first();
    return !first || end <= zone_.start_of(*first) || start > snapshot_.now();
  }
  bool running(TimeMs start, TimeMs end) const { return start <= snapshot_.now() && snapshot_.now() < end; }

  Plan plan_of(const Range& range) const { return plan(query_, where_, range, zone_, days_); }

  Keys keys_of(std::uint64_t key) const {
    Keys out;
    if (!query_.dimensions.empty() && has_parameter(query_.dimensions[0])) return {static_cast<std::int64_t>(key)};
    const auto columns = query_.dimensions.empty() ? 0 : columns_of(query_.dimensions[0]).size();
    if (columns == 2) out.emplace_back(static_cast<std::uint32_t>(key >> 32));
    if (columns > 0) out.emplace_back(static_cast<std::uint32_t>(key));
    return out;
  }

  /// The figures that are there already.
  RawRows ranked() const {
    RawRows out{.rows = {}, .all = ranking_->all};
    for (const Ranked& row : ranking_->rows)
      out.rows.push_back({static_cast<std::int64_t>(row.key), keys_of(row.key), row.names, row.metrics});
    return out;
  }
  RawRows ranked_before() const {
    RawRows out;
    tallies_.before(number_).each([&](std::uint64_t key, const Sums& sums) {
      out.rows.push_back(
          {static_cast<std::int64_t>(key), keys_of(key), {}, values_of(query_.metrics, sums, days_before_)});
    });
    return out;
  }

  enum class Period : std::uint8_t { asked, other };
  /// Runs one planned range; no rows where there is nothing to read.
  Result<RawRows> rows_of(const Plan& plan, Period period, const std::vector<Keys>* only = nullptr) {
    if (ranking_ != nullptr) return period == Period::asked ? ranked() : ranked_before();
    if (plan.parts.empty() || (only && only->empty())) return RawRows{};
    if (std::ranges::any_of(plan.parts, reads_hot_visits)) {
      if (auto ok = snapshot_.make_hot_visits(); !ok) return std::unexpected(ok.error());
    }
    Plan read = plan;
    if (auto ok = read_told_alone(snapshot_, query_, where_, read); !ok) return std::unexpected(ok.error());
    return fetch(snapshot_.connection(), statement_for(query_, read, filter_,
                                                       {.site = snapshot_.site().key,
                                                        .zone = zone_,
                                                        .properties = snapshot_.filters().properties(),
                                                        .days = days_known(plan.window, days_, snapshot_.today()),
                                                        .first_weekday = snapshot_.first_weekday()},
                                                       only));
  }

  Result<MetricValues> total(const Range& range, Period period) {
    const Plan plan = plan_of(range);
    if (unknown(plan.window.from, plan.window.to)) return nulls(query_);
    auto rows = rows_of(plan, period);
    if (!rows) return std::unexpected(rows.error());
    return rows->rows.empty() ? zeros(query_) : rows->rows.front().metrics;
  }

  Result<QueryResult> totals() {
    auto metrics = total(question_.range, Period::asked);
    if (!metrics) return std::unexpected(metrics.error());
    Row row{.dimensions = {}, .metrics = std::move(*metrics), .compare = {}};
    const Window window = window_of(question_.range, zone_);
    row.partial = running(window.from, window.to);
    if (compare_) {
      auto compare = total(so_far(*compare_, until_, zone_), Period::other);
      if (!compare) return std::unexpected(compare.error());
      row.compare = std::move(*compare);
    }
    return QueryResult{.rows = {std::move(row)}, .more = 0};
  }

  Result<std::vector<Bucket>> times_of(const Window& window, Period period) {
    if (ranking_ != nullptr) return tallies_.times(number_, period == Period::other);
    return grid(query_.dimensions[0], window, zone_, snapshot_.first_weekday(), snapshot_.connection());
  }

  Result<std::vector<Row>> buckets(const Range& range, Period period) {
    const Plan plan = plan_of(range);
    auto times = times_of(plan.window, period);
    if (!times) return std::unexpected(times.error());
    auto rows = rows_of(plan, period);
    if (!rows) return std::unexpected(rows.error());
    std::map<std::int64_t, MetricValues> found;
    for (RawRow& row : rows->rows) found.emplace(row.time, std::move(row.metrics));
    std::vector<Row> out;
    for (Bucket& bucket : rows_by(std::move(*times), query_.dimensions[0])) {
      const auto at = found.find(bucket.key);
      out.push_back({.dimensions = {std::move(bucket.label)},
                     .metrics = at != found.end()                   ? std::move(at->second)
                                : unknown(bucket.start, bucket.end) ? nulls(query_)
                                                                    : zeros(query_),
                     .compare = {},
                     .partial = running(bucket.start, bucket.end)});
    }
    return out;
  }

  Result<QueryResult> by_time() {
    auto rows = buckets(question_.range, Period::asked);
    if (!rows) return std::unexpected(rows.error());
    if (compare_) {
      auto compare = buckets(*compare_, Period::other);
      if (!compare) return std::unexpected(compare.error());
      for (std::size_t i = 0; i < rows->size(); ++i) {
        (*rows)[i].compare = i < compare->size() ? std::move((*compare)[i].metrics) : nulls(query_);
      }
    }
    return QueryResult{.rows = std::move(*rows), .more = 0};
  }

  Result<QueryResult> lists() {
    const Plan plan = plan_of(question_.range);
    auto found = rows_of(plan, Period::asked);
    if (!found) return std::unexpected(found.error());
    std::map<std::int64_t, Bucket> times;
    if (is_time(query_.dimensions[0])) {
      auto list = grid(query_.dimensions[0], plan.window, zone_, snapshot_.first_weekday(), snapshot_.connection());
      if (!list) return std::unexpected(list.error());
      for (Bucket& bucket : rows_by(std::move(*list), query_.dimensions[0]))
        times.emplace(bucket.key, std::move(bucket));
    }
    std::map<Keys, MetricValues> before;
    if (compare_) {
      auto rows = compare_lists(so_far(*compare_, until_, zone_), found->rows);
      if (!rows) return std::unexpected(rows.error());
      before = std::move(*rows);
    }
    QueryResult out{.rows = {}, .more = found->all - found->rows.size()};
    for (RawRow& raw : found->rows) {
      Row& row = out.rows.emplace_back();
      row.partial = running(plan.window.from, plan.window.to);
      if (!times.empty()) {
        const Bucket& bucket = times.at(raw.time);
        row.dimensions.push_back(bucket.label);
        row.partial = running(bucket.start, bucket.end);
      }
      std::ranges::move(raw.names, std::back_inserter(row.dimensions));
      name_networks(row);
      row.metrics = std::move(raw.metrics);
      if (compare_) row.compare = before.at(raw.keys);
    }
    return out;
  }

  /// Says who runs a network: only rows that are shown are looked up.
  void name_networks(Row& row) const {
    for (std::size_t i = 0; i < query_.dimensions.size(); ++i) {
      if (query_.dimensions[i] != Dimension::network) continue;
      const auto asn = network_in(row.dimensions[i]);
      row.dimensions[i] = network_text(asn.value_or(0), snapshot_.kept().provider_of);
    }
  }

  /// The same groups in the comparison; those that are not there amount to nothing.
  Result<std::map<Keys, MetricValues>> compare_lists(const Range& range, const std::vector<RawRow>& rows) {
    const Plan plan = plan_of(range);
    std::map<Keys, MetricValues> out;
    std::vector<Keys> only;
    const bool known = !unknown(plan.window.from, plan.window.to);
    for (const RawRow& row : rows) {
      only.push_back(row.keys);
      out.emplace(row.keys, known ? zeros(query_) : nulls(query_));
    }
    if (ranking_ != nullptr) {
      for (const RawRow& row : rows) {
        if (const Sums* sums = tallies_.before(number_).find(static_cast<std::uint64_t>(row.time)))
          out[row.keys] = values_of(query_.metrics, *sums, days_before_);
      }
      return out;
    }
    auto found = rows_of(plan, Period::other, &only);
    if (!found) return std::unexpected(found.error());
    for (RawRow& row : found->rows) {
      if (const auto same = out.find(row.keys); same != out.end()) same->second = std::move(row.metrics);
    }
    return out;
  }

  Snapshot& snapshot_;
  const Question& question_;
  const std::size_t number_;  // of the query in the question
  const Query& query_;
  const Tallies& tallies_;
  const Ranking* ranking_;  // null: it is asked with a statement of its own
  const std::optional<LocalTime>& until_;
  const db::Zone& zone_;
  const std::optional<Range>& compare_;
  const Predicate where_;
  ResolvedPredicate filter_;
  SiteDays days_;
  std::int64_t days_before_ = 0;  // of the other period
};

}  // namespace

Result<QueryResult> answer_table(Snapshot& snapshot, const Question& question, std::size_t query,
                                 const Tallies& tallies, const std::optional<LocalTime>& until) {
  return Run(snapshot, question, query, tallies, until).answer();
}

}  // namespace hk::query
