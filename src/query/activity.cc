#include "query/activity.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <utility>

#include "base/text.h"
#include "query/dates.h"
#include "query/plan.h"
#include "query/rows.h"
#include "sql/query.h"

namespace hk::query {
namespace {

/// Places of hot rows in a tie; below are those of sealed ones, their numbers in the visit.
constexpr std::uint32_t kHotFrom = std::uint32_t{1} << 31;

/// A test that DuckDB makes before it reads the other columns of a view.
std::string only_on(const std::vector<std::uint32_t>& pages, Parameters& values) {
  if (pages.empty()) return "";
  const ResolvedPredicate test{.kind = Junction::test, .test = {.dimension = Dimension::page, .ids = pages}};
  return " AND " + row_test(test, Table::hits, values);
}

/// A month's visits and what they did.
class Month {
 public:
  Month(Snapshot& snapshot, const ResolvedPredicate& filter, Walker walker, Walks& into)
      : snapshot_(snapshot), filter_(filter), walker_(walker), walks_(into) {}

  /// `hot_rows`: there may be some of these visits.
  Result<void> read(const Plan& plan, const ActsOf& acts, bool hot_rows) {
    from_ = plan.window.from;
    for (const Part& part : plan.parts) {
      if (reads_hot_visits(part)) {
        if (auto ok = snapshot_.make_hot_visits(); !ok) return ok;
      }
      if (auto ok = read_visits(part); !ok) return ok;
    }
    if (walks_made_ == 0) return {};
    const TimeMs limit = plan.window.to + std::chrono::days(kLongestVisitDays);
    for (const bool hot : {false, true}) {
      if (hot && !hot_rows) continue;
      const TimeMs to = hot ? limit : std::min(limit, end_ + Millis(1));
      if (acts.views) {
        Parameters values;
        const std::string only = only_on(acts.pages, values);
        if (auto ok = read_acts(Table::hits, hot, to, "h.page", std::move(values), acts.views, only); !ok) return ok;
      }
      if (acts.events) {
        Parameters values(snapshot_.filters().properties());
        const std::string what = acts.events(values);
        const auto as_it_is = [](std::span<const std::uint32_t> made, std::span<std::uint32_t> whats) {
          std::ranges::copy(made, whats.begin());
        };
        if (auto ok = read_acts(Table::events, hot, to, what, std::move(values), as_it_is); !ok) return ok;
      }
    }
    return {};
  }

