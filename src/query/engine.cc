#include "query/engine.h"

#include <algorithm>
#include <map>

#include "query/filters.h"
#include "query/grid.h"
#include "query/plan.h"
#include "query/statement.h"
#include "sql/query.h"

namespace hk::query {
namespace {

using MetricValues = std::vector<std::optional<double>>;

bool is_count(Metric metric) {
  return metric == Metric::visitors || metric == Metric::visits || metric == Metric::pageviews ||
         metric == Metric::events;
}

/// What nothing amounts to: a count of 0, a mean of null.
MetricValues zeros(const Query& query) {
  MetricValues out;
  for (const Metric metric : query.metrics) out.push_back(is_count(metric) ? std::optional(0.0) : std::nullopt);
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
    for (std::size_t k = 0; k < statement.key_columns(); ++k) {
      row.keys.push_back(static_cast<std::uint32_t>((*rows)->u64(col++)));
    }
    for (std::size_t n = 0; n < statement.keys.size(); ++n) row.names.emplace_back((*rows)->text(col++));
    for (std::size_t m = 0; m < statement.metrics; ++m, ++col) {
      row.metrics.push_back((*rows)->is_null(col) ? std::nullopt : std::optional((*rows)->f64(col)));
    }
    out.all = (*rows)->u64(col);
  }
}

/// One question on one connection, inside its transaction.
class Run {
 public:
  Run(db::DuckConnection& connection, const site::Site& site, TimeMs now, const Question& question)
      : connection_(connection), site_(site), now_(now), filters_(connection) {
    exits_ = std::ranges::any_of(question.queries, [](const auto& named) {
      return groups_by(named.second, Dimension::exit_page) || filters_on(named.second, Dimension::exit_page);
    });
  }

  Result<std::optional<Day>> load_days() {
    auto rows = connection_.query(sql::query::site_days, {static_cast<std::uint32_t>(site_.key)});
    if (!rows) return std::unexpected(rows.error());
    if (const auto one = (*rows)->next(); !one) return std::unexpected(one.error());
    const auto days = [&](std::size_t col) -> std::optional<DayRange> {
      if ((*rows)->is_null(col)) return std::nullopt;
      return DayRange{static_cast<Day>((*rows)->i64(col)), static_cast<Day>((*rows)->i64(col + 1))};
    };
    days_ = {.sealed = days(0), .hot = days(2)};
    return days_.first();
  }

  Result<std::optional<LocalTime>> load_applied_until() {
    auto rows = connection_.query(sql::query::applied_until, {std::string(site_.zone->name())});
    if (!rows) return std::unexpected(rows.error());
    if (const auto one = (*rows)->next(); !one) return std::unexpected(one.error());
    const TimeMs at = from_ms((*rows)->i64(0));
    if (at <= TimeMs{}) return std::nullopt;
    return LocalTime{at, std::chrono::minutes((*rows)->i64(1))};
  }

  /// Where totals and lists of the comparison end, when it goes only as far as the range.
  Result<std::optional<LocalTime>> load_compare_until(const Question& question) {
    if (!question.compare || !question.compare_so_far) return std::nullopt;
    const Window range = window_of(question.range, *site_.zone);
    const Window compare = window_of(*question.compare, *site_.zone);
    if (!running(range.from, range.to)) return std::nullopt;
    if (std::holds_alternative<InstantRange>(question.range)) {
      compare_until_ = LocalTime{now_ - (range.to - compare.to), {}};
      return compare_until_;
    }
    auto rows = connection_.query(sql::query::same_time, {std::string(site_.zone->name()), to_ms(now_),
                                                          std::int32_t{range.days.last - compare.days.last}});
    if (!rows) return std::unexpected(rows.error());
    if (const auto one = (*rows)->next(); !one) return std::unexpected(one.error());
    // A zone may leave out a whole day.
    const TimeMs at = std::min(from_ms((*rows)->i64(0)), compare.to);
    compare_until_ = LocalTime{at, std::chrono::minutes((*rows)->i64(1))};
    return compare_until_;
  }

