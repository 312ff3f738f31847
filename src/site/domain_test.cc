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

TEST(Domain, NamesInAllScriptsBecomeWhatBrowsersSend) {
  // As Chromium and Firefox write them (new URL(…).hostname).
  const std::pair<std::string, std::string> accepted[] = {
      {"blåbær.example", "xn--blbr-roah.example"},
      {"BLÅBÆR.Example", "xn--blbr-roah.example"},
      {"bla\u030Aba\u0308r.example", "xn--blbr-noae.example"},  // taken apart, as macOS does it
      {"münchen.de", "xn--mnchen-3ya.de"},
      {"ｍünchen。de", "xn--mnchen-3ya.de"},
      {"straße.example", "xn--strae-oqa.example"},
      {"βόλος.example", "xn--nxasmm1c.example"},
      {"пример.рф", "xn--e1afmkfd.xn--p1ai"},
      {"例え.テスト", "xn--r8jz45g.xn--zckzah"},
      {"उदाहरण.परीक्षा", "xn--p1b6ci4b4b3a.xn--11b5bs3a9aj6g"},
      {"مثال.إختبار", "xn--mgbh0fb.xn--kgbechtv"},
      {"İstanbul.example", "xn--istanbul-o0e.example"},
      {"他们为什么不说中文.example", "xn--ihqwcrb4cv8a8dqg056pqjye.example"},
      {"Pročprostěnemluvíčesky.example", "xn--proprostnemluvesky-uyb24dma41a.example"},
      {"ليهمابتكلموشعربي.example", "xn--mgbcah9ar9a4efegftvvn.example"},
  };
  for (const auto& [typed, expected] : accepted) {
    const auto domain = check_domain(typed);
    EXPECT_EQ(domain.value_or(""), expected) << typed;
    if (domain) EXPECT_EQ(check_domain(*domain).value_or(""), expected);
  }
  EXPECT_EQ(normalise_host("www.Blåbær.example."), "xn--blbr-roah.example");
}

TEST(Domain, RefusesWithAReason) {
  const std::pair<std::string, std::string> refused[] = {
      {"", "required"},
      {"  ", "required"},
      {"https://example.com", "protocol"},
      {"www.example.com", "www."},
      {"i❤.example", "xn--"},
      {"a\u200Db.example", "xn--"},
      {"a\u202Eb.example", "xn--"},
      {"\u0301a.example", "xn--"},
      {"½.example", "xn--"},
      {"STRAẞE.example", "xn--"},
      {"ᾳ.example", "xn--"},
      {"blå bær.example", "xn--"},
      {"https://blåbær.example", "xn--"},
      {"å\xFF.example", "xn--"},
      {"blåbær", "Invalid domain format"},
      {"å..example", "Invalid domain format"},
      {"-å.", "Invalid domain format"},
      {"www.blåbær.example", "www."},
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
  EXPECT_EQ(normalise_host("A\u20AC.Example"), "a\u20AC.example") << "no name, and still in lower case";
  EXPECT_EQ(normalise_host("127.0.0.1"), "localhost");
  EXPECT_EQ(normalise_host("[::1]"), "localhost");
  EXPECT_EQ(normalise_host("127.0.0.10"), "127.0.0.10");
}

}  // namespace
}  // namespace hk::site
