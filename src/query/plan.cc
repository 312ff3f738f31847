#include "query/plan.h"

#include <algorithm>

namespace hk::query {
namespace {

// Bits of sealed_visits and sealed_hits (docs/storage.md).
constexpr std::uint8_t kFirstVisit = 1;
constexpr std::uint8_t kFirstOfChannel = 2;
constexpr std::uint8_t kFirstOfSource = 4;
constexpr std::uint8_t kFirstOfReferrer = 8;
constexpr std::uint8_t kFirstOfEntryPage = 16;
constexpr std::uint8_t kFirstOfExitPage = 32;
constexpr std::uint8_t kFirstOfPage = 2;

/// Pinned at the visitor's first hit of the day: the same for all of a visitor's rows of a day.
bool constant_for_the_day(Dimension d) {
  switch (d) {
    case Dimension::country:
    case Dimension::browser:
    case Dimension::os:
    case Dimension::device:
    case Dimension::language:
      return true;
    default:
      return false;
  }
}

/// The bit that says "first visit of this visitor's day with this value"; 0 where none was computed.
std::uint8_t visit_bit(Dimension d) {
  switch (d) {
    case Dimension::channel:
      return kFirstOfChannel;
    case Dimension::source:
      return kFirstOfSource;
    case Dimension::referrer:
      return kFirstOfReferrer;
    case Dimension::entry_page:
      return kFirstOfEntryPage;
    case Dimension::exit_page:
      return kFirstOfExitPage;
    default:
      return 0;
  }
}

/// The bit under which sealed visits' visitors may be counted; 0 where only the distinct form is exact: filters on
/// what varies within a visitor's day, and dimensions without a bit of their own.
std::uint8_t bit_of_visits(const Query& query) {
  if (!std::ranges::all_of(query.filters, constant_for_the_day, &Filter::dimension)) return 0;
  std::uint8_t bit = kFirstVisit;
  for (const Dimension d : query.dimensions) {
    if (is_time(d) || constant_for_the_day(d)) continue;
    if (bit != kFirstVisit) return 0;  // no bit for two that vary
    bit = visit_bit(d);
    if (bit == 0) return 0;
  }
  return bit;
}

/// The same for page views by page. A page's own bit does not care which other pages are shown; but a view after
/// midnight belongs to a visit of the day before, whose attributes may differ from those of the view's own day.
std::uint8_t bit_of_hits(const Query& query) {
  const auto fits = [](Dimension d) { return d == Dimension::page || is_time(d); };
  const bool exact =
      std::ranges::all_of(query.dimensions, fits) && std::ranges::all_of(query.filters, fits, &Filter::dimension);
  return exact ? kFirstOfPage : 0;
}

/// The bit that counts the visitors of whole days.
std::uint8_t bit_for(const Query& query, Table table) {
  if (groups_by(query, Dimension::time_hour)) return 0;
  switch (table) {
    case Table::visits:
      return bit_of_visits(query);
    case Table::hits:
      return bit_of_hits(query);
    case Table::events:
      return 0;
  }
  return 0;
}

/// The whole days of a window and, apart from them, the days that it has only a part of: one to three windows.
std::vector<Window> pieces(const Window& window, const db::Zone& zone) {
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

bool overlap(const DayRange& a, const std::optional<DayRange>& b) {
  return b && a.first <= b->last && b->first <= a.last;
}

/// Which of the query's measures are taken from which table.
Measures measures_from(Table table, const Query& query, Measures wanted) {
  const Table of_visitors = groups_by(query, Dimension::event_name) ? Table::events
                            : groups_by(query, Dimension::page)     ? Table::hits
                                                                    : Table::visits;
  Measures out;
  if (table == of_visitors) {
    for (const Measure m : {Measure::visitors, Measure::visits, Measure::bounces, Measure::duration}) out.set(at(m));
  }
  if (table == Table::hits) out.set(at(Measure::pageviews));
  if (table == Table::events) out.set(at(Measure::events));
  return out & wanted;
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

Measures measures_of(const std::vector<Metric>& metrics) {
  Measures out;
  for (const Metric metric : metrics) {
    switch (metric) {
      case Metric::visitors:
        out.set(at(Measure::visitors));
        break;
      case Metric::visits:
        out.set(at(Measure::visits));
        break;
      case Metric::pageviews:
        out.set(at(Measure::pageviews));
        break;
      case Metric::views_per_visit:
        out.set(at(Measure::pageviews)).set(at(Measure::visits));
        break;
      case Metric::bounce_rate:
        out.set(at(Measure::bounces)).set(at(Measure::visits));
        break;
      case Metric::visit_duration:
        out.set(at(Measure::duration)).set(at(Measure::visits));
        break;
      case Metric::events:
        out.set(at(Measure::events));
        break;
    }
  }
  return out;
}

bool belongs_to_visit(Dimension d) {
  return !is_time(d) && d != Dimension::page && d != Dimension::event_name;
}

bool reads_outcomes(const Part& part) {
  if (!part.hot) return false;
  const bool measured = part.measures.test(at(Measure::bounces)) || part.measures.test(at(Measure::duration));
  return part.with_exits || (part.table == Table::visits && measured);
}

Plan plan(const Query& query, const Range& range, const db::Zone& zone, const SiteDays& days) {
  Plan out{.window = window_of(range, zone), .parts = {}};
  const Measures wanted = measures_of(query.metrics);
  const bool of_visits = std::ranges::any_of(query.dimensions, belongs_to_visit) ||
                         std::ranges::any_of(query.filters, belongs_to_visit, &Filter::dimension);
  for (const Table table : {Table::visits, Table::hits, Table::events}) {
    const Measures measures = measures_from(table, query, wanted);
    if (measures.none()) continue;
    const Part whole{
        .table = table, .window = out.window, .measures = measures, .with_visits = table != Table::visits && of_visits};
    // Bits count whole days only; a year must not be counted slowly for the sake of one day that is cut.
    const std::uint8_t bit = measures.test(at(Measure::visitors)) ? bit_for(query, table) : 0;
    for (const Window& piece : bit != 0 ? pieces(out.window, zone) : std::vector{out.window}) {
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
      part.with_exits = groups_by(query, Dimension::exit_page) || filters_on(query, Dimension::exit_page);
      // What became of a visit costs a join; visitors are counted without it where they can be.
      if (reads_outcomes(part) && !part.with_exits && part.measures.test(at(Measure::visitors))) {
        Part visitors = part;
        visitors.measures = Measures().set(at(Measure::visitors));
        out.parts.push_back(visitors);
        part.measures.reset(at(Measure::visitors));
      }
      out.parts.push_back(part);
    }
  }
  return out;
}

}  // namespace hk::query
