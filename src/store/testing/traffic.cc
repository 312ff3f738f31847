#include "store/testing/traffic.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "store/visits.h"

namespace hk::store::testing {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::uint32_t kPeople = 12;
constexpr std::size_t kActs = 600;
constexpr std::uint32_t kLongestPause = 28 * 60;    // seconds
constexpr std::uint32_t kJustEnough = 1;            // away: to the millisecond as long as ends a visit
constexpr std::int64_t kStart = 1'793'000'000'000;  // 2026-10-26

std::int64_t next_midnight(std::int64_t at, std::uint32_t site) {
  const std::int64_t local = at + site_offset_ms(site);
  return (local / kDayMs + 1) * kDayMs - site_offset_ms(site);
}

/// When this act happens; `last`: the same person's last one.
std::int64_t moment(const Act& act, std::uint32_t site, std::int64_t last) {
  const std::int64_t pause = act.pause * std::int64_t{1000};
  if (act.night) return next_midnight(last + (kLongestPause + 33 * 60) * std::int64_t{1000}, site) - pause;
  if (act.away == kJustEnough) return last + kVisitGap.count();
  return last + (act.away != 0 ? (32 + act.away) * kMinuteMs : pause);
}

}  // namespace

std::int64_t site_offset_ms(std::uint32_t site) {
  constexpr std::array<std::int64_t, 4> kHours = {0, 2, -5, 12};
  return kHours[site % kHours.size()] * 60 * kMinuteMs;
}

Hit hit_of(std::uint32_t site, std::uint32_t person, TimeMs at) {
  const std::int64_t local = to_ms(at) + site_offset_ms(site);
  const auto hash = [&](Day day) {
    std::uint64_t x = (std::uint64_t{site} << 40 | std::uint64_t{person} << 20 | static_cast<std::uint64_t>(day)) + 1;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
    return x ^ (x >> 31);
  };
  Hit h;
  h.site = SiteKey{site};
  h.at = at;
  h.day = static_cast<Day>(local / kDayMs);
  h.visitor = hash(h.day);
  if (local % kDayMs < 30 * kMinuteMs) h.visitor_before = hash(h.day - 1);
  h.path = "/";
  h.tracker = "hk.js/2";
  return h;
}

std::ostream& operator<<(std::ostream& out, const Act& act) {
  return out << "{" << act.person << ", " << act.night << ", " << act.away << ", " << act.pause << ", " << act.look
             << "}";
}

