#include "query/snapshot.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>

#include "base/text.h"
#include "query/funnel.h"
#include "query/journeys.h"
#include "query/table.h"
#include "query/tally.h"
#include "sql/query.h"
#include "store/for_rows.h"
#include "store/going_on.h"
#include "store/outcome_rows.h"
#include "store/visits.h"

namespace hk::query {
namespace {

/// The query whose rows are to say their share; null where they are not.
const Query* shared(const Analysis& analysis) {
  const auto* query = std::get_if<Query>(&analysis);
  return query != nullptr && query->share && !query->dimensions.empty() ? query : nullptr;
}

/// What there is of its metrics without dimensions.
Query totals_of(const Query& query) {
  return {.metrics = query.metrics, .dimensions = {}, .number = query.number, .filter = query.filter, .compare = false};
}

/// Says shares, from the findings of the totals, which stand behind the others in the same order.
void share_out(const Question& question, std::vector<Finding>& findings) {
  std::size_t next = question.queries.size();
  for (std::size_t i = 0; i < question.queries.size(); ++i) {
    const Query* query = shared(question.queries[i].second);
    if (query == nullptr) continue;
    const auto& all = std::get<QueryResult>(findings[next++]).rows.front().metrics;
    for (Row& row : std::get<QueryResult>(findings[i]).rows) {
      for (std::size_t m = 0; m < all.size(); ++m) {
        const bool has = facts_of(query->metrics[m]).additive && row.metrics[m] && all[m].value_or(0) != 0;
        row.share.push_back(has ? std::optional(100 * *row.metrics[m] / *all[m]) : std::nullopt);
      }
    }
  }
}

/// Columns with an instant in ms and its offset in minutes.
LocalTime local_time(const db::DuckRows& row) {
  return {from_ms(row.i64(0)), std::chrono::minutes(row.i64(1))};
}

}  // namespace

Snapshot::Snapshot(db::DuckConnection& connection, const site::Site& site, TimeMs now, bool behind,
                   const Watchdog::Guard& guard, Kept& kept)
    : connection_(connection),
      site_(site),
      now_(now),
      behind_(behind),
      guard_(guard),
      kept_(kept),
      filters_(connection, site.key, kept.provider_of) {}

Result<Answer> Snapshot::answer(const Question& asked) {
  if (auto ok = go_on(); !ok) return std::unexpected(ok.error());
  const auto complete = completed(asked);
  if (!complete) return std::unexpected(complete.error());
  const Question& question = *complete;
  look_around(question);
  Answer out{.now = now_, .range = question.range};
  if (auto ok = include(question, out); !ok) return std::unexpected(ok.error());
  auto until = compare_until(question);
  if (!until) return std::unexpected(until.error());
  out.compare_until = *until;
  Tallies tallies(question, out.compare_until, kept_);
  if (auto ok = tallies.plan(*this); !ok) return std::unexpected(ok.error());
  const auto walked = plan_walked(question, out.compare_until);
  if (!walked) return std::unexpected(walked.error());
  std::vector<std::pair<Walked*, std::size_t>> months;
  for (const auto& [i, one] : *walked) {
    for (std::size_t month = 0; month < one->months(); ++month) months.emplace_back(one.get(), month);
  }
  const std::size_t sheets = tallies.sheets();
  auto done = side_by_side(sheets + months.size(), [&](std::size_t i, Snapshot& here) -> Result<void> {
    if (i < sheets) return tallies.read(i, here);
    const auto& [one, month] = months[i - sheets];
    return one->read(month, here);
  });
  if (done) done = tallies.rank(*this);
  if (!done) return std::unexpected(done.error());
  std::vector<Finding> findings(question.queries.size());
  done = side_by_side(question.queries.size(), [&](std::size_t i, Snapshot& here) -> Result<void> {
    const auto one = walked->find(i);
    auto found =
        one != walked->end() ? one->second->finding(here) : answer_table(here, question, i, tallies, out.compare_until);
    if (!found) return std::unexpected(found.error());
    findings[i] = std::move(*found);
    return {};
  });
  if (!done) return std::unexpected(done.error());
  share_out(asked, findings);
  for (std::size_t i = 0; i < asked.queries.size(); ++i)
    out.results.emplace_back(asked.queries[i].first, std::move(findings[i]));
  return out;
}

Result<Question> Snapshot::completed(const Question& question) {
  Question out = question;
  if (question.everything) {
    const auto known = days();
    if (!known) return std::unexpected(known.error());
    out.range = DayRange{std::min(known->first().value_or(today()), today()), today()};
    if (auto ok = check(out); !ok) return std::unexpected(ok.error());
  }
  for (const auto& [name, analysis] : question.queries) {
    if (const Query* query = shared(analysis)) out.queries.emplace_back(name, totals_of(*query));
  }
  return out;
}

void Snapshot::look_around(const Question& question) {
  Window all = window_of(question.range, *site_.zone);
  if (question.compare) {
    const Window other = window_of(*question.compare, *site_.zone);
    all.from = std::min(all.from, other.from);
    all.to = std::max(all.to, other.to);
  }
  filters_.look_between(all.from, all.to);
  for (Snapshot* other : beside_) other->filters_.look_between(all.from, all.to);
}

Result<void> Snapshot::side_by_side(std::size_t count,
                                    const std::function<Result<void>(std::size_t, Snapshot&)>& work) {
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> failed = false;
  Result<void> out;  // of who was the first to set `failed`
  const auto take_part = [&](Snapshot& here) {
    for (std::size_t i = next++; i < count && !failed; i = next++) {
      auto done = here.go_on();
      try {
        if (done) done = work(i, here);
      } catch (const std::exception& e) {  // of the standard library: a thread has nobody above it
        done = fail(Code::internal, e.what());
      }
      if (!done && !failed.exchange(true)) out = std::move(done);
    }
  };
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < beside_.size() && i + 1 < count; ++i)
    threads.emplace_back([&take_part, other = beside_[i]] { take_part(*other); });
  take_part(*this);
  threads.clear();
  return out;
}