  Result<std::uint64_t> live_visitors() {
    auto rows = connection_.query(sql::query::live_visitors, {static_cast<std::uint32_t>(site_.key), now_ - kLive});
    if (!rows) return std::unexpected(rows.error());
    if (const auto one = (*rows)->next(); !one) return std::unexpected(one.error());
    return (*rows)->u64(0);
  }

  Result<QueryResult> answer(const Query& query) {
    auto filters = filters_.resolve(query.filters);
    if (!filters) return std::unexpected(filters.error());
    if (by_time_alone(query)) return by_time(query, *filters);
    return query.dimensions.empty() ? totals(query, *filters) : lists(query, *filters);
  }

 private:
  using Resolved = std::vector<ResolvedFilter>;

  /// Nothing is known of this time: before the site's first day with data, or still to come.
  bool unknown(TimeMs start, TimeMs end) const {
    const auto first = days_.first();
    return !first || end <= site_.zone->start_of(*first) || start > now_;
  }
  bool running(TimeMs start, TimeMs end) const { return start <= now_ && now_ < end; }

  /// As much of the comparison as totals and lists are held against.
  Range so_far(const Range& compare) const {
    if (!compare_until_) return compare;
    return InstantRange{window_of(compare, *site_.zone).from, compare_until_->at};
  }

  /// Runs one planned range; no rows where there is nothing to read.
  Result<RawRows> rows_of(const Query& query, const Plan& plan, const Resolved& filters,
                          const std::vector<Keys>* only = nullptr) {
    if (plan.parts.empty() || (only && only->empty())) return RawRows{};
    if (auto ok = make_outcomes(plan); !ok) return std::unexpected(ok.error());
    return fetch(connection_, statement_for(query, plan, filters, {site_.key, site_.zone->name()}, only));
  }

  /// hot_outcomes, before the first statement that reads it.
  Result<void> make_outcomes(const Plan& plan) {
    const bool wanted = std::ranges::any_of(plan.parts, reads_outcomes);
    if (!wanted || outcomes_made_) return {};
    outcomes_made_ = true;
    if (auto done = connection_.query(hot_outcomes_sql(exits_), {static_cast<std::uint32_t>(site_.key)}); !done) {
      return std::unexpected(done.error());
    }
    return {};
  }

  Result<MetricValues> total(const Query& query, const Range& range, const Resolved& filters) {
    const Plan plan = query::plan(query, range, *site_.zone, days_);
    if (unknown(plan.window.from, plan.window.to)) return nulls(query);
    auto rows = rows_of(query, plan, filters);
    if (!rows) return std::unexpected(rows.error());
    return rows->rows.empty() ? zeros(query) : rows->rows.front().metrics;
  }

  Result<QueryResult> totals(const Query& query, const Resolved& filters) {
    auto metrics = total(query, query.range, filters);
    if (!metrics) return std::unexpected(metrics.error());
    Row row{.dimensions = {}, .metrics = std::move(*metrics), .compare = {}};
    const Window window = window_of(query.range, *site_.zone);
    row.partial = running(window.from, window.to);
    if (query.compare) {
      auto compare = total(query, so_far(*query.compare), filters);
      if (!compare) return std::unexpected(compare.error());
      row.compare = std::move(*compare);
    }
    return QueryResult{.rows = {std::move(row)}, .more = 0};
  }

  Result<std::vector<Row>> buckets(const Query& query, const Range& range, const Resolved& filters) {
    const Plan plan = query::plan(query, range, *site_.zone, days_);
    auto times = grid(query.dimensions[0], plan.window, *site_.zone, connection_);
    if (!times) return std::unexpected(times.error());
    auto rows = rows_of(query, plan, filters);
    if (!rows) return std::unexpected(rows.error());
    std::map<std::int64_t, MetricValues> found;
    for (RawRow& row : rows->rows) found.emplace(row.time, std::move(row.metrics));
    std::vector<Row> out;
    for (Bucket& bucket : *times) {
      const auto at = found.find(bucket.key);
      out.push_back({.dimensions = {std::move(bucket.label)},
                     .metrics = at != found.end()                   ? std::move(at->second)
                                : unknown(bucket.start, bucket.end) ? nulls(query)
                                                                    : zeros(query),
                     .compare = {},
                     .partial = running(bucket.start, bucket.end)});
    }
    return out;
  }

