// Days are sealed, months sorted.

#include <algorithm>
#include <array>
#include <initializer_list>
#include <ranges>
#include <utility>

#include "base/text.h"
#include "sql/store.h"
#include "store/for_rows.h"
#include "store/lane.h"
#include "store/properties.h"
#include "store/statements.h"

namespace hk::store {

/// A sealed table, its time and the order that a rewrite brings it into: total, so that copies are alike.
struct Sorted {
  std::string_view name, time, order;
  bool by_quarter = false;
};

namespace {

constexpr std::array<Sorted, 7> kSorted = {
    {{"sealed_visits", "start", "site, start, visit"},
     {"sealed_hits", "ts", "site, ts, visit, n"},
     {"sealed_events", "ts", "site, ts, visit, n"},
     {"event_texts", "quarter", "site, name, key, quarter, visit, n", true},
     {"order_items", "ts", "site, ts, visit, item, category, quantity, amount, currency"},
     {"vitals", "ts", "site, ts, page, visit, metric, value"},
     {"event_numbers", "quarter", "site, name, key, quarter, visit, n", true}}};

}  // namespace

Result<void> Lane::seal(const SealOrder& order, log::Offset offset) {
  const std::vector<SiteDay> days = with_what_waits(order);
  if (days.empty()) return advance(offset);
  auto done = seal_days(days, offset);
  if (done || db::cause_of(done.error()) != db::DuckCause::damage) return done;
  // Site after site, so that damage stays with its own. Numbers are per site: each comes out as it does on a copy whose
  // disk is whole. A kill in between leaves hot rows of fewer sites to the order's next try.
  for (auto first = days.begin(); first != days.end();) {
    const auto end = std::find_if(first, days.end(), [&](const SiteDay& d) { return d.site != first->site; });
    if (auto one = seal_days({first, end}, std::nullopt); !one) {
      if (db::cause_of(one.error()) != db::DuckCause::damage) return one;
      // Nobody comes back to these days, sealed or not, and on a copy with a whole disk nobody is known any more.
      forget({first, end});
      const std::scoped_lock lock(hot_mutex_);
      damage_.days.insert(first, end);
      ++damage_.met;
      damage_.words = one.error().message;
    }
    first = end;
  }
  return advance(offset);
}

void Lane::forget(std::span<const SiteDay> days) {
  visits_.forget(days);
  visitors_.forget(days);
}

/// In order, each once, with the days of the same sites that were set aside, or of which something is left: a site's
/// visits number through its days, and none is sealed before the day on which it began.
std::vector<SiteDay> Lane::with_what_waits(const SealOrder& order) const {
  std::set<SiteDay> days;
  for (const SiteDay& day : order.days)
    if (!gone_.contains(site_of(day.site))) days.insert(day);
  const auto add = [&](const SiteDay& day) {
    if (std::ranges::find(order.days, day.site, &SiteDay::site) != order.days.end()) days.insert(day);
  };
  const std::scoped_lock lock(hot_mutex_);
  std::ranges::for_each(damage_.days, add);
  std::ranges::for_each(std::views::keys(left_), add);
  return {days.begin(), days.end()};
}

Result<std::vector<LeftRows>> Lane::left_rows() {
  std::vector<LeftRows> out;
  auto read = for_rows(*connection_, sql::store::left_rows, {}, [&](db::DuckRows& row) {
    out.push_back({.day = {SiteKey{static_cast<std::uint32_t>(row.u64(0))}, static_cast<Day>(row.i64(1))},
                   .vd = static_cast<std::uint32_t>(row.u64(2)),
                   .rows = row.u64(3)});
  });
  if (!read) return std::unexpected(read.error());
  return out;
}

/// All or nothing. Without an offset the lane stays where it is in the log.
Result<void> Lane::seal_days(const std::vector<SiteDay>& days, std::optional<log::Offset> offset) {
  auto transaction = db::DuckTransaction::begin(*connection_);
  if (!transaction) return std::unexpected(transaction.error());
  auto to = connection_->append_to("temp.seal_days");
  if (!to) return std::unexpected(to.error());
  for (const auto& [site, day] : days) {
    (*to)->u32(static_cast<std::uint32_t>(site));
    (*to)->date(day);
    if (auto done = (*to)->end_row(); !done) return done;
  }
  if (auto done = (*to)->flush(); !done) return done;
  if (auto done = connection_->exec(seal_sql()); !done) return done;
  const auto left = left_rows();
  if (!left) return std::unexpected(left.error());
  if (offset)
    if (auto done = write_offset(*offset); !done) return done;
  if (auto done = transaction->commit(); !done) return done;
  if (offset) applied_ = *offset;
  forget(days);
  std::set<std::pair<SiteKey, std::uint32_t>> left_visitors;
  for (const LeftRows& one : *left) left_visitors.emplace(one.day.site, one.vd);
  outcomes_.forget(days, left_visitors);
  const std::scoped_lock lock(hot_mutex_);
  for (const SiteDay& day : days) {
    hot_.erase(day);
    damage_.days.erase(day);
  }
  left_.clear();
  for (const LeftRows& one : *left) left_[one.day] += one.rows;
  for (const auto& [day, rows] : left_) hot_.try_emplace(day, HotRows{.all = rows});
  return {};
}

Result<void> Lane::rewrite(const RewriteOrder& order, log::Offset offset) {
  auto done = sort_month(order.month, offset);
  if (done || db::cause_of(done.error()) != db::DuckCause::damage) return done;
  {
    const std::scoped_lock lock(hot_mutex_);
    damage_.months.insert(order.month);
    ++damage_.met;
    damage_.words = done.error().message;
  }
  return advance(offset);
}

Result<void> Lane::sort_month(Day month, log::Offset offset) {
  const TimeMs from = std::chrono::sys_days{std::chrono::days{month}};
  const TimeMs to = std::chrono::sys_days{std::chrono::days{next_month(month)}};

  auto transaction = db::DuckTransaction::begin(*connection_);
  if (!transaction) return std::unexpected(transaction.error());
  for (const Sorted& table : kSorted)
    if (auto done = sort_rows(table, from, to); !done) return done;
  if (auto done = count_sorted(month); !done) return done;
  if (auto done = write_offset(offset); !done) return done;
  if (auto done = transaction->commit(); !done) return done;
  applied_ = offset;
  return {};
}

/// Writes the rows of a month once more, in order, and deletes those that were there before.
Result<void> Lane::sort_rows(const Sorted& table, TimeMs from, TimeMs to) {
  const auto of = [&](std::string_view sql) {
    return fill(
        sql,
        {{"table", std::string(table.name)}, {"time", std::string(table.time)}, {"order", std::string(table.order)}});
  };
  const auto bound = [&](TimeMs at) { return table.by_quarter ? db::DuckValue(quarter_of(at)) : db::DuckValue(at); };
  const auto last = last_row(table.name);
  if (!last) return std::unexpected(last.error());
  if (auto done = connection_->query(of(sql::store::sort_rows), {bound(from), bound(to)}); !done)
    return std::unexpected(done.error());
  if (auto done = connection_->query(of(sql::store::delete_sorted_rows), {bound(from), bound(to), *last}); !done)
    return std::unexpected(done.error());
  return {};
}

Result<std::int64_t> Lane::last_row(std::string_view table) {
  std::int64_t last = -1;
  auto read = for_rows(*connection_, fill(sql::store::last_row, {{"table", std::string(table)}}), {},
                       [&](db::DuckRows& row) { last = row.is_null(0) ? -1 : row.i64(0); });
  if (!read) return std::unexpected(read.error());
  return last;
}

Result<void> Lane::call_sorted(Day month) {
  auto transaction = db::DuckTransaction::begin(*connection_);
  if (!transaction) return std::unexpected(transaction.error());
  if (auto done = count_sorted(month); !done) return done;
  return transaction->commit();
}

Result<void> Lane::count_sorted(Day month) {
  const TimeMs from = std::chrono::sys_days{std::chrono::days{month}};
  const TimeMs to = std::chrono::sys_days{std::chrono::days{next_month(month)}};
  for (const auto& [sql, params] : std::initializer_list<std::pair<std::string_view, std::vector<db::DuckValue>>>{
           {sql::store::forget_month, {db::DateValue{month}}},
           {sql::store::count_month, {db::DateValue{month}, from, to}}})
    if (auto done = connection_->query(sql, params); !done) return std::unexpected(done.error());
  return {};
}

}  // namespace hk::store
