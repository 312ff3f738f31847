#include "store/testing/model.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

#include "store/attributes.h"
#include "store/properties.h"
#include "store/testing/traffic.h"

namespace hk::store::testing {
namespace {

struct Visit {
  std::vector<const Hit*> hits;            // views and events by time
  std::map<const Hit*, const Hit*> looks;  // of a view the ping that tells most
  TimeMs last{};

  /// Of the newest of the last four views that is of its page.
  void look(const Hit& ping) {
    int left = 4;
    for (auto hit = hits.rbegin(); hit != hits.rend() && left > 0; ++hit) {
      if ((*hit)->kind != HitKind::pageview) continue;
      --left;
      if ((*hit)->path != ping.path) continue;
      const Hit*& most = looks[*hit];
      if (most == nullptr || most->engaged < ping.engaged) most = &ping;
      last = std::max(last, ping.at);
      return;
    }
  }
};

using Person = std::tuple<std::uint32_t, Day, std::uint64_t>;  // site, day, hash

std::string day_key(std::uint32_t site, Day day) {
  return std::to_string(site) + "/" + std::to_string(day) + "/";
}

/// Classes of screens as the documentation draws them.
std::string size(const Hit& h) {
  const auto width = h.screen_width;
  if (width == 0) return "0";
  return width < 576 ? "1" : width < 992 ? "2" : width < 1440 ? "3" : width < 1920 ? "4" : "5";
}

std::string referrer(const Hit& h) {
  return h.referrer_host + h.referrer_path;
}

}  // namespace

Answers model_answers(const std::vector<Hit>& hits) {
  // 1. Each person's day, by time (equal times in order of arrival, which is the order in memory).
  std::map<Person, std::vector<const Hit*>> days;
  for (const Hit& h : hits) days[{static_cast<std::uint32_t>(h.site), h.day, h.visitor}].push_back(&h);
  std::map<Person, const Hit*> first_arrival;
  for (auto& [person, list] : days) {
    const auto own = std::ranges::find_if(list, [](const Hit* h) { return opens_visits(h->kind); });
    if (own != list.end()) first_arrival[person] = *own;
    std::ranges::sort(list, {}, [](const Hit* h) { return std::pair(h->at, h); });
  }
  // 2. Cut at 30 minutes of silence; a first piece that follows yesterday's last one is part of its visit.
  std::map<Person, std::vector<Visit>> visits;  // by the day of the start
  std::map<Person, std::pair<Person, std::size_t>> last_visit;
  for (const auto& [person, list] : days) {
    const auto& [site, day, hash] = person;
    Visit* open = nullptr;
    const auto goes_on = [](const Hit* h, const Visit& visit) { return h->at - visit.last < std::chrono::minutes(30); };
    for (const Hit* h : list) {
      const auto yesterday = last_visit.find({site, day - 1, h->visitor_before});
      Visit* const before = open != nullptr || h->visitor_before == 0 || yesterday == last_visit.end()
                                ? nullptr
                                : &visits[yesterday->second.first][yesterday->second.second];
      if (h->kind == HitKind::ping) {
        Visit* const seen = open != nullptr ? open : before;
        if (seen != nullptr && goes_on(h, *seen)) seen->look(*h);
        continue;
      }
      if (before != nullptr && goes_on(h, *before)) {
        open = before;
        last_visit[person] = yesterday->second;
      } else if (open != nullptr && !goes_on(h, *open)) {
        open = nullptr;
      }
      if (open == nullptr) {
        auto& own = visits[person];
        own.emplace_back();
        open = &own.back();
        last_visit[person] = {person, own.size() - 1};
      }
      open->hits.push_back(h);
      open->last = std::max(open->last, h->at);
    }
  }
  // 3. Count.
  Answers out;
  std::set<std::string> seen;
  const auto once = [&](const std::string& key, const std::string& who) {
    if (seen.insert(key + "\n" + who).second) ++out[key];
  };
  int number = 0;
  std::map<const Hit*, int> visit_of;
  for (const auto& [person, list] : visits) {
    const auto& [site, day, hash] = person;
    const std::string key = day_key(site, day);
    const std::string who = std::to_string(hash);
    for (const Visit& visit : list) {
      ++number;
      std::int64_t views = 0, events = 0, engaged = 0;
      bool acted = false;
      for (const auto& [view, ping] : visit.looks) engaged += ping->engaged;
      for (const Hit* h : visit.hits) {
        acted = acted || (h->kind == HitKind::event && h->interactive);
        ++(h->kind == HitKind::event ? events : views);
        visit_of[h] = number;
      }
      const Hit& first = *visit.hits.front();
      const Hit& last = *visit.hits.back();
      const Hit& pin = *first_arrival.at(person);
      ++out[key + "visits"];
      out[key + "bounces"] += views == 1 && events == 0 ? 1 : 0;
      out[key + "duration"] += (to_ms(visit.last) - to_ms(first.at)) / 1000;
      out[key + "engaged"] += engaged;
      out[key + "looked at"] += visit.looks.empty() ? 0 : 1;
      out[key + "interactive"] += acted ? 1 : 0;
      out[key + "views of visits"] += views;
      out[key + "events of visits"] += events;
      once(key + "visitors", who);
      once(key + "visitors channel=" + std::to_string(static_cast<int>(first.channel)), who);
      once(key + "visitors source=" + first.source, who);
      once(key + "visitors referrer=" + referrer(first), who);
      once(key + "visitors entry=" + first.path, who);
      once(key + "visitors exit=" + last.path, who);
      once(key + "visitors browser=" + pin.browser + " " + std::to_string(pin.browser_major), who);
      once(key + "visitors language=" + pin.language, who);
      once(key + "visitors country=" + pin.country, who);
      once(key + "visitors size=" + size(pin), who);
      ++out[key + "visits tracker=" + first.tracker];
    }
  }
  for (const Hit& h : hits) {
    if (!opens_visits(h.kind)) continue;
    const std::string key = day_key(static_cast<std::uint32_t>(h.site), h.day);
    if (h.kind == HitKind::event) {
      ++out[key + "events " + h.event_name];
      for (const Property& one : properties_of(h.event_json)) {
        const std::string told =
            " told " + h.event_name + "/" + one.key + "=" + (one.number ? std::to_string(*one.number) : one.text);
        ++out[key + "events" + told];
        once(key + "visitors" + told, std::to_string(h.visitor));
      }
      continue;
    }
    ++out[key + "views page=" + h.path];
    once(key + "visitors page=" + h.path, std::to_string(h.visitor));
  }
  // A page counts once per visit, on the day of its first view.
  std::vector<const Hit*> by_time;
  for (const Hit& h : hits)
    if (h.kind == HitKind::pageview) by_time.push_back(&h);
  std::ranges::sort(by_time, {}, [](const Hit* h) { return std::pair(h->at, h); });
  for (const Hit* h : by_time)
    if (seen.insert("visit " + std::to_string(visit_of.at(h)) + " " + h->path).second)
      ++out[day_key(static_cast<std::uint32_t>(h->site), h->day) + "visits page=" + h->path];
  std::erase_if(out, [](const auto& entry) { return entry.second == 0; });
  return out;
}

Answers answers(db::DuckConnection& connection, From from) {
  Answers out;
  const auto ask = [&](const std::string& name, const std::string& sql) {
    auto rows = connection.query(sql);
    if (!rows) {
      out[name + ": " + rows.error().message] = -1;
      return;
    }
    while ((*rows)->next().value_or(false))
      if (const auto n = (*rows)->i64(3); n != 0)
        out[day_key(static_cast<std::uint32_t>((*rows)->u64(0)), static_cast<Day>((*rows)->i64(1))) + name +
            std::string((*rows)->text(2))] = n;
  };
  const bool hot = from == From::hot;
  const std::string visits = hot ? "hot_visit_rows" : "sealed_visits";
  const auto text = [](TextKind kind, const std::string& column) {
    return "coalesce((SELECT x.text FROM texts x WHERE x.kind = " + std::to_string(static_cast<int>(kind)) +
           " AND x.site = " + (is_shared(kind) ? "0" : "q.site") + " AND x.id = q." + column + "), '')";
  };
  const auto visitors = [&](const std::string& name, const std::string& label, const std::string& group, int mask) {
    const std::string count = from == From::sealed_bits && mask != 0
                                  ? "count(*) FILTER (bits & " + std::to_string(mask) + " <> 0)"
                                  : "count(DISTINCT vd)";
    ask(name, "SELECT site, day, " + label + ", n FROM (SELECT site, day, " + group + ", " + count + " AS n FROM " +
                  visits + " GROUP BY ALL) q");
  };
  const auto sum = [&](const std::string& name, const std::string& what) {
    ask(name, "SELECT site, day, '', (" + what + ")::BIGINT FROM " + visits + " GROUP BY site, day");
  };
  sum("visits", "count(*)");
  sum("bounces", "count(*) FILTER (pageviews = 1 AND events = 0)");
  sum("duration", "sum(duration)");
  sum("views of visits", "sum(pageviews)");
  sum("events of visits", "sum(events)");
  if (hot) {
    const std::string by_day = "SELECT v.site, v.day, '', ";
    const std::string looks =
        " FROM hot_visits v JOIN hot_looks l ON l.site = v.site AND l.visit = v.visit GROUP BY ALL";
    ask("engaged", by_day + "sum(l.seconds)::BIGINT" + looks);
    ask("looked at", by_day + "count(DISTINCT v.visit)" + looks);
    ask("interactive", by_day +
                           "count(DISTINCT v.visit) FROM hot_visits v JOIN hot_events e ON e.site = v.site AND "
                           "e.visit = v.visit WHERE (e.site, e.log_offset) NOT IN (SELECT site, log_offset FROM "
                           "hot_quiet) GROUP BY ALL");
  } else {
    sum("engaged", "sum(greatest(engaged, 1)::BIGINT - 1)");
    sum("looked at", "count(*) FILTER (engaged > 0)");
    sum("interactive", "count(*) FILTER (interactive = 2 OR (interactive = 0 AND events > 0))");
  }
  visitors("visitors", "''", "1", 1);
  visitors("visitors channel=", "channel::VARCHAR", "channel", 2);
  visitors("visitors source=", text(kind_of(Attribute::source), "source"), "source", 4);
  visitors("visitors referrer=",
           text(kind_of(Attribute::referrer_host), "referrer_host") + " || " +
               text(kind_of(Attribute::referrer_path), "referrer_path"),
           "referrer_host, referrer_path", 8);
  visitors("visitors entry=", text(kind_of(Attribute::page), "entry_page"), "entry_page", 16);
  visitors("visitors exit=", text(kind_of(Attribute::page), "exit_page"), "exit_page", 32);
  visitors("visitors browser=", text(kind_of(Attribute::browser), "browser") + " || ' ' || browser_major",
           "browser, browser_major", 1);
  visitors("visitors language=", text(kind_of(Attribute::language), "language"), "language", 1);
  visitors("visitors country=", text(kind_of(Attribute::country), "country"), "country", 1);
  visitors("visitors size=", "size_class::VARCHAR", "size_class", 1);
  ask("visits tracker=", "SELECT site, day, " + text(kind_of(Attribute::tracker), "tracker") +
                             ", n FROM (SELECT site, day, tracker, count(*) AS n FROM " + visits + " GROUP BY ALL) q");
  // Sealed rows have no day: the sites of the random traffic live in whole hours ahead of UTC.
  std::string local = "CASE site";
  for (std::uint32_t site = 0; site < 8; ++site)
    local += " WHEN " + std::to_string(site) + " THEN " + std::to_string(site_offset_ms(site));
  const std::string day = hot ? "day" : "epoch_ms(epoch_ms(ts) + " + local + " END)::DATE";
  const std::string views = "(SELECT site, visit, page, ts, vd AS who, " + day + " AS day" + (hot ? "" : ", bits") +
                            " FROM " + (hot ? "hot_hits" : "sealed_hits") + ")";
  const bool bits = from == From::sealed_bits;
  ask("views page=", "SELECT site, day, " + text(kind_of(Attribute::page), "page") +
                         ", n FROM (SELECT site, day, page, count(*) AS n FROM " + views + " GROUP BY ALL) q");
  ask("visitors page=", "SELECT site, day, " + text(kind_of(Attribute::page), "page") +
                            ", n FROM (SELECT site, day, page, " +
                            (bits ? "count(*) FILTER (bits & 2 <> 0)" : "count(DISTINCT who)") + " AS n FROM " + views +
                            " GROUP BY ALL) q");
  ask("visits page=", bits ? "SELECT site, day, " + text(kind_of(Attribute::page), "page") +
                                 ", n FROM (SELECT site, day, page, count(*) FILTER (bits & 1 <> 0) AS n FROM " +
                                 views + " GROUP BY ALL) q"
                           : "SELECT site, day, " + text(kind_of(Attribute::page), "page") +
                                 ", n FROM (SELECT site, day, page, count(*) AS n FROM (SELECT site, visit, page, "
                                 "min(day) AS day FROM " +
                                 views + " GROUP BY ALL) GROUP BY ALL) q");
  ask("events ", "SELECT site, day, " + text(kind_of(Attribute::event_name), "name") + ", n FROM (SELECT site, " + day +
                     " AS day, name, count(*) AS n FROM " + (hot ? "hot_events" : "sealed_events") +
                     " GROUP BY ALL) q");
  for (const bool number : {false, true}) {
    const std::string told = text(kind_of(Attribute::event_name), "name") + " || '/' || " + text(kPropertyKey, "key") +
                             " || '=' || " + (number ? "q.number" : text(kPropertyValue, "value"));
    const std::string kept = number ? "numbers" : "texts";
    // When it was and whose it is stand in the event.
    const std::string rows =
        hot ? "hot_event_" + kept
            : "(SELECT p.*, e.ts, e.vd FROM event_" + kept +
                  " p JOIN sealed_events e ON e.site = p.site AND e.visit = p.visit AND e.n = p.n)";
    for (const bool people : {false, true}) {
      const std::string count = !people ? "count(*)" : bits ? "count(*) FILTER (bits & 1 <> 0)" : "count(DISTINCT vd)";
      ask(people ? "visitors told " : "events told ", "SELECT site, day, " + told + ", n FROM (SELECT site, " + day +
                                                          " AS day, name, key, " + (number ? "number" : "value") +
                                                          ", " + count + " AS n FROM " + rows + " GROUP BY ALL) q");
    }
  }
  return out;
}

std::string difference(const Answers& expected, const Answers& actual) {
  std::string out;
  const auto say = [&](const std::string& key, std::int64_t want, std::int64_t got) {
    if (out.size() < 2000) out += key + ": expected " + std::to_string(want) + ", got " + std::to_string(got) + "\n";
  };
  for (const auto& [key, want] : expected) {
    const auto it = actual.find(key);
    if (it == actual.end() || it->second != want) say(key, want, it == actual.end() ? 0 : it->second);
  }
  for (const auto& [key, got] : actual)
    if (!expected.contains(key)) say(key, 0, got);
  return out;
}

}  // namespace hk::store::testing
