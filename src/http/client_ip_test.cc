#include "http/client_ip.h"

#include <gtest/gtest.h>

namespace hk::http {
namespace {

std::string client(std::string_view peer, const HeaderList& headers, std::string_view trusted) {
  return client_ip(*net::Ip::parse(peer), headers, *net::IpSet::parse(trusted)).str();
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
  EXPECT_EQ(client("10.0.0.1", {{"x-forwarded-for", "203.0.113.9"}, {"x-forwarded-for", "198.51.100.1"}}, "10.0.0.1"),
            "198.51.100.1")
      << "several headers are one list";
  EXPECT_EQ(client("::ffff:10.0.0.1", xff("[2001:db8::1]:4711"), "10.0.0.1"), "2001:db8::1");
  EXPECT_EQ(client("10.0.0.1", xff("::ffff:198.51.100.1"), "10.0.0.1"), "198.51.100.1");
}

TEST(ClientIpTest, KeepsTheOriginalsOrderOfHeaders) {
  HeaderList headers = {{"x-forwarded-for", "198.51.100.5"},
                        {"x-real-ip", "198.51.100.4"},
                        {"cloudfront-viewer-address", "198.51.100.3:443"},
                        {"fastly-client-ip", "198.51.100.2"},
                        {"cf-connecting-ip", "198.51.100.1"}};
  for (const char* expected : {"198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.4", "198.51.100.5"}) {
    EXPECT_EQ(client("10.0.0.1", headers, "10.0.0.1"), expected);
    headers.pop_back();
  }
  EXPECT_EQ(client("10.0.0.1", {{"x-real-ip", "198.51.100.1, 198.51.100.2"}}, "10.0.0.1"), "198.51.100.2");
  EXPECT_EQ(client("10.0.0.1", {{"cf-connecting-ip", "nonsense"}, {"x-real-ip", "198.51.100.2"}}, "10.0.0.1"),
            "198.51.100.2");
}

TEST(ClientIpTest, WithAnAsteriskOnlyWhatThePeerItselfWroteCounts) {
  const HeaderList headers = {{"cf-connecting-ip", "203.0.113.66"},
                              {"x-real-ip", "203.0.113.66"},
                              {"x-forwarded-for", "203.0.113.66, 198.51.100.1"}};
  EXPECT_EQ(client("10.0.0.1", headers, "*"), "198.51.100.1");
  EXPECT_EQ(client("10.0.0.1", {{"x-real-ip", "203.0.113.66"}}, "*"), "10.0.0.1");
}

TEST(ClientIpTest, KnowsHttpsAtTheEdge) {
  EXPECT_TRUE(forwarded_https({{"x-forwarded-proto", "HTTPS, http"}}));
  EXPECT_FALSE(forwarded_https({{"x-forwarded-proto", "http, https"}}));
  EXPECT_FALSE(forwarded_https({}));
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