Result<void> Snapshot::go_on() const {
  return guard_.fired() ? fail(Code::busy, "") : Result<void>();  // worded by the caller
}

Result<void> Snapshot::each_chunk(std::string_view sql, const std::vector<db::DuckValue>& params,
                                  const std::function<Result<void>(const db::DuckRows&, std::size_t)>& see) {
  return store::for_chunks(connection_, sql, params, [&](const db::DuckRows& rows, std::size_t count) {
    auto ok = go_on();
    return ok ? see(rows, count) : ok;
  });
}

Result<std::map<std::size_t, std::unique_ptr<Walked>>> Snapshot::plan_walked(const Question& question,
                                                                             const std::optional<LocalTime>& until) {
  std::map<std::size_t, std::unique_ptr<Walked>> out;
  for (std::size_t i = 0; i < question.queries.size(); ++i) {
    const Analysis& analysis = question.queries[i].second;
    if (std::holds_alternative<Query>(analysis)) continue;
    const auto* funnel = std::get_if<Funnel>(&analysis);
    auto one = funnel != nullptr ? plan_funnel(*this, question, *funnel, until)
                                 : plan_journeys(*this, question, std::get<Journeys>(analysis));
    if (!one) return std::unexpected(one.error());
    out.emplace(i, std::move(*one));
  }
  return out;
}

Result<void> Snapshot::include(const Question& question, Answer& into) {
  const Include& what = question.include;
  if (what.first_day) {
    auto known = days();
    if (!known) return std::unexpected(known.error());
    into.first_day = known->first();
  }
  if (what.applied_until && behind_) {
    auto applied = applied_until();
    if (!applied) return std::unexpected(applied.error());
    if (applied->at > TimeMs{}) into.applied_until = *applied;
  }
  if (what.live_visitors) {
    auto live = live_visitors();
    if (!live) return std::unexpected(live.error());
    into.live_visitors = *live;
  }
  if (what.machine_visits) {
    auto visits = machine_visits(question.range);
    if (!visits) return std::unexpected(visits.error());
    into.machine_visits = *visits;
  }
  if (what.meta) {
    const auto known = meta(question);
    if (!known) return std::unexpected(known.error());
    into.meta = *known;
  }
  return {};
}

Result<Meta> Snapshot::meta(const Question& question) {
  Meta out{.partial = running(window_of(question.range, *site_.zone), now_)};
  auto row = one_row(connection_, sql::query::applied_offset, {});
  if (!row) return std::unexpected(row.error());
  out.applied_offset = (*row)->u64(0);
  row->reset();
  const auto visits = machine_visits(question.range);
  if (!visits) return std::unexpected(visits.error());
  out.hidden_visits = *visits;
  return out;
}

Result<SiteDays> Snapshot::days() {
  if (days_) return *days_;
  auto rows = connection_.query(sql::query::site_days, {static_cast<std::uint32_t>(site_.key)});
  if (!rows) return std::unexpected(rows.error());
  SiteDays out;
  while (true) {
    const auto more = (*rows)->next();
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    const auto day = static_cast<Day>((*rows)->i64(0));
    const bool hot = (*rows)->is_null(1);
    if (!hot) seals_[day] = (*rows)->u64(1);
    erased_ = std::max(erased_, (*rows)->u64(2));
    std::optional<DayRange>& range = hot ? out.hot : out.sealed;
    range = range ? DayRange{std::min(range->first, day), std::max(range->last, day)} : DayRange{day, day};
  }
  days_ = out;
  return out;
}

