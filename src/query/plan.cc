#include "query/plan.h"

#include <algorithm>

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
  const bool exact = std::ranges::all_of(query.dimensions, fits) &&
                     every_test(filter, [&](const Filter& test) { return fits(test.dimension); });
  return exact ? store::row_of(store::Attribute::page).first_of_day : 0;
}

/// The bit that counts the visitors of whole days.
std::uint8_t bit_for(const Query& query, const Predicate& filter, Table table) {
  if (groups_by(query, Dimension::time_hour)) return 0;
  switch (table) {
    case Table::visits:
      return bit_of_visits(query, filter);
    case Table::hits:
      return bit_of_hits(query, filter);
    case Table::events:
      return 0;
  }
  return 0;
}

bool overlap(const DayRange& a, const std::optional<DayRange>& b) {
  return b && a.first <= b->last && b->first <= a.last;
}

/// Which of the query's measures are taken from which table.
Measures measures_from(Table table, const Query& query, Measures wanted) {
  Measures out;
  for (const MeasureFacts& facts : kMeasureFacts) {
    const auto m = at(facts.measure);
    if (wanted.test(m) && table_of(facts.measure, query.dimensions) == table) out.set(m);
  }
  return out;
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
  for (const Table table : {Table::visits, Table::hits, Table::events}) {
    const Measures measures = measures_from(table, query, wanted);
    if (measures.none()) continue;
    const Part whole{
        .table = table, .window = out.window, .measures = measures, .with_visits = table != Table::visits && of_visits};
    // Bits count whole days only; a year must not be counted slowly for the sake of one day that is cut.
    const std::uint8_t bit = measures.test(at(Measure::visitors)) ? bit_for(query, filter, table) : 0;
    for (const Window& piece : bit != 0 ? days_apart(out.window, zone) : std::vector{out.window}) {
      if (!overlap(piece.days, days.sealed)) continue;
      Part part = whole;
      part.window = piece;
      part.mask = piece.whole_days ? bit : 0;
      part.counting = part.mask != 0 ? Counting::bits : Counting::distinct;
      out.parts.push_back(part);
    }
    if (overlap(out.window.days, days.hot)) {
      Part part = whole;
      part.hot = true;
      out.parts.push_back(part);
    }
  }
  return out;
}

}  // namespace hk::query
