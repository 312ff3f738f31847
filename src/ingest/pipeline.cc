#include "ingest/pipeline.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "ingest/enrich/campaign.h"
#include "ingest/enrich/client_hints.h"
#include "ingest/enrich/country.h"
#include "ingest/enrich/enrich.h"
#include "ingest/enrich/private.h"
#include "ingest/enrich/source.h"
#include "ingest/enrich/url.h"
#include "ingest/limits.h"
#include "json/writer.h"
#include "site/domain.h"

namespace hk::ingest {
namespace {

static_assert(kMaxHostBytes == site::kMaxDomainBytes, "a site's host is never cut");

/// The bounds of an address begin anew with the next UTC day.
std::int64_t seconds_to_next_day(TimeMs now) {
  const auto next = std::chrono::floor<std::chrono::days>(now) + std::chrono::days(1);
  return std::chrono::ceil<std::chrono::seconds>(next - now).count();
}

/// Whether a referrer is a page of the hit's own site, whatever host of the site it is on.
bool own_page(const Draft& draft, const Referrer& from) {
  if (from.host.empty()) return false;
  const site::Place place = draft.sites->place_of(from.host);
  return place.site == draft.site && place.standing == site::Standing::counts;
}
/// What somebody searched for on the site, as an event.
constexpr std::string_view kSiteSearch = "site search";
/// Seconds after which a hit may be tried again that came under a wrong clock.
constexpr const char* kClockRetry = "60";

Verdict drop(Reason reason) {
  return {.kind = Verdict::drop, .reason = reason};
}

Verdict reject(Reason reason, int status, std::string_view text, std::string_view field = {}) {
  return {.kind = Verdict::reject, .reason = reason, .status = status, .text = text, .field = field};
}

/// Headers may hold any byte; everything behind this line is UTF-8.
std::string plain(std::string_view header) {
  std::string out(header.substr(0, kMaxUserAgentBytes));
  if (!valid_utf8(out)) std::ranges::replace_if(out, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  return out;
}

/// The path of the page that sent an event, as far as its Referer tells: the original's events carry none.
std::string_view path_of_referer(const Draft& draft) {
  const std::string_view referer = draft.request.header("referer");
  if (referer.empty() || !valid_utf8(referer) || referer.contains('\0')) return {};
  return parse_origin(referer).host == draft.hit.hostname ? referer : std::string_view{};
}

Reason reason_of(rules::Excludes kind) {
  switch (kind) {
    case rules::Excludes::cidr:
      return Reason::excluded_network;
    case rules::Excludes::country:
      return Reason::excluded_country;
    case rules::Excludes::host:
      return Reason::excluded_host;
    case rules::Excludes::path:
      return Reason::excluded_path;
    case rules::Excludes::query:
      break;
  }
  return Reason::excluded_query;
}

/// The event that a view of search results stands for.
store::Hit search_event(const Draft& draft) {
  store::Hit out = draft.hit;
  out.kind = store::HitKind::event;
  out.event_name = kSiteSearch;
  json::Writer properties;
  properties.begin_object().key("term").value(draft.searched).end_object();
  out.event_json = properties.take();
  return out;
}

Verdict refusal_of(const BodyError& error) {
  switch (error.kind) {
    case BodyError::none:
      break;
    case BodyError::syntax:
      return reject(Reason::bad_body, 400, "Bad request body");
    case BodyError::text:
      return reject(Reason::bad_text, 400, "Bad request body: invalid UTF-8 or U+0000", error.field);
    case BodyError::properties:
      return reject(Reason::too_large, 400, "Bad request body: more than 16384 bytes", error.field);
  }
  return {};
}

/// What is wrong with the fields of an event or a report. An event without a name that tells seconds is a ping.
Verdict refusal_of_kind(Draft& d) {
  const Body& b = d.body;
  if (d.hit.kind == store::HitKind::vital) {
    const bool known = std::ranges::find(store::kVitalNames, trim(b.vital_name)) != store::kVitalNames.end();
    if (!known || !(b.vital_value >= 0)) return reject(Reason::bad_report, 400, "Invalid web vital metric or value");
    if (!page_path(b.path).starts_with('/')) return reject(Reason::bad_report, 400, "path is required", "p");
    return {};
  }
  if (d.hit.kind != store::HitKind::event || !trim(b.event_name).empty()) return {};
  if (b.engaged < 0) return reject(Reason::event_unnamed, 400, "Event name is required", "n");
  if (trim(b.path).empty()) return reject(Reason::bad_report, 400, "path is required", "path");
  d.hit.kind = store::HitKind::ping;
  return {};
}

/// Programs that fetch the images of a mail for those who read it.
constexpr std::array<std::string_view, 4> kMailProxies = {"GoogleImageProxy", "YahooMailProxy", "ggpht.com",
                                                          "MailRuImageProxy"};
constexpr std::string_view kPixelOpened = "pixel opened";

bool by_mail_proxy(std::string_view user_agent) {
  return std::ranges::any_of(kMailProxies, [&](std::string_view name) { return user_agent.contains(name); });
}

/// The smallest image that browsers draw: one pixel, which is not seen.
constexpr std::string_view kPixel(
    "GIF89a\1\0\1\0\200\0\0\0\0\0\377\377\377!\371\4\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;", 43);

}  // namespace

/// The steps have the pipeline's parts at hand.
struct Steps {
  static Verdict navigation(Pipeline&, Draft& d) {
    if (d.request.header("sec-fetch-site").empty()) return {};
    const std::string_view mode = d.request.header("sec-fetch-mode");
    if (mode != "navigate" && mode != "nested-navigate") return {};
    return reject(Reason::navigation, 404, "Not found");
  }

