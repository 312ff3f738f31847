#include "demo/demo.h"

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "ingest/enrich/enrich.h"
#include "ingest/enrich/kind.h"
#include "ingest/enrich/url.h"
#include "ingest/enrich/user_agent.h"

namespace hk::demo {
namespace {

/// What the ingest pipeline would have made of a raw hit. Parsed user agents are kept by pointer: the generator has
/// few.
class Enricher {
 public:
  store::Hit enrich(const RawHit& raw, const site::Site& site, Day day) {
    store::Hit hit;
    hit.kind = raw.report ? store::HitKind::ping : raw.event.empty() ? store::HitKind::pageview : store::HitKind::event;
    hit.site = site.key;
    hit.at = raw.at;
    hit.day = day;
    hit.visitor = raw.visitor | 1;  // 0 means none
    hit.hostname = site.domain;
    ingest::enrich_page(hit, raw.path, cut_);
    ingest::enrich_source(hit, ingest::parse_referrer(raw.referrer),
                          {.source = raw.utm_source,
                           .medium = raw.utm_medium,
                           .campaign = raw.utm_campaign,
                           .term = raw.utm_term,
                           .content = raw.utm_content},
                          cut_);
    const ingest::UserAgent& client = agent(raw.user_agent);
    ingest::enrich_client(hit, client);
    if (const auto kind = ingest::kind_of(client, {}, false, false); kind != ingest::Bot::none) {
      ingest::enrich_bot(hit, kind, client);
      hit.site = store::shadow_of(site.key);
    }
    ingest::enrich_screen(hit, raw.language, raw.viewport_width, raw.viewport_height, raw.screen_width,
                          raw.screen_height, cut_);
    hit.country = raw.country;
    hit.city = raw.city;
    hit.asn = raw.asn;
    hit.engaged = raw.engaged;
    if (raw.report) hit.scroll = static_cast<std::uint8_t>(1 + raw.scrolled);
    hit.tracker = "hk.js";
    hit.event_name = raw.event;
    hit.event_json = raw.properties;
    return hit;
  }

 private:
  const ingest::UserAgent& agent(std::string_view text) {
    const auto [at, fresh] = known_.try_emplace(text.data());
    if (fresh) at->second = agents_.parse(text);
    return *at->second;
  }

  ingest::UserAgents agents_;
  std::unordered_map<const char*, std::shared_ptr<const ingest::UserAgent>> known_;
  ingest::Cutter cut_;
};

}  // namespace

Result<std::int64_t> generate(const Recipe& recipe, std::span<const DemoSite> traffic,
                              std::span<const site::Site* const> sites, TimeMs now, const Sink& sink,
                              const Progress& progress) {
  if (recipe.hits < kLeastHits || recipe.hits > kMostHits)
    return fail(Code::invalid, "-hits must be between 1000 and 100000000 (for example: 1000000)", "hits");
  double shares = 0;
  for (const auto& t : traffic) shares += t.share;
  std::vector<Traffic> generators;
  generators.reserve(sites.size());
  for (std::size_t i = 0; i < sites.size(); ++i)
    generators.emplace_back(recipe.seed, traffic[i], *sites[i]->zone,
                            static_cast<double>(recipe.hits) * traffic[i].share / shares, recipe.variety);

  // What a day of busyness 1 is worth, so that the year adds up to the wanted number.
  std::vector<double> views_per_day(sites.size());
  for (std::size_t i = 0; i < sites.size(); ++i) {
    const Day last = sites[i]->zone->day_of(now);
    double year = 0;
    for (Day day = last - kDays + 1; day <= last; ++day) year += generators[i].busyness(day, last);
    views_per_day[i] = static_cast<double>(recipe.hits) * traffic[i].share / shares / year;
  }

  Enricher enricher;
  std::vector<RawHit> raw;
  std::int64_t views = 0;
  for (Day ago = kDays - 1; ago >= 0; --ago) {
    for (std::size_t i = 0; i < sites.size(); ++i) {
      const Day last = sites[i]->zone->day_of(now);
      const Day day = last - ago;
      generators[i].day(day, views_per_day[i] * generators[i].busyness(day, last), raw);
      for (const auto& hit : raw) {
        if (hit.at > now) break;
        const store::Hit enriched = enricher.enrich(hit, *sites[i], day);
        if (auto taken = sink(enriched); !taken) return std::unexpected(taken.error());
        if (enriched.kind == store::HitKind::pageview && enriched.site == sites[i]->key) ++views;
      }
    }
    progress(static_cast<double>(kDays - ago) / kDays);
  }
  return views;
}

}  // namespace hk::demo
