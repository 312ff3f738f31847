#include "query/tally.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <numeric>

#include "base/ensure.h"
#include "base/text.h"
#include "query/dates.h"
#include "query/told.h"
#include "query/writing.h"
#include "sql/query.h"
#include "store/properties.h"

namespace hk::query {
namespace {

constexpr std::string_view kNamed = "groups that have names are those of a dimension";
/// Groups of all parts of a query; of more DuckDB makes the list.
constexpr std::size_t kMostSums = 250'000;
/// Groups whose order only their names decide; more of them are put in order by DuckDB.
constexpr std::size_t kMostNamed = 2'000;

/// Its groups are told by texts.
bool has_names(const By& by) {
  return by.dimension && !is_time(*by.dimension);
}

Day month_after(Day day) {
  return add_months(month_of(day), 1);
}

/// By what a site's days are cut.
std::string zones_in(const db::Zone& zone) {
  const std::string before = zone.before() ? zones_in(*zone.before()) + std::to_string(zone.from()) + ' ' : "";
  return before + zone.name() + ' ';
}

/// Sealed days as parts that are worth keeping.
std::vector<DayRange> stretches(const DayRange& days) {
  if (days.last - days.first < kOnePartDays) return {days};
  std::vector<DayRange> out;
  for (Day first = days.first; first <= days.last; first = month_after(first))
    out.push_back({first, std::min(days.last, month_after(first) - 1)});
  return out;
}

/// The windows of a sealed part, each either of whole days or of none.
std::vector<Window> windows_of(const Part& part, const DayRange& sealed, const db::Zone& zone) {
  std::vector<Window> out;
  for (const Window& window : days_apart(part.window, zone)) {
    const DayRange days{std::max(window.days.first, sealed.first), std::min(window.days.last, sealed.last)};
    if (days.first > days.last) continue;
    if (!window.whole_days) {
      out.push_back(window);
      continue;
    }
    for (const DayRange& stretch : stretches(days)) out.push_back(window_of(stretch, zone));
  }
  return out;
}

/// Whether a filter looks at other rows than those that are counted, and their visits' own.
bool looks_elsewhere(const Predicate& where, const Part& part) {
  return !every_test(where, [&](const Filter& test) {
    return !is_done(test.dimension) && stands_in(read_as(test.dimension, part.page), part.table);
  });
}

/// As DuckDB puts rows in order: what is no data comes last.
int compare(const std::optional<double>& a, const std::optional<double>& b, bool descending) {
  if (!a || !b) return a ? -1 : b ? 1 : 0;
  if (*a == *b) return 0;
  return (*a < *b) != descending ? -1 : 1;
}

std::vector<Order> orders_of(const Query& query) {
  return query.order.empty() ? std::vector{Order{query.metrics.front(), true}} : query.order;
}

/// By the query's order, as far as names do not matter.
class Ahead {
 public:
  explicit Ahead(const Query& query) : orders_(orders_of(query)) {}
  bool operator()(const Sums& a, const Sums& b) const {
    for (const Order& order : orders_) {
      const auto* metric = std::get_if<Metric>(&order.by);
      if (metric == nullptr) return false;
      const int sign = compare(value_of(*metric, a), value_of(*metric, b), order.descending);
      if (sign != 0) return sign < 0;
    }
    return false;
  }

