#include "store/going_on.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>

#include "base/paged.h"
#include "base/text.h"
#include "sql/store.h"
#include "store/for_rows.h"
#include "store/statements.h"

namespace hk::store {
namespace {

/// So many visits may have begun long before the others: their rows are looked for, those of the others read through.
constexpr std::size_t kFew = 64;
/// Long before: so many visits of the site began in between.
constexpr std::uint32_t kMany = 5'000;
constexpr auto kNone = std::numeric_limits<std::uint32_t>::max();

/// Kinds of rows, as rows_from.sql tells them; 0: an event that somebody did.
constexpr std::uint8_t kView = 1, kQuietEvent = 2;

/// Where in a list what has a number in a site stands, + 1.
class Places {
 public:
  std::uint32_t& at(SiteKey site, std::uint32_t number) { return of(site)[number]; }
  std::uint32_t get(SiteKey site, std::uint32_t number) { return of(site).get(number); }

 private:
  Paged<std::uint32_t>& of(SiteKey site) {
    if (last_ == nullptr || site != last_site_) last_ = &sites_[last_site_ = site];
    return *last_;
  }
  std::map<SiteKey, Paged<std::uint32_t>> sites_;
  Paged<std::uint32_t>* last_ = nullptr;
  SiteKey last_site_{};
};

/// A row behind the horizon.
struct Recent {
  SiteKey site{};
  std::uint32_t vd = 0, visit = 0;
  TimeMs at{};
  log::Offset place = 0;
};

/// The columns of a chunk from `first` on that hold attributes, all as wide.
template <std::size_t kCount>
std::array<const std::uint32_t*, kCount> attributes_from(const db::DuckRows& rows, std::size_t first) {
  std::array<const std::uint32_t*, kCount> out{};
  for (std::size_t i = 0; i < kCount; ++i) out.at(i) = rows.column<std::uint32_t>(first + i).data();
  return out;
}

constexpr std::size_t place_of_own(Attribute attribute) {
  return static_cast<std::size_t>(std::ranges::find(kOwn, attribute) - kOwn.begin());
}

/// Plain statements, put together here: one that joins and counts takes longer to plan than all of these take, and most
/// questions and most lanes that are opened have few such visits. Each begins where the oldest of them does.
class Reading {
 public:
  /// `site`: none for all.
  Reading(db::DuckConnection& connection, std::optional<SiteKey> site)
      : connection_(connection),
        one_site_(site.has_value()),
        of_(site ? concat({" AND site = ", std::to_string(static_cast<std::uint32_t>(*site))}) : "") {}

  /// Which visits have activity after the horizon. `see` gets each row that tells it.
  template <class See>
  Result<void> find(TimeMs horizon, See see) {
    const std::string sql = fill(sql::store::recent_rows, {{"of", of_}});
    return each_chunk(sql, horizon, [&](const db::DuckRows& rows, std::size_t count) {
      const auto sites = rows.column<std::uint32_t>(0), vds = rows.column<std::uint32_t>(1);
      const auto visits = rows.column<std::uint32_t>(2);
      const auto times = rows.column<std::int64_t>(3);
      const auto offsets = rows.column<std::uint64_t>(4);
      for (std::size_t i = 0; i < count; ++i) {
        const Recent row{SiteKey{sites[i]}, vds[i], visits[i], from_ms(times[i]), offsets[i]};
        std::uint32_t& place = places_.at(row.site, row.visit);
        if (place == 0) place = ++found_;
        first_visit_ = std::min(first_visit_, row.visit);
        see(row);
      }
    });
  }
  /// Of what was found, once it is read.
  std::size_t bytes() const { return found_ * sizeof(Visit); }

