#include "net/ip.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace hk::net {
namespace {

TEST(IpTest, ParsesBareAddressesOnly) {
  EXPECT_EQ(Ip::parse("192.0.2.1")->str(), "192.0.2.1");
  EXPECT_EQ(Ip::parse("2001:DB8::1")->str(), "2001:db8::1");
  for (const char* bad : {"", "192.0.2", "192.0.2.1:80", "[::1]", "fe80::1%eth0", "localhost", "1.2.3.4 ", "256.1.1.1"})
    EXPECT_FALSE(Ip::parse(bad)) << bad;
  EXPECT_FALSE(Ip::parse(std::string_view("1.2.3.4\0", 8)));
}

TEST(IpTest, MappedAddressesAreIpv4) {
  EXPECT_EQ(Ip::parse("::ffff:192.0.2.1"), Ip::parse("192.0.2.1"));
  EXPECT_NE(Ip::parse("::192.0.2.1"), Ip::parse("192.0.2.1"));
}

TEST(IpTest, CutsNetworks) {
  EXPECT_EQ(Ip::parse("192.0.2.201")->network(25).str(), "192.0.2.128");
  EXPECT_EQ(Ip::parse("192.0.2.201")->network(0).str(), "0.0.0.0");
  EXPECT_EQ(Ip::parse("2001:db8:1:2:3:4:5:6")->network(64).str(), "2001:db8:1:2::");
}

RC_GTEST_PROP(IpTest, TextRoundTrips, (const std::array<std::uint8_t, 16>& bytes, bool v4)) {
  const Ip ip = v4 ? Ip::from_v4({bytes[0], bytes[1], bytes[2], bytes[3]}) : Ip::from_v6(bytes);
  RC_ASSERT(Ip::parse(ip.str()) == ip);
}

TEST(IpSetTest, ContainsItsNetworks) {
  const auto set = IpSet::parse(" 10.0.0.0/8, 192.0.2.7 ,2001:db8::/32,");
  ASSERT_TRUE(set);
  for (const char* in : {"10.255.0.1", "192.0.2.7", "2001:db8:ffff::1", "::ffff:10.1.1.1"})
    EXPECT_TRUE(set->contains(*Ip::parse(in))) << in;
  // The last two share their leading bytes with a network of the other family.
  for (const char* out : {"11.0.0.1", "192.0.2.8", "2001:db9::1", "::1", "a00::1", "32.1.13.184"})
    EXPECT_FALSE(set->contains(*Ip::parse(out))) << out;
  EXPECT_FALSE(set->everything());
}

RC_GTEST_PROP(IpSetTest, ContainsExactlyWhatSharesItsLeadingBits,
              (const std::array<std::uint8_t, 16>& a, const std::array<std::uint8_t, 16>& b, bool v4)) {
  const auto ip = [&](const std::array<std::uint8_t, 16>& x) {
    return v4 ? Ip::from_v4({x[0], x[1], x[2], x[3]}) : Ip::from_v6(x);
  };
  const unsigned bits = *rc::gen::inRange(1u, v4 ? 33u : 129u);
  auto near = a;  // differs from a in one bit only
  const unsigned flipped = *rc::gen::inRange(0u, v4 ? 32u : 128u);
  near[flipped / 8] ^= static_cast<std::uint8_t>(0x80u >> flipped % 8);
  const auto set = IpSet::parse(ip(a).str() + "/" + std::to_string(bits));
  RC_PRE(set.has_value());  // a mapped address is IPv4, and has fewer bits
  for (const auto& other : {b, near})
    RC_ASSERT(set->contains(ip(other)) == (ip(other).v4 == ip(a).v4 && ip(other).network(bits) == ip(a).network(bits)));
}

TEST(IpSetTest, EmptyTrustsNobodyAndAsteriskEverybody) {
  EXPECT_FALSE(IpSet::parse("")->contains(*Ip::parse("127.0.0.1")));
  EXPECT_TRUE(IpSet::parse("")->empty());
  EXPECT_TRUE(IpSet::parse("10.0.0.1, *")->contains(*Ip::parse("2001:db8::1")));
  for (const char* all : {"*", "0.0.0.0/0", "::/0", "10.0.0.1, 0.0.0.0/0"})
    EXPECT_TRUE(IpSet::parse(all)->everything()) << all;
  EXPECT_FALSE(IpSet::parse("0.0.0.0/1, 128.0.0.0/1")->everything());
}

TEST(IpTest, KnowsWhatTheInternetDoesNotReach) {
  for (const char* here : {"127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(Ip::parse(here)->loopback()) << here;
    EXPECT_TRUE(Ip::parse(here)->internal()) << here;
  }
  for (const char* near :
       {"10.0.0.1", "172.17.0.1", "192.168.1.1", "100.100.1.1", "169.254.1.1", "fd00::1", "fe80::1"}) {
    EXPECT_FALSE(Ip::parse(near)->loopback()) << near;
    EXPECT_TRUE(Ip::parse(near)->internal()) << near;
  }
  for (const char* out : {"128.0.0.1", "172.32.0.1", "100.128.0.1", "2001:db8::1", "::2"}) {
    EXPECT_FALSE(Ip::parse(out)->loopback()) << out;
    EXPECT_FALSE(Ip::parse(out)->internal()) << out;
  }
}

TEST(IpTest, KnowsWhatIsOnTheInternet) {
  for (const auto* there : {"1.1.1.1", "9.255.255.255", "11.0.0.0", "223.255.255.255", "192.0.1.0", "2606:4700::1111",
                            "2001:200::1", "64:ff9b::101:101", "::ffff:1.1.1.1"})
    EXPECT_TRUE(Ip::parse(there)->on_the_internet()) << there;
  for (const auto* inside : {"127.0.0.1",
                             "10.0.0.1",
                             "172.31.255.255",
                             "192.168.0.1",
                             "169.254.169.254",
                             "100.64.0.1",
                             "0.0.0.0",
                             "0.1.2.3",
                             "192.0.0.1",
                             "198.18.0.1",
                             "198.19.255.255",
                             "224.0.0.1",
                             "255.255.255.255",
                             "::",
                             "::1",
                             "fe80::1",
                             "fd00::1",
                             "ff02::1",
                             "2001::1",
                             "2001:db8::1",
                             "2002:7f00:1::",
                             "64:ff9b::7f00:1",
                             "64:ff9b::a9fe:a9fe",
                             "64:ff9b:1::1",
                             "::ffff:127.0.0.1",
                             "::127.0.0.1",
                             "4000::1"})
    EXPECT_FALSE(Ip::parse(inside)->on_the_internet()) << inside;
}

TEST(IpSetTest, NamesWhatItCannotRead) {
  for (const char* bad : {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "example.com", "::/129"}) {
    const auto set = IpSet::parse(std::string("10.0.0.1,") + bad);
    ASSERT_FALSE(set) << bad;
    EXPECT_NE(set.error().message.find(bad), std::string::npos);
  }
}

}  // namespace
}  // namespace hk::net
