#include "http/client_ip.h"

#include <gtest/gtest.h>

#include "http/limits.h"
#include "http/proxy_watch.h"

namespace hk::http {
namespace {

std::string client(std::string_view peer, const HeaderList& headers, std::string_view trusted,
                   std::string_view header = "") {
  const Proxies proxies{
      .trusted = *net::IpSet::parse(trusted), .address_header = std::string(header), .country_header = {}};
  return client_ip(*net::Ip::parse(peer), headers, proxies).str();
}

TEST(ClientIpTest, BelievesNobodyByDefault) {
  const HeaderList headers = {{"x-forwarded-for", "198.51.100.1"}, {"x-real-ip", "198.51.100.2"}};
  EXPECT_EQ(client("127.0.0.1", headers, ""), "127.0.0.1");
  EXPECT_EQ(client("192.0.2.1", headers, "10.0.0.0/8"), "192.0.2.1");
}

TEST(ClientIpTest, TakesTheRightmostHopThatIsNotAProxy) {
  const auto xff = [](std::string_view list) { return HeaderList{{"x-forwarded-for", std::string(list)}}; };
  EXPECT_EQ(client("10.0.0.1", xff("203.0.113.9, 198.51.100.1"), "10.0.0.0/8"), "198.51.100.1");
  EXPECT_EQ(client("10.0.0.1", xff("203.0.113.9, 198.51.100.1, 10.0.0.2"), "10.0.0.0/8"), "198.51.100.1");
  EXPECT_EQ(client("10.0.0.1", xff("10.0.0.3, 10.0.0.2"), "10.0.0.0/8"), "10.0.0.3");
  EXPECT_EQ(client("10.0.0.1", xff("203.0.113.9, unknown"), "10.0.0.0/8"), "10.0.0.1")
      << "left of what can't be read is hearsay";
  EXPECT_EQ(client("10.0.0.1", xff(""), "10.0.0.0/8"), "10.0.0.1");
  for (const char* list :
       {"203.0.113.9,", "203.0.113.9 , ,\t,", ",203.0.113.9", "203.0.113.8,,203.0.113.9,, 10.0.0.2 ,"})
    EXPECT_EQ(client("10.0.0.1", xff(list), "10.0.0.0/8"), "203.0.113.9") << "empty parts say nothing";
  EXPECT_EQ(client("10.0.0.1", {{"x-forwarded-for", "203.0.113.9"}, {"x-forwarded-for", "198.51.100.1"}}, "10.0.0.1"),
            "198.51.100.1")
      << "several headers are one list";
  EXPECT_EQ(client("::ffff:10.0.0.1", xff("[2001:db8::1]:4711"), "10.0.0.1"), "2001:db8::1");
  EXPECT_EQ(client("10.0.0.1", xff("::ffff:198.51.100.1"), "10.0.0.1"), "198.51.100.1");
}

TEST(ClientIpTest, ReadsForwarded) {
  const auto forwarded = [](std::string_view list) { return HeaderList{{"forwarded", std::string(list)}}; };
  const std::pair<const char*, const char*> cases[] = {
      {"for=203.0.113.9", "203.0.113.9"},
      {"For=\"203.0.113.9:4711\"", "203.0.113.9"},
      {"proto=https; FOR=203.0.113.9 ;by=10.0.0.1", "203.0.113.9"},
      {"for=\"[2001:db8::1]:443\"", "2001:db8::1"},
      {"for=\"[2001:db8::1]\"", "2001:db8::1"},
      {"for=203.0.113.66, for=203.0.113.9, for=10.0.0.2", "203.0.113.9"},
      {"for=203.0.113.9,", "203.0.113.9"},
      {"for=203.0.113.9, for=unknown", "10.0.0.1"},
      {"for=203.0.113.9, for=_gazonk", "10.0.0.1"},
      {"for=203.0.113.9, for=unknown, for=10.0.0.2", "10.0.0.2"},
      {"for=203.0.113.9, proto=https", "10.0.0.1"},
      {"for=\"203.0.113.66, for=203.0.113.9", "203.0.113.9"},  // a quote that a visitor left open
      {"x=\";for=203.0.113.66\", for=203.0.113.9", "203.0.113.9"},
      // A proxy that writes Host, which is the visitor's word.
      {"for=203.0.113.9;host=\"a,for=203.0.113.66:1\"", "203.0.113.9"},
      {"for=203.0.113.9;host=\"a,for=203.0.113.66;b\"", "203.0.113.9"},
      {"host=\"a;for=203.0.113.66;b\";for=203.0.113.9", "203.0.113.9"},
      {"for=203.0.113.9;host=\"\\\",for=203.0.113.66;\\\"\"", "203.0.113.9"},
      {"host=\"\\\";for=203.0.113.66\";for=203.0.113.9", "203.0.113.9"},
      {"for=203.0.113.66;x, for=203.0.113.9;host=a\"b", "10.0.0.1"},
      {"", "10.0.0.1"},
  };
  for (const auto& [list, expected] : cases) {
    EXPECT_EQ(client("10.0.0.1", forwarded(list), "10.0.0.0/8"), expected) << list;
    EXPECT_EQ(client("10.0.0.1", forwarded(list), "10.0.0.0/8", "forwarded"), expected) << list;
  }
  EXPECT_EQ(client("10.0.0.1", {{"forwarded", "for=203.0.113.66"}, {"forwarded", "for=203.0.113.9"}}, "10.0.0.1"),
            "203.0.113.9");
}

TEST(ClientIpTest, AVisitorsForwardedStaysBehindWhatTheProxyWrote) {
  const HeaderList both = {{"forwarded", "for=203.0.113.66"}, {"x-forwarded-for", "203.0.113.67, 198.51.100.1"}};
  EXPECT_EQ(client("10.0.0.1", both, "10.0.0.1"), "198.51.100.1");
  EXPECT_EQ(client("10.0.0.1", both, "10.0.0.1", "forwarded"), "203.0.113.66") << "as the operator says";
}

TEST(ClientIpTest, ReadsOnlyTheHeaderThatIsNamed) {
  const HeaderList headers = {{"x-forwarded-for", "198.51.100.5"},
                              {"x-real-ip", "198.51.100.4"},
                              {"cloudfront-viewer-address", "198.51.100.3:443"},
                              {"fastly-client-ip", "2001:db8::2"},
                              {"cf-connecting-ip", "198.51.100.1"}};
  for (const auto& [name, expected] : {std::pair{"", "198.51.100.5"},
                                       {"x-real-ip", "198.51.100.4"},
                                       {"cloudfront-viewer-address", "198.51.100.3"},
                                       {"fastly-client-ip", "2001:db8::2"},
                                       {"cf-connecting-ip", "198.51.100.1"},
                                       {"true-client-ip", "10.0.0.1"}}) {
    EXPECT_EQ(client("10.0.0.1", headers, "10.0.0.1", name), expected) << name;
    EXPECT_EQ(client("192.0.2.1", headers, "10.0.0.1", name), "192.0.2.1") << name;
  }
  EXPECT_EQ(client("10.0.0.1", {{"x-real-ip", "198.51.100.1, 198.51.100.2"}}, "10.0.0.1", "x-real-ip"), "198.51.100.2");
  EXPECT_EQ(client("10.0.0.1", {{"cf-connecting-ip", "nonsense"}, {"x-forwarded-for", "198.51.100.2"}}, "10.0.0.1",
                   "cf-connecting-ip"),
            "10.0.0.1");
}

TEST(ClientIpTest, WithAnAsteriskOnlyWhatThePeerItselfWroteCounts) {
  const HeaderList headers = {{"cf-connecting-ip", "203.0.113.66"},
                              {"x-real-ip", "203.0.113.66"},
                              {"x-forwarded-for", "203.0.113.66, 198.51.100.1"}};
  EXPECT_EQ(client("10.0.0.1", headers, "*"), "198.51.100.1");
  EXPECT_EQ(client("10.0.0.1", headers, "0.0.0.0/0"), "198.51.100.1");
  EXPECT_EQ(client("10.0.0.1", headers, "*", "cf-connecting-ip"), "198.51.100.1");
  EXPECT_EQ(client("10.0.0.1", {{"x-real-ip", "203.0.113.66"}}, "*"), "10.0.0.1");
}

TEST(ClientIpTest, KnowsHttpsAtTheEdge) {
  EXPECT_TRUE(forwarded_https({{"x-forwarded-proto", "HTTPS, http"}}));
  EXPECT_FALSE(forwarded_https({{"x-forwarded-proto", "http, https"}}));
  EXPECT_FALSE(forwarded_https({}));
  EXPECT_TRUE(forwarded_https({{"forwarded", "for=192.0.2.1;Proto=\"https\", for=10.0.0.1;proto=http"}}));
  EXPECT_FALSE(forwarded_https({{"forwarded", "proto=https"}, {"x-forwarded-proto", "http"}}));
}

TEST(ForwardingHeadersTest, KnowsThemByNameAlone) {
  EXPECT_FALSE(ForwardingHeaders(HeaderList{}).any());
  EXPECT_FALSE(ForwardingHeaders(HeaderList{{"cookie", "via"}, {"x-forwarded", "1"}, {"content-type", "x"}}).any());
  const ForwardingHeaders found(
      HeaderList{{"x-real-ip", "192.0.2.1"}, {"x-forwarded-for", "192.0.2.1"}, {"x-real-ip", "x"}});
  EXPECT_TRUE(found.any());
  EXPECT_EQ(found.names(), "X-Forwarded-For, X-Real-Ip");
}

TEST(ProxyWatchTest, TellsOnceAnHourAndOnlyOfWhatIsNear) {
  metrics::Registry metrics;
  ProxyWatch watch(metrics);
  const ForwardingHeaders headers(HeaderList{{"x-forwarded-for", "203.0.113.9"}});
  const ProxyWatch::Instant start{std::chrono::hours(1000)};
  const auto found = [&](ProxyWatch::Instant now) {
    const auto finding = watch.finding(now);
    return finding ? finding->proxy : "";
  };
  ::testing::internal::CaptureStderr();
  EXPECT_FALSE(watch.saw(*net::Ip::parse("198.51.100.7"), headers, false, start)) << "perhaps a visitor's own header";
  EXPECT_EQ(found(start), "");
  EXPECT_TRUE(watch.saw(*net::Ip::parse("172.17.0.1"), headers, false, start));
  EXPECT_EQ(found(start), "172.17.0.1");
  EXPECT_TRUE(watch.saw(*net::Ip::parse("172.17.0.2"), headers, false, start + kProxyNewsEvery - 1ms));
  EXPECT_EQ(found(start + kProxyNewsEvery), "172.17.0.1");
  EXPECT_TRUE(watch.saw(*net::Ip::parse("fd00::2"), headers, false, start + kProxyNewsEvery));
  EXPECT_EQ(found(start + kProxyNewsEvery), "fd00::2");
  EXPECT_EQ(found(start + 2 * kProxyNewsEvery), "") << "no longer so";
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(log.find("172.17.0.2"), std::string::npos);
  EXPECT_NE(log.find("HITKEEP_TRUSTED_PROXIES=fd00::2/128"), std::string::npos) << log;
}

TEST(ClientKeysTest, KeysClientsNotAddresses) {
  const ClientKeys keys, others;
  const auto key = [&](const char* ip) { return keys.key(*net::Ip::parse(ip)); };
  EXPECT_EQ(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
  EXPECT_NE(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
  EXPECT_NE(key("192.0.2.1"), key("192.0.2.2"));
  EXPECT_EQ(key("192.0.2.1"), key("::ffff:192.0.2.1"));
  EXPECT_NE(key("192.0.2.1"), others.key(*net::Ip::parse("192.0.2.1"))) << "a key means nothing elsewhere";
}

}  // namespace
}  // namespace hk::http