  /// What they came to. `see` gets the visitors of their days, at least.
  template <class See>
  Result<void> read(std::uint32_t first_vd, See see) {
    visits_.resize(found_);
    first_vd_ = first_vd;
    auto done = visits();
    if (done) done = rows();
    if (done) done = looks();
    if (done) done = visitors(see);
    return done;
  }
  /// Of one that is sealed already the rest is nothing.
  template <class Take>
  Result<void> each(const Take& take) const {
    for (const Visit& visit : visits_) {
      if (!visit.hot) continue;
      if (auto done = take(visit.outcome); !done) return done;
    }
    return {};
  }

 private:
  struct Visit {
    Outcome outcome;
    log::Offset opened_by = 0;
    std::uint32_t next = 0;  // of this visitor's day: its place + 1
    bool hot = false;
  };

  template <class Take>
  Result<void> each_chunk(std::string_view sql, const db::DuckValue& from, Take take) {
    return for_chunks(connection_, sql, {from}, [&](const db::DuckRows& rows, std::size_t count) -> Result<void> {
      take(rows, count);
      return {};
    });
  }

  Visit* visit(std::uint32_t site, std::uint32_t number) {
    const std::uint32_t place = places_.get(SiteKey{site}, number);
    return place != 0 ? &visits_[place - 1] : nullptr;
  }

  Result<void> visits() {
    if (visits_.empty()) return {};
    const std::string sql = fill(sql::store::visits_from, {{"of", of_}});
    return each_chunk(sql, first_visit_, [&](const db::DuckRows& rows, std::size_t count) {
      const auto sites = rows.column<std::uint32_t>(0), numbers = rows.column<std::uint32_t>(1);
      const auto vds = rows.column<std::uint32_t>(2);
      const auto days = rows.column<std::int32_t>(3);
      const auto starts = rows.column<std::int64_t>(4);
      const auto bits = rows.column<std::uint8_t>(5);
      const auto entries = rows.column<std::uint32_t>(6);
      const auto imports = rows.column<std::uint16_t>(7);
      const auto places = rows.column<std::uint64_t>(8);
      for (std::size_t i = 0; i < count; ++i) {
        Visit* const known = visit(sites[i], numbers[i]);
        if (known == nullptr) continue;
        const TimeMs start = from_ms(starts[i]);
        std::uint32_t& of_visitor = of_visitors_.at(SiteKey{sites[i]}, vds[i]);
        *known = {.outcome = {.site = SiteKey{sites[i]},
                              .visit = numbers[i],
                              .vd = vds[i],
                              .day = days[i],
                              .start = start,
                              .first = start,
                              .last = start,
                              .bits = bits[i],
                              .import = imports[i],
                              .entry_page = entries[i]},
                  .opened_by = places[i],
                  .next = std::exchange(of_visitor, static_cast<std::uint32_t>(known - visits_.data()) + 1),
                  .hot = true};
        first_vd_ = std::min(first_vd_, vds[i]);
      }
    });
  }

  /// Those of the few that began first are looked for, where the others began much later: a visit that goes on all day
  /// does not make this read the day.
  Result<void> rows() {
    std::vector<const Visit*> oldest;
    for (const Visit& visit : visits_)
      if (visit.hot) oldest.push_back(&visit);
    if (oldest.empty()) return {};
    const auto few = oldest.begin() + static_cast<std::ptrdiff_t>(std::min(kFew, oldest.size() - 1));
    std::ranges::nth_element(oldest, few, {}, &Visit::opened_by);
    const Visit* const first = *std::ranges::min_element(oldest.begin(), few + 1, {}, &Visit::opened_by);
    if (!one_site_ || (*few)->outcome.visit <= first->outcome.visit + kMany) return rows_from(first->opened_by, "");
    const log::Offset others = (*few)->opened_by;
    std::string numbers;
    for (const Visit* visit : std::span(oldest.begin(), few))
      (numbers += numbers.empty() ? "" : ", ") += std::to_string(visit->outcome.visit);
    const std::string of_few = fill(sql::store::rows_of, {{"before", std::to_string(others)}, {"visits", numbers}});
    if (auto done = rows_from(first->opened_by, of_few); !done) return done;
    return rows_from(others, "");
  }

