#include "query/plan.h"

#include <algorithm>
#include <utility>

namespace hk::query {
namespace {

/// A visit's row holds it.
bool of_visit(Dimension::Kind d) {
  return belongs_to(d, store::Owner::visit);
}

/// The bit under which sealed visits' visitors may be counted; 0 where only the distinct form is exact: filters on
/// what varies within a visitor's day, and dimensions without a bit of their own.
std::uint8_t bit_of_visits(const Query& query, const Predicate& filter) {
  if (!every_test(filter, [](const Filter& test) { return constant_for_the_day(test.dimension); })) return 0;
  std::uint8_t bit = store::kFirstVisit;
  for (const Dimension& d : query.dimensions) {
    if (is_time(d) || constant_for_the_day(d)) continue;
    if (bit != store::kFirstVisit || !of_visit(d)) return 0;  // no bit for two that vary
    bit = attribute_of(d).first_of_day;
    if (bit == 0) return 0;
  }
  return bit;
}

/// The same for page views by page. A page's own bit does not care which other pages are shown; but a view after
/// midnight belongs to a visit of the day before, whose attributes may differ from those of the view's own day.
std::uint8_t bit_of_hits(const Query& query, const Predicate& filter) {
  const auto fits = [](Dimension::Kind d) { return d == Dimension::page || is_time(d); };
  const bool exact =
      std::ranges::all_of(query.dimensions, fits) && every_test(filter, [&](const Filter& test) {
        return fits(test.dimension) || test.dimension == Dimension::title || test.dimension == Dimension::done_in_day;
      });
  return exact ? store::row_of(store::Attribute::page).first_of_day : 0;
}

/// The bit that counts the visitors of whole days.
std::uint8_t bit_for(const Query& query, const Predicate& filter, Table table) {
  if (std::ranges::any_of(query.dimensions, [](const Dimension& d) { return cuts_days(d); })) return 0;
  switch (table) {
    case Table::visits:
      return bit_of_visits(query, filter);
    case Table::hits:
      return bit_of_hits(query, filter);
    default:
      return 0;
  }
}

bool overlap(const DayRange& a, const std::optional<DayRange>& b) {
  return b && a.first <= b->last && b->first <= a.last;
}

/// Which of the query's measures are taken from which table; by the page that an attribute of visits is, where there is
/// one.
Measures measures_from(Table table, std::optional<store::Attribute> page, const Query& query, Measures wanted) {
  Measures out;
  for (const MeasureFacts& facts : kMeasureFacts) {
    const auto m = at(facts.measure);
    const auto own = groups_by(query, Dimension::page) ? facts.page : std::nullopt;
    if (wanted.test(m) && table_of(facts.measure, query.dimensions) == table && own == page) out.set(m);
  }
  return out;
}

bool asks_the_day(const Predicate& filter) {
  return filters_on_kind(filter, Dimension::done_in_day);
}

/// The days in which a table may have sealed or hot rows of a window.
bool may_have(Table table, const Window& window, bool hot, const SiteDays& days) {
  if (table == Table::fetches) return !hot;  // they are neither
  // A page may tell a vital on the day after that of its view.
  if (table == Table::vitals) return (hot ? days.hot : days.sealed).has_value();
  return overlap(window.days, hot ? days.hot : days.sealed);
}

}  // namespace

std::optional<Day> SiteDays::first() const {
  if (sealed && hot) return std::min(sealed->first, hot->first);
  if (sealed) return sealed->first;
  if (hot) return hot->first;
  return std::nullopt;
}

Window window_of(const Range& range, const db::Zone& zone) {
  if (const auto* days = std::get_if<DayRange>(&range)) {
    return {.from = zone.start_of(days->first), .to = zone.start_of(days->last + 1), .days = *days, .whole_days = true};
  }
  const auto& [from, to] = std::get<InstantRange>(range);
  const DayRange days{zone.day_of(from), zone.day_of(to - Millis(1))};
  return {.from = from,
          .to = to,
          .days = days,
          .whole_days = from == zone.start_of(days.first) && to == zone.start_of(days.last + 1)};
}

std::int64_t days_known(const Window& window, const SiteDays& days, Day today) {
  const auto first = days.first();
  if (!first) return 0;
  return std::max<std::int64_t>(0, std::min(window.days.last, today) - std::max(window.days.first, *first) + 1);
}

std::vector<Window> days_apart(const Window& window, const db::Zone& zone) {
  const Day first = window.days.first + (zone.start_of(window.days.first) < window.from ? 1 : 0);
  const Day last = window.days.last - (window.to < zone.start_of(window.days.last + 1) ? 1 : 0);
  if (first > last) return {window};
  std::vector<Window> out;
  TimeMs from = window.from;
  for (const TimeMs to : {zone.start_of(first), zone.start_of(last + 1), window.to}) {
    if (from < to) out.push_back(window_of(InstantRange{from, to}, zone));
    from = to;
  }
  return out;
}

Measures measures_of(const std::vector<Metric>& metrics) {
  Measures out;
  for (const Metric metric : metrics) out |= measures_of(metric);
  return out;
}

Plan plan(const Query& query, const Predicate& filter, const Range& range, const db::Zone& zone, const SiteDays& days) {
  Plan out{.window = window_of(range, zone), .parts = {}};
  const Measures wanted = measures_of(query.metrics);
  const bool of_visits = std::ranges::any_of(query.dimensions, of_visit) ||
                         !every_test(filter, [](const Filter& test) { return !of_visit(test.dimension); });
  constexpr std::pair<Table, std::optional<store::Attribute>> kRows[] = {{Table::visits, {}},
                                                                         {Table::visits, store::Attribute::entry_page},
                                                                         {Table::visits, store::Attribute::exit_page},
                                                                         {Table::hits, {}},
                                                                         {Table::events, {}},
                                                                         {Table::vitals, {}},
                                                                         {Table::fetches, {}}};
  for (const auto& [table, page] : kRows) {
    const Measures measures = measures_from(table, page, query, wanted);
    if (measures.none()) continue;
    const bool needs_visits = table == Table::hits || table == Table::events || table == Table::vitals;
    const Part whole{.table = table,
                     .window = out.window,
                     .measures = measures,
                     .with_visits = needs_visits && (of_visits || (table == Table::vitals && asks_the_day(filter))),
                     .page = page};
    // Bits count whole days only; a year must not be counted slowly for the sake of one day that is cut.
    const std::uint8_t bit = measures.test(at(Measure::visitors)) ? bit_for(query, filter, table) : 0;
    for (const Window& piece : bit != 0 ? days_apart(out.window, zone) : std::vector{out.window}) {
      if (!may_have(table, piece, false, days)) continue;
      Part part = whole;
      part.window = piece;
      part.mask = piece.whole_days ? bit : 0;
      part.counting = part.mask != 0 ? Counting::bits : Counting::distinct;
      out.parts.push_back(part);
    }
    if (may_have(table, out.window, true, days)) {
      Part part = whole;
      part.hot = true;
      out.parts.push_back(part);
    }
  }
  return out;
}

}  // namespace hk::query
