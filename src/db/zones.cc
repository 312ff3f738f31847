#include "db/zones.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "sql/db.h"

namespace hk::db {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr Day kFirst = 10'957;  // 2000-01-01
constexpr Day kLast = 32'872;   // 2060-01-01

// All of today's offsets are multiples of 15 minutes (docs/duckdb.md, 5); no clock was ever set back by more than a few
// hours.
constexpr std::int64_t kStepMs = std::int64_t{15} * 60'000;
constexpr int kSteps = 24 * 4;

/// What ICU knows and Firefox does not: everything in ICU's table that is no zone or link of the IANA database (and
/// "Factory", which Chromium does not know either). The same clocks from 2000 on, but for the six "SystemV" zones with
/// two offsets, which go by rules that nobody has followed since 1986: theirs are today's.
constexpr std::pair<std::string_view, std::string_view> kIanaNames[] = {
    {"ACT", "Australia/Darwin"},
    {"AET", "Australia/Sydney"},
    {"AGT", "America/Argentina/Buenos_Aires"},
    {"ART", "Africa/Cairo"},
    {"AST", "America/Anchorage"},
    {"BET", "America/Sao_Paulo"},
    {"BST", "Asia/Dhaka"},
    {"CAT", "Africa/Maputo"},
    {"CNT", "America/St_Johns"},
    {"CST", "America/Chicago"},
    {"CTT", "Asia/Shanghai"},
    {"Canada/East-Saskatchewan", "America/Regina"},
    {"EAT", "Africa/Nairobi"},
    {"ECT", "Europe/Paris"},
    {"Factory", "UTC"},
    {"IET", "America/Indiana/Indianapolis"},
    {"IST", "Asia/Kolkata"},
    {"JST", "Asia/Tokyo"},
    {"MIT", "Pacific/Apia"},
    {"NET", "Asia/Yerevan"},
    {"NST", "Pacific/Auckland"},
    {"PLT", "Asia/Karachi"},
    {"PNT", "America/Phoenix"},
    {"PRT", "America/Puerto_Rico"},
    {"PST", "America/Los_Angeles"},
    {"SST", "Pacific/Guadalcanal"},
    {"SystemV/AST4", "America/Puerto_Rico"},
    {"SystemV/AST4ADT", "America/Halifax"},
    {"SystemV/CST6", "America/Regina"},
    {"SystemV/CST6CDT", "America/Chicago"},
    {"SystemV/EST5", "America/Jamaica"},
    {"SystemV/EST5EDT", "America/New_York"},
    {"SystemV/HST10", "Pacific/Honolulu"},
    {"SystemV/MST7", "America/Phoenix"},
    {"SystemV/MST7MDT", "America/Denver"},
    {"SystemV/PST8", "Pacific/Pitcairn"},
    {"SystemV/PST8PDT", "America/Los_Angeles"},
    {"SystemV/YST9", "Pacific/Gambier"},
    {"SystemV/YST9YDT", "America/Anchorage"},
    {"US/Pacific-New", "America/Los_Angeles"},
    {"VST", "Asia/Ho_Chi_Minh"},
};

std::unexpected<Error> pass(Error& error) {
  return std::unexpected(std::move(error));
}

}  // namespace

Zone::Zone(std::string name, Day first, std::vector<std::int64_t> midnights_ms)
    : name_(std::move(name)),
      first_(first),
      midnights_(std::make_shared<const std::vector<std::int64_t>>(std::move(midnights_ms))) {
  assert(!midnights_->empty() && std::ranges::is_sorted(*midnights_));
}

Zone::Zone(std::shared_ptr<const Zone> before, Day from, const Zone& next)
    : name_(next.name_),
      first_(next.first_),
      midnights_(next.midnights_),
      before_(std::move(before)),
      from_(from),
      switched_(next.start_of(from)) {}

Day Zone::day_of(TimeMs t) const {
  if (before_ && t < switched_) return std::min(before_->day_of(t), from_ - 1);
  // The guess is off by at most one day: an offset is at most 14 hours, and the first midnight carries most of it.
  const auto& midnights = *midnights_;
  const std::int64_t ms = to_ms(t);
  const auto last = static_cast<std::int64_t>(midnights.size()) - 1;
  std::int64_t at = std::clamp((ms - midnights.front()) / kDayMs, std::int64_t{0}, last);
  while (at > 0 && midnights[at] > ms) --at;
  while (at < last && midnights[at + 1] <= ms) ++at;
  return first_ + static_cast<Day>(at);
}

TimeMs Zone::start_of(Day day) const {
  if (before_ && day < from_) return std::min(before_->start_of(day), switched_);
  const auto last = static_cast<Day>(midnights_->size()) - 1;
  return from_ms((*midnights_)[std::clamp(day - first_, 0, last)]);
}

Day Zone::next_from(TimeMs now, const Zone& next) const {
  Day from = day_of(now) + 1;
  while (next.start_of(from) <= now) ++from;
  return from;
}

std::string_view iana_zone(std::string_view name) {
  const auto* known = std::ranges::find(kIanaNames, name, &std::pair<std::string_view, std::string_view>::first);
  return known == std::end(kIanaNames) ? name : known->second;
}

Zones::Zones(std::shared_ptr<DuckDatabase> icu) : icu_(std::move(icu)) {}

Result<std::shared_ptr<const Zone>> Zones::find(std::string_view name) {
  if (const std::string_view iana = iana_zone(name); iana != name)
    return fail(Code::invalid, "Browsers do not know this name of a time zone; its name is " + std::string(iana));
  std::string key(name);
  std::lock_guard lock(mutex_);
  if (const auto known = loaded_.find(key); known != loaded_.end()) return known->second;
  auto connection = icu_->connect();
  if (!connection) return pass(connection.error());
  auto& c = **connection;

  auto listed = c.query(sql::db::zone_exists, {key});
  if (!listed) return pass(listed.error());
  auto found = (*listed)->next();
  if (!found) return pass(found.error());
  if (!*found) return fail(Code::invalid, "The time zone is not known; write it like Europe/Berlin or UTC");

  auto rows = c.query(sql::db::midnights, {key});
  if (!rows) return pass(rows.error());
  auto date_at = c.prepare(sql::db::date_at);
  if (!date_at) return pass(date_at.error());
  if (auto bound = (*date_at)->bind(std::size_t{1}, key); !bound) return pass(bound.error());

  std::vector<std::int64_t> midnights;
  midnights.reserve(kLast - kFirst + 1);
  for (Day day = kFirst; day <= kLast; ++day) {
    auto more = (*rows)->next();
    if (!more) return pass(more.error());
    if (!*more) return fail(Code::internal, "The days of a time zone end early");
    std::int64_t start = (*rows)->i64(0);
    if ((*rows)->i64(1) != 0) {
      for (int step = 0; step < kSteps; ++step) {
        if (auto bound = (*date_at)->bind(std::size_t{2}, start - kStepMs); !bound) return pass(bound.error());
        auto date = (*date_at)->run();
        if (!date) return pass(date.error());
        if (auto one = (*date)->next(); !one) return pass(one.error());
        if ((*date)->i64(0) != day) break;
        start -= kStepMs;
      }
    }
    midnights.push_back(midnights.empty() ? start : std::max(start, midnights.back()));
  }
  auto zone = std::make_shared<const Zone>(key, kFirst, std::move(midnights));
  loaded_.emplace(std::move(key), zone);
  return zone;
}

}  // namespace hk::db