  static Verdict body(Pipeline&, Draft& d) {
    if (d.request.method == http::Method::get) return {};  // a pixel's is made of its address
    if (d.told) return {};                                 // it has been read
    d.refusal = refusal_of(decode_body(d.request.body, d.hit.kind, d.body));
    if (d.refusal.kind == Verdict::next) d.refusal = refusal_of_kind(d);
    return {};
  }

  static Verdict clock(Pipeline& p, Draft& d) {
    if (d.refusal.kind == Verdict::next && !p.deps_.believable())
      d.refusal = reject(Reason::clock, 503, "The server's clock is wrong; nothing is counted until it is set right");
    return {};
  }

  /// Browsers withhold Origin ("null") where a page's referrer policy asks for it. Both are only claims, so what the
  /// page says of itself is believed as far.
  static Verdict origin(Pipeline&, Draft& d) {
    const std::string_view header = trim(d.request.header("origin"));
    Origin origin = parse_origin(header);
    if (!header.empty() && !origin.valid) return reject(Reason::origin_invalid, 400, "Invalid Origin header");
    if (origin.host.empty()) origin = parse_origin("http://" + std::string(trim(d.body.host)));
    if (header.empty() && origin.host.empty()) return reject(Reason::origin_missing, 400, "Origin header is required");
    d.hit.hostname = std::move(origin.host);
    return {};
  }

  static Verdict find_site(Pipeline& p, Draft& d) {
    d.sites = p.deps_.sites.now();
    const site::Place place = d.sites->place_of(d.hit.hostname);
    d.site = place.site;
    d.standing = place.standing;
    if (d.site) d.hit.site = d.site->key;
    return {};
  }

  /// After the site, so that its owner sees the drop.
  static Verdict refused(Pipeline&, Draft& d) { return d.refusal; }