namespace {

/// What the page of a view tells some time later. `b`: the person's record before; whether a visit keeps its hash.
Hit ping_of(const Hit& b, std::uint32_t person, std::uint32_t look, bool keeps) {
  // Longer than records overtake each other.
  Hit ping = hit_of(static_cast<std::uint32_t>(b.site), person, b.at + std::chrono::seconds(46 + look % 1'500));
  if (keeps) {
    ping.visitor_before = b.day < ping.day || b.visitor_before == b.visitor ? b.visitor : 0;
    ping.visitor = b.visitor;
  }
  ping.kind = HitKind::ping;
  ping.path = b.path;
  ping.tracker.clear();
  ping.engaged = look % 977;
  ping.scroll = static_cast<std::uint8_t>(look % (kMaxScroll + 1));
  return ping;
}

std::vector<Hit> made(const std::vector<Act>& acts, bool with_pings) {
  std::map<std::uint32_t, std::int64_t> now;  // by person
  std::map<std::uint32_t, Hit> last;
  std::vector<Hit> hits;
  hits.reserve(acts.size());
  for (const Act& act : acts) {
    const std::uint32_t site = act.person % 4;
    std::uint32_t look = act.look;
    const auto pick = [&](std::initializer_list<const char*> from) {
      const auto n = static_cast<std::uint32_t>(from.size());
      return std::string(from.begin()[std::exchange(look, look / n) % n]);
    };
    const auto below = [&](std::uint32_t n) { return std::exchange(look, look / n) % n; };
    std::int64_t& at = now.try_emplace(act.person, kStart + act.person * kMinuteMs).first->second;
    at = moment(act, site, at) + below(3);
    Hit h = hit_of(site, act.person, from_ms(at));
    // As ingest does it, a visit keeps its hash over midnight. One person in three is of older records.
    const bool keeps = act.person / 4 % 2 == 0;
    if (const auto before = last.find(act.person);
        before != last.end() && keeps && h.at - before->second.at < std::chrono::minutes(30)) {
      const Hit& b = before->second;
      h.visitor = b.visitor;
      h.visitor_before = b.day < h.day || b.visitor_before == b.visitor ? b.visitor : 0;
    } else if (keeps) {
      h.visitor_before = 0;
    }
    last.insert_or_assign(act.person, h);
    h.path = pick({"/", "/a", "/b", "/c"});
    if (below(4) == 3) {
      h.kind = HitKind::event;
      h.event_name = pick({"signup", "click"});
      h.event_json = pick({"", R"({"plan":"pro"})", R"({"plan":"free","price":12.5})", R"({"price":3,"new":true})"});
    }
    h.source = pick({"", "Google", "Hacker News"});
    h.channel = static_cast<Channel>(below(3));
    h.referrer_host = pick({"", "google.com", "news.ycombinator.com"});
    if (!h.referrer_host.empty()) h.referrer_path = pick({"/", "/x"});
    h.language = pick({"", "de", "en"});
    h.country = pick({"", "AT", "DE"});
    if (!h.country.empty()) h.city = pick({"", "Linz, Upper Austria, AT", "Upper Austria, AT"});
    h.asn = below(3) * 70'000;
    h.browser = pick({"Chrome", "Firefox"});
    h.browser_major = static_cast<std::uint16_t>(130 + below(2));
    h.browser_version = pick({"", "130", "131.2"});
    h.os_version = pick({"", "15"});
    h.screen_width = static_cast<std::uint16_t>(1000 + below(2));
    h.screen_height = 700;
    h.tracker = pick({"hk.js/2", "hk.js/1"});
    h.hostname = "example.com";
    h.interactive = !with_pings || h.kind != HitKind::event || act.look % 5 != 0;
    hits.push_back(std::move(h));
    if (!with_pings || hits.back().kind != HitKind::pageview || act.look % 3 != 0) continue;
    Hit ping = ping_of(hits.back(), act.person, act.look / 3, keeps);
    if (ping.day != hits.back().day) continue;  // the seal cuts a visit that is only looked at (docs/visits.md)
    hits.push_back(std::move(ping));
    at = to_ms(hits.back().at);
    last.insert_or_assign(act.person, hits.back());
  }
  std::ranges::sort(hits, {}, [](const Hit& h) { return std::pair(h.at, h.visitor); });
  return hits;
}

}  // namespace

std::vector<Hit> traffic(const std::vector<Act>& acts) {
  return made(acts, false);
}

std::vector<Hit> looked_at(const std::vector<Act>& acts) {
  return made(acts, true);
}

std::vector<Hit> out_of_order(std::vector<Hit> hits) {
  for (std::size_t i = 1; i < hits.size(); ++i) {
    Hit& a = hits[i - 1];
    Hit& b = hits[i];
    // Across midnight one person's hits stay in order.
    if (b.at - a.at < std::chrono::seconds(45) && (a.path != b.path || i % 2 == 0) &&
        (a.site != b.site || a.day == b.day))
      std::swap(a, b);
  }
  return hits;
}

rc::Gen<std::vector<Act>> any_acts() {
  const auto below = [](std::uint32_t n) { return rc::gen::inRange<std::uint32_t>(0, n); };
  const auto act = rc::gen::build<Act>(
      rc::gen::set(&Act::person, below(kPeople)),
      rc::gen::set(&Act::night, rc::gen::weightedOneOf<bool>({{11, rc::gen::just(false)}, {1, rc::gen::just(true)}})),
      rc::gen::set(&Act::away,
                   rc::gen::weightedOneOf<std::uint32_t>(
                       {{15, rc::gen::just(0u)}, {1, rc::gen::just(kJustEnough)}, {4, below(90)}, {1, below(2000)}})),
      rc::gen::set(&Act::pause, below(kLongestPause)), rc::gen::set(&Act::look, rc::gen::arbitrary<std::uint32_t>()));
  return rc::gen::scale(kActs / 100.0, rc::gen::container<std::vector<Act>>(act));
}

std::vector<Act> some_acts(std::uint64_t seed) {
  std::vector<Act> acts;
  rc::Random random(seed);
  while (acts.size() < kActs * 2 / 3) acts = any_acts()(random.split(), 100).value();
  return acts;
}

}  // namespace hk::store::testing