  Result<void> rows_from(log::Offset first, std::string_view which) {
    return each_chunk(rows_from_sql(of_ + std::string(which)), first, [&](const db::DuckRows& rows, std::size_t count) {
      const auto sites = rows.column<std::uint32_t>(0), numbers = rows.column<std::uint32_t>(1);
      const auto places = rows.column<std::uint64_t>(2);
      const auto times = rows.column<std::int64_t>(3);
      const auto kinds = rows.column<std::uint8_t>(4);
      const auto pages = rows.column<std::uint32_t>(5);
      const auto own = attributes_from<kOwn.size()>(rows, 6);
      for (std::size_t i = 0; i < count; ++i) {
        Visit* const known = visit(sites[i], numbers[i]);
        if (known == nullptr) continue;
        known->outcome.add({.at = from_ms(times[i]),
                            .place = places[i],
                            .is_view = kinds[i] == kView,
                            .interactive = kinds[i] != kQuietEvent,
                            .page = pages[i],
                            .source = own[place_of_own(Attribute::source)][i],
                            .channel = own[place_of_own(Attribute::channel)][i]});
        if (known->opened_by != places[i]) continue;
        auto next = own.begin();
        for (std::size_t k = 0; k < kCarried.size(); ++k)
          if (!row_of(kCarried.at(k)).pinned) known->outcome.carried.at(k) = (*next++)[i];
      }
    });
  }

  /// Behind rows(): the views have to be there.
  Result<void> looks() {
    const auto opened = [](const Visit& visit) { return visit.hot ? visit.opened_by : UINT64_MAX; };
    if (visits_.empty()) return {};
    const log::Offset first = opened(*std::ranges::min_element(visits_, {}, opened));
    const std::string sql = fill(sql::store::looks_from, {{"of", of_}});
    return each_chunk(sql, first, [&](const db::DuckRows& rows, std::size_t count) {
      const auto sites = rows.column<std::uint32_t>(0), numbers = rows.column<std::uint32_t>(1);
      const auto places = rows.column<std::uint64_t>(2);
      const auto times = rows.column<std::int64_t>(3);
      const auto seconds = rows.column<std::uint32_t>(4);
      for (std::size_t i = 0; i < count; ++i)
        if (Visit* const known = visit(sites[i], numbers[i]))
          known->outcome.see(Look{.view = places[i], .at = from_ms(times[i]), .engaged = seconds[i]});
    });
  }

  template <class See>
  Result<void> visitors(See see) {
    if (first_vd_ == kNone) return {};
    return each_chunk(visitors_from_sql(of_), first_vd_, [&](const db::DuckRows& rows, std::size_t count) {
      const auto sites = rows.column<std::uint32_t>(0), vds = rows.column<std::uint32_t>(1);
      const auto columns = attributes_from<kPinned.size()>(rows, 2);
      for (std::size_t i = 0; i < count; ++i) {
        const auto pinned = [&] {
          Pinned out{};
          std::ranges::transform(columns, out.begin(), [&](const std::uint32_t* column) { return column[i]; });
          return out;
        };
        see(SiteKey{sites[i]}, vds[i], pinned);
        for (std::uint32_t of = of_visitors_.get(SiteKey{sites[i]}, vds[i]); of != 0; of = visits_[of - 1].next)
          pin(visits_[of - 1].outcome, pinned());
      }
    });
  }
  static void pin(Outcome& visit, const Pinned& pinned) {
    for (std::size_t next = 0, k = 0; k < kCarried.size(); ++k)
      if (row_of(kCarried.at(k)).pinned) visit.carried.at(k) = pinned.at(next++);
  }

  db::DuckConnection& connection_;
  const bool one_site_;
  const std::string of_;
  Places places_;  // of visits
  std::uint32_t found_ = 0;
  std::vector<Visit> visits_;
  Places of_visitors_;  // the visit that was read last of a visitor's day
  std::uint32_t first_visit_ = kNone, first_vd_ = kNone;
};

/// The visitors' days on which visits go on.
class Parts {
 public:
  /// `turned_back`: as for read_going_on().
  explicit Parts(Millis turned_back) : turned_back_(turned_back) {}