  static Verdict hosted(Pipeline& p, Draft& d) {
    switch (d.standing) {
      case site::Standing::unknown:
        if (site::check_domain(d.hit.hostname)) d.about = d.hit.hostname;
        p.hosts_.add_unknown(d.hit.hostname);
        return drop(Reason::unknown_site);
      case site::Standing::below:
        d.about = d.hit.hostname;
        p.hosts_.add(d.site->key, d.hit.hostname);
        return drop(Reason::subdomain);
      case site::Standing::excluded:
        d.about = d.hit.hostname;
        p.hosts_.add(d.site->key, d.hit.hostname);
        return drop(Reason::excluded_host);
      case site::Standing::paused:
        return drop(Reason::paused);
      case site::Standing::counts:
        break;
    }
    if (looks_like_a_copy(d.hit.hostname, d.site->domain)) p.hosts_.add(d.site->key, d.hit.hostname);
    return {};
  }

  /// From here on nobody needs the address but the visitor's hash and the bounds.
  static Verdict place(Pipeline& p, Draft& d) {
    const Verdict verdict = locate(p, d);
    if (d.ip && !d.told) p.senders_.add(*d.ip);
    return verdict;
  }

  static Verdict locate(Pipeline& p, Draft& d) {
    Geo::Located found;
    d.ip = net::Ip::parse(d.request.client_ip);
    if (d.ip) found = p.deps_.geo.locate(*d.ip);
    d.hit.asn = found.asn;
    d.hit.country = edge_country(d.request);
    if (d.hit.country.empty()) d.hit.country = found.place.country;
    // Where the edge knows of another country, the city is not the visitor's.
    if (d.hit.country == found.place.country) d.hit.city = city_text(found.place);
    return {};
  }

  static Verdict excluded(Pipeline& p, Draft& d) {
    d.rules = p.deps_.rules.now();
    const std::string_view query = page_query(d.body.path);
    const std::string path = page_path(d.body.path);
    for (const rules::Exclusions* all : {&d.rules->everywhere(), &d.rules->of(d.site->key)})
      if (const auto fits = all->match(d.ip, d.hit.country, path, d.hit.hostname, query)) {
        d.about = fits->rule;
        return drop(reason_of(fits->kind));
      }
    return {};
  }

  static Verdict consent(Pipeline&, Draft& d) {
    if (trim(d.request.header("sec-gpc")) == "1") return drop(Reason::gpc);
    // The original's script has looked at Do Not Track itself, and lets hits through where the page's owner said so.
    if (!d.body.collect_dnt && !d.body.original && trim(d.request.header("dnt")) == "1") return drop(Reason::dnt);
    return {};
  }

  /// What is no person goes on under the site's other key: it can be shown, and a wrong verdict undone.
  static Verdict kind(Pipeline& p, Draft& d) {
    // What the page's script says goes before the header: a site's own proxy may stand in between.
    const std::string_view sent = trim(d.body.user_agent);
    d.user_agent =
        sent.empty() ? plain(d.request.header("user-agent")) : std::string(utf8_prefix(sent, kMaxUserAgentBytes));
    if (d.nobody) return {};
    const auto parsed = p.user_agents_.parse(d.user_agent);
    const ClientHints hints = hints_of(d.request);
    const bool data_centre = is_data_centre(d.hit.asn) && !(d.ip && d.rules->trusts(d.site->key, *d.ip));
    const bool burst = data_centre && p.bursts_.add(sender(p, d), d.now);
    enrich_client(d.hit, *parsed);
    apply_hints(d.hit, hints);
    d.kind = kind_of(*parsed, hints, data_centre, burst);
    if (d.kind == Bot::none) return {};
    enrich_bot(d.hit, d.kind, *parsed);
    d.hit.site = store::shadow_of(d.site->key);
    return {};
  }

  static Verdict event(Pipeline& p, Draft& d) {
    if (store::opens_visits(d.hit.kind)) d.hit.event_json = d.body.properties;
    if (d.hit.kind != store::HitKind::event) return {};
    d.hit.event_name = cutter(p)(d.body.event_name, kMaxEventNameBytes, "n");
    d.hit.interactive = d.body.interactive;
    return {};
  }

