#include "ingest/counters.h"

#include <algorithm>
#include <utility>

#include "base/logging.h"
#include "base/text.h"

namespace hk::ingest {
namespace {

constexpr bool in_order() {
  for (std::size_t i = 0; i < kReasons; ++i)
    if (kReasonTable.at(i).reason != static_cast<Reason>(i)) return false;
  return true;
}
static_assert(in_order());

std::int64_t minute_of(TimeMs at) {
  return std::chrono::floor<std::chrono::minutes>(at).time_since_epoch().count();
}

Day utc_day(TimeMs at) {
  return static_cast<Day>(std::chrono::floor<std::chrono::days>(at).time_since_epoch().count());
}

/// Also of a clock that shows a time before 1970.
std::size_t slot_of(std::int64_t minute) {
  constexpr auto kSlots = static_cast<std::int64_t>(kMinutes);
  return static_cast<std::size_t>((minute % kSlots + kSlots) % kSlots);
}

}  // namespace

Counters::Counters(metrics::Registry& registry, TimeMs since) : since_(since) {
  for (const ReasonRow& row : kReasonTable)
    reasons_.at(static_cast<std::size_t>(row.reason)) = &registry.counter(
        "hitkeep_ingest_dropped_total", "Hits and events that do not count, by reason", {{"reason", row.name}});
  for (std::size_t i = 1; i < bots_.size(); ++i)
    bots_[i] = &registry.counter("hitkeep_ingest_bots_total",
                                 "Hits and events of bots, which are kept apart from people's, by the bot's class",
                                 {{"class", name_of(static_cast<Bot>(i))}});
  for (const auto& [kind, name] : {std::pair{store::HitKind::pageview, "pageview"},
                                   {store::HitKind::event, "event"},
                                   {store::HitKind::ping, "ping"},
                                   {store::HitKind::vital, "vital"},
                                   {store::HitKind::fetch, "ai_fetch"}})
    accepted_.at(static_cast<std::size_t>(kind)) = &registry.counter(
        "hitkeep_ingest_accepted_total", "Hits and events that are durable in the log, by kind", {{"kind", name}});
}

void Counters::Site::arrive(TimeMs at) {
  const std::int64_t now = minute_of(at);
  if (minute - now >= std::int64_t{kMinutes}) {  // the clock was wrong, and is set right
    minutes = {};
    minute = now;
  } else if (now > minute) {
    for (std::int64_t m = std::max(minute, now - std::int64_t{kMinutes}) + 1; m <= now; ++m) minutes.at(slot_of(m)) = 0;
    minute = now;
  }
  ++minutes.at(slot_of(now));
}

Counters::Site& Counters::site_of(const Whose& whose) {
  auto& site = sites_[static_cast<std::uint32_t>(whose.site)];
  if (!site) site = std::make_unique<Site>();
  site->lane = whose.lane;
  return *site;
}

Counters::Tally& Counters::tally_of(Site& site, Key key, std::string_view example) {
  key.agent.resize(utf8_prefix(key.agent, store::kMaxCountedText).size());
  auto at = site.tallies.find(key);
  if (at == site.tallies.end() && !key.agent.empty() && key.agent != kOthers &&
      (site.names >= kNamesPerSite || names_ >= kNamesInAll)) {
    key.agent = kOthers;
    example = {};
    at = site.tallies.find(key);
  }
  if (at == site.tallies.end()) {
    if (!key.agent.empty() && key.agent != kOthers) {
      ++site.names;
      ++names_;
    }
    at = site.tallies.emplace(std::move(key), Tally{}).first;
    at->second.example = utf8_prefix(example, store::kMaxCountedText);
  }
  return at->second;
}

void Counters::add(const Whose& whose, Key key, std::string_view example) {
  Site& site = site_of(whose);
  site.arrive(whose.at);
  key.day = whose.day;
  Tally& tally = tally_of(site, std::move(key), example);
  ++tally.hits;
  tally.last = std::max(tally.last, whose.at);
}

void Counters::drop(Reason reason, const Whose& whose, std::string_view agent) {
  const auto r = static_cast<std::size_t>(reason);
  reasons_.at(r)->add();
  const std::lock_guard lock(mutex_);
  ++site_of(whose).since_start.reasons.at(r);
  add(whose, {.reason = static_cast<std::uint8_t>(kFirstReason + r), .kind = 0, .agent = std::string(agent)});
}

void Counters::accept(const Whose& whose, store::HitKind kind, std::string_view agent) {
  const auto k = static_cast<std::size_t>(kind);
  accepted_.at(k)->add();
  const std::lock_guard lock(mutex_);
  Key key{.reason = kCounted, .kind = static_cast<std::uint8_t>(kind), .agent = std::string(agent)};
  if (!agent.empty()) return add(whose, std::move(key));
  Site& site = site_of(whose);
  Site::Usual& usual = site.usual.at(k);
  if (usual.tally == nullptr || usual.day != whose.day) {
    key.day = whose.day;
    usual = {.day = whose.day, .tally = &tally_of(site, std::move(key), {})};
  }
  site.arrive(whose.at);
  ++usual.tally->hits;
  usual.tally->last = std::max(usual.tally->last, whose.at);
}

void Counters::keep_apart(const Whose& whose, store::HitKind kind, Bot bot, std::string_view agent,
                          std::string_view example) {
  const auto b = static_cast<std::size_t>(bot);
  bots_.at(b)->add();
  const std::lock_guard lock(mutex_);
  ++site_of(whose).since_start.bots.at(b);
  // What it tells of its own views is no hit more.
  if (store::opens_visits(kind))
    add(whose, {.reason = kKeptApart, .kind = static_cast<std::uint8_t>(bot), .agent = std::string(agent)}, example);
}

SiteDrops Counters::of(SiteKey site) const {
  const std::lock_guard lock(mutex_);
  const auto at = sites_.find(static_cast<std::uint32_t>(site));
  return at == sites_.end() ? SiteDrops{} : at->second->since_start;
}

std::array<std::uint32_t, kMinutes> Counters::per_minute(SiteKey key, TimeMs now) const {
  std::array<std::uint32_t, kMinutes> out{};
  const std::lock_guard lock(mutex_);
  const auto found = sites_.find(static_cast<std::uint32_t>(key));
  if (found == sites_.end()) return out;
  const Site& site = *found->second;
  const std::int64_t last = minute_of(now);
  for (std::size_t i = 0; i < kMinutes; ++i) {
    const std::int64_t minute = last - static_cast<std::int64_t>(kMinutes - 1 - i);
    if (minute <= site.minute && site.minute - minute < std::int64_t{kMinutes})
      out.at(i) = site.minutes.at(slot_of(minute));
  }
  return out;
}

std::vector<store::Count> Counters::gathered(SiteKey key) const {
  std::vector<store::Count> out;
  const std::lock_guard lock(mutex_);
  const auto found = sites_.find(static_cast<std::uint32_t>(key));
  if (found == sites_.end()) return out;
  for (const auto& [of, tally] : found->second->tallies)
    out.push_back({.site = key,
                   .day = of.day,
                   .reason = of.reason,
                   .kind = of.kind,
                   .agent = of.agent,
                   .example = tally.example,
                   .hits = tally.hits,
                   .last = tally.last});
  return out;
}

std::map<LaneKey, std::vector<store::Count>> Counters::take(TimeMs now) {
  std::map<LaneKey, std::vector<store::Count>> out;
  const std::lock_guard lock(mutex_);
  const Day today = utc_day(now);
  for (auto& [key, site] : sites_) {
    // Days before the newest one are over; where nothing came since, they are over everywhere.
    const Day newest = site->tallies.empty() ? 0 : std::clamp(site->tallies.rbegin()->first.day, today - 1, today + 1);
    for (auto at = site->tallies.begin(); at != site->tallies.end();) {
      auto& [of, tally] = *at;
      // Under a wrong clock nothing has a day; it is told of the one on which the clock was right again.
      const bool dated = of.day > today - store::kCountedDays && of.day <= today + 1;
      if (tally.hits > 0)
        out[site->lane].push_back({.site = SiteKey{key},
                                   .day = dated ? of.day : today,
                                   .reason = of.reason,
                                   .kind = of.kind,
                                   .agent = of.agent,
                                   .example = tally.example,
                                   .hits = std::exchange(tally.hits, 0),
                                   .last = dated ? tally.last : now});
      if (dated && of.day >= newest) {
        ++at;
        continue;
      }
      if (!of.agent.empty() && of.agent != kOthers) {
        --site->names;
        --names_;
      }
      for (auto& usual : site->usual)
        if (usual.tally == &tally) usual = {};
      at = site->tallies.erase(at);
    }
  }
  return out;
}

void Counters::give_back(LaneKey lane, const store::Counts& refused) {
  const std::lock_guard lock(mutex_);
  if (refused.tidy != 0) tidied_.erase(lane);
  for (const store::Count& one : refused.counts) {
    Site& site = site_of({.lane = lane, .site = one.site});
    Tally& tally =
        tally_of(site, {.day = one.day, .reason = one.reason, .kind = one.kind, .agent = one.agent}, one.example);
    tally.hits += one.hits;
    tally.last = std::max(tally.last, one.last);
  }
}

void Counters::flush(log::Log& log, TimeMs now) {
  for (auto& [lane, counts] : take(now)) {
    for (std::size_t from = 0; from < counts.size(); from += store::kMaxCounts) {
      store::Counts record;
      const auto first = counts.begin() + static_cast<std::ptrdiff_t>(from);
      record.counts.assign(first,
                           first + static_cast<std::ptrdiff_t>(std::min(store::kMaxCounts, counts.size() - from)));
      {
        const std::lock_guard lock(mutex_);
        Day& tidied = tidied_[lane];
        // The day before yesterday is over in every zone.
        if (std::exchange(tidied, utc_day(now)) != utc_day(now)) record.tidy = utc_day(now) - 1;
      }
      log.append({.lane = static_cast<std::uint32_t>(lane),
                  .kind = static_cast<std::uint8_t>(store::RecordKind::counts),
                  .version = store::kRecordVersion,
                  .payload = store::encode(record)},
                 [this, lane, record](const Result<log::Offset>& at) {
                   if (at) return;
                   give_back(lane, record);
                   logging::debug("what was counted waits for the log", {{"error", at.error().message}});
                 });
    }
  }
}

}  // namespace hk::ingest