Result<std::string> Snapshot::key_of(const Window& window, bool elsewhere, bool visits_before, std::string_view what) {
  if (!window.whole_days) return "";
  const auto known = days();
  if (!known) return std::unexpected(known.error());
  constexpr Day kAround = kLongestVisitDays + 1;  // its hours are counted in UTC
  DayRange matter = window.days;
  if (elsewhere || visits_before) matter.first -= kAround;
  if (elsewhere) matter.last += kAround;
  const std::optional<DayRange>& hot = known->hot;
  if (elsewhere && hot && hot->first <= matter.last) return "";
  std::uint64_t seals = 0;
  for (auto day = seals_.lower_bound(matter.first); day != seals_.end() && day->first <= matter.last; ++day)
    seals += day->second;
  std::string out;
  for (const std::int64_t number :
       {static_cast<std::int64_t>(site_.lane), static_cast<std::int64_t>(site_.key), to_ms(window.from),
        to_ms(window.to), static_cast<std::int64_t>(seals), static_cast<std::int64_t>(erased_)})
    out += std::to_string(number) + ' ';
  return out.append(what);
}

Result<bool> Snapshot::knows(const Window& window) {
  const auto known = days();
  if (!known) return std::unexpected(known.error());
  const auto first = known->first();
  return first && window.to > site_.zone->start_of(*first) && window.from <= now_;
}

Result<void> Snapshot::make_hot_visits() {
  if (hot_visits_made_) return {};
  if (auto made = make_open_visits(connection_, site_.key, kept_.seen); !made) return made;
  hot_visits_made_ = true;
  return go_on();
}

Result<LocalTime> Snapshot::applied_until() {
  auto row = one_row(connection_, sql::query::applied_until, {site_.zone->name_at(now_)});
  if (!row) return std::unexpected(row.error());
  return local_time(**row);
}

Result<std::uint64_t> Snapshot::live_visitors() {
  auto row = one_row(connection_, sql::query::live_visitors, {static_cast<std::uint32_t>(site_.key), now_ - kLive});
  if (!row) return std::unexpected(row.error());
  return (*row)->u64(0);
}

/// They stand under the site's shadow key, which the snapshot of a question about machines has itself.
Result<std::uint64_t> Snapshot::machine_visits(const Range& range) {
  const Window window = window_of(range, *site_.zone);
  std::vector<db::DuckValue> params{static_cast<std::uint32_t>(store::shadow_of(site_.key)),
                                    db::DateValue{window.days.first}, db::DateValue{window.days.last}};
  if (!window.whole_days) params.insert(params.end(), {window.from, window.to});
  auto row =
      one_row(connection_,
              fill(sql::query::machine_visits, {{"within", window.whole_days ? "" : "AND start >= $4 AND start < $5"}}),
              params);
  if (!row) return std::unexpected(row.error());
  return (*row)->u64(0);
}

/// Where totals and lists of the comparison end, when it goes only as far as the range.
Result<std::optional<LocalTime>> Snapshot::compare_until(const Question& question) {
  if (!question.compare || !question.compare_so_far) return std::nullopt;
  const Window range = window_of(question.range, *site_.zone);
  const Window compare = window_of(*question.compare, *site_.zone);
  if (!running(range, now_)) return std::nullopt;
  if (std::holds_alternative<InstantRange>(question.range)) return LocalTime{now_ - (range.to - compare.to), {}};
  auto row = one_row(connection_, sql::query::same_time,
                     {site_.zone->name_at(now_), to_ms(now_), std::int32_t{range.days.last - compare.days.last}});
  if (!row) return std::unexpected(row.error());
  LocalTime out = local_time(**row);
  out.at = std::min(out.at, compare.to);  // a zone may leave out a whole day
  return out;
}

Range so_far(const Range& compare, const std::optional<LocalTime>& until, const db::Zone& zone) {
  if (!until) return compare;
  return InstantRange{window_of(compare, zone).from, until->at};
}

Result<void> make_open_visits(db::DuckConnection& connection, SiteKey site, db::OrdinalBudget& budget) {
  auto row = one_row(connection, sql::query::log_time, {});
  if (!row) return std::unexpected(row.error());
  const TimeMs horizon = from_ms((*row)->i64(0)) - store::kStaysOpen;
  if (auto made = connection.exec(sql::query::open_visits); !made) return made;
  auto to = connection.append_to("temp.open_visits");
  if (!to) return std::unexpected(to.error());
  const auto append = [&](const store::Outcome& visit) { return store::append(**to, visit); };
  if (auto read = store::read_open_visits(connection, horizon, site, budget, append); !read) return read;
  return (*to)->flush();
}

Result<std::unique_ptr<db::DuckRows>> one_row(db::DuckConnection& connection, std::string_view sql,
                                              const std::vector<db::DuckValue>& params) {
  auto rows = connection.query(sql, params);
  if (!rows) return rows;
  if (const auto one = (*rows)->next(); !one) return std::unexpected(one.error());
  return rows;
}

}  // namespace hk::query