  /// What a page tells of a view of before.
  static Verdict report(Pipeline& p, Draft& d) {
    const Body& b = d.body;
    if (d.hit.kind == store::HitKind::ping) {
      d.hit.engaged = static_cast<std::uint32_t>(std::min<std::int64_t>(b.engaged, store::kMaxEngagedSeconds));
      if (b.scroll >= 0) d.hit.scroll = static_cast<std::uint8_t>(1 + std::min<std::int64_t>(b.scroll, 100));
    } else if (d.hit.kind == store::HitKind::vital) {
      const auto* const name = std::ranges::find(store::kVitalNames, trim(b.vital_name));
      d.hit.vital = store::Vital(name - store::kVitalNames.begin());
      const double scale = d.hit.vital == store::Vital::cls ? 1000 : 1;
      d.hit.vital_value = static_cast<std::uint32_t>(std::lround(std::min(b.vital_value * scale, kMaxVital)));
      const std::string_view id = cutter(p)(b.vital_id, kMaxVitalIdBytes, "mid");
      if (!id.empty()) d.hit.vital_id = crypto::siphash24({}, id);
    }
    return {};
  }

  static Verdict page(Pipeline& p, Draft& d) {
    std::string_view path = d.body.path;
    if (path.empty() && d.hit.kind == store::HitKind::event) path = path_of_referer(d);
    const rules::SiteRules& kept = d.rules->kept_of(d.site->key);
    enrich_page(d.hit, path, cutter(p), kept.kept_query);
    if (d.hit.kind == store::HitKind::pageview && !kept.search_query.empty())
      d.searched = searched_for(path, kept.search_query);
    d.hit.title = cutter(p)(d.body.title, kMaxTitleBytes, "t");
    return {};
  }

  static Verdict source(Pipeline& p, Draft& d) {
    const Body& b = d.body;
    Referrer from = parse_referrer(b.referrer);
    if (own_page(d, from)) from = {};
    // A page's script reads them itself; who sends whole addresses leaves it to us.
    const Landing said = landing_of(b.path);
    const auto or_said = [](std::string_view told, const std::string& read) { return told.empty() ? read : told; };
    enrich_source(d.hit, std::move(from),
                  {.source = or_said(b.utm_source, said.source),
                   .medium = or_said(b.utm_medium, said.medium),
                   .campaign = or_said(b.utm_campaign, said.campaign),
                   .term = or_said(b.utm_term, said.term),
                   .content = or_said(b.utm_content, said.content),
                   .click = said.click},
                  cutter(p));
    return {};
  }

  static Verdict spam(Pipeline&, Draft& d) {
    const std::string& host = d.hit.referrer_host;
    if (host.empty() || host.ends_with('.' + d.hit.hostname) || !is_referrer_spam(host)) return {};
    d.about = host;
    return drop(Reason::spam);
  }

  static Verdict client(Pipeline& p, Draft& d) {
    const Body& b = d.body;
    const bool says = !trim(b.language).empty();
    enrich_screen(d.hit, says ? b.language : d.request.header("accept-language"), b.viewport_width, b.viewport_height,
                  b.screen_width, b.screen_height, cutter(p));
    d.hit.tracker = cutter(p)(b.tracker_source, kMaxTrackerBytes, "tsrc");
    if (const auto version = cutter(p)(b.tracker_version, kMaxTrackerBytes, "tv"); !version.empty())
      (d.hit.tracker += '/') += version;
    return {};
  }

  /// What the site's owner does not want is gone before it is anywhere.
  static Verdict less(Pipeline&, Draft& d) {
    const rules::SiteRules& kept = d.rules->kept_of(d.site->key);
    if (!kept.engagement && d.hit.kind == store::HitKind::ping) return drop(Reason::not_kept);
    say_less(d.hit, kept);
    return {};
  }

