#include "query/testing/model.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <regex>
#include <set>
#include <tuple>

#include "base/text.h"
#include "json/reader.h"
#include "query/dates.h"
#include "query/grid.h"
#include "store/properties.h"

namespace hk::query::testing {
namespace {

using store::Hit;
using store::HitKind;

constexpr auto kGap = std::chrono::minutes(30);

bool event(const Hit& hit) {
  return hit.kind == HitKind::event;
}

bool matches(const Filter& filter, const std::string& value) {
  const bool any = std::ranges::any_of(filter.values, [&](const std::string& wanted) {
    const std::string lower = ascii_lower(value);
    const std::string part = ascii_lower(wanted);
    const auto number = store::thousandths_of(value);
    switch (positive(filter.op)) {
      case Operator::contains:
        return lower.contains(part);
      case Operator::starts_with:
        return lower.starts_with(part);
      case Operator::ends_with:
        return lower.ends_with(part);
      case Operator::matches:
        return std::regex_search(value, std::regex(wanted));
      case Operator::greater:
        return number && *number > *store::thousandths_of(wanted);
      case Operator::less:
        return number && *number < *store::thousandths_of(wanted);
      default:
        return value == wanted;
    }
  });
  return any != negates(filter.op);
}

/// Between those that are next to it.
std::optional<double> quantile(std::vector<double> of, double q) {
  if (of.empty()) return std::nullopt;
  std::ranges::sort(of);
  const double place = q * static_cast<double>(of.size() - 1);
  const auto low = static_cast<std::size_t>(place);
  const double high = of[std::min(low + 1, of.size() - 1)];
  return of[low] + (place - static_cast<double>(low)) * (high - of[low]);
}

/// Tests on pages are about the page with which a visit began or ended.
Predicate read_as(Predicate predicate, std::optional<store::Attribute> page) {
  predicate.test.dimension = query::read_as(predicate.test.dimension, page);
  for (Predicate& child : predicate.of) child = read_as(std::move(child), page);
  return predicate;
}

struct Sums {
  std::set<std::pair<Day, std::uint64_t>> visitors;
  double visits = 0, bounces = 0, duration = 0, pageviews = 0, events = 0;
  double engaged = 0, engaged_visits = 0, looked = 0, seen_views = 0, scrolled = 0;
  double entries = 0, exits = 0;
  std::set<std::tuple<Day, std::uint64_t, std::string>> unique_events;
  std::vector<double> durations, numbers;
};

/// Seconds as they are kept of a page view.
double kept(std::uint32_t seconds) {
  return std::nearbyint(std::pow(2.0, std::floor(8 * std::log2(1.0 + seconds)) / 8) - 1);
}

std::optional<double> metric_of(Metric metric, const Sums& s) {
  const auto mean = [&](double sum) { return s.visits == 0 ? std::nullopt : std::optional(sum / s.visits); };
  switch (metric) {
    case Metric::visitors:
      return static_cast<double>(s.visitors.size());
    case Metric::visits:
      return s.visits;
    case Metric::pageviews:
      return s.pageviews;
    case Metric::views_per_visit:
      return mean(s.pageviews);
    case Metric::bounce_rate:
      return mean(100 * s.bounces);
    case Metric::visit_duration:
      return mean(s.duration);
    case Metric::events:
      return s.events;
    case Metric::engaged_time:
      return s.engaged_visits == 0 ? std::nullopt : std::optional(s.engaged / s.engaged_visits);
    case Metric::time_on_page:
      return s.seen_views == 0 ? std::nullopt : std::optional(s.looked / s.seen_views);
    case Metric::scroll_depth:
      return s.seen_views == 0 ? std::nullopt : std::optional(s.scrolled / s.seen_views);
    case Metric::visit_duration_median:
      return quantile(s.durations, 0.5);
    case Metric::entries:
      return s.entries;
    case Metric::exits:
      return s.exits;
    case Metric::exit_rate:
      return s.pageviews == 0 ? std::nullopt : std::optional(100 * s.exits / s.pageviews);
    case Metric::unique_events:
      return static_cast<double>(s.unique_events.size());
    case Metric::property_sum:
      return std::accumulate(s.numbers.begin(), s.numbers.end(), 0.0);
    case Metric::property_average:
      return s.numbers.empty() ? std::nullopt
                               : std::optional(std::accumulate(s.numbers.begin(), s.numbers.end(), 0.0) /
                                               static_cast<double>(s.numbers.size()));
    case Metric::property_median:
      return quantile(s.numbers, 0.5);
    case Metric::property_p75:
      return quantile(s.numbers, 0.75);
    case Metric::property_p95:
      return quantile(s.numbers, 0.95);
    default:
      return std::nullopt;  // not asked of it
  }
}

/// A property of an event as text; "" where it has none.
std::string property(const Hit& hit, const std::string& name) {
  const auto value = json::parse(hit.event_json);
  if (!value) return "";
  const auto found = json::Object(*value).opt_value(name);
  if (!found) return "";
  return found->kind() == json::Value::Kind::string ? std::string(found->text()) : found->str();
}

/// What a hit says of an attribute that value() does not spell out.
std::string said(const store::AttributeRow& row, const Hit& hit) {
  std::string scratch;
  if (row.text != nullptr) return std::string(row.text(hit, scratch));
  return std::string(row.codes[row.number(hit)]);
}

template <class T>
const T& pick(std::mt19937_64& random, const std::vector<T>& from) {
  return from[random() % from.size()];
}

}  // namespace

Model::Model(std::vector<Hit> hits, const db::Zone& zone, HourLabel hour)
    : hits_(std::move(hits)), zone_(zone), hour_(std::move(hour)) {
  // Who continues yesterday's visit says so with yesterday's hash.
  std::map<std::uint64_t, std::size_t> open;  // by the hash of the last hit
  for (const Hit& hit : hits_) {
    auto at = open.find(hit.visitor);
    if (at == open.end() && hit.visitor_before != 0) at = open.find(hit.visitor_before);
    const bool goes_on = at != open.end() && hit.at - visits_[at->second].last < kGap;
    if (hit.kind == HitKind::ping) {
      if (goes_on) look(visits_[at->second], hit);
      continue;
    }
    if (!event(hit) && !hit.title.empty()) titles_[hit.path] = hit.title;
    pinned_.try_emplace({hit.day, hit.visitor}, &hit);
    const std::size_t index = goes_on ? at->second : visits_.size();
    if (!goes_on) visits_.emplace_back();
    open[hit.visitor] = index;
    Visit& visit = visits_[index];
    visit.hits.push_back(&hit);
    visit.exit = hit.path;
    visit.last = hit.at;
    visit.duration = static_cast<double>((to_ms(hit.at) - to_ms(visit.hits.front()->at)) / 1000);
    visit.interactive = visit.interactive || (event(hit) && hit.interactive);
    ++(event(hit) ? visit.events : visit.views);
  }
}

/// Of the newest of the last four views that is of this page.
void Model::look(Visit& visit, const Hit& ping) {
  int left = 4;
  for (auto hit = visit.hits.rbegin(); hit != visit.hits.rend() && left > 0; ++hit) {
    if (event(**hit)) continue;
    --left;
    if ((*hit)->path != ping.path) continue;
    Look& look = visit.looks[*hit];
    look.engaged = std::max(look.engaged, ping.engaged);
    look.scroll = std::max(look.scroll, ping.scroll);
    visit.last = std::max(visit.last, ping.at);
    visit.duration = static_cast<double>((to_ms(visit.last) - to_ms(visit.hits.front()->at)) / 1000);
    return;
  }
}

std::string Model::value(Dimension::Kind d, const Visit& visit) const {
  const Hit& first = *visit.hits.front();
  const Hit& pin = *pinned_.at({first.day, first.visitor});
  switch (d) {
    case Dimension::entry_page:
      return first.path;
    case Dimension::exit_page:
      return visit.exit;
    case Dimension::hostname:
      return first.hostname;
    case Dimension::referrer:
      return first.referrer_host + first.referrer_path;
    case Dimension::referrer_host:
      return first.referrer_host;
    case Dimension::source:
      return first.source;
    case Dimension::channel:
      return std::string(store::name_of(first.channel));
    case Dimension::utm_source:
      return first.utm_source;
    case Dimension::utm_medium:
      return first.utm_medium;
    case Dimension::utm_campaign:
      return first.utm_campaign;
    case Dimension::utm_term:
      return first.utm_term;
    case Dimension::utm_content:
      return first.utm_content;
    case Dimension::country:
      return pin.country;
    case Dimension::browser:
      return pin.browser;
    case Dimension::os:
      return pin.os;
    case Dimension::device:
      return std::string(store::name_of(pin.device));
    case Dimension::language:
      return pin.language;
    case Dimension::network:
      return pin.asn == 0 ? "" : "AS" + std::to_string(pin.asn);
    case Dimension::region:
      return std::string(region_of(pin.city));
    default: {
      const store::AttributeRow& row = attribute_of(d);
      const Hit& hit = constant_for_the_day(d) ? pin : first;
      return row.within ? joined(d, said(store::row_of(*row.within), hit), said(row, hit)) : said(row, hit);
    }
  }
}

std::string Model::title_of(const Hit& row) const {
  const auto title = titles_.find(row.path);
  return title == titles_.end() ? "" : title->second;
}

/// Whether the visit, or the visitor on the row's day, did it.
bool Model::did(const Filter& what, const Visit& visit, const Hit* row) const {
  const Matcher matcher{what.done.front()};
  if (what.dimension == Dimension::done_in_visit)
    return std::ranges::any_of(visit.hits, [&](const Hit* hit) { return meant(matcher, *hit); });
  const Hit& who = row != nullptr ? *row : *visit.hits.front();
  return std::ranges::any_of(hits_, [&](const Hit& hit) {
    return hit.kind != HitKind::ping && hit.day == who.day && hit.visitor == who.visitor && meant(matcher, hit);
  });
}

/// Whether a tree's tests hold for what one row says: the page view or event `row`, or its visit.
bool Model::holds(const Predicate& tree, const Visit& visit, const Hit* row) const {
  const auto inside = [&](const Predicate& child) { return holds(child, visit, row); };
  if (tree.kind == Junction::all) return std::ranges::all_of(tree.of, inside);
  if (tree.kind == Junction::any) return std::ranges::any_of(tree.of, inside);
  const Dimension& d = tree.test.dimension;
  if (is_done(d)) return did(tree.test, visit, row) != negates(tree.test.op);
  return matches(tree.test, d == Dimension::page         ? row->path
                            : d == Dimension::title      ? title_of(*row)
                            : d == Dimension::event_name ? row->event_name
                            : has_parameter(d)           ? property(*row, d.parameter)
                                                         : value(d, visit));
}

/// All of these, as the language says it (docs/query-language.md, "Filters put together"). `hit`: the row that is
/// counted, null for the visit itself.
bool Model::passes(const std::vector<Predicate>& all, const Visit& visit, const Hit* hit) const {
  enum class Place : std::uint8_t { here, view, action };
  const auto place = [&](const Dimension& d) {
    const Table own = hit == nullptr ? Table::visits : event(*hit) ? Table::events : Table::hits;
    if (stands_in(d, own)) return Place::here;
    return belongs_to(d, store::Owner::hit) ? Place::view : Place::action;
  };
  std::vector<Predicate> views, actions;
  for (const Predicate& child : all) {
    std::set<Place> places;
    each_test(child, [&](const Filter& test) { places.insert(place(test.dimension)); });
    if (places.size() > 1) {
      const bool ok = child.kind == Junction::all
                          ? passes(child.of, visit, hit)
                          : std::ranges::any_of(child.of, [&](const Predicate& p) { return passes({p}, visit, hit); });
      if (!ok) return false;
    } else if (*places.begin() == Place::here) {
      if (!holds(child, visit, hit)) return false;
    } else {
      (*places.begin() == Place::view ? views : actions).push_back(child);
    }
  }
  const auto has = [&](const std::vector<Predicate>& wanted, bool events) {
    const Predicate together{.kind = Junction::all, .of = wanted};
    return wanted.empty() || std::ranges::any_of(visit.hits, [&](const Hit* h) {
             return event(*h) == events && holds(together, visit, h);
           });
  };
  return has(views, false) && has(actions, true);
}

std::vector<std::string> Model::group(const Single& query, const Visit& visit, const Hit* hit, TimeMs at) const {
  std::vector<std::string> out;
  for (const Dimension& d : query.dimensions) {
    if (d == Dimension::time_hour) {
      out.push_back(hour_(at));
    } else if (d == Dimension::time_minute) {
      const std::string rest = std::to_string(to_ms(at) / 60'000 % 60);
      const std::string hour = hour_(at);
      // Offsets may be of half hours: the clock's minute is that of the local time.
      const int shift = std::stoi(hour.substr(23, 2)) * (hour[19] == '-' ? -1 : 1);
      const int minute = ((std::stoi(rest) + shift) % 60 + 60) % 60;
      out.push_back(concat({hour.substr(0, 14), minute < 10 ? "0" : "", std::to_string(minute), hour.substr(16)}));
    } else if (d == Dimension::hour_of_week) {
      const std::string hour = hour_(at);
      out.push_back(concat({std::to_string(weekday_of(*parse_date(hour.substr(0, 10))) + 1), hour.substr(10, 3)}));
    } else if (d == Dimension::time_week || d == Dimension::time_quarter) {
      out.push_back(date_text(first_day_of(d, zone_.day_of(at), 1)));
    } else if (d == Dimension::time_day) {
      out.push_back(date_text(zone_.day_of(at)));
    } else if (d == Dimension::time_month) {
      out.push_back(date_text(month_of(zone_.day_of(at))));
    } else if (d == Dimension::page) {
      out.push_back(hit->path);
    } else if (d == Dimension::title) {
      out.push_back(title_of(*hit));
    } else if (d == Dimension::event_name) {
      out.push_back(hit->event_name);
    } else if (has_parameter(d)) {
      out.push_back(property(*hit, d.parameter));
    } else {
      out.push_back(value(d, visit));
    }
  }
  return out;
}

Groups Model::answer(const Single& query, const Range& range) const {
  const auto* days = std::get_if<DayRange>(&range);
  const auto* instants = std::get_if<InstantRange>(&range);
  const auto inside = [&](TimeMs at) {
    const Day day = zone_.day_of(at);
    return days ? day >= days->first && day <= days->last : at >= instants->from && at < instants->to;
  };
  Measures wanted;
  for (const Metric metric : query.metrics) wanted |= measures_of(metric);
  const auto wants = [&](Measure measure) { return wanted.test(at(measure)); };
  const Predicate filter = query.filter();
  const bool by_event = std::ranges::any_of(
      query.dimensions, [](const Dimension& d) { return d == Dimension::event_name || d == Dimension::property; });
  const bool by_page = !by_event && std::ranges::any_of(query.dimensions, [](const Dimension& d) {
    return belongs_to(d, store::Owner::hit);
  });
  std::map<std::vector<std::string>, Sums> sums;
  if (query.dimensions.empty()) sums[{}];
  for (const Visit& visit : visits_) {
    const Hit& first = *visit.hits.front();
    const bool of_visits =
        (wanted &
         Measures(bits_of({Measure::visitors, Measure::visits, Measure::bounces, Measure::duration, Measure::engaged,
                           Measure::engaged_visits, Measure::entries, Measure::exits, Measure::durations})))
            .any();
    for (const Measure measure : {Measure::entries, Measure::exits}) {
      if (by_event || !by_page || !wants(measure) || !inside(first.at)) continue;
      const auto page = facts_of(measure).page;
      if (!passes(read_as(filter, page).of, visit, nullptr)) continue;
      Single of = query;
      for (Dimension& d : of.dimensions) d = query::read_as(d, page);
      Sums& s = sums[group(of, visit, nullptr, first.at)];
      ++(measure == Measure::entries ? s.entries : s.exits);
    }
    if (!by_event && !by_page && of_visits && inside(first.at) && passes(filter.of, visit, nullptr)) {
      Sums& s = sums[group(query, visit, nullptr, first.at)];
      s.visitors.insert({first.day, first.visitor});
      s.visits += 1;
      std::uint32_t engaged = 0;
      for (const auto& [view, look] : visit.looks) engaged += look.engaged;
      s.bounces += visit.views == 1 && !visit.interactive && engaged < 10 ? 1 : 0;
      s.duration += visit.duration;
      s.engaged += engaged;
      s.engaged_visits += visit.looks.empty() ? 0 : 1;
      s.entries += 1;
      s.exits += 1;
      s.durations.push_back(visit.duration);
    }
    for (const Hit* hit : visit.hits) {
      const bool counted = event(*hit)
                               ? wants(Measure::events) || wants(Measure::unique_events) || wants(Measure::told) ||
                                     wants(Measure::told_values) || (by_event && wants(Measure::visitors))
                               : wants(Measure::pageviews) || wants(Measure::looked) || wants(Measure::scrolled) ||
                                     (by_page && wants(Measure::visitors));
      if (!counted || !inside(hit->at) || (by_event && !event(*hit)) || !passes(filter.of, visit, hit)) continue;
      Sums& s = sums[group(query, visit, hit, hit->at)];
      ++(event(*hit) ? s.events : s.pageviews);
      if (event(*hit)) {
        s.unique_events.insert({hit->day, hit->visitor, hit->event_name});
        if (const auto number = store::thousandths_of(property(*hit, query.number)))
          s.numbers.push_back(static_cast<double>(*number) / 1'000);
      }
      if (const auto seen = visit.looks.find(hit); seen != visit.looks.end()) {
        ++s.seen_views;
        s.looked += kept(seen->second.engaged);
        s.scrolled += std::max(seen->second.scroll - 1, 0) / 5 * 5;
      }
      if ((by_event && event(*hit)) || (by_page && !event(*hit))) s.visitors.insert({hit->day, hit->visitor});
    }
  }
  Groups out;
  for (const auto& [names, s] : sums) {
    auto& metrics = out[names];
    for (const Metric metric : query.metrics) metrics.push_back(metric_of(metric, s));
  }
  return out;
}

/// Those that began in the range and pass.
std::vector<const Model::Visit*> Model::visits_of(const Predicate& where, const Range& range) const {
  const auto* days = std::get_if<DayRange>(&range);
  const auto* instants = std::get_if<InstantRange>(&range);
  std::vector<const Visit*> out;
  for (const Visit& visit : visits_) {
    const TimeMs at = visit.hits.front()->at;
    const Day day = zone_.day_of(at);
    const bool inside = days ? day >= days->first && day <= days->last : at >= instants->from && at < instants->to;
    if (inside && passes(where.of, visit, nullptr)) out.push_back(&visit);
  }
  return out;
}

bool Model::meant(const Matcher& matcher, const Hit& hit) const {
  return event(hit) == (rows_of(matcher) == Table::events) && holds(normal(matcher.test), visits_.front(), &hit);
}

FunnelFigures Model::funnel(const Funnel& funnel, const Predicate& where, const Range& range) const {
  std::map<std::pair<Day, std::uint64_t>, std::vector<const Hit*>> walks;
  std::uint64_t number = 0;
  for (const Visit* visit : visits_of(where, range)) {
    const Hit& first = *visit->hits.front();
    const bool day = funnel.within == Funnel::Within::day;
    auto& walk = walks[day ? std::pair(first.day, first.visitor) : std::pair(Day{0}, number++)];
    walk.insert(walk.end(), visit->hits.begin(), visit->hits.end());
  }
  const std::size_t steps = funnel.steps.size();
  FunnelFigures out{.reached = std::vector<std::uint64_t>(steps), .seconds = {}, .whole = {}};
  std::vector<std::vector<double>> took(steps);
  std::vector<double> whole;
  const Millis window = funnel.window.value_or(Millis::max());
  for (const auto& [who, walk] : walks) {
    // began[k][i]: when the ways of k + 1 steps that end with the i-th hit began at the latest.
    std::vector<std::vector<std::optional<TimeMs>>> began(steps, std::vector<std::optional<TimeMs>>(walk.size()));
    for (std::size_t k = 0; k < steps; ++k) {
      std::optional<std::size_t> first, before;
      for (std::size_t i = 0; i < walk.size(); ++i) {
        if (!meant(funnel.steps[k], *walk[i])) continue;
        if (k == 0) began[k][i] = walk[i]->at;
        for (std::size_t j = 0; k > 0 && j < i; ++j) {
          const auto& start = began[k - 1][j];
          if (start && walk[i]->at - *start <= window && (!began[k][i] || *began[k][i] < *start)) began[k][i] = start;
        }
        if (began[k][i] && !first) first = i;
      }
      if (!first) break;
      ++out.reached[k];
      for (std::size_t j = 0; k > 0 && j < *first; ++j) before = began[k - 1][j] ? j : before;
      const auto seconds = [&](TimeMs from) { return static_cast<double>((walk[*first]->at - from).count() / 1'000); };
      if (k > 0) took[k].push_back(seconds(walk[*before]->at));
      if (k + 1 == steps) whole.push_back(seconds(*began[k][*first]));
    }
  }
  const auto median = [](std::vector<double> of) -> std::optional<double> {
    if (of.empty()) return std::nullopt;
    std::ranges::sort(of);
    return (of[(of.size() - 1) / 2] + of[of.size() / 2]) / 2;
  };
  for (const auto& times : took) out.seconds.push_back(median(times));
  out.whole = median(whole);
  return out;
}

JourneysResult Model::journeys(const Journeys& journeys, const Predicate& where, const Range& range) const {
  JourneysResult out;
  std::vector<std::vector<std::string>> ways;
  for (const Visit* visit : visits_of(where, range)) {
    std::vector<const Hit*> views;
    std::ranges::copy_if(visit->hits, std::back_inserter(views), [](const Hit* hit) { return !event(*hit); });
    if (views.empty()) continue;
    ++out.visits;
    if (journeys.way == Journeys::Way::to) std::ranges::reverse(views);
    bool on = !journeys.page;
    std::vector<std::string> way;
    for (const Hit* view : views) {
      on = on || meant(*journeys.page, *view);
      if (on && (way.empty() || way.back() != view->path)) way.push_back(view->path);
    }
    if (way.size() > journeys.depth) way.resize(journeys.depth);
    if (!way.empty()) ways.push_back(way);
  }
  std::map<std::tuple<std::size_t, std::string, std::string>, std::uint64_t> edges;  // "": ended
  for (std::size_t depth = 0; depth < journeys.depth; ++depth) {
    JourneyDepth& at = out.depths.emplace_back();
    std::map<std::string, std::uint64_t> pages;
    for (const auto& way : ways) {
      if (depth < way.size()) ++pages[way[depth]];
      if (depth == way.size()) ++at.ended;
      if (depth > 0 && depth - 1 < way.size())
        ++edges[{depth - 1, way[depth - 1], depth < way.size() ? way[depth] : ""}];
    }
    at.pages.assign(pages.begin(), pages.end());
    std::ranges::sort(at.pages, [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
  }
  for (const auto& [edge, visits] : edges) {
    const auto& [depth, from, to] = edge;
    const auto place = [&](std::size_t of, const std::string& page) {
      const auto& pages = out.depths[of].pages;
      return static_cast<std::size_t>(std::ranges::find(pages, page, [](const auto& p) { return p.first; }) -
                                      pages.begin());
    };
    out.edges.push_back({depth, place(depth, from),
                         to.empty() ? out.depths[depth + 1].place_of_ended() : place(depth + 1, to), visits});
  }
  std::ranges::sort(out.edges, {}, [](const JourneyEdge& e) { return std::tuple(e.depth, e.from, e.to); });
  return out;
}

std::vector<Hit> random_hits(std::mt19937_64& random, SiteKey site, const db::Zone& zone, Day first, int days) {
  const auto below = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
  };
  const auto hash = [&](std::int64_t person, Day day) {
    return (static_cast<std::uint64_t>(site) * 1'000 + static_cast<std::uint64_t>(person)) * 0x9E3779B97F4A7C15 ^
           static_cast<std::uint64_t>(day + 1) * 0xBF58476D1CE4E5B9;
  };
  const TimeMs start = zone.start_of(first);
  const TimeMs end = zone.start_of(first + days);
  std::vector<Hit> hits;
  for (std::int64_t person = 0, people = random() % 8 == 0 ? 0 : 6 + below(16); person < people; ++person) {
    TimeMs at = start + Millis(below((end - start).count()));
    if (below(2) == 0) at = zone.start_of(zone.day_of(at)) + std::chrono::minutes(below(50) - 40);
    for (auto left = 3 + below(12); at < end && left >= 0; --left) {
      Hit h;
      h.site = site;
      h.at = std::max(at, start);
      h.day = zone.day_of(h.at);
      h.visitor = hash(person, h.day);
      if (h.at - zone.start_of(h.day) < kGap) h.visitor_before = hash(person, h.day - 1);
      h.path = pick<std::string>(random, {"/", "/blog", "/blog/Owls", "/pricing"});
      if (h.path != "/pricing") h.title = h.path == "/" ? "Home" : "Blog";
      h.event_json =
          pick<std::string>(random, {"", R"({"author":"Ada","words":120})", R"({"author":"Grace","words":99.5})"});
      h.hostname = pick<std::string>(random, {"a.example", "b.example"});
      h.referrer_host = pick<std::string>(random, {"", "google.com", "News.Example"});
      if (!h.referrer_host.empty()) h.referrer_path = pick<std::string>(random, {"", "/", "/item"});
      h.source = pick<std::string>(random, {"", "Google", "Hacker News"});
      h.channel = static_cast<store::Channel>(below(3));
      h.utm_source = pick<std::string>(random, {"", "news"});
      h.utm_campaign = pick<std::string>(random, {"", "spring", "autumn"});
      h.browser = pick<std::string>(random, {"Chrome", "Firefox"});
      h.os = pick<std::string>(random, {"Linux", ""});
      h.device = static_cast<store::Device>(below(4));
      h.language = pick<std::string>(random, {"de-AT", "en", ""});
      h.country = pick<std::string>(random, {"AT", "DE", ""});
      h.city = pick<std::string>(random, {"", "Linz, Upper Austria, AT", "Wels, Upper Austria, AT", "Upper Austria, AT",
                                          "Vienna, , AT", "Kiel, Schleswig, DE"});
      h.asn = static_cast<std::uint32_t>(below(3)) * 1'001;
      h.browser_version = pick<std::string>(random, {"", "146", "18.2"});
      if (!h.os.empty()) h.os_version = pick<std::string>(random, {"", "15"});
      h.screen_width = static_cast<std::uint16_t>(below(4) * 500);
      if (below(5) == 0) {
        h.kind = HitKind::event;
        h.title.clear();
        h.event_name = pick<std::string>(random, {"signup", "click"});
        h.event_json = pick<std::string>(random, {"", R"({"plan":"Pro","a/b":1})", R"({"plan":"free","a/b":-2.5})",
                                                  R"({"plan":null,"a/b":"x"})", R"({"a/b":true})"});
        h.interactive = below(3) != 0;
      }
      hits.push_back(std::move(h));
      if (hits.back().kind == HitKind::pageview && below(2) == 0) {
        Hit ping = hits.back();
        ping.kind = HitKind::ping;
        ping.at += Millis(below(25 * 60'000));
        ping.day = zone.day_of(ping.at);
        ping.visitor = hash(person, ping.day);
        ping.visitor_before = ping.at - zone.start_of(ping.day) < kGap ? hash(person, ping.day - 1) : 0;
        ping.engaged = static_cast<std::uint32_t>(below(below(2) == 0 ? 20 : 2'000));
        ping.scroll = static_cast<std::uint8_t>(below(102));
        hits.push_back(std::move(ping));
      }
      // Within the visit, or clearly after it.
      at = hits.back().at + (below(4) != 0 ? Millis(1'000 + below(28 * 60'000))
                                           : Millis(std::chrono::minutes(31 + below(below(4) == 0 ? 1'200 : 120))));
    }
  }
  std::ranges::sort(hits, {}, [](const Hit& h) { return std::pair(h.at, h.visitor); });
  return hits;
}

namespace {

/// One that has no name in the code.
Dimension named(std::string_view name) {
  return *dimension_named(name);
}

const std::vector<Dimension> kProperties{{Dimension::property, "plan"},
                                         {Dimension::property, "a/b"},
                                         {Dimension::page_property, "author"},
                                         {Dimension::page_property, "words"}};

/// What may be filtered by, and texts that find something, nothing, or a part.
const std::vector<std::pair<Dimension, std::vector<std::string>>>& filterable() {
  static const std::vector<std::pair<Dimension, std::vector<std::string>>> values{
      {Dimension::page, {"/", "/blog", "/blog/Owls", "/nowhere", "owls"}},
      {Dimension::entry_page, {"/", "/blog", "/pricing"}},
      {Dimension::exit_page, {"/", "/blog", "/pricing"}},
      {Dimension::hostname, {"a.example", "b", "Example"}},
      {Dimension::referrer,
       {"", "google.com", "google.com/item", "news.example/", "com/it", "/", "example", "News.Example"}},
      {Dimension::source, {"", "Google", "news"}},
      {Dimension::channel, {"direct", "organic_search", "Search", "nothing"}},
      {Dimension::utm_campaign, {"", "spring", "ring"}},
      {Dimension::country, {"AT", "DE", "", "a"}},
      {Dimension::browser, {"Chrome", "fire"}},
      {Dimension::device, {"desktop", "mobile", "unknown", "o"}},
      {Dimension::language, {"de-AT", "en", "de"}},
      {named("browser_version"), {"Chrome 146", "Firefox", "Firefox 18.2", "fox 1", " 14", "x ", "46"}},
      {named("os_version"), {"Linux 15", "Linux", "", "x 1"}},
      {named("screen"), {"unknown", "xs", "s"}},
      {named("city"), {"Linz, Upper Austria, AT", "", "austria", "Vienna, , AT"}},
      {Dimension::region, {"Upper Austria, AT", "Schleswig, DE", "", "AT", "upper", "Linz"}},
      {Dimension::network, {"AS1001", "AS2002", "", "as1", "2"}},
      {Dimension::event_name, {"signup", "click", "sign"}},
      {kProperties[0], {"Pro", "free", "r", ""}},
      {kProperties[1], {"1", "true", "x", ""}},
      {kProperties[2], {"Ada", "", "a"}},
      {kProperties[3], {"120", "99.5", "9"}},
      {Dimension::title, {"Home", "Blog", "", "o"}}};
  return values;
}

}  // namespace

Single random_query(std::mt19937_64& random, const db::Zone& zone, Day first, int days) {
  const auto below = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
  };
  const auto range = [&]() -> Range {
    const Day from = first + static_cast<Day>(below(days + 2)) - 1;
    const Day to = from + static_cast<Day>(below(days));
    if (below(3) != 0) return DayRange{from, to};
    const TimeMs start = zone.start_of(from) + std::chrono::minutes(below(1'440));
    return InstantRange{start, start + std::chrono::minutes(1 + below(1'440 * days))};
  };
  const auto& values = filterable();
  for (;;) {
    Single q{};
    // Visitors are what can go wrong: they are asked more often than the others.
    if (below(2) == 0) q.metrics.push_back(Metric::visitors);
    for (auto n = below(3); n > 0; --n) q.metrics.push_back(static_cast<Metric>(below(std::int64_t(Metric::lcp))));
    std::erase(q.metrics, Metric::visitors_per_day);  // by the days that are known: wrong_numbers_test.cc
    if (below(2) == 0) q.number = pick<std::string>(random, {"a/b", "plan", "nothing"});
    if (q.metrics.empty()) continue;
    for (auto n = below(3); n > 0; --n) {
      if (below(kDimensions) == 0) {
        q.dimensions.push_back(pick(random, kProperties));
      } else {
        q.dimensions.emplace_back(kAllDimensions.at(below(kDimensions)));
      }
    }
    const auto test = [&] {
      const auto& [dimension, texts] = pick(random, values);
      Filter f{.dimension = dimension,
               .op = static_cast<Operator>(below(std::int64_t(kOperatorNames.size()))),
               .values = {}};
      for (auto v = 1 + below(2); v > 0; --v) f.values.push_back(pick(random, texts));
      return f;
    };
    const auto filter = [&] {
      if (below(5) != 0) return test();
      Predicate what{.kind = below(3) == 0 ? Junction::any : Junction::all};
      for (auto n = 1 + below(2); n > 0;) {
        Filter one = test();
        if (!belongs_to(one.dimension, store::Owner::hit) && !belongs_to(one.dimension, store::Owner::event)) continue;
        what.of.push_back(test_of(std::move(one)));
        --n;
      }
      return done_within(static_cast<Within>(below(2)), std::move(what), static_cast<Operator>(below(2)));
    };
    for (auto n = below(3); n > 0; --n) q.filters.push_back(filter());
    const std::function<Predicate(std::size_t)> tree = [&](std::size_t depth) -> Predicate {
      const auto kind = static_cast<Junction>(depth == 0 ? 0 : below(4));
      if (kind == Junction::test) return test_of(filter());
      Predicate out{.kind = kind};
      for (auto n = kind == Junction::none ? 1 : 1 + below(3); n > 0; --n) out.of.push_back(tree(depth - 1));
      return out;
    };
    if (below(2) == 0) q.where = {.kind = Junction::all, .of = {tree(3)}};
    if (below(3) == 0) {
      // What bits were made for: whole days by something that varies, filtered by nothing that does.
      q.dimensions = {pick<Dimension>(random, {Dimension::channel, Dimension::source, Dimension::referrer,
                                               Dimension::entry_page, Dimension::exit_page, Dimension::page})};
      q.filters.clear();
      q.where = {};
      if (below(2) == 0) q.filters.push_back({.dimension = Dimension::country, .values = {"DE", ""}});
    }
    q.range = range();
    if (below(2) == 0) q.compare = range();
    if (below(3) == 0 && !q.dimensions.empty()) q.order.push_back({q.dimensions.back(), below(2) == 0});
    if (below(3) == 0) q.order.push_back({q.metrics.back(), below(2) == 0});
    q.limit = static_cast<std::uint32_t>(1 + below(12));
    if (check(q.question())) return q;
  }
}

}  // namespace hk::query::testing