 private:
  std::vector<Order> orders_;
};

/// By the query's order, then by names.
bool comes_before(const Query& query, const std::vector<Order>& orders, const Ranked& a, const Ranked& b) {
  for (const Order& order : orders) {
    int sign = 0;
    if (const auto* metric = std::get_if<Metric>(&order.by)) {
      const auto at = static_cast<std::size_t>(std::ranges::find(query.metrics, *metric) - query.metrics.begin());
      sign = compare(a.metrics[at], b.metrics[at], order.descending);
    } else {
      sign = a.names[0].compare(b.names[0]) * (order.descending ? -1 : 1);
    }
    if (sign != 0) return sign < 0;
  }
  return a.names[0] < b.names[0];
}

/// Where a text is kept between questions.
Names::Id id_of(const Snapshot& snapshot, store::TextKind kind, std::uint32_t id) {
  const site::Site& site = snapshot.site();
  return {.lane = site.lane, .site = store::dictionary_of(kind, site.key), .kind = kind, .id = id};
}

/// The texts of the dictionary of which the name of a group is made.
std::vector<std::pair<store::TextKind, std::uint32_t>> texts_in(const By& by, std::uint64_t key) {
  const Dimension& dimension = ensured(by.dimension, kNamed);
  if (has_parameter(dimension)) {
    const auto id = text_told(static_cast<std::int64_t>(key));
    if (!id) return {};
    return {{store::kPropertyValue, *id}};
  }
  const auto kinds = kinds_of(dimension);
  if (kinds.empty()) return {};
  if (kinds.size() == 1) return {{kinds[0], static_cast<std::uint32_t>(key)}};
  return {{kinds[0], static_cast<std::uint32_t>(key >> 32)}, {kinds[1], static_cast<std::uint32_t>(key)}};
}

/// The name of a group that no text tells.
std::string name_without_text(const By& by, std::uint64_t key) {
  const Dimension& dimension = ensured(by.dimension, kNamed);
  if (has_parameter(dimension)) return store::text_of_thousandths(static_cast<std::int64_t>(key) - kToldZero);
  if (dimension == Dimension::network) return network_text(static_cast<std::uint32_t>(key));
  const auto codes = codes_of(dimension);
  return key < codes.size() ? std::string(codes[key]) : "";
}

/// The groups to which those of some keys belong.
template <class KeyOf>
SumsByKey gathered(const SumsByKey& groups, const KeyOf& key_of) {
  SumsByKey out;
  groups.each([&](std::uint64_t key, const Sums& sums) {
    Sums& all = out[key_of(key)];
    for (std::size_t m = 0; m < kSums; ++m) all[m] += sums[m];
  });
  return out;
}

/// Of keys that are days: those of the times in which they lie.
SumsByKey by_time(const SumsByKey& days, Dimension::Kind time, std::int64_t first_weekday) {
  return gathered(days, [&](std::uint64_t day) {
    return static_cast<std::uint64_t>(first_day_of(time, static_cast<Day>(day), first_weekday));
  });
}

/// Of keys that are places. A visitor's day has one place, so that visitors add up as well.
SumsByKey by_region(const SumsByKey& places, const Regions::Places& regions) {
  return gathered(places, [&](std::uint64_t place) { return std::uint64_t{regions.at(place)}; });
}

/// Tells it from others.
std::string text_of(const By& by) {
  if (!by.dimension) return "-";
  const std::string& parameter = by.dimension->parameter;
  return concat({std::to_string(static_cast<int>(by.dimension->kind)), " ", std::to_string(parameter.size()), ":",
                 parameter, " "});
}

std::string many(const Snapshot& snapshot, const By& by) {
  return concat({"many ", std::to_string(static_cast<unsigned>(snapshot.site().lane)), " ",
                 std::to_string(static_cast<unsigned>(snapshot.site().key)), " ", text_of(by)});
}

const Query* query_at(const Question& question, std::size_t query) {
  return std::get_if<Query>(&question.queries[query].second);
}

}  // namespace

// --- what is read ------------------------------------------------------------------------------------

Result<void> Tallies::plan(Snapshot& snapshot) {
  for (std::size_t i = 0; i < question_.queries.size(); ++i) {
    const Query* query = query_at(question_, i);
    const auto by = query != nullptr ? by_of(*query) : std::nullopt;
    if (!by || kept_.parts.find(many(snapshot, *by))) continue;
    tallied_.try_emplace(i, Tallied{.by = *by, .where = filter_of(question_, *query)});
  }
  if (tallied_.empty()) return {};
  const auto by_region = [](const auto& one) { return one.second.by.dimension == Dimension::region; };
  if (std::ranges::any_of(tallied_, by_region)) {
    auto regions = kept_.regions.of(snapshot.connection(), snapshot.site().lane);
    if (!regions) return std::unexpected(regions.error());
    regions_ = std::move(*regions);
  }
  const auto days = snapshot.days();
  if (!days) return std::unexpected(days.error());
  days_ = days_known(window_of(question_.range, *snapshot.site().zone), *days, snapshot.today());
  for (const auto& [i, tallied] : tallied_) {
    const Query& query = *query_at(question_, i);
    if (auto ok = plan_range(snapshot, i, false, question_.range, *days); !ok) return ok;
    if (const auto& other = compare_of(question_, query)) {
      const Range range = by_time_alone(query) ? *other : so_far(*other, until_, *snapshot.site().zone);
      if (auto ok = plan_range(snapshot, i, true, range, *days); !ok) return ok;
    }
  }
  return {};
}

Result<void> Tallies::plan_range(Snapshot& snapshot, std::size_t query, bool other, const Range& range,
                                 const SiteDays& days) {
  const db::Zone& zone = *snapshot.site().zone;
  Tallied& tallied = tallied_.at(query);
  const Query& asked = *query_at(question_, query);
  Plan plan = query::plan(asked, tallied.where, range, zone, days);
  if (auto ok = read_told_alone(snapshot, asked, tallied.where, plan); !ok) return ok;
  if (is_time(tallied.by)) {
    auto times = grid(ensured(tallied.by.dimension, "a time is a dimension"), plan.window, zone,
                      snapshot.first_weekday(), snapshot.connection());
    if (!times) return std::unexpected(times.error());
    tallied.times[other ? 1 : 0] = std::move(*times);
  }
  for (const Part& part : plan.parts) {
    for (const Window& window : part.hot
                                    ? std::vector{part.window}
                                    : windows_of(part, ensured(days.sealed, "sealed parts lie on sealed days"), zone)) {
      Part piece = part;
      piece.window = window;
      if (auto ok = need(snapshot, query, other, piece); !ok) return ok;
    }
  }
  return {};
}

Result<void> Tallies::need(Snapshot& snapshot, std::size_t query, bool other, Part part) {
  Tallied& tallied = tallied_.at(query);
  // How visitors are counted is nothing to who does not ask for them.
  if (!part.hot && !part.measures.test(at(Measure::visitors))) part.counting = Counting::bits;
  // Over which page a row stands matters to filters on pages alone: without one it is read with the others.
  const By by{tallied.by.dimension ? std::optional(read_as(*tallied.by.dimension, part.page)) : std::nullopt};
  if (!filters_on_kind(tallied.where, Dimension::page)) part.page = {};
  const auto key = key_of(snapshot, tallied, by, part);
  if (!key) return std::unexpected(key.error());
  if (const auto known = key->empty() ? nullptr : kept_.parts.find(*key)) {
    add(*known, tallied, other);
    return {};
  }
  const std::string filter = fingerprint(tallied.where);
  auto sheet = std::ranges::find_if(
      sheets_, [&](const Sheet& known) { return known.filter == filter && read_together(known.rows, part); });
  if (sheet == sheets_.end()) {
    sheets_.push_back({.filter = filter, .where = &tallied.where, .rows = part, .pieces = {}, .needs = {}});
    sheet = std::prev(sheets_.end());
  }
  widen(sheet->rows, part);
  sheet->pieces.push_back({.part = part, .by = by, .times = tallied.times[other ? 1 : 0]});
  sheet->needs.push_back({.query = query, .other = other, .key = *key});
  return {};
}

/// Under which a part is kept; empty: it is not.
Result<std::string> Tallies::key_of(Snapshot& snapshot, const Tallied& tallied, const By& by, const Part& part) const {
  if (part.hot || by.dimension == Dimension::title || asks_titles(tallied.where)) return "";
  std::string what;
  for (const std::int64_t number : {static_cast<std::int64_t>(part.table), static_cast<std::int64_t>(part.counting),
                                    std::int64_t{part.mask}, static_cast<std::int64_t>(part.measures.to_ulong())})
    what += std::to_string(number) + ' ';
  what += text_of(by);
  if (part.page) what += concat({"page ", std::to_string(static_cast<int>(*part.page)), " "});
  if (is_time(by)) what += zones_in(*snapshot.site().zone);
  if (by.dimension == Dimension::time_week) what += std::to_string(snapshot.first_weekday()) + ' ';
  return snapshot.key_of(part.window, looks_elsewhere(tallied.where, part), part.with_visits,
                         what + fingerprint(tallied.where));
}

void Tallies::add(const Groups& groups, Tallied& tallied, bool other) {
  SumsByKey& into = tallied.sums[other ? 1 : 0];
  groups.each([&](std::uint64_t key, const Sums& sums) {
    Sums& sum = into[key];
    for (std::size_t m = 0; m < kSums; ++m) sum[m] += sums[m];
  });
}

/// The next question leaves the list to DuckDB.
void Tallies::note_many(const Snapshot& snapshot, const By& by) {
  kept_.parts.keep(many(snapshot, by), std::make_shared<Groups>());
}

Result<void> Tallies::read(std::size_t number, Snapshot& snapshot) {
  const Sheet& sheet = sheets_[number];
  auto sums = read_sheet(snapshot, sheet.rows, sheet.pieces, *sheet.where, kept_.seen);
  if (!sums) return std::unexpected(sums.error());
  for (std::size_t i = 0; i < sheet.pieces.size(); ++i) {
    const Need& need = sheet.needs[i];
    if (sheet.pieces[i].by.dimension == Dimension::region) (*sums)[i] = by_region((*sums)[i], *regions_);
    auto groups = std::make_shared<Groups>(sheet.pieces[i].part.measures);
    (*sums)[i].each([&](std::uint64_t key, const Sums& values) { groups->add(key, values); });
    Tallied& tallied = tallied_.at(need.query);
    if (!need.key.empty()) {
      if (groups->size() <= kMostGroups) {
        kept_.parts.keep(need.key, groups);
      } else {
        note_many(snapshot, tallied.by);
      }
    }
    const std::scoped_lock lock(mutex_);
    add(*groups, tallied, need.other);
  }
  return {};
}

// --- what comes of it --------------------------------------------------------------------------------

Result<void> Tallies::rank(Snapshot& snapshot) {
  for (auto at = tallied_.begin(); at != tallied_.end();) {
    const Query& query = *query_at(question_, at->first);
    Tallied& tallied = at->second;
    if (std::ranges::any_of(tallied.sums, [](const SumsByKey& sums) { return sums.size() > kMostSums; }))
      note_many(snapshot, tallied.by);
    if (by_time_alone(query) && !cuts_days(query.dimensions[0])) {
      for (SumsByKey& sums : tallied.sums) sums = by_time(sums, query.dimensions[0], snapshot.first_weekday());
    }
    if (query.dimensions.empty()) tallied.sums[0].place_of(0);
    at = candidates(query, tallied) ? std::next(at) : tallied_.erase(at);
  }
  if (auto ok = name(snapshot); !ok) return ok;
  for (auto& [i, tallied] : tallied_) {
    const Query& query = *query_at(question_, i);
    auto& rows = tallied.ranking.rows;
    if (!has_names(tallied.by)) continue;
    const auto orders = orders_of(query);
    std::ranges::sort(rows, [&](const Ranked& a, const Ranked& b) { return comes_before(query, orders, a, b); });
    if (rows.size() > query.limit) rows.erase(rows.begin() + query.limit, rows.end());
  }
  return {};
}

/// The rows that may be within the limit, still without names. False: they are too many.
bool Tallies::candidates(const Query& query, Tallied& tallied) const {
  const SumsByKey& sums = tallied.sums[0];
  tallied.ranking.all = sums.size();
  std::vector<std::uint32_t> places(sums.size());
  std::iota(places.begin(), places.end(), 0);
  const bool named = has_names(tallied.by);
  if (named && places.size() > query.limit) {
    const Ahead ahead(query);
    const auto before = [&](std::uint32_t a, std::uint32_t b) { return ahead(sums.at_place(a), sums.at_place(b)); };
    const auto last = places.begin() + (query.limit - 1);
    std::ranges::nth_element(places, last, before);
    places.erase(std::partition(last + 1, places.end(), [&](std::uint32_t one) { return !before(*last, one); }),
                 places.end());
    if (places.size() > query.limit + kMostNamed) return false;
  }
  for (const std::uint32_t place : places)
    tallied.ranking.rows.push_back(
        {.key = sums.key_at(place), .names = {}, .metrics = values_of(query.metrics, sums.at_place(place), days_)});
  return true;
}

Result<void> Tallies::name(Snapshot& snapshot) {
  std::map<store::TextKind, std::vector<std::uint32_t>> unknown;
  const auto each_id = [&](const auto& see) {
    for (auto& [i, tallied] : tallied_) {
      if (!has_names(tallied.by)) continue;
      for (Ranked& row : tallied.ranking.rows) see(tallied.by, row);
    }
  };
  each_id([&](const By& by, const Ranked& row) {
    for (const auto& one : texts_in(by, row.key)) {
      const auto [text, fresh] = texts_.try_emplace(one);
      const auto& [kind, id] = one;
      if (!fresh || id == 0) continue;
      auto known = kept_.names.find(id_of(snapshot, kind, id));
      if (known) {
        text->second = std::move(*known);
      } else {
        unknown[kind].push_back(id);
      }
    }
  });
  if (!unknown.empty()) {
    if (auto ok = look_up(snapshot, unknown); !ok) return ok;
  }
  each_id([&](const By& by, Ranked& row) { row.names.push_back(name_of_group(by, row.key)); });
  return {};
}

/// When its texts are known.
std::string Tallies::name_of_group(const By& by, std::uint64_t key) const {
  const auto texts = texts_in(by, key);
  if (texts.empty()) return name_without_text(by, key);
  const std::string& first = texts_.at(texts[0]);
  const Dimension& dimension = ensured(by.dimension, kNamed);
  if (dimension == Dimension::region) return std::string(region_of(first));
  return texts.size() == 1 ? first : joined(dimension, first, texts_.at(texts[1]));
}

Result<void> Tallies::look_up(Snapshot& snapshot,
                              const std::map<store::TextKind, std::vector<std::uint32_t>>& unknown) {
  Parameters values;
  std::vector<std::string> of_kinds;
  for (const auto& [kind, ids] : unknown) {
    const std::string site = values.bind(store::dictionary_of(kind, snapshot.site().key));
    const std::string place = values.bind(static_cast<std::uint8_t>(kind));
    std::vector<std::string> places;
    for (const std::uint32_t id : ids) places.push_back(values.bind(id));
    of_kinds.push_back(fill(sql::query::names, {{"site", site}, {"kind", place}, {"ids", join(places, ", ")}}));
  }
  auto rows = snapshot.connection().query(join(of_kinds, "UNION ALL\n"), values.take());
  if (!rows) return std::unexpected(rows.error());
  while (true) {
    const auto more = (*rows)->next();
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
    const store::TextKind kind{static_cast<std::uint8_t>((*rows)->u64(0))};
    const auto id = static_cast<std::uint32_t>((*rows)->u64(1));
    std::string& text = texts_[{kind, id}];
    text = (*rows)->text(2);
    kept_.names.keep(id_of(snapshot, kind, id), text);
  }
}

const Ranking* Tallies::of(std::size_t query) const {
  const auto found = tallied_.find(query);
  return found == tallied_.end() ? nullptr : &found->second.ranking;
}

}  // namespace hk::query