  static Verdict visitor(Pipeline& p, Draft& d) {
    if (d.told && d.told->late) return late_visitor(p, d);
    d.hit.at = d.now;
    if (d.nobody) {
      d.hit.day = d.site->zone->day_of(d.now);
      return {};
    }
    const auto see = store::opens_visits(d.hit.kind) ? &Visitors::see : &Visitors::see_again;
    const Visitor v = (p.visitors_.*see)(*d.site->zone, d.now, d.hit.site, d.request.client_ip, d.user_agent);
    d.hit.day = v.day;
    d.hit.visitor = v.hash;
    d.hit.visitor_before = v.before;
    return {};
  }

  static Verdict bounds(Pipeline& p, Draft& d) {
    if (d.told) return {};  // who tells it holds a key, and may tell of many
    if (!p.bounds_.take(d.request.client_ip, d.hit, d.now)) return {};
    return reject(Reason::address_bound, 429, "Too much from this address today");
  }

  static Cutter cutter(Pipeline& p) {
    return {[](void* pipeline, std::string_view field) {
              const auto at = std::ranges::find(kCutFields, field);
              assert(at != kCutFields.end());
              static_cast<Pipeline*>(pipeline)->cut_.at(static_cast<std::size_t>(at - kCutFields.begin()))->add();
            },
            &p};
  }

 private:
  static std::uint64_t sender(const Pipeline& p, const Draft& d) {
    return crypto::siphash24(p.burst_key_, concat({d.hit.hostname, " ", d.request.client_ip, " ", d.user_agent}));
  }

