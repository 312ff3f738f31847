#include "ingest/pipeline.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/text.h"
#include "ingest/limits.h"
#include "ingest/testing/fixture.h"

namespace hk::ingest {
namespace {

using store::Channel;
using store::HitKind;
using testing::fixed_zone;
using testing::Fixture;

/// What the original's script sends.
constexpr std::string_view kOriginal =
    R"({"path":"/pricing","referrer":"https://www.google.com/","ua":null,"vp_w":1280,"vp_h":720,"sc_w":1920,"sc_h":1080,)"
    R"("lang":"de-AT","u_src":null,"u_med":null,"u_cmp":null,"u_trm":null,"u_cnt":null,"qr":null,"unique":true,)"
    R"("session_id":"7c9e6679-7425-40de-944b-e07fc1f90ae7","page_id":"7c9e6679-7425-40de-944b-e07fc1f90ae8",)"
    R"("tsrc":"wordpress","tv":"1.2"})";

TEST(Pipeline, TakesWhatTheOriginalsScriptSends) {
  Fixture f;
  const store::Hit hit = f.hit(Fixture::request(std::string(kOriginal)));
  EXPECT_EQ(hit.kind, HitKind::pageview);
  EXPECT_EQ(hit.site, SiteKey{7});
  EXPECT_EQ(hit.at, f.clock.now());
  EXPECT_EQ(hit.day, 20'782);
  EXPECT_NE(hit.visitor, 0u);
  EXPECT_EQ(hit.visitor_before, 0u);
  EXPECT_FALSE(hit.late);
  EXPECT_EQ(hit.hostname, "example.com");
  EXPECT_EQ(hit.path, "/pricing");
  EXPECT_EQ(hit.referrer_host, "google.com");
  EXPECT_EQ(hit.referrer_path, "");
  EXPECT_EQ(hit.source, "Google");
  EXPECT_EQ(hit.channel, Channel::organic_search);
  EXPECT_EQ(hit.browser, "Chrome");
  EXPECT_EQ(hit.browser_major, 146);
  EXPECT_EQ(hit.os, "Windows");
  EXPECT_EQ(hit.device, store::Device::desktop);
  EXPECT_EQ(hit.language, "de-AT");
  EXPECT_EQ(hit.country, "");
  EXPECT_EQ(hit.viewport_width, 1280);
  EXPECT_EQ(hit.screen_height, 1080);
  EXPECT_EQ(hit.tracker, "wordpress/1.2");
  EXPECT_EQ(f.log.records[0].lane, 3u);
  EXPECT_EQ(f.log.records[0].kind, static_cast<std::uint8_t>(store::RecordKind::hit));
  EXPECT_EQ(f.metric("hitkeep_ingest_accepted_total{kind=\"pageview\"}"), "1");
}

TEST(Pipeline, TakesTheOriginalsEvents) {
  Fixture f;
  const auto hit = f.hit(
      Fixture::request(
          R"({"n":"purchase","p":{"value": 12.5, "items":[{"item_id":"a"}]},"r":"https://example.com/cart","sid":"7c9e6679-7425-40de-944b-e07fc1f90ae7","tsrc":"hk.js","tv":""})",
          {{"referer", "https://example.com/checkout?token=secret"}}),
      HitKind::event);
  EXPECT_EQ(hit.kind, HitKind::event);
  EXPECT_EQ(hit.event_name, "purchase");
  EXPECT_EQ(hit.event_json, R"({"value":12.5,"items":[{"item_id":"a"}]})");
  EXPECT_EQ(hit.path, "/checkout") << "from the Referer, because the original's events carry no path";
  EXPECT_EQ(hit.referrer_host, "") << "its own page is no referrer";
  EXPECT_EQ(hit.tracker, "hk.js");
  EXPECT_EQ(f.metric("hitkeep_ingest_accepted_total{kind=\"event\"}"), "1");
}

TEST(Pipeline, AnswersOnlyWhenTheLogIsDurable) {
  Fixture f;
  f.log.wait = true;
  auto response = f.pipeline.take(Fixture::request(R"({"path":"/"})"), HitKind::pageview);
  EXPECT_EQ(response.status, 202);
  ASSERT_TRUE(response.gate);
  bool open = false;
  response.gate([&](Result<void> outcome) { open = outcome.has_value(); });
  EXPECT_FALSE(open);
  EXPECT_EQ(f.metric("hitkeep_ingest_accepted_total{kind=\"pageview\"}"), "0");
  f.log.waiting[0](log::Offset{10});
  EXPECT_TRUE(open);
  EXPECT_EQ(f.metric("hitkeep_ingest_accepted_total{kind=\"pageview\"}"), "1");
}

TEST(Pipeline, PassesTheLogsRefusalOn) {
  Fixture f;
  f.log.refuse = Error{Code::busy, "The log is full", {}};
  const auto answer = f.take(Fixture::request(R"({"path":"/"})"));
  ASSERT_TRUE(answer.gate);
  ASSERT_FALSE(*answer.gate);
  EXPECT_EQ(answer.gate->error().code, Code::busy);
  EXPECT_EQ(f.dropped(Reason::log_refused), 1u);
  EXPECT_EQ(f.pipeline.counters().of(SiteKey{7}).reasons[static_cast<std::size_t>(Reason::log_refused)], 1u);
  EXPECT_EQ(f.metric("hitkeep_ingest_accepted_total{kind=\"pageview\"}"), "0");
}

struct Refusal {
  std::string body;
  http::HeaderList headers;
  int status;
  std::string text;
  Reason reason;
  HitKind kind = HitKind::pageview;
  std::string origin = "https://example.com";
};

TEST(Pipeline, SaysNoInTheOriginalsWords) {
  const std::string ok = R"({"path":"/"})";
  const Refusal refusals[] = {
      {ok, {}, 400, "Origin header is required\n", Reason::origin_missing, HitKind::pageview, ""},
      {ok, {}, 400, "Origin header is required\n", Reason::origin_missing, HitKind::pageview, "  "},
      {ok, {}, 400, "Invalid Origin header\n", Reason::origin_invalid, HitKind::pageview, "://nope"},
      {ok, {}, 400, "Invalid Origin header\n", Reason::origin_invalid, HitKind::pageview, "https://exa mple.com"},
      {ok, {}, 400, "Invalid Origin header\n", Reason::origin_invalid, HitKind::pageview, "https://example.com:port"},
      {ok, {}, 400, "Invalid Origin header\n", Reason::origin_invalid, HitKind::event, "https://[::1"},
      {ok, {}, 202, "", Reason::unknown_site, HitKind::pageview, "null"},
      {ok, {}, 202, "", Reason::unknown_site, HitKind::pageview, "https://other.example"},
      {ok, {}, 202, "", Reason::subdomain, HitKind::pageview, "https://shop.example.com"},
      {R"({"n":"a"})", {}, 202, "", Reason::unknown_site, HitKind::event, "file://"},
      {"{", {}, 400, "Bad request body\n", Reason::bad_body},
      {"", {}, 400, "Bad request body\n", Reason::bad_body},
      {"[]", {}, 400, "Bad request body\n", Reason::bad_body},
      {R"({"path":1})", {}, 400, "Bad request body\n", Reason::bad_body},
      {R"({"vp_w":1.5})", {}, 400, "Bad request body\n", Reason::bad_body},
      {R"({"session_id":"x"})", {}, 400, "Bad request body\n", Reason::bad_body},
      {"{\"path\":\"/\xff\"}", {}, 400, "Bad request body: invalid UTF-8 or U+0000 (field path)\n", Reason::bad_text},
      {R"({"lang":"a\u0000"})", {}, 400, "Bad request body: invalid UTF-8 or U+0000 (field lang)\n", Reason::bad_text},
      {R"({"n":"","p":null})", {}, 400, "Event name is required (field n)\n", Reason::event_unnamed, HitKind::event},
      {R"({"n":"a","p":[]})", {}, 400, "Bad request body\n", Reason::bad_body, HitKind::event},
      {ok, {{"sec-fetch-site", "none"}, {"sec-fetch-mode", "navigate"}}, 404, "Not found\n", Reason::navigation},
      {ok, {{"sec-fetch-site", "x"}, {"sec-fetch-mode", "nested-navigate"}}, 404, "Not found\n", Reason::navigation},
      {ok, {{"sec-gpc", "1"}}, 202, "", Reason::gpc},
      {R"({"path":"/","cd":true})", {{"sec-gpc", "1"}}, 202, "", Reason::gpc},
      {ok, {{"dnt", "1"}}, 202, "", Reason::dnt},
      {R"({"path":"/","referrer":"https://www.0-0.fr/x"})", {}, 202, "", Reason::spam},
      {R"({"n":"a","r":"http://0-0.fr"})", {}, 202, "", Reason::spam, HitKind::event},
  };
  for (const Refusal& r : refusals) {
    Fixture f;
    const auto answer = f.take(Fixture::request(r.body, r.headers, r.origin), r.kind);
    SCOPED_TRACE(r.body + " from " + r.origin + ", counted as " + f.dropped());
    EXPECT_EQ(answer.status, r.status);
    EXPECT_EQ(answer.body, r.text);
    EXPECT_FALSE(answer.gated);
    EXPECT_EQ(f.dropped(r.reason), 1u);
    EXPECT_TRUE(f.log.records.empty());
  }
}

TEST(Pipeline, KnowsThePageFromTheBodyWhereOriginDoesNotTellIt) {
  for (const std::string origin : {"", "null", "file://"}) {
    for (const std::string host : {"example.com", "WWW.Example.com", " example.com. ", "example.com:8443"}) {
      Fixture f;
      SCOPED_TRACE(origin + " " + host);
      const store::Hit view = f.hit(Fixture::request(R"({"h":")" + host + R"(","path":"/a"})", {}, origin));
      EXPECT_EQ(view.site, SiteKey{7});
      EXPECT_EQ(view.hostname, "example.com");
      EXPECT_EQ(view.path, "/a");
      const store::Hit event =
          f.hit(Fixture::request(R"({"h":")" + host + R"(","path":"/a","n":"x"})", {}, origin), HitKind::event);
      EXPECT_EQ(event.hostname, "example.com");
      EXPECT_EQ(event.path, "/a");
    }
  }
}

TEST(Pipeline, AnOriginThatNamesAHostGoesBeforeTheBody) {
  Fixture f;
  EXPECT_EQ(f.hit(Fixture::request(R"({"h":"localhost"})")).hostname, "example.com");
  EXPECT_EQ(f.take(Fixture::request(R"({"h":"example.com"})", {}, "https://other.example")).status, 202);
  EXPECT_EQ(f.dropped(Reason::unknown_site), 1u);
  EXPECT_EQ(f.take(Fixture::request(R"({"h":"example.com"})", {}, "https://exa mple.com")).status, 400);
  EXPECT_EQ(f.dropped(Reason::origin_invalid), 1u);
}

TEST(Pipeline, ABodyThatNamesNoHostChangesNothing) {
  for (const std::string host : {"", " ", "exa mple.com", "/", "[::1", "a<b"}) {
    Fixture f;
    const std::string body = R"({"h":")" + host + R"("})";
    SCOPED_TRACE(body);
    const auto missing = f.take(Fixture::request(body, {}, ""));
    EXPECT_EQ(missing.status, 400);
    EXPECT_EQ(missing.body, "Origin header is required\n");
    EXPECT_EQ(f.take(Fixture::request(body, {}, "null")).status, 202);
    EXPECT_EQ(f.dropped(Reason::unknown_site), 1u);
    EXPECT_TRUE(f.log.records.empty());
  }
}

TEST(Pipeline, AnswersDoNotTellWhichSitesAreKnown) {
  const std::string bodies[] = {"",
                                "{",
                                "[]",
                                "{}",
                                R"({"path":1})",
                                "{\"path\":\"/\xff\"}",
                                R"({"n":" "})",
                                R"({"n":"a"})",
                                R"({"n":"a","p":{"k":")" + std::string(kMaxPropertiesBytes, 'x') + R"("}})"};
  for (const std::string& body : bodies) {
    for (const HitKind kind : {HitKind::pageview, HitKind::event}) {
      for (const std::string_view user_agent : {testing::kChrome, std::string_view("curl/8.0")}) {
        Fixture f;
        const auto ask = [&](std::string origin) {
          return f.take(Fixture::request(body, {{"user-agent", std::string(user_agent)}}, std::move(origin)), kind);
        };
        const auto known = ask("https://example.com");
        const auto unknown = ask("https://other.example");
        EXPECT_EQ(known.status, unknown.status) << body;
        EXPECT_EQ(known.body, unknown.body) << body;
      }
    }
  }
}

TEST(Pipeline, TheOwnerSeesABrokenBody) {
  Fixture f;
  f.take(Fixture::request("{"));
  f.take(Fixture::request("{", {}, "https://other.example"));
  EXPECT_EQ(f.dropped(Reason::bad_body), 2u);
  EXPECT_EQ(f.pipeline.counters().of(SiteKey{7}).reasons[static_cast<std::size_t>(Reason::bad_body)], 1u);
}

TEST(Pipeline, ItsOwnSubdomainIsNoSpam) {
  Fixture f;
  std::vector<site::Site> list(1);
  list[0].key = SiteKey{7};
  list[0].domain = "exaccess.com";
  list[0].zone = fixed_zone(0);
  f.sites.swap(std::make_shared<const site::Sites>(std::move(list)));
  const auto seen = [&](std::string_view referrer) {
    f.take(Fixture::request(concat({R"({"path":"/","referrer":"https://)", referrer, R"(/"})"}), {},
                            "https://exaccess.com"));
    return f.dropped(Reason::spam);
  };
  EXPECT_EQ(seen("therealshop.exaccess.com"), 0u) << "on the list, but this site's own";
  EXPECT_EQ(f.log.records.size(), 1u);
  EXPECT_EQ(seen("0-0.fr"), 1u);
}

TEST(Pipeline, ConsentHasItsExceptions) {
  Fixture f;
  f.hit(Fixture::request(R"({"path":"/","cd":true})", {{"dnt", "1"}}));
  f.hit(Fixture::request(std::string(kOriginal), {{"dnt", "1"}}));
  f.hit(Fixture::request(R"({"path":"/"})", {{"dnt", "0"}, {"sec-gpc", "0"}}));
  f.hit(Fixture::request(R"({"path":"/"})", {{"sec-fetch-site", "cross-site"}, {"sec-fetch-mode", "no-cors"}}));
}

TEST(Pipeline, FindsTheSiteByItsHost) {
  for (const std::string origin : {"https://example.com", "http://EXAMPLE.com:8080", "https://www.example.com",
                                   "https://example.com.", "https://WWW.Example.Com.:443"}) {
    Fixture f;
    EXPECT_EQ(f.hit(Fixture::request(R"({"path":"/"})", {}, origin)).hostname, "example.com") << origin;
  }
  for (const std::string origin : {"http://localhost:4200", "http://127.0.0.1:4200", "http://[::1]:4200"}) {
    Fixture f;
    EXPECT_EQ(f.hit(Fixture::request("{}", {}, origin)).site, SiteKey{8}) << origin;
  }
}

TEST(Pipeline, OneAddressBringsOnlySoMuchInADay) {
  Fixture f;
  const std::string body = R"({"n":"a","p":{"k":")" + std::string(16'000, 'x') + R"("}})";
  int status = 202;
  std::size_t sent = 0;
  for (; status == 202; ++sent) status = f.take(Fixture::request(body), HitKind::event).status;
  EXPECT_EQ(status, 429);
  EXPECT_LT(sent, kMaxBytesPerAddress / 16'000);
  EXPECT_EQ(f.pipeline.counters().of(SiteKey{7}).reasons[static_cast<std::size_t>(Reason::address_bound)], 1u);
  EXPECT_EQ(f.pipeline.bounds().refused(SiteKey{7}).hits(), 1u);
  const auto answer = f.pipeline.take(Fixture::request(body), HitKind::event);
  EXPECT_EQ(answer.headers.back(), (std::pair<std::string, std::string>{"Retry-After", "50400"})) << "at 10:00 UTC";
  auto other = Fixture::request(body);
  other.client_ip = "203.0.113.10";
  EXPECT_EQ(f.take(other, HitKind::event).status, 202);
}

TEST(Pipeline, HostsBelowTheDomainCountWhereTheOwnerSaysSo) {
  Fixture f;
  const auto from = [](const std::string& host, const std::string& referrer = "") {
    return Fixture::request(R"({"path":"/","referrer":")" + referrer + R"("})", {}, "https://" + host);
  };
  f.take(from("blog.example.com"));
  EXPECT_EQ(f.dropped(Reason::subdomain), 1u) << "nobody has decided";
  EXPECT_EQ(f.pipeline.counters().of(SiteKey{7}).reasons[static_cast<std::size_t>(Reason::subdomain)], 1u);
  EXPECT_EQ(f.pipeline.hosts().of(SiteKey{7})[0].host, "blog.example.com");

  f.change([](site::Site& site) {
    site.subdomains = true;
    site.excluded_hosts = {"internal.example.com"};
  });
  const auto hit = f.hit(from("blog.example.com", "https://example.com/pricing"));
  EXPECT_EQ(hit.site, SiteKey{7});
  EXPECT_EQ(hit.hostname, "blog.example.com") << "the host that it was";
  EXPECT_EQ(hit.referrer_host, "") << "the site's own page";
  EXPECT_EQ(hit.channel, Channel::direct);
  EXPECT_EQ(f.hit(from("example.com", "https://blog.example.com/")).referrer_host, "");
  EXPECT_EQ(f.hit(from("example.com", "https://internal.example.com/")).referrer_host, "internal.example.com");
  f.take(from("a.internal.example.com"));
  EXPECT_EQ(f.dropped(Reason::excluded_host), 1u);
  EXPECT_EQ(f.pipeline.hosts().of(SiteKey{7}).size(), 2u) << "a host that simply counts is not remembered";
  f.hit(from("staging.example.com"));
  EXPECT_EQ(f.pipeline.hosts().of(SiteKey{7}).back().host, "staging.example.com");
  f.take(from("notexample.com"));
  EXPECT_EQ(f.pipeline.hosts().unknown()[0].host, "notexample.com");
}

TEST(Pipeline, OwnersSeeWhyTheirHitsDontCount) {
  Fixture f;
  f.take(Fixture::request("{"));
  f.take(Fixture::request("{}", {{"user-agent", "GPTBot/1.2"}}));
  f.take(Fixture::request("{}", {{"user-agent", "GPTBot/1.2"}}));
  f.take(Fixture::request("{}", {}, "https://other.example"));
  const SiteDrops drops = f.pipeline.counters().of(SiteKey{7});
  EXPECT_EQ(drops.reasons[static_cast<std::size_t>(Reason::bad_body)], 1u);
  EXPECT_EQ(drops.bots[static_cast<std::size_t>(Bot::ai_crawler)], 2u);
  EXPECT_EQ(drops.reasons[static_cast<std::size_t>(Reason::unknown_site)], 0u);
  EXPECT_EQ(f.metric("hitkeep_ingest_bots_total{class=\"ai_crawler\"}"), "2");
  EXPECT_EQ(f.pipeline.counters().of(SiteKey{8}).reasons, SiteDrops{}.reasons);
}

/// Rules of the first site.
void keep(Fixture& f, rules::SiteRules rules, std::vector<rules::Exclusion> exclusions = {}) {
  f.rules.swap(std::make_shared<const rules::Rules>(exclusions,
                                                    std::map<std::uint32_t, rules::SiteRules>{{7, std::move(rules)}}));
}

TEST(Pipeline, ExclusionsOfSiteAndInstanceDrop) {
  using rules::Excludes;
  const auto one = [](Excludes kind, const char* value, std::optional<SiteKey> site = SiteKey{7}) {
    return rules::Exclusion{.id = {}, .site = site, .kind = kind, .value = value, .description = {}, .created_at = {}};
  };
  Fixture f;
  keep(f, {},
       {one(Excludes::cidr, "198.51.100.0/24"), one(Excludes::country, "US", std::nullopt),
        one(Excludes::path, "/admin/*"), one(Excludes::host, "www.*"), one(Excludes::query, "preview")});
  const auto dropped = [&](http::Request request) {
    const auto before = f.log.records.size();
    f.take(request);
    return f.log.records.size() == before;
  };
  auto request = Fixture::request(R"({"path":"/"})");
  EXPECT_FALSE(dropped(request));
  request.client_ip = "198.51.100.7";
  EXPECT_TRUE(dropped(request));
  EXPECT_EQ(f.dropped(Reason::excluded_network), 1u);
  request.client_ip = "8.8.8.8";
  EXPECT_TRUE(dropped(request));
  EXPECT_EQ(f.dropped(Reason::excluded_country), 1u);
  EXPECT_TRUE(dropped(Fixture::request(R"({"path":"/admin/x?y=1"})")));
  EXPECT_EQ(f.dropped(Reason::excluded_path), 1u);
  EXPECT_TRUE(dropped(Fixture::request(R"({"path":"/a?preview=1"})")));
  EXPECT_EQ(f.dropped(Reason::excluded_query), 1u);
  EXPECT_EQ(f.pipeline.counters().of(SiteKey{7}).reasons[static_cast<std::size_t>(Reason::excluded_path)], 1u);
  EXPECT_FALSE(dropped(Fixture::request(R"({"path":"/admin/x"})", {}, "http://localhost"))) << "another site";
}

TEST(Pipeline, ASiteSaysLess) {
  Fixture f;
  auto request = Fixture::request(
      R"({"path":"/a","referrer":"https://news.ycombinator.com/item","u_cmp":"spring","sc_w":1000,"lang":"de"})");
  request.client_ip = "8.8.8.8";
  keep(f, {.location = rules::Location::region, .referrer = rules::ReferrerPart::host});
  auto hit = f.hit(request);
  EXPECT_EQ(hit.city, "California, US");
  EXPECT_EQ(hit.referrer_host, "news.ycombinator.com");
  EXPECT_EQ(hit.referrer_path, "");
  EXPECT_EQ(hit.asn, 15169u);
  keep(f, {.location = rules::Location::country});
  hit = f.hit(request);
  EXPECT_EQ(hit.city, "");
  EXPECT_EQ(hit.country, "US");
  keep(f, {.location = rules::Location::none,
           .referrer = rules::ReferrerPart::none,
           .network = false,
           .screen = false,
           .language = false,
           .utm = false});
  hit = f.hit(request);
  EXPECT_EQ(hit.country, "");
  EXPECT_EQ(hit.asn, 0u);
  EXPECT_EQ(hit.referrer_host, "");
  EXPECT_EQ(hit.source, "Hacker News") << "where a visit came from stays";
  EXPECT_EQ(hit.utm_campaign, "");
  EXPECT_EQ(f.hit(Fixture::request(R"({"path":"/a","referrer":"https://acme.example/"})")).source, "") << "a host";
  EXPECT_EQ(f.hit(Fixture::request(R"({"path":"/a","u_src":"Acme"})")).source, "") << "a tag";
  EXPECT_EQ(hit.screen_width, 0);
  EXPECT_EQ(hit.language, "");
}

TEST(Pipeline, AddressesKeepWhatTheSiteNames) {
  Fixture f;
  keep(f, {.kept_query = {"id"}, .search_query = {"q"}});
  EXPECT_EQ(f.hit(Fixture::request(R"({"path":"/a?x=1&id=7"})")).path, "/a?id=7");
  EXPECT_EQ(f.hit(Fixture::request(R"({"path":"/u/anna@example.com?id=bob@example.com"})")).path, "/u/…?id=…");
  const auto before = f.log.records.size();
  f.take(Fixture::request(R"({"path":"/search?q=red+shoes"})"));
  ASSERT_EQ(f.log.records.size(), before + 2);
  const auto event = store::decode_hit(f.log.records[before].payload, f.log.records[before].version);
  ASSERT_TRUE(event);
  EXPECT_EQ(event->kind, HitKind::event);
  EXPECT_EQ(event->event_name, "site search");
  EXPECT_EQ(event->event_json, R"({"term":"red shoes"})");
  EXPECT_FALSE(f.log.records[before + 1].payload.contains("shoes"));
}

TEST(Pipeline, ATrustedNetworkIsNoDataCentre) {
  Fixture f;
  keep(f, {.trusted_networks = {"52.95.110.0/24"}});
  auto request = Fixture::request(R"({"path":"/a"})");
  request.client_ip = "52.95.110.1";  // Amazon
  for (std::uint32_t i = 0; i < 2 * Bursts::kMostInBurst; ++i) ASSERT_EQ(f.hit(request).site, SiteKey{7});
}

TEST(Pipeline, TimesTheStepsOfSomeHits) {
  Fixture f;
  for (std::uint32_t i = 0; i < kTimedOf + 1; ++i) f.take(Fixture::request("{}"));
  EXPECT_EQ(f.metric("hitkeep_ingest_step_seconds_count{step=\"visitor\"}"), "2");
}

TEST(Pipeline, KeepsBotsApart) {
  Fixture f;
  auto request = Fixture::request(R"({"path":"/a"})", {{"user-agent", "Mozilla/5.0 (compatible; GPTBot/1.2)"}});
  const auto bot = f.hit(request);
  EXPECT_EQ(bot.site, store::shadow_of(SiteKey{7}));
  EXPECT_EQ(store::site_of(bot.site), SiteKey{7});
  EXPECT_EQ(bot.browser, "GPTBot");
  EXPECT_EQ(bot.os, "ai_crawler");
  EXPECT_EQ(bot.device, store::Device::bot);
  EXPECT_EQ(bot.path, "/a");
  EXPECT_EQ(f.metric("hitkeep_ingest_accepted_total{kind=\"pageview\"}"), "0") << "no person's";
  EXPECT_EQ(f.hit(Fixture::request("{}")).site, SiteKey{7});
  EXPECT_NE(f.hit(Fixture::request("{}", {{"user-agent", "curl/8.0"}})).visitor, bot.visitor) << "another agent";
}

TEST(Pipeline, ABurstFromADataCentreIsKeptApart) {
  Fixture f;
  auto request = Fixture::request(R"({"path":"/a"})");
  request.client_ip = "52.95.110.1";  // Amazon
  for (std::uint32_t i = 0; i < Bursts::kMostInBurst; ++i) ASSERT_EQ(f.hit(request).site, SiteKey{7});
  const auto hit = f.hit(request);
  EXPECT_EQ(hit.asn, 16509u);
  EXPECT_EQ(hit.site, store::shadow_of(SiteKey{7}));
  EXPECT_EQ(hit.browser, "Chrome");
  EXPECT_EQ(hit.os, "suspect");
}

TEST(Pipeline, ReadsCampaignsOfAddressesAndDropsTheRest) {
  Fixture f;
  auto hit = f.hit(Fixture::request(R"({"path":"/a?utm_source=x&utm_medium=cpc&gclid=secret&id=3"})"));
  EXPECT_EQ(hit.path, "/a");
  EXPECT_EQ(hit.utm_source, "x");
  EXPECT_EQ(hit.utm_medium, "cpc");
  hit = f.hit(Fixture::request(R"({"path":"/a?utm_source=x&gclid=secret","u_src":"y"})"));
  EXPECT_EQ(hit.utm_source, "y") << "what the page's script says goes first";
  hit = f.hit(Fixture::request(R"({"path":"/a?gclid=secret"})"));
  EXPECT_EQ(hit.source, "Google");
  EXPECT_EQ(hit.channel, Channel::paid_search);
  EXPECT_FALSE(f.log.records.back().payload.contains("secret"));
}

TEST(Pipeline, CutsLongTextsBetweenCharacters) {
  Fixture f;
  const auto many = [](std::string_view piece, std::size_t bytes) {
    std::string out;
    while (out.size() < bytes) out += piece;
    return out;
  };
  const auto hit = f.hit(
      Fixture::request(R"({"path":"/)" + many("ü", 2 * kMaxPathBytes) + R"(","referrer":"https://o.example/)" +
                       many("x", 2 * kMaxReferrerPathBytes) + R"(","u_src":")" + many("€", 400) + R"(","u_med":")" +
                       many("m", 400) + R"(","u_cmp":")" + many("c", 400) + R"(","u_trm":")" + many("t", 400) +
                       R"(","u_cnt":")" + many("n", 400) + R"(","lang":")" + many("en-", 60) + R"(","tsrc":")" +
                       many("s", 100) + R"(","tv":")" + many("v", 100) + R"(","vp_w":99999,"vp_h":-5})"));
  EXPECT_EQ(hit.path.size(), kMaxPathBytes - 1) << "a slash and two-byte letters";
  EXPECT_EQ(hit.referrer_path.size(), kMaxReferrerPathBytes);
  EXPECT_EQ(hit.utm_source.size(), kMaxUtmBytes);
  EXPECT_EQ(hit.utm_medium.size(), kMaxUtmBytes);
  EXPECT_EQ(hit.utm_campaign.size(), kMaxUtmBytes);
  EXPECT_EQ(hit.utm_term.size(), kMaxUtmBytes);
  EXPECT_EQ(hit.utm_content.size(), kMaxUtmBytes);
  EXPECT_EQ(hit.language.size(), kMaxLanguageBytes);
  EXPECT_EQ(hit.tracker.size(), 2 * kMaxTrackerBytes + 1);
  EXPECT_EQ(hit.viewport_width, kMaxPixels);
  EXPECT_EQ(hit.viewport_height, 0);
  for (const std::string field :
       {"path", "referrer", "u_src", "u_med", "u_cmp", "u_trm", "u_cnt", "lang", "tsrc", "tv"})
    EXPECT_EQ(f.metric("hitkeep_ingest_cut_total{field=\"" + field + "\"}"), "1") << field;

  const auto event = f.hit(Fixture::request(R"({"n":")" + many("e", 300) + R"("})"), HitKind::event);
  EXPECT_EQ(event.event_name.size(), kMaxEventNameBytes);
}

TEST(Pipeline, PropertiesHaveALimit) {
  const auto event = [](std::size_t bytes) {
    std::string properties = R"({"k":")";
    properties.append(bytes - properties.size() - 2, 'x');
    return Fixture::request(R"({"n":"a","p":)" + properties + R"("}})");
  };
  Fixture f;
  EXPECT_EQ(f.hit(event(kMaxPropertiesBytes), HitKind::event).event_json.size(), kMaxPropertiesBytes);
  const auto answer = f.take(event(kMaxPropertiesBytes + 1), HitKind::event);
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body, "Bad request body: more than 16384 bytes (field p)\n");
  EXPECT_EQ(f.dropped(Reason::too_large), 1u);
}

TEST(Pipeline, TheBodysUserAgentGoesBeforeTheHeader) {
  Fixture f;
  const auto hit =
      f.hit(Fixture::request(R"({"ua":"Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0"})",
                             {{"user-agent", "curl/8.0"}}));
  EXPECT_EQ(hit.browser, "Firefox");
  EXPECT_EQ(hit.os, "Linux");
}

TEST(Pipeline, CountryOnlyFromAProxyThatTheOperatorNamed) {
  Fixture f;
  auto request = Fixture::request("{}", {{"cf-ipcountry", "at"}});
  EXPECT_EQ(f.hit(request).country, "") << "a header alone says nothing";
  for (const auto& [sent, country] :
       {std::pair{"at", "AT"}, {"T1", ""}, {"georegion=1,country_code=JP,city=X", "JP"}}) {
    request.edge_country = sent;
    EXPECT_EQ(f.hit(request).country, country) << sent;
  }
}

TEST(Pipeline, PlaceAndNetworkComeFromTheAddress) {
  Fixture f;
  auto request = Fixture::request("{}");
  request.client_ip = "8.8.8.8";
  auto hit = f.hit(request);
  EXPECT_EQ(hit.country, "US");
  EXPECT_EQ(hit.city, "Mountain View, California, US");
  EXPECT_EQ(hit.asn, 15169u);
  request.edge_country = "CA";
  hit = f.hit(request);
  EXPECT_EQ(hit.country, "CA");
  EXPECT_EQ(hit.city, "") << "a city of another country than the edge's";
  request.client_ip = "10.1.2.3";
  hit = f.hit(request);
  EXPECT_EQ(hit.country, "CA");
  EXPECT_EQ(hit.city, "");
  EXPECT_EQ(hit.asn, 0u);
}

TEST(Pipeline, LanguageFallsBackToTheHeader) {
  Fixture f;
  EXPECT_EQ(f.hit(Fixture::request("{}", {{"accept-language", "fr-CH, fr;q=0.9, en;q=0.8"}})).language, "fr-CH");
  EXPECT_EQ(f.hit(Fixture::request("{}", {{"accept-language", "*"}})).language, "");
  EXPECT_EQ(f.hit(Fixture::request(R"({"lang":"<script>"})")).language, "");
}

TEST(Pipeline, HeadersOfAnyBytesBecomeUtf8) {
  Fixture f;
  const auto hit =
      f.hit(Fixture::request("{}", {{"user-agent", "Mozilla/5.0 (Windows NT 10.0) M\xfcller Firefox/146.0"},
                                    {"accept-language", "\xff\xfe"},
                                    {"referer", "https://example.com/\xff"}}));
  EXPECT_EQ(hit.browser, "Firefox");
}

TEST(Pipeline, VisitorsDependOnSiteAddressAndUserAgent) {
  Fixture f;
  const auto base = f.hit(Fixture::request("{}"));
  EXPECT_EQ(f.hit(Fixture::request("{}")).visitor, base.visitor);
  auto other_ip = Fixture::request("{}");
  other_ip.client_ip = "203.0.113.10";
  EXPECT_NE(f.hit(other_ip).visitor, base.visitor);
  EXPECT_NE(f.hit(Fixture::request("{}", {{"user-agent", std::string(testing::kChrome) + " Edg/146.0"}})).visitor,
            base.visitor);
  EXPECT_NE(f.hit(Fixture::request("{}", {}, "http://localhost")).visitor, base.visitor);
}

/// Whatever the clock says, what is acknowledged is what a lane takes.
TEST(Pipeline, NothingIsAcknowledgedThatTheStoreWouldRefuse) {
  for (const std::int64_t ms :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{946'684'799'999}, std::int64_t{946'684'800'000},
        std::int64_t{1'795'600'800'000}, std::int64_t{2'871'763'200'000}, std::int64_t{4'102'444'800'000}}) {
    Fixture f;
    f.clock.set(from_ms(ms));
    auto response = f.pipeline.take(Fixture::request(R"({"path":"/"})"), HitKind::pageview);
    if (response.status == 202) {
      response.gate([](const Result<void>&) {});
      ASSERT_EQ(f.log.records.size(), 1u) << ms;
      EXPECT_TRUE(store::decode_hit(f.log.records[0].payload, f.log.records[0].version)) << ms;
      EXPECT_EQ(ms, 1'795'600'800'000) << "the zone's table of this test ends with 2027";
      continue;
    }
    EXPECT_EQ(response.status, 503) << ms;
    EXPECT_EQ(response.body, "This cannot be stored\n");
    EXPECT_EQ(std::ranges::count(response.headers, std::pair<std::string, std::string>("Retry-After", "60")), 1);
    EXPECT_TRUE(f.log.records.empty()) << ms;
    EXPECT_EQ(f.dropped(Reason::unstorable), 1u);
  }
}

TEST(Pipeline, AClockThatCannotBeBelievedTakesNothing) {
  Fixture f;
  f.believable = false;
  const auto answer = f.take(Fixture::request(R"({"path":"/"})"));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "The server's clock is wrong; nothing is counted until it is set right\n");
  EXPECT_EQ(f.dropped(Reason::clock), 1u);
  EXPECT_EQ(f.pipeline.counters().of(SiteKey{7}).reasons[static_cast<std::size_t>(Reason::clock)], 1u);
  EXPECT_TRUE(f.log.records.empty());
  f.believable = true;
  f.hit(Fixture::request(R"({"path":"/"})"));
}

/// Any text in any field of a body, any header: an answer of 202 with a record means one that a lane takes.
RC_GTEST_PROP(Pipeline, WhatIsAcknowledgedCanBeRead, ()) {
  static Fixture f;
  const auto any = rc::gen::oneOf(
      rc::gen::container<std::string>(rc::gen::arbitrary<char>()),
      rc::gen::container<std::string>(rc::gen::inRange(' ', '~')),
      rc::gen::element<std::string>("\xc3", "a\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80", std::string("a\0b", 3),
                                    "https://ü.example/\xc3\xbc?utm_source=%FF"));
  std::string body = "{";
  for (const char* field :
       {"path", "referrer", "lang", "u_src", "u_med", "u_cmp", "u_trm", "u_cnt", "tsrc", "tv", "ua", "n"}) {
    if (body.size() > 1) body += ',';
    ((body += '"') += field) += "\":\"";
    for (const char c : *any) {
      if (c == '"' || c == '\\') body += '\\';
      if (static_cast<unsigned char>(c) >= 0x20) body += c;
    }
    body += '"';
  }
  auto request = Fixture::request(body + "}", {{"accept-language", *any}, {"referer", *any}});
  const auto before = f.log.records.size();
  const auto answer = f.take(request, *rc::gen::element(HitKind::pageview, HitKind::event));
  RC_CLASSIFY(f.log.records.size() > before);
  RC_ASSERT(answer.status == 202 || answer.status == 400);
  for (auto i = before; i < f.log.records.size(); ++i)
    RC_ASSERT(store::decode_hit(f.log.records[i].payload, f.log.records[i].version).has_value());
}

/// A visit goes on over midnight by its own hash, and the record says so.
TEST(Pipeline, AVisitKeepsItsHashOverMidnight) {
  Fixture f;
  f.clock.set(from_ms(20'783LL * 86'400'000 - 60'000));
  const auto evening = f.hit(Fixture::request("{}"));
  f.clock.advance(std::chrono::minutes(2));
  const auto night = f.hit(Fixture::request("{}"));
  EXPECT_EQ(night.day, evening.day + 1);
  EXPECT_EQ(night.visitor, evening.visitor);
  EXPECT_EQ(night.visitor_before, evening.visitor);
}

/// Without a name, with seconds: how the page was looked at.
TEST(Pipeline, TakesHowAPageWasLookedAt) {
  Fixture f;
  const store::Hit ping = f.hit(Fixture::request(R"({"path":"/a?x=1","e":42,"sd":80,"tsrc":"hk.js"})"), HitKind::event);
  EXPECT_EQ(ping.kind, HitKind::ping);
  EXPECT_EQ(ping.path, "/a");
  EXPECT_EQ(ping.engaged, 42u);
  EXPECT_EQ(ping.scroll, 81u);
  EXPECT_EQ(f.metric("hitkeep_ingest_accepted_total{kind=\"ping\"}"), "1");
  const store::Hit most = f.hit(Fixture::request(R"({"path":"/","e":99999999,"sd":1000})"), HitKind::event);
  EXPECT_EQ(most.engaged, store::kMaxEngagedSeconds);
  EXPECT_EQ(most.scroll, store::kMaxScroll);
  EXPECT_EQ(f.hit(Fixture::request(R"({"path":"/","e":0})"), HitKind::event).scroll, 0u) << "not told";
  EXPECT_EQ(f.hit(Fixture::request(R"({"n":"x","path":"/","e":5})"), HitKind::event).kind, HitKind::event);
  EXPECT_EQ(f.take(Fixture::request(R"({"e":5})"), HitKind::event).body, "path is required (field path)\n");
  EXPECT_EQ(f.take(Fixture::request(R"({"e":-1,"path":"/"})"), HitKind::event).status, 400);
  EXPECT_EQ(f.dropped(Reason::bad_report), 1u);
}

/// As the original's script sends them; ours has no identifiers.
TEST(Pipeline, TakesWebVitals) {
  Fixture f;
  const store::Hit vital =
      f.hit(Fixture::request(
                R"({"n":"LCP","v":2499.6,"p":"/pricing?x=1","nt":"navigate","mid":"v5-1-2","tsrc":"hk.js","tv":"1",)"
                R"("sid":"7c9e6679-7425-40de-944b-e07fc1f90ae7","pid":"7c9e6679-7425-40de-944b-e07fc1f90ae8"})"),
            HitKind::vital);
  EXPECT_EQ(vital.kind, HitKind::vital);
  EXPECT_EQ(vital.vital, store::Vital::lcp);
  EXPECT_EQ(vital.vital_value, 2'500u);
  EXPECT_EQ(vital.path, "/pricing");
  EXPECT_NE(vital.vital_id, 0u);
  const auto sent = [&](const std::string& body) { return f.hit(Fixture::request(body), HitKind::vital); };
  EXPECT_EQ(sent(R"({"n":" CLS ","v":0.1234,"p":"/","mid":"v5-1-2"})").vital_id, vital.vital_id);
  EXPECT_EQ(sent(R"({"n":"CLS","v":0.1234,"p":"/"})").vital_value, 123u);
  EXPECT_EQ(sent(R"({"n":"CLS","v":0,"p":"/"})").vital_id, 0u);
  EXPECT_EQ(sent(R"({"n":"TTFB","v":1e12,"p":""})").vital_value, static_cast<std::uint32_t>(kMaxVital));
  const auto refused = [&](const std::string& body) { return f.take(Fixture::request(body), HitKind::vital).body; };
  for (const char* body : {R"({"n":"FID","v":1,"p":"/"})", R"({"n":"lcp","v":1,"p":"/"})",
                           R"({"n":"LCP","v":-1,"p":"/"})", R"({"n":"LCP","p":"/"})", R"({"v":1,"p":"/"})"})
    EXPECT_EQ(refused(body), "Invalid web vital metric or value\n") << body;
  EXPECT_EQ(refused(R"({"n":"LCP","v":"1","p":"/"})"), "Bad request body\n");
  EXPECT_EQ(refused(R"({"n":"LCP","v":1,"sid":"x"})"), "Bad request body\n");
  EXPECT_EQ(f.dropped(Reason::bad_report), 5u);
  EXPECT_EQ(sent(R"({"n":"LCP","v":1,"p":"/","mid":")" + std::string(kMaxVitalIdBytes + 1, 'm') + "\"}").path, "/");
  EXPECT_EQ(f.metric("hitkeep_ingest_cut_total{field=\"mid\"}"), "1");
}

TEST(Pipeline, TakesTitlesAndPropertiesOfPagesAndEventsThatNobodyDid) {
  Fixture f;
  const store::Hit view = f.hit(Fixture::request(R"({"path":"/","t":" Owls ","p":{"author":"Ada"}})"));
  EXPECT_EQ(view.title, "Owls");
  EXPECT_EQ(view.event_json, R"({"author":"Ada"})");
  EXPECT_TRUE(view.interactive);
  const store::Hit shown = f.hit(Fixture::request(R"({"n":"shown","i":false})"), HitKind::event);
  EXPECT_FALSE(shown.interactive);
  EXPECT_TRUE(f.hit(Fixture::request(R"({"n":"x","i":null})"), HitKind::event).interactive);
  const std::string title(kMaxTitleBytes + 1, 't');
  EXPECT_EQ(f.hit(Fixture::request(R"({"path":"/","t":")" + title + "\"}")).title.size(), kMaxTitleBytes);
  EXPECT_EQ(f.metric("hitkeep_ingest_cut_total{field=\"t\"}"), "1");
  const std::string large = R"({"p":{"a":")" + std::string(kMaxPropertiesBytes, 'x') + "\"}}";
  EXPECT_EQ(f.take(Fixture::request(large)).status, 400);
}

struct Pixel : ::testing::Test {
  http::Request asked(std::string query, http::HeaderList headers = {{"referer", "https://example.com/from"}}) {
    auto request = Fixture::request("", std::move(headers), "");
    request.method = http::Method::get;
    request.query = std::move(query);
    return request;
  }
  /// The hit that an image became.
  std::optional<store::Hit> hit(const http::Request& request) {
    const auto before = f.log.records.size();
    auto response = f.pipeline.take_pixel(request);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.fixed_body.size(), 43u);
    EXPECT_TRUE(response.fixed_body.starts_with("GIF89a"));
    EXPECT_EQ(response.headers, (http::HeaderList{{"Content-Type", "image/gif"}, {"Cache-Control", "no-store"}}));
    if (response.gate) response.gate([](Result<void>) {});
    if (f.log.records.size() == before) return std::nullopt;
    return store::decode_hit(f.log.records.back().payload, f.log.records.back().version).value();
  }
  Fixture f;
};

TEST_F(Pixel, OnAPageIsAView) {
  const auto view = hit(asked("site=example.com&path=%2Fa%20b%3Fx%3D1"));
  ASSERT_TRUE(view);
  EXPECT_EQ(view->kind, HitKind::pageview);
  EXPECT_EQ(view->hostname, "example.com");
  EXPECT_EQ(view->path, "/a%20b");
  EXPECT_NE(view->visitor, 0u);
  EXPECT_EQ(view->tracker, "pixel");
  EXPECT_EQ(hit(asked("site=www.example.com"))->path, "/from");
}

TEST_F(Pixel, InAMailIsAnEventOfNobody) {
  const std::string proxy = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)";
  for (const auto& headers :
       {http::HeaderList{}, http::HeaderList{{"referer", "https://mail.google.com/"}, {"user-agent", proxy}},
        http::HeaderList{{"user-agent", "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"}}}) {
    const auto opened = hit(asked("site=example.com&path=/mail/november", headers));
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->kind, HitKind::event);
    EXPECT_EQ(opened->event_name, "pixel opened");
    EXPECT_EQ(opened->path, "/mail/november");
    EXPECT_EQ(opened->visitor, 0u);
    EXPECT_FALSE(opened->interactive);
    EXPECT_EQ(opened->day, 20'782);
  }
}

TEST_F(Pixel, IsAnImageWhateverBecomesOfIt) {
  EXPECT_FALSE(hit(asked("site=other.example&path=/")));
  EXPECT_EQ(f.dropped(Reason::unknown_site), 1u);
  EXPECT_FALSE(hit(asked("")));
  EXPECT_EQ(f.dropped(Reason::origin_missing), 1u);
  EXPECT_FALSE(hit(asked("site=example.com&path=/", {{"referer", "https://example.com/"}, {"sec-gpc", "1"}})));
  EXPECT_EQ(f.dropped(Reason::gpc), 1u);
  const auto bot =
      hit(asked("site=example.com", {{"referer", "https://example.com/"}, {"user-agent", "Googlebot/2.1"}}));
  EXPECT_EQ(bot->site, store::shadow_of(SiteKey{7}));
  f.believable = false;
  EXPECT_FALSE(hit(asked("site=example.com")));
  EXPECT_EQ(f.dropped(Reason::clock), 1u);
}

TEST_F(Pixel, TextsThatAreNoneAreNone) {
  EXPECT_EQ(hit(asked("site=example.com&path=%FF"))->path, "/from");
  EXPECT_EQ(hit(asked("site=example.com&path=%00", {{"referer", "\xff"}}))->path, "/");
}

/// Who leaves a page open over midnight and is no visitor yet does not become one of the day before.
TEST(Pipeline, AReportIsNotRememberedOverMidnight) {
  Fixture f;
  f.clock.set(from_ms(20'783LL * 86'400'000 - 60'000));
  const auto evening = f.hit(Fixture::request(R"({"path":"/","e":5})"), HitKind::event);
  f.clock.advance(std::chrono::minutes(2));
  const auto night = f.hit(Fixture::request("{}"));
  EXPECT_NE(night.visitor, evening.visitor);
  EXPECT_EQ(night.visitor_before, 0u);
}

TEST(Pipeline, TakesFetchesOfAis) {
  Fixture f;
  const auto fetch = [&](std::string_view path, std::string_view agent) {
    http::Response response = f.pipeline.take_fetch(
        f.sites.now()->all()[0], {.at = f.clock.now(), .path = path, .user_agent = agent, .status = 200});
    if (response.gate) response.gate([](const Result<void>&) {});
    return response.status;
  };
  EXPECT_EQ(fetch("https://example.com/a?token=secret", "Mozilla/5.0 (compatible; ClaudeBot/1.0)"), 202);
  ASSERT_EQ(f.log.records.size(), 1u);
  const auto hit = store::decode_hit(f.log.records[0].payload, f.log.records[0].version);
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->kind, HitKind::fetch);
  EXPECT_EQ(hit->site, SiteKey{7}) << "no shadow: it is no visit";
  EXPECT_EQ(hit->path, "/a");
  EXPECT_EQ(hit->browser, "ClaudeBot");
  EXPECT_EQ(f.metric("hitkeep_ingest_accepted_total{kind=\"ai_fetch\"}"), "1");
  EXPECT_EQ(fetch("/a", testing::kChrome), 400);
  EXPECT_EQ(fetch("/a", "Googlebot/2.1"), 400);
  f.change([&](site::Site& site) { site.paused_at = f.clock.now(); });
  EXPECT_EQ(fetch("/a", "GPTBot/1.2"), 202);
  EXPECT_EQ(f.dropped(Reason::paused), 1u);
  f.believable = false;
  EXPECT_EQ(fetch("/a", "GPTBot/1.2"), 503);
  EXPECT_EQ(f.log.records.size(), 1u);
}

TEST(Pipeline, LooksAtWhoAsks) {
  Fixture f;
  const auto& site = f.sites.now()->all()[0];
  const SeenSender person = f.pipeline.look_at(Fixture::request(""), site);
  EXPECT_FALSE(person.dropped);
  EXPECT_EQ(person.kind, Bot::none);
  EXPECT_EQ(person.seen.browser, "Chrome");
  EXPECT_EQ(f.pipeline.look_at(Fixture::request("", {{"sec-gpc", "1"}}), site).dropped, Reason::gpc);
  EXPECT_EQ(f.pipeline.look_at(Fixture::request("", {{"user-agent", "curl/8"}}), site).kind, Bot::library);
  EXPECT_TRUE(f.log.records.empty());
  EXPECT_TRUE(f.pipeline.counters().gathered(SiteKey{7}).empty());
}

}  // namespace
}  // namespace hk::ingest
