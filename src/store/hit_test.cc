#include "store/hit.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

#include "store/fence.h"
#include "store/order.h"

namespace hk::store {
namespace {

const auto text = [] { return rc::gen::container<std::string>(rc::gen::inRange('!', '~')); };

Hit full_hit() {
  Hit h;
  h.kind = HitKind::event;
  h.site = SiteKey{7};
  h.at = from_ms(1'700'000'000'123);
  h.day = 19'675;
  h.visitor = 0xFEDC'BA98'7654'3210;
  h.visitor_before = 5;
  h.late = true;
  h.hostname = "example.com";
  h.path = "/grüße";
  h.referrer_host = "news.ycombinator.com";
  h.referrer_path = "/item";
  h.source = "Hacker News";
  h.channel = Channel::campaign;
  h.utm_source = "a";
  h.utm_medium = "b";
  h.utm_campaign = "c";
  h.utm_term = "d";
  h.utm_content = "e";
  h.browser = "Chrome";
  h.browser_major = 130;
  h.os = "Linux";
  h.device = Device::bot;
  h.language = "de-AT";
  h.country = "AT";
  h.viewport_width = 1280;
  h.viewport_height = 720;
  h.screen_width = 65'535;
  h.screen_height = 1;
  h.tracker = "hk.js/2";
  h.city = "Linz, Upper Austria, AT";
  h.asn = 4'294'967'295;
  h.browser_version = "130";
  h.os_version = "14.5";
  h.event_name = "signup";
  h.event_json = R"({"plan":"pro"})";
  return h;
}

void expect_equal(const Hit& a, const Hit& b) {
  EXPECT_EQ(encode(a), encode(b));
  EXPECT_EQ(a.at, b.at);
  EXPECT_EQ(a.day, b.day);
  EXPECT_EQ(a.visitor, b.visitor);
  EXPECT_EQ(a.visitor_before, b.visitor_before);
  EXPECT_EQ(a.path, b.path);
  EXPECT_EQ(a.utm_content, b.utm_content);
  EXPECT_EQ(a.tracker, b.tracker);
  EXPECT_EQ(a.city, b.city);
  EXPECT_EQ(a.asn, b.asn);
  EXPECT_EQ(a.browser_version, b.browser_version);
  EXPECT_EQ(a.os_version, b.os_version);
  EXPECT_EQ(a.event_json, b.event_json);
}

TEST(Hit, KeepsEveryFieldThroughTheLog) {
  const auto back = decode_hit(encode(full_hit()), kRecordVersion);
  ASSERT_TRUE(back.has_value()) << back.error().message;
  expect_equal(full_hit(), *back);
}

/// As it was written before there were places and versions.
TEST(Hit, RecordsOfTheFirstVersionAreRead) {
  Hit h = full_hit();
  h.kind = HitKind::pageview;
  h.city = h.browser_version = h.os_version = "";
  h.asn = 0;
  h.event_json.clear();
  std::string old = encode(h);
  old[0] = static_cast<char>(old[0] & ~128);
  old.resize(old.size() - 4);
  const auto back = decode_hit(old, 1);
  ASSERT_TRUE(back.has_value()) << back.error().message;
  h.event_name = h.event_json = "";
  expect_equal(h, *back);
}

TEST(Hit, WhatAPageTellsOfAViewIsSmallerStill) {
  Hit ping{.kind = HitKind::ping, .site = SiteKey{7}, .at = from_ms(1'700'000'000'123), .day = 19'675, .visitor = 9};
  ping.path = "/pricing";
  ping.engaged = kMaxEngagedSeconds;
  ping.scroll = kMaxScroll;
  EXPECT_LE(encode(ping).size(), 32u);
  const auto back = decode_hit(encode(ping), kRecordVersion);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->kind, HitKind::ping);
  EXPECT_EQ(back->engaged, kMaxEngagedSeconds);
  EXPECT_EQ(back->scroll, kMaxScroll);
  Hit vital = ping;
  vital.kind = HitKind::vital;
  vital.vital = Vital::ttfb;
  vital.vital_value = 4'000'000'000;
  vital.vital_id = 0xFEDC'BA98'7654'3210;
  const auto same = decode_hit(encode(vital), kRecordVersion);
  ASSERT_TRUE(same);
  EXPECT_EQ(same->kind, HitKind::vital);
  EXPECT_EQ(same->vital, Vital::ttfb);
  EXPECT_EQ(same->vital_value, vital.vital_value);
  EXPECT_EQ(same->vital_id, vital.vital_id);
  ping.engaged = kMaxEngagedSeconds + 1;
  EXPECT_FALSE(check(ping));
  EXPECT_FALSE(decode_hit(encode(ping), kRecordVersion));
}

TEST(Hit, AFetchSaysWhoFetchedWhat) {
  Hit fetch{.kind = HitKind::fetch, .site = SiteKey{7}, .at = from_ms(1'700'000'000'123), .day = 19'675, .late = true};
  fetch.path = "/pricing";
  fetch.browser = "GPTBot";
  fetch.status = 404;
  fetch.tracker = "logs/1";
  const auto back = decode_hit(encode(fetch), kRecordVersion);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->kind, HitKind::fetch);
  EXPECT_TRUE(back->late);
  EXPECT_EQ(back->path, "/pricing");
  EXPECT_EQ(back->browser, "GPTBot");
  EXPECT_EQ(back->status, 404);
  EXPECT_EQ(back->tracker, "logs/1");
  EXPECT_FALSE(opens_visits(back->kind));
}

TEST(Hit, AViewMaySayMoreOfItsPageAndAnEventThatNobodyDidIt) {
  Hit view{.site = SiteKey{7}, .at = from_ms(1'700'000'000'123), .day = 19'675, .visitor = 9};
  view.title = "Grüße";
  view.event_json = R"({"author":"Ada"})";
  const auto back = decode_hit(encode(view), kRecordVersion);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->title, view.title);
  EXPECT_EQ(back->event_json, view.event_json);
  Hit quiet = full_hit();
  quiet.interactive = false;
  const auto same = decode_hit(encode(quiet), kRecordVersion);
  ASSERT_TRUE(same);
  EXPECT_FALSE(same->interactive);
  EXPECT_EQ(same->event_json, quiet.event_json);
  view.title = "\xff";
  EXPECT_FALSE(check(view));
}

TEST(Hit, AnOrdinaryPageViewIsSmall) {
  Hit h = full_hit();
  h.kind = HitKind::pageview;
  h.utm_source = h.utm_medium = h.utm_campaign = h.utm_term = h.utm_content = "";
  h.event_json.clear();
  EXPECT_LT(encode(h).size(), 170u);
}

TEST(Hit, EveryPrefixAndExtensionIsRefused) {
  const std::string whole = encode(full_hit());
  for (std::size_t n = 0; n < whole.size(); ++n) EXPECT_FALSE(decode_hit(whole.substr(0, n), kRecordVersion)) << n;
  EXPECT_FALSE(decode_hit(whole + '\0', kRecordVersion));
}

TEST(Hit, OtherVersionsAreRefusedByName) {
  const auto r = decode_hit(encode(full_hit()), kRecordVersion + 1);
  ASSERT_FALSE(r);
  EXPECT_NE(r.error().message.find("version " + std::to_string(kRecordVersion + 1)), std::string::npos);
}

TEST(Hit, TextsMustBeUtf8WithoutNul) {
  for (const std::string& bad : {std::string("\0", 1), std::string("\xC0\xAF"), std::string("\xED\xA0\x80"),
                                 std::string("\xF4\x90\x80\x80"), std::string("\xE2\x82"), std::string("\x80")}) {
    Hit h = full_hit();
    h.path = bad;
    EXPECT_FALSE(decode_hit(encode(h), kRecordVersion));
  }
}

TEST(Hit, TimesAndDaysMustFit) {
  Hit h = full_hit();
  h.day += 2;
  EXPECT_FALSE(decode_hit(encode(h), kRecordVersion));
  h = full_hit();
  h.at = from_ms(4'102'444'800'000);
  h.day = 47'482;
  EXPECT_FALSE(decode_hit(encode(h), kRecordVersion));
}

TEST(Hit, NumbersWithoutMeaningAreRefused) {
  Hit h = full_hit();
  h.channel = static_cast<Channel>(13);
  EXPECT_FALSE(decode_hit(encode(h), kRecordVersion));
  h = full_hit();
  h.device = static_cast<Device>(8);
  EXPECT_FALSE(decode_hit(encode(h), kRecordVersion));
}

TEST(Hit, EveryChannelAndDeviceHasItsOwnName) {
  EXPECT_EQ(name_of(Channel::campaign), "campaign");
  EXPECT_EQ(name_of(Channel::ai_assistant), "ai_assistant");
  EXPECT_EQ(name_of(Device::bot), "bot");
  EXPECT_EQ(name_of(Device::headset), "headset");
}

/// Any number in any field, and texts that are sometimes none.
rc::Gen<Hit> any_hit() {
  const auto anything = rc::gen::oneOf(rc::gen::container<std::string>(rc::gen::inRange('!', '~')),
                                       rc::gen::container<std::string>(rc::gen::arbitrary<char>()));
  const auto mostly = rc::gen::weightedOneOf<std::string>({{30, text()}, {1, anything}});
  return rc::gen::exec([mostly] {
    Hit h;
    h.kind = *rc::gen::element(HitKind::pageview, HitKind::event);
    h.site = SiteKey{*rc::gen::arbitrary<std::uint32_t>()};
    h.at = from_ms(*rc::gen::weightedOneOf<std::int64_t>(
        {{8, rc::gen::inRange<std::int64_t>(946'684'800'000 - 1000, 4'102'444'800'000 + 1000)},
         {1, rc::gen::element<std::int64_t>(-1, 0, 946'684'799'999, 946'684'800'000, 4'102'444'799'999,
                                            4'102'444'800'000, std::numeric_limits<std::int64_t>::max(),
                                            std::numeric_limits<std::int64_t>::min())}}));
    h.day = *rc::gen::weightedOneOf<Day>(
        {{8, rc::gen::just(static_cast<Day>(to_ms(h.at) / 86'400'000))},
         {3, rc::gen::map(rc::gen::inRange(-3, 4),
                          [at = to_ms(h.at)](int by) { return static_cast<Day>(at / 86'400'000 + by); })},
         {1, rc::gen::arbitrary<Day>()}});
    h.visitor = *rc::gen::arbitrary<std::uint64_t>();
    h.visitor_before = *rc::gen::arbitrary<std::uint64_t>();
    h.late = *rc::gen::arbitrary<bool>();
    for (std::string* field :
         {&h.hostname, &h.path, &h.referrer_host, &h.referrer_path, &h.source, &h.utm_source, &h.utm_medium,
          &h.utm_campaign, &h.utm_term, &h.utm_content, &h.browser, &h.os, &h.language, &h.country, &h.tracker})
      *field = *mostly;
    if (h.kind == HitKind::event) {
      h.event_name = *mostly;
      h.event_json = *mostly;
    }
    h.screen_width = *rc::gen::arbitrary<std::uint16_t>();
    h.channel = static_cast<Channel>(
        *rc::gen::weightedOneOf<int>({{30, rc::gen::inRange(0, 13)}, {1, rc::gen::inRange(13, 256)}}));
    h.device = static_cast<Device>(
        *rc::gen::weightedOneOf<int>({{30, rc::gen::inRange(0, 7)}, {1, rc::gen::inRange(7, 256)}}));
    return h;
  });
}

/// What the door lets in, a lane can read; what it refuses, no lane could.
RC_GTEST_PROP(Hit, IsLetInExactlyWhenItsRecordCanBeRead, ()) {
  const Hit h = *any_hit();
  const auto fine = check(h);
  const auto back = decode_hit(encode(h), kRecordVersion);
  RC_CLASSIFY(fine.has_value());
  RC_ASSERT(fine.has_value() == back.has_value());
  if (!fine) return;
  RC_ASSERT(encode(*back) == encode(h));
  RC_ASSERT(back->at == h.at && back->day == h.day && back->visitor == h.visitor);
}

RC_GTEST_PROP(Hit, RoundTrip, ()) {
  Hit h;
  h.kind = *rc::gen::element(HitKind::pageview, HitKind::event);
  h.site = SiteKey{*rc::gen::arbitrary<std::uint32_t>()};
  h.at = from_ms(*rc::gen::inRange<std::int64_t>(946'684'800'000, 4'102'444'800'000));
  h.day = static_cast<Day>(to_ms(h.at) / 86'400'000) + *rc::gen::inRange(-1, 2);
  h.visitor = *rc::gen::arbitrary<std::uint64_t>();
  h.visitor_before = *rc::gen::arbitrary<std::uint64_t>();
  h.late = *rc::gen::arbitrary<bool>();
  h.path = *text();
  h.utm_medium = *text();
  h.browser = *text();
  h.screen_width = *rc::gen::arbitrary<std::uint16_t>();
  h.channel = static_cast<Channel>(*rc::gen::inRange(0, 13));
  if (h.kind == HitKind::event) h.event_json = *text();
  const auto back = decode_hit(encode(h), kRecordVersion);
  RC_ASSERT(back.has_value());
  RC_ASSERT(encode(*back) == encode(h));
  RC_ASSERT(back->at == h.at && back->day == h.day && back->visitor == h.visitor);
  RC_ASSERT(back->path == h.path && back->event_json == h.event_json && back->screen_width == h.screen_width);
}

RC_GTEST_PROP(Hit, AnyBytesAreReadOrRefused, (const std::string& bytes)) {
  const auto hit = decode_hit(bytes, kRecordVersion);
  if (hit) RC_ASSERT(decode_hit(encode(*hit), kRecordVersion).has_value());
}

TEST(Fence, SiteAddedRoundTrip) {
  const SiteAdded in{SiteKey{300}, *SiteId::parse("0190f3a4-7c1e-7000-8000-00000000abcd"), "example.com",
                     *TeamId::parse("0190f3a4-7c1e-7000-8000-000000000001")};
  const std::string bytes = encode(in);
  const auto out = decode_fence(bytes);
  ASSERT_TRUE(out);
  const auto& site = std::get<SiteAdded>(*out);
  EXPECT_EQ(site.site, in.site);
  EXPECT_EQ(site.id, in.id);
  EXPECT_EQ(site.team, in.team);
  EXPECT_EQ(site.domain, in.domain);
  for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(decode_fence(bytes.substr(0, n)));
  EXPECT_FALSE(decode_fence(bytes + "x"));
  EXPECT_FALSE(decode_fence("\x02"));
}

TEST(Fence, WhatErasesRoundTrips) {
  const std::string erased = encode(SitesErased{.sites = {SiteKey{1}, SiteKey{300}}, .gone = true});
  const auto out = decode_fence(erased);
  ASSERT_TRUE(out);
  EXPECT_EQ(std::get<SitesErased>(*out).sites, (std::vector<SiteKey>{SiteKey{1}, SiteKey{300}}));
  EXPECT_TRUE(std::get<SitesErased>(*out).gone);
  for (std::size_t n = 0; n < erased.size(); ++n) EXPECT_FALSE(decode_fence(erased.substr(0, n)));
  EXPECT_FALSE(decode_fence(erased + "x"));
  std::string odd = erased;
  odd[1] = 2;
  EXPECT_FALSE(decode_fence(odd)) << "a flag is 0 or 1";
  const TeamId team = *TeamId::parse("0190f3a4-7c1e-7000-8000-000000000001");
  const auto removed = decode_fence(encode(LaneRemoved{team}));
  ASSERT_TRUE(removed);
  EXPECT_EQ(std::get<LaneRemoved>(*removed).team, team);
}

TEST(Order, SealAndRewriteRoundTrip) {
  const SealOrder in{{{SiteKey{1}, 20'000}, {SiteKey{900}, 19'999}}};
  const auto out = decode_seal(encode(in), kRecordVersion);
  ASSERT_TRUE(out);
  EXPECT_EQ(out->days, in.days);
  EXPECT_FALSE(decode_seal(encode(in) + "x", kRecordVersion));
  EXPECT_FALSE(decode_seal(encode(in), kRecordVersion + 1));
  EXPECT_FALSE(decode_seal(encode(SealOrder{{{SiteKey{1}, 90'000}}}), kRecordVersion));
  EXPECT_EQ(decode_rewrite(encode(RewriteOrder{20'000}), kRecordVersion)->month, 20'000);
  EXPECT_FALSE(decode_rewrite(encode(RewriteOrder{5}), kRecordVersion));
}

TEST(Order, MoreDaysThanTheLimitAreRefused) {
  SealOrder order;
  order.days.assign(kMaxSealDays, {SiteKey{1}, 20'000});
  EXPECT_TRUE(decode_seal(encode(order), kRecordVersion));
  order.days.push_back({SiteKey{1}, 20'000});
  EXPECT_FALSE(decode_seal(encode(order), kRecordVersion));
}

}  // namespace
}  // namespace hk::store