  Result<QueryResult> by_time(const Query& query, const Resolved& filters) {
    auto rows = buckets(query, query.range, filters);
    if (!rows) return std::unexpected(rows.error());
    if (query.compare) {
      auto compare = buckets(query, *query.compare, filters);
      if (!compare) return std::unexpected(compare.error());
      for (std::size_t i = 0; i < rows->size(); ++i) {
        (*rows)[i].compare = i < compare->size() ? std::move((*compare)[i].metrics) : nulls(query);
      }
    }
    return QueryResult{.rows = std::move(*rows), .more = 0};
  }

  Result<QueryResult> lists(const Query& query, const Resolved& filters) {
    const Plan plan = query::plan(query, query.range, *site_.zone, days_);
    auto found = rows_of(query, plan, filters);
    if (!found) return std::unexpected(found.error());
    std::map<std::int64_t, Bucket> times;
    if (is_time(query.dimensions[0])) {
      auto list = grid(query.dimensions[0], plan.window, *site_.zone, connection_);
      if (!list) return std::unexpected(list.error());
      for (Bucket& bucket : *list) times.emplace(bucket.key, std::move(bucket));
    }
    std::map<Keys, MetricValues> before;
    if (query.compare) {
      auto rows = compare_lists(query, so_far(*query.compare), filters, found->rows);
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
      row.metrics = std::move(raw.metrics);
      if (query.compare) row.compare = before.at(raw.keys);
    }
    return out;
  }

  /// The same groups in the comparison; those that are not there amount to nothing.
  Result<std::map<Keys, MetricValues>> compare_lists(const Query& query, const Range& range, const Resolved& filters,
                                                     const std::vector<RawRow>& rows) {
    const Plan plan = query::plan(query, range, *site_.zone, days_);
    std::map<Keys, MetricValues> out;
    std::vector<Keys> only;
    const bool known = !unknown(plan.window.from, plan.window.to);
    for (const RawRow& row : rows) {
      only.push_back(row.keys);
      out.emplace(row.keys, known ? zeros(query) : nulls(query));
    }
    auto found = rows_of(query, plan, filters, &only);
    if (!found) return std::unexpected(found.error());
    for (RawRow& row : found->rows) out[row.keys] = std::move(row.metrics);
    return out;
  }

  db::DuckConnection& connection_;
  const site::Site& site_;
  const TimeMs now_;
  Filters filters_;
  SiteDays days_;
  std::optional<LocalTime> compare_until_;
  bool exits_ = false;  // some query asks for exit pages
  bool outcomes_made_ = false;
};

Result<Answer> answer(db::DuckConnection& connection, const site::Site& site, TimeMs now, const Question& question,
                      const Watchdog::Guard& guard) {
  // Temporary tables of the run are made inside the caller's transaction and go when it is rolled back.
  Run run(connection, site, now, question);
  Answer out{.now = now};
  if (guard.fired()) return fail(Code::busy, "");  // worded by the caller
  auto first = run.load_days();
  if (!first) return std::unexpected(first.error());
  out.first_day = *first;
  auto applied = run.load_applied_until();
  if (!applied) return std::unexpected(applied.error());
  out.applied_until = *applied;
  auto live = run.live_visitors();
  if (!live) return std::unexpected(live.error());
  out.live_visitors = *live;
  auto until = run.load_compare_until(question);
  if (!until) return std::unexpected(until.error());
  out.compare_until = *until;
  for (const auto& [name, query] : question.queries) {
    if (guard.fired()) return fail(Code::busy, "");
    auto result = run.answer(query);
    if (!result) return std::unexpected(result.error());
    out.results.emplace_back(name, std::move(*result));
  }
  return out;
}

}  // namespace

Engine::Engine(const Clock& clock, metrics::Registry& metrics, std::chrono::milliseconds budget)
    : clock_(clock),
      budget_(budget),
      seconds_(metrics.histogram("hitkeep_query_seconds", "Time to answer a question about a site",
                                 {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10})),
      timeouts_(metrics.counter("hitkeep_query_timeouts_total", "Questions stopped because they took too long")),
      abandoned_(metrics.counter("hitkeep_query_abandoned_total", "Questions stopped because nobody waited any more")),
      alone_(metrics.counter("hitkeep_query_alone_total", "Questions that ran once more, alone, for want of memory")),
      too_large_(
          metrics.counter("hitkeep_query_too_large_total", "Questions refused because they need too much memory")) {}

