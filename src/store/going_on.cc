#include "store/going_on.h"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

#include "sql/store.h"
#include "store/for_rows.h"
#include "store/statements.h"

namespace hk::store {
namespace {

using Key = std::pair<SiteKey, std::uint32_t>;  // a visit, or a visitor's day

std::uint32_t u32(const db::DuckRows& row, std::size_t column) {
  return static_cast<std::uint32_t>(row.u64(column));
}

Key key_at(const db::DuckRows& row, std::size_t column) {
  return {SiteKey{u32(row, 0)}, u32(row, column)};
}

/// Four plain statements, put together here: one that joins and counts takes longer to plan than all of these take,
/// and most lanes that are opened have few rows. Each begins where the oldest visit that goes on does.
class Reading {
 public:
  Reading(db::DuckConnection& connection, TimeMs horizon, Millis turned_back)
      : connection_(connection), horizon_(horizon), turned_back_(turned_back) {}

  Result<GoingOn> read() {
    for (const auto step : {&Reading::turns, &Reading::recent, &Reading::visits, &Reading::rows, &Reading::visitors})
      if (auto done = (this->*step)(); !done) return std::unexpected(done.error());
    GoingOn out;
    for (auto& [key, part] : parts_) out.parts.push_back(part);
    for (auto& [key, visit] : visits_) out.visits.push_back(visit.outcome);
    return out;
  }

 private:
  struct Visit {
    Outcome outcome;
    log::Offset opened_by = 0;
  };

  template <class Each>
  Result<void> each(std::string_view sql, const db::DuckValue& from, Each take) {
    return for_rows(connection_.stream(sql, {from}), take);
  }

  Result<void> turns() {
    if (turned_back_ == Millis{}) return {};
    return for_rows(connection_, sql::store::turns, {},
                    [&](db::DuckRows& row) { turns_.emplace_back(row.u64(0), Millis{row.i64(1)}); });
  }

  /// By the clock as it goes since it was last set back.
  TimeMs now(TimeMs at, log::Offset place) const {
    const auto turn = std::ranges::upper_bound(turns_, place, {}, &std::pair<log::Offset, Millis>::first);
    return at + (turn == turns_.begin() ? Millis{} : std::prev(turn)->second) - turned_back_;
  }

  Result<void> recent() {
    return each(sql::store::recent_rows, horizon_, [&](db::DuckRows& row) {
      const Key visitor = key_at(row, 2), visit = key_at(row, 3);
      const TimeMs at = from_ms(row.i64(4)), now_at = now(at, row.u64(5));
      auto& part = parts_
                       .try_emplace({visitor, visit.second},
                                    GoingOn::Part{.site = visitor.first,
                                                  .vd = visitor.second,
                                                  .visit = {.visit = visit.second, .last = at, .now = now_at}})
                       .first->second;
      part.visit.last = std::max(part.visit.last, at);
      part.visit.now = std::max(part.visit.now, now_at);
      visits_.try_emplace(visit);
      first_visit_ = std::min(first_visit_, visit.second);
      first_vd_ = std::min(first_vd_, visitor.second);
    });
  }

  Result<void> visits() {
    if (visits_.empty()) return {};
    auto done = each(sql::store::visits_from, first_visit_, [&](db::DuckRows& row) {
      const auto known = visits_.find(key_at(row, 1));
      if (known == visits_.end()) return;
      const TimeMs start = from_ms(row.i64(4));
      known->second = {.outcome = {.site = known->first.first,
                                   .visit = known->first.second,
                                   .vd = u32(row, 2),
                                   .day = static_cast<Day>(row.i64(3)),
                                   .start = start,
                                   .first = start,
                                   .last = start,
                                   .bits = static_cast<std::uint8_t>(row.u64(5)),
                                   .import = static_cast<std::uint16_t>(row.u64(7)),
                                   .entry_page = u32(row, 6)},
                       .opened_by = row.u64(8)};
      first_row_ = std::min(first_row_, row.u64(8));
      first_vd_ = std::min(first_vd_, u32(row, 2));
    });
    // Of one that is sealed already the rest is nothing.
    std::erase_if(visits_, [](const auto& visit) { return visit.second.outcome.visit == 0; });
    return done;
  }

  Result<void> rows() {
    if (visits_.empty()) return {};
    return each(rows_from_sql(), first_row_, [&](db::DuckRows& row) {
      const auto known = visits_.find(key_at(row, 1));
      if (known == visits_.end()) return;
      Visit& visit = known->second;
      visit.outcome.add({.at = from_ms(row.i64(3)),
                         .place = row.u64(2),
                         .is_view = row.i64(4) != 0,
                         .page = u32(row, 5),
                         .source = u32(row, 6),
                         .channel = u32(row, 7)});
      if (visit.opened_by != row.u64(2)) return;
      for (std::size_t own = 0, i = 0; i < kCarried.size(); ++i)
        if (!row_of(kCarried.at(i)).pinned) visit.outcome.carried.at(i) = u32(row, 8 + own++);
    });
  }

  Result<void> visitors() {
    if (parts_.empty()) return {};
    std::multimap<Key, Outcome*> opened;
    for (auto& [key, visit] : visits_) opened.emplace(Key{key.first, visit.outcome.vd}, &visit.outcome);
    return each(visitors_from_sql(), first_vd_, [&](db::DuckRows& row) {
      const Key visitor = key_at(row, 1);
      const Pinned pinned = pinned_at(row, 2);
      for (auto part = parts_.lower_bound({visitor, 0}); part != parts_.end() && part->first.first == visitor; ++part)
        part->second.pinned = pinned;
      const auto [first, last] = opened.equal_range(visitor);
      for (auto visit = first; visit != last; ++visit)
        for (std::size_t next = 0, i = 0; i < kCarried.size(); ++i)
          if (row_of(kCarried.at(i)).pinned) visit->second->carried.at(i) = pinned.at(next++);
    });
  }

  db::DuckConnection& connection_;
  const TimeMs horizon_;
  const Millis turned_back_;
  std::vector<std::pair<log::Offset, Millis>> turns_;             // each with all before it
  std::map<std::pair<Key, std::uint32_t>, GoingOn::Part> parts_;  // by visitor's day and visit
  std::map<Key, Visit> visits_;
  static constexpr auto kNone = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t first_visit_ = kNone, first_vd_ = kNone;
  log::Offset first_row_ = std::numeric_limits<log::Offset>::max();
};

}  // namespace

Result<GoingOn> read_going_on(db::DuckConnection& connection, TimeMs horizon, Millis turned_back) {
  return Reading(connection, horizon, turned_back).read();
}

Pinned pinned_at(const db::DuckRows& row, std::size_t first) {
  Pinned out{};
  for (std::size_t i = 0; i < out.size(); ++i) out.at(i) = u32(row, first + i);
  return out;
}

}  // namespace hk::store