  Result<void> read_turns(db::DuckConnection& connection) {
    if (turned_back_ == Millis{}) return {};
    return for_rows(connection, sql::store::turns, {},
                    [&](db::DuckRows& row) { turns_.emplace_back(row.u64(0), Millis{row.i64(1)}); });
  }
  void add(const Recent& row) {
    const TimeMs now_at = now(row.at, row.place);
    auto& part = parts_
                     .try_emplace({row.site, row.vd, row.visit},
                                  GoingOn::Part{.site = row.site,
                                                .vd = row.vd,
                                                .visit = {.visit = row.visit, .last = row.at, .now = now_at}})
                     .first->second;
    part.visit.last = std::max(part.visit.last, row.at);
    part.visit.now = std::max(part.visit.now, now_at);
    first_vd_ = std::min(first_vd_, row.vd);
  }
  std::uint32_t first_vd() const { return first_vd_; }
  template <class PinnedOf>
  void pin(SiteKey site, std::uint32_t vd, PinnedOf pinned) {
    for (auto part = parts_.lower_bound({site, vd, 0}); part != parts_.end(); ++part) {
      if (part->second.site != site || part->second.vd != vd) return;
      part->second.pinned = pinned();
    }
  }
  std::vector<GoingOn::Part> take() {
    std::vector<GoingOn::Part> out;
    out.reserve(parts_.size());
    for (auto& [key, part] : parts_) out.push_back(part);
    return out;
  }

 private:
  /// By the clock as it goes since it was last set back.
  TimeMs now(TimeMs at, log::Offset place) const {
    const auto turn = std::ranges::upper_bound(turns_, place, {}, &std::pair<log::Offset, Millis>::first);
    return at + (turn == turns_.begin() ? Millis{} : std::prev(turn)->second) - turned_back_;
  }

  const Millis turned_back_;
  std::vector<std::pair<log::Offset, Millis>> turns_;                                 // each with all before it
  std::map<std::tuple<SiteKey, std::uint32_t, std::uint32_t>, GoingOn::Part> parts_;  // by visitor's day and visit
  std::uint32_t first_vd_ = kNone;
};

}  // namespace

Result<GoingOn> read_going_on(db::DuckConnection& connection, TimeMs horizon, Millis turned_back) {
  Parts parts(turned_back);
  Reading reading(connection, std::nullopt);
  auto done = parts.read_turns(connection);
  if (done) done = reading.find(horizon, [&](const Recent& row) { parts.add(row); });
  if (done)
    done = reading.read(parts.first_vd(),
                        [&](SiteKey site, std::uint32_t vd, auto pinned) { parts.pin(site, vd, pinned); });
  if (!done) return std::unexpected(done.error());
  GoingOn out{.parts = parts.take(), .visits = {}};
  done = reading.each([&](const Outcome& visit) -> Result<void> {
    out.visits.push_back(visit);
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return out;
}

Result<void> read_open_visits(db::DuckConnection& connection, TimeMs horizon, SiteKey site, db::OrdinalBudget& budget,
                              const std::function<Result<void>(const Outcome&)>& take) {
  Reading reading(connection, site);
  if (auto done = reading.find(horizon, [](const Recent&) {}); !done) return done;
  const std::size_t bytes = reading.bytes();
  if (!budget.take(bytes)) return fail(Code::limited, "The visits that go on are too many for the memory that is left");
  auto done = reading.read(kNone, [](SiteKey, std::uint32_t, auto) {});
  if (done) done = reading.each(take);
  budget.give_back(bytes);
  return done;
}

Pinned pinned_at(const db::DuckRows& row, std::size_t first) {
  Pinned out{};
  for (std::size_t i = 0; i < out.size(); ++i) out.at(i) = static_cast<std::uint32_t>(row.u64(first + i));
  return out;
}

}  // namespace hk::store