 private:
  Result<void> read_visits(const Part& part) {
    Parameters values(snapshot_.filters().properties());
    const std::string site = values.bind(static_cast<std::uint32_t>(snapshot_.site().key));
    const std::string where = where_of(part, filter_, site, values);
    const std::string source = source_of(part, site, values);
    const std::string sql =
        fill(sql::query::walking_visits,
             {{"length", part.hot ? "" : ", v.start, v.duration"}, {"source", source}, {"where", where}});
    Paged<std::uint32_t> days;  // by ordinal of a visitor's day: the walk + 1
    const auto walk_of = [&](std::uint32_t who) {
      if (walker_ == Walker::visit) return walks_made_++;
      std::uint32_t& known = days[who];
      if (known == 0) known = ++walks_made_;
      return known - 1;
    };
    const auto add = [&](const db::DuckRows& rows, std::size_t count) -> Result<void> {
      const auto visits = rows.column<std::uint32_t>(0);
      const auto whose = rows.column<std::uint32_t>(1);
      for (std::size_t i = 0; i < count; ++i) walks_.add_visit(visits[i], walk_of(whose[i]));
      if (part.hot) return {};
      const auto starts = rows.column<std::int64_t>(2);
      const auto seconds = rows.column<std::uint32_t>(3);
      for (std::size_t i = 0; i < count; ++i)
        end_ = std::max(end_, from_ms(starts[i] + (std::int64_t{seconds[i]} + 1) * 1'000));
      return {};
    };
    return snapshot_.each_chunk(sql, values.take(), add);
  }

  /// `what`: SQL of a number, with these values, of which `made` makes what an act has.
  template <class Made>
  Result<void> read_acts(Table table, bool hot, TimeMs to, const std::string& what, Parameters values, const Made& made,
                         const std::string& only = "") {
    if (to <= from_) return {};
    const std::string site = values.bind(static_cast<std::uint32_t>(snapshot_.site().key));
    const std::string from = values.bind(from_);
    const std::string until = values.bind(to);
    const std::string joins =
        table == Table::events ? property_joins(alias_of(table), hot, from_, to, site, values) : "";
    const std::string sql = fill(sql::query::acts, {{"row", std::string(alias_of(table))},
                                                    {"joins", joins},
                                                    {"place", concat({alias_of(table), hot ? ".log_offset" : ".n"})},
                                                    {"what", what},
                                                    {"table", std::string(table_name(table, hot))},
                                                    {"site", site},
                                                    {"from", from},
                                                    {"to", until},
                                                    {"only", only}});
    std::vector<std::uint32_t> whats, times;
    const auto add = [&](const db::DuckRows& rows, std::size_t count) -> Result<void> {
      whats.resize(count);
      made(rows.column<std::uint32_t>(2), whats);
      times.resize(count);
      std::ranges::transform(rows.column<std::int64_t>(1), times.begin(),
                             [&](std::int64_t at) { return static_cast<std::uint32_t>(at - to_ms(from_)); });
      const auto visits = rows.column<std::uint32_t>(0);
      if (hot) {
        walks_.add(visits, times, whats, rows.column<std::uint64_t>(3));
      } else {
        walks_.add(visits, times, whats, rows.column<std::uint32_t>(3));
      }
      return {};
    };
    return snapshot_.each_chunk(sql, values.take(), add);
  }

  Snapshot& snapshot_;
  const ResolvedPredicate& filter_;
  const Walker walker_;
  Walks& walks_;
  std::uint32_t walks_made_ = 0;
  TimeMs from_{};
  TimeMs end_{};  // of the sealed visits' activity
};

/// A range by local months; the one in which something that is not sealed begins to matter is in two.
Result<std::vector<Window>> months_of(Snapshot& snapshot, const Range& range) {
  const auto days = snapshot.days();
  if (!days) return std::unexpected(days.error());
  const db::Zone& zone = *snapshot.site().zone;
  const Window window = window_of(range, zone);
  // Up to here no hot row can belong to a visit.
  const std::optional<DayRange> hot = days->hot;
  const Day settled = hot ? hot->first - kLongestVisitDays - 1 : window.days.last + 1;
  std::vector<Window> out;
  for (Day first = window.days.first; first <= window.days.last;) {
    Day next = std::min(add_months(month_of(first), 1), window.days.last + 1);
    if (first < settled && settled < next) next = settled;
    const InstantRange part{std::max(window.from, zone.start_of(first)), std::min(window.to, zone.start_of(next))};
    if (part.from < part.to) out.push_back(window_of(part, zone));
    first = next;
  }
  return out;
}

}  // namespace

Result<std::vector<UnreadMonth>> unread_months(Snapshot& snapshot, const Range& range, const std::string& what,
                                               const std::function<void(const Groups&)>& add) {
  const auto months = months_of(snapshot, range);
  if (!months) return std::unexpected(months.error());
  std::vector<UnreadMonth> out;
  for (const Window& month : *months) {
    const auto key = what.empty() ? Result<std::string>("") : snapshot.key_of(month, true, true, what);
    if (!key) return std::unexpected(key.error());
    if (const auto counted = key->empty() ? nullptr : snapshot.kept().parts.find(*key)) {
      add(*counted);
    } else {
      out.push_back({.window = month, .key = *key});
    }
  }
  return out;
}

Result<void> read_walks(Snapshot& snapshot, const Window& window, const Predicate& where, Walker walker,
                        const ActsOf& acts, Walks& into) {
  if (auto ok = snapshot.go_on(); !ok) return ok;
  const auto filter = snapshot.filters().resolve(where);
  if (!filter) return std::unexpected(filter.error());
  const auto days = snapshot.days();
  if (!days) return std::unexpected(days.error());
  Month rows(snapshot, *filter, walker, into);
  const Plan plan = query::plan({.metrics = {Metric::visits}}, where, InstantRange{window.from, window.to},
                                *snapshot.site().zone, *days);
  const std::optional<DayRange> hot = days->hot;
  const bool hot_rows =
      hot && hot->last >= plan.window.days.first && hot->first <= plan.window.days.last + kLongestVisitDays;
  return rows.read(plan, acts, hot_rows);
}

Walks WalkRooms::take() {
  const std::scoped_lock lock(mutex_);
  if (idle_.empty()) return {};
  Walks out = std::move(idle_.back());
  idle_.pop_back();
  return out;
}

void WalkRooms::give_back(Walks walks) {
  walks.clear();
  const std::scoped_lock lock(mutex_);
  idle_.push_back(std::move(walks));
}

void Walks::clear() {
  walk_of_ = {};
  walks_ = 0;
  used_ = 0;
  offsets_.clear();
  acts_.clear();
  ends_.clear();
}

/// Without a branch: whether a row is wanted is hard to foresee.
template <class PlaceOf>
void Walks::add_rows(std::span<const std::uint32_t> visits, std::span<const std::uint32_t> times,
                     std::span<const std::uint32_t> whats, const PlaceOf& place_of) {
  if (rows_.size() < used_ + visits.size()) rows_.resize(std::max(rows_.size() * 2, used_ + visits.size()));
  ends_.resize(walks_ + 1);  // the first: of no walk
  std::uint32_t* const counts = ends_.data();
  Row* next = rows_.data() + used_;
  for (std::size_t i = 0; i < visits.size(); ++i) {
    const std::uint32_t what = whats.data()[i];
    const std::uint32_t walk = walk_of_.get(visits.data()[i]);
    *next = {.walk = walk, .act = {.at = times.data()[i], .what = what, .place = place_of(i)}};
    const auto wanted = static_cast<std::uint32_t>(walk != 0) & static_cast<std::uint32_t>(what != 0);
    counts[walk] += wanted;
    next += wanted;
  }
  used_ = static_cast<std::size_t>(next - rows_.data());
}

void Walks::add(std::span<const std::uint32_t> visits, std::span<const std::uint32_t> times,
                std::span<const std::uint32_t> whats, std::span<const std::uint32_t> numbers) {
  add_rows(visits, times, whats, [&](std::size_t i) { return numbers.data()[i]; });
}

void Walks::add(std::span<const std::uint32_t> visits, std::span<const std::uint32_t> times,
                std::span<const std::uint32_t> whats, std::span<const std::uint64_t> offsets) {
  const auto first = kHotFrom + static_cast<std::uint32_t>(offsets_.size());
  offsets_.insert(offsets_.end(), offsets.begin(), offsets.end());
  add_rows(visits, times, whats, [&](std::size_t i) { return first + static_cast<std::uint32_t>(i); });
}

bool Walks::before(const Act& a, const Act& b) const {
  if (a.at != b.at) return a.at < b.at;
  if (a.place < kHotFrom || b.place < kHotFrom) return a.place < b.place;
  return offsets_[a.place - kHotFrom] < offsets_[b.place - kHotFrom];
}

/// By counting: rows of one walk side by side, in the order in which they came.
void Walks::put_side_by_side() {
  if (ends_.empty()) return;
  const std::uint32_t all = std::accumulate(ends_.begin(), ends_.end(), std::uint32_t{0});
  std::exclusive_scan(ends_.begin() + 1, ends_.end(), ends_.begin() + 1, std::uint32_t{0});
  acts_.resize(all);
  Act* const acts = acts_.data();
  std::uint32_t* const ends = ends_.data();
  for (const Row& row : std::span(rows_).first(used_)) acts[ends[row.walk]++] = row.act;
}

/// As a rule they are, as their rows came.
std::span<const Act> Walks::in_order(std::span<Act> acts) const {
  const auto earlier = [&](const Act& a, const Act& b) { return before(a, b); };
  if (!std::ranges::is_sorted(acts, earlier)) std::ranges::sort(acts, earlier);
  return acts;
}

}  // namespace hk::query