/// What is tried, once beside others and once alone.
struct Engine::Try {
  db::DuckConnection& connection;
  const site::Site& site;
  const Question& question;
  const Asker& asker;
};

namespace {

/// Memory was short, here or where another question waits to be alone; or it may have been, and a second try tells.
bool wants_to_be_alone(const Error& error) {
  const auto cause = db::cause_of(error);
  return error.code == Code::limited || cause == db::DuckCause::memory || cause == db::DuckCause::unread;
}

}  // namespace

Result<Answer> Engine::run(db::DuckConnection& connection, const site::Site& site, const Question& question,
                           const Asker& asker) {
  const auto started = Steady::now();
  const auto until = started + budget_;
  const Try what{connection, site, question, asker};
  Turns& turns = turns_of(site.lane);
  auto turn = turns.beside(until);
  Result<Answer> out = turn ? attempt(what, std::move(*turn), until) : std::unexpected(took_too_long());
  if (!out && wants_to_be_alone(out.error())) out = again_alone(what, turns, until);
  seconds_.observe(std::chrono::duration<double>(Steady::now() - started).count());
  return out;
}

/// Code::limited: it was stopped for one that wants to be alone.
Result<Answer> Engine::attempt(const Try& what, Turns::Turn turn, Steady::time_point until) {
  const std::stop_token gone = what.asker.gone, give_way = turn.give_way();
  std::stop_source stop;
  const auto pass_on = [&] { stop.request_stop(); };
  const std::stop_callback on_gone(gone, pass_on);
  const std::stop_callback on_wish(give_way, pass_on);
  // Begun before the watch and rolled back behind it: what stops the question must not stop the roll-back, which would
  // leave the connection in a transaction that is over.
  auto transaction = db::DuckTransaction::begin(what.connection);
  if (!transaction) return std::unexpected(transaction.error());
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Steady::now());
  const auto guard = watchdog_.watch(what.connection, left, stop.get_token());
  auto out = answer(what.connection, what.site, clock_.now(), what.question, guard);
  if (out) return out;
  if (gone.stop_requested()) {
    abandoned_.add();
    return fail(Code::busy, "Nobody waits for the answer any more");
  }
  if (give_way.stop_requested()) return fail(Code::limited, "");
  if (guard.fired()) return std::unexpected(took_too_long());
  return out;
}

/// Once more, with all the memory for itself. Who asked for too much does not get this again for a while: while he is
/// alone, the others wait.
Result<Answer> Engine::again_alone(const Try& what, Turns& turns, Steady::time_point until) {
  const auto too_large = [&] {
    too_large_.add();
    return fail(Code::too_large,
                "The question needs more memory than the server has for it; ask for a shorter range, for fewer "
                "queries, or with one dimension instead of two");
  };
  if (turns.blamed(what.asker.who, Steady::now())) return too_large();
  auto turn = turns.alone(until);
  if (!turn) return std::unexpected(took_too_long());
  alone_.add();
  auto out = attempt(what, std::move(*turn), std::min(until, Steady::now() + kAlone));
  if (out || what.asker.gone.stop_requested()) return out;
  turns.blame(what.asker.who, Steady::now());
  if (wants_to_be_alone(out.error())) return too_large();
  return out;
}

Error Engine::took_too_long() {
  timeouts_.add();
  return {Code::busy, "The question took longer than " + std::to_string(budget_.count() / 1000) +
                          " s and was stopped; ask for a shorter range or fewer queries"};
}

Turns& Engine::turns_of(LaneKey lane) {
  const std::lock_guard lock(mutex_);
  return turns_[lane];
}

Result<std::uint64_t> Engine::live_visitors(db::DuckConnection& connection, const site::Site& site) {
  return Run(connection, site, clock_.now(), {}).live_visitors();
}

}  // namespace hk::query