  static Verdict late_visitor(Pipeline& p, Draft& d) {
    const db::Zone& zone = *d.site->zone;
    d.hit.at = d.now;
    d.hit.late = true;
    d.hit.day = zone.day_of(d.now);
    Salts& salts = p.deps_.salts;
    const auto days = salts.days(zone);
    const bool alive = std::ranges::find(days, d.hit.day) != days.end();
    if (!alive && !d.told->keys.contains(d.hit.day)) crypto::random_bytes(d.told->keys[d.hit.day]);
    const Salts::Salt key = alive ? salts.of(zone, d.hit.day) : d.told->keys[d.hit.day];
    d.hit.visitor = visitor_hash(key, d.hit.site, d.request.client_ip, d.user_agent);
    return {};
  }
};

constexpr std::array<Step, 20> Pipeline::kSteps = {{
    {"navigation", Steps::navigation},
    {"body", Steps::body},
    {"clock", Steps::clock},
    {"origin", Steps::origin},
    {"site", Steps::find_site},
    {"refused", Steps::refused},
    {"hosted", Steps::hosted},
    {"place", Steps::place},
    {"excluded", Steps::excluded},
    {"consent", Steps::consent},
    {"kind", Steps::kind},
    {"event", Steps::event},
    {"report", Steps::report},
    {"page", Steps::page},
    {"source", Steps::source},
    {"spam", Steps::spam},
    {"client", Steps::client},
    {"say_less", Steps::less},
    {"visitor", Steps::visitor},
    {"bounds", Steps::bounds},
}};

Pipeline::Pipeline(const Deps& deps) : deps_(deps), counters_(deps.metrics, deps.clock.now()), visitors_(deps.salts) {
  crypto::random_bytes(burst_key_);
  for (std::size_t i = 0; i < kSteps.size(); ++i)
    step_seconds_[i] = &deps.metrics.histogram("hitkeep_ingest_step_seconds", "One step of a hit, of one hit in 64",
                                               {1e-7, 1e-6, 1e-5, 1e-4, 1e-3}, {{"step", kSteps[i].name}});
  for (const auto& [of, share] :
       {std::pair{"one_address", &Senders::Shares::one}, {"internal_addresses", &Senders::Shares::internal}})
    deps.metrics.gauge("hitkeep_ingest_sender_share", "Share of the last hits that one address, or internal ones, sent",
                       [this, share] { return senders_.shares().*share; }, {{"of", of}});
  for (std::size_t i = 0; i < cut_.size(); ++i)
    cut_[i] = &deps.metrics.counter("hitkeep_ingest_cut_total", "Texts cut to their limit, by field",
                                    {{"field", kCutFields[i]}});
}

Verdict Pipeline::run(Draft& draft) {
  const bool timed = runs_.fetch_add(1, std::memory_order_relaxed) % kTimedOf == 0;
  for (std::size_t i = 0; i < kSteps.size(); ++i) {
    const auto began = timed ? std::chrono::steady_clock::now() : std::chrono::steady_clock::time_point{};
    Verdict verdict = kSteps[i].run(*this, draft);
    if (timed)
      step_seconds_[i]->observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
    if (verdict.kind != Verdict::next) return verdict;
  }
  return {};
}

SeenSender Pipeline::look_at(const http::Request& request, const site::Site& site) {
  Draft draft{.request = request, .now = deps_.clock.now()};
  draft.site = &site;
  draft.hit.site = site.key;
  draft.hit.hostname = site.domain;
  SeenSender out;
  for (const auto step : {Steps::locate, Steps::excluded, Steps::consent, Steps::kind, Steps::client}) {
    const Verdict verdict = step(*this, draft);
    if (verdict.kind != Verdict::next && !out.dropped) {
      out.dropped = verdict.reason;
      out.rule = std::move(draft.about);
    }
  }
  out.kind = draft.kind;
  out.seen = std::move(draft.hit);
  return out;
}

Verdict Pipeline::judge(Draft& draft) {
  Verdict verdict = run(draft);
  // What no lane would ever take must not be acknowledged.
  if (verdict.kind == Verdict::next && !store::check(draft.hit))
    verdict = reject(Reason::unstorable, 503, "This cannot be stored");
  if (verdict.kind != Verdict::next) counters_.drop(verdict.reason, arrival_of(draft), draft.about);
  return verdict;
}

Whose Pipeline::arrival_of(const site::Site* site, TimeMs now) const {
  const auto utc_day = std::chrono::floor<std::chrono::days>(now).time_since_epoch().count();
  if (!site) return {.day = static_cast<Day>(utc_day), .at = now};
  return {.lane = site->lane, .site = site->key, .day = site->zone->day_of(now), .at = now};
}

/// Counted when it comes, whatever time it tells.
Whose Pipeline::arrival_of(const Draft& draft) const {
  return arrival_of(draft.site, draft.told ? deps_.clock.now() : draft.now);
}

Appended Pipeline::appended(const Draft& draft) const {
  Appended out{.whose = arrival_of(draft), .kind = draft.hit.kind, .who = draft.kind, .agent = {}, .example = {}};
  if (draft.kind != Bot::none) {
    out.agent = draft.hit.browser;
    out.example = draft.hit.path.substr(0, draft.hit.path.find('?'));
  } else if (draft.told) {
    out.agent = draft.body.tracker_source;
  }
  return out;
}

void Pipeline::append(const Appended& what, std::string_view record, http::GateDone done) {
  deps_.log.append({.lane = static_cast<std::uint32_t>(what.whose.lane),
                    .kind = static_cast<std::uint8_t>(store::RecordKind::hit),
                    .version = store::kRecordVersion,
                    .payload = record},
                   [this, what, done = std::move(done)](Result<log::Offset> offset) mutable {
                     if (offset) {
                       if (what.who == Bot::none)
                         counters_.accept(what.whose, what.kind, what.agent);
                       else
                         counters_.keep_apart(what.whose, what.kind, what.who, what.agent, what.example);
                       done({});
                     } else {
                       counters_.drop(Reason::log_refused, what.whose);
                       done(std::unexpected(std::move(offset.error())));
                     }
                   });
}

http::Response Pipeline::take(const http::Request& request, store::HitKind kind) {
  Draft draft{.request = request, .now = deps_.clock.now()};
  draft.hit.kind = kind;
  return answer(draft, judge(draft));
}

http::Response Pipeline::take_pixel(const http::Request& request) {
  Draft draft{.request = request, .now = deps_.clock.now()};
  const std::string site = request.param("site").value_or(""), path = request.param("path").value_or("");
  const bool text = valid_utf8(path) && !path.contains('\0');
  draft.body.host = valid_utf8(site) ? std::string_view(site) : std::string_view{};
  draft.body.path = text && !path.empty() ? std::string_view(path) : request.header("referer");
  if (!valid_utf8(draft.body.path)) draft.body.path = {};
  draft.body.tracker_source = "pixel";
  if (request.header("referer").empty() || by_mail_proxy(request.header("user-agent"))) {
    draft.nobody = true;
    draft.hit.kind = store::HitKind::event;
    draft.body.event_name = kPixelOpened;
    draft.body.interactive = false;
  }
  http::Response response = answer(draft, judge(draft));
  // A refused pixel is an image like any other: nobody reads what it says.
  http::Response image{.status = 200, .headers = {{"Content-Type", "image/gif"}, {"Cache-Control", "no-store"}}};
  image.fixed_body = kPixel;
  image.gate = std::move(response.gate);
  return image;
}

std::optional<store::Hit> Pipeline::fetch(const site::Site& site, const Fetched& what) {
  const auto parsed = user_agents_.parse(plain(what.user_agent));
  if (!is_of_ai(parsed->bot)) return std::nullopt;
  store::Hit hit;
  hit.kind = store::HitKind::fetch;
  hit.site = site.key;
  hit.at = what.at;
  hit.day = site.zone->day_of(what.at);
  enrich_bot(hit, parsed->bot, *parsed);
  enrich_page(hit, what.path, Steps::cutter(*this), deps_.rules.now()->kept_of(site.key).kept_query);
  hit.status = what.status;
  return hit;
}

http::Response Pipeline::take_fetch(const site::Site& site, const Fetched& what) {
  const Whose whose = arrival_of(&site, what.at);
  if (auto fine = deps_.believable(); !fine) {
    counters_.drop(Reason::clock, whose);
    return http::problem(
        {Code::unavailable, "The server's clock is wrong; nothing is counted until it is set right", {}});
  }
  if (site.paused_at) {
    counters_.drop(Reason::paused, whose);
    return http::empty(202);
  }
  const auto hit = fetch(site, what);
  if (!hit)
    return http::problem(
        {Code::invalid, "user_agent must match a known AI bot, for example GPTBot or ClaudeBot", "user_agent"});
  http::Response response = http::empty(202);
  response.gate = [this,
                   what = Appended{.whose = whose, .kind = hit->kind, .who = Bot::none, .agent = {}, .example = {}},
                   record = store::encode(*hit)](http::GateDone done) { append(what, record, std::move(done)); };
  return response;
}

http::Response Pipeline::answer(Draft& draft, const Verdict& verdict) {
  if (verdict.kind != Verdict::next) {
    if (verdict.kind == Verdict::drop) return http::empty(202);
    std::string text(verdict.text);
    if (!verdict.field.empty()) ((text += " (field ") += verdict.field) += ")";
    http::Response response = http::text(verdict.status, std::move(text += '\n'));
    response.header("X-Content-Type-Options", "nosniff");
    if (verdict.status == 429) response.header("Retry-After", std::to_string(seconds_to_next_day(draft.now)));
    if (verdict.status == 503) response.header("Retry-After", kClockRetry);
    return response;
  }

  // What was searched for is an event of its own, before the view of its results.
  const std::string search = draft.searched.empty() ? "" : store::encode(search_event(draft));
  // The gate is asked at once, and takes the record to the log.
  http::Response response = http::empty(202);
  response.gate = [this, what = appended(draft), search, payload = store::encode(draft.hit)](http::GateDone done) {
    if (!search.empty())
      deps_.log.append({.lane = static_cast<std::uint32_t>(what.whose.lane),
                        .kind = static_cast<std::uint8_t>(store::RecordKind::hit),
                        .version = store::kRecordVersion,
                        .payload = search},
                       [](const Result<log::Offset>&) {});  // the view behind it is not durable before it is
    append(what, payload, std::move(done));
  };
  return response;
}

}  // namespace hk::ingest
