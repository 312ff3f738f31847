#include "site/domain.h"

#include <gtest/gtest.h>

namespace hk::site {
namespace {

TEST(Domain, AcceptsAndNormalises) {
  const std::pair<std::string, std::string> accepted[] = {{"example.com", "example.com"},
                                                          {"  Example.COM\n", "example.com"},
                                                          {"a.b.example.co.uk", "a.b.example.co.uk"},
                                                          {"localhost", "localhost"},
                                                          {"app.localhost", "app.localhost"},
                                                          {"xn--mnchen-3ya.de", "xn--mnchen-3ya.de"},
                                                          {"xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd.xn--p1ai"},
                                                          {"1and1.com", "1and1.com"},
                                                          {"my-site.io", "my-site.io"}};
  for (const auto& [typed, expected] : accepted) {
    const auto domain = check_domain(typed);
    ASSERT_TRUE(domain) << typed << ": " << domain.error().message;
    EXPECT_EQ(*domain, expected);
  }
}

TEST(Domain, RefusesWithAReason) {
  const std::pair<std::string, std::string> refused[] = {
      {"", "required"},
      {"  ", "required"},
      {"https://example.com", "protocol"},
      {"www.example.com", "www."},
      {"münchen.de", "ASCII"},
      {"example", "Invalid domain format"},
      {"example.c", "Invalid domain format"},
      {"example.c0m", "Invalid domain format"},
      {"10.0.0.1", "Invalid domain format"},
      {"-a.com", "Invalid domain format"},
      {"a-.com", "Invalid domain format"},
      {"a..com", "Invalid domain format"},
      {".com", "Invalid domain format"},
      {"example.com.", "Invalid domain format"},
      {"example.com:8080", "Invalid domain format"},
      {"example.com/x", "Invalid domain format"},
      {"exa mple.com", "Invalid domain format"},
      {"a_b.com", "Invalid domain format"},
      {"a.xn--", "Invalid domain format"},
  };
  for (const auto& [typed, reason] : refused) {
    const auto domain = check_domain(typed);
    ASSERT_FALSE(domain) << typed;
    EXPECT_EQ(domain.error().code, Code::invalid);
    EXPECT_EQ(domain.error().field, "domain");
    EXPECT_NE(domain.error().message.find(reason), std::string::npos) << domain.error().message;
  }
}

TEST(Domain, LengthLimitsAreExact) {
  EXPECT_TRUE(check_domain(std::string(kMaxLabelBytes, 'a') + ".com"));
  EXPECT_FALSE(check_domain(std::string(kMaxLabelBytes + 1, 'a') + ".com"));
  std::string longest;
  while (longest.size() + 50 <= kMaxDomainBytes - 4) longest += std::string(49, 'a') + ".";
  longest += std::string(kMaxDomainBytes - 4 - longest.size(), 'b') + ".com";
  ASSERT_EQ(longest.size(), kMaxDomainBytes);
  EXPECT_TRUE(check_domain(longest));
  EXPECT_FALSE(check_domain("c" + longest));
}

TEST(Domain, HostsAreLookedUpWithoutWww) {
  EXPECT_EQ(normalise_host("WWW.Example.com."), "example.com");
  EXPECT_EQ(normalise_host("shop.example.com"), "shop.example.com");
  EXPECT_EQ(normalise_host("127.0.0.1"), "localhost");
  EXPECT_EQ(normalise_host("[::1]"), "localhost");
  EXPECT_EQ(normalise_host("127.0.0.10"), "127.0.0.10");
}

}  // namespace
}  // namespace hk::site
