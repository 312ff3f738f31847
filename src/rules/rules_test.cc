#include "rules/rules.h"

#include <gtest/gtest.h>

namespace hk::rules {
namespace {

TEST(Rules, StarsStandForAnything) {
  EXPECT_TRUE(fits("/admin/*", "/admin/users/7"));
  EXPECT_TRUE(fits("/admin/*", "/admin/"));
  EXPECT_FALSE(fits("/admin/*", "/admin"));
  EXPECT_TRUE(fits("*/print", "/a/b/print"));
  EXPECT_TRUE(fits("/a*b*c", "/aXbYbZc"));
  EXPECT_FALSE(fits("/a*b*c", "/aXbYbZ"));
  EXPECT_TRUE(fits("**", ""));
  EXPECT_TRUE(fits("/a", "/a"));
  EXPECT_FALSE(fits("/a", "/a/"));
  EXPECT_FALSE(fits("", "/"));
  EXPECT_FALSE(fits("*a*a*a*a*a*a*b", std::string(5000, 'a')));
}

TEST(Rules, ExclusionsHaveOneForm) {
  const auto form = [](Excludes kind, std::string_view value) {
    auto checked = check_exclusion(kind, value);
    return checked ? *checked : "refused: " + checked.error().message;
  };
  EXPECT_EQ(form(Excludes::cidr, " 10.1.2.3/24 "), "10.1.2.0/24");
  EXPECT_EQ(form(Excludes::cidr, "10.1.2.3"), "10.1.2.3/32");
  EXPECT_EQ(form(Excludes::cidr, "2001:db8::1"), "2001:db8::1/128");
  EXPECT_EQ(form(Excludes::cidr, "::ffff:10.1.2.3"), "10.1.2.3/32");
  for (const char* bad : {"", "10.1.2.3/33", "10.1.2.3/0", "10.1.2.3/x", "10.1.2.3/24x", "anna", "1.2.3"})
    EXPECT_EQ(form(Excludes::cidr, bad), "refused: Invalid IP or CIDR") << bad;
  EXPECT_EQ(form(Excludes::country, "at"), "AT");
  for (const char* bad : {"", "zz", "eu", "deu", "1A"})
    EXPECT_EQ(form(Excludes::country, bad), "refused: Invalid country code") << bad;
  EXPECT_EQ(form(Excludes::path, "/admin/*"), "/admin/*");
  EXPECT_TRUE(form(Excludes::path, "admin").starts_with("refused"));
  EXPECT_EQ(form(Excludes::host, "*.Staging.example.com"), "*.staging.example.com");
  EXPECT_TRUE(form(Excludes::host, "https://example.com/").starts_with("refused"));
  EXPECT_EQ(form(Excludes::query, "preview=1"), "preview=1");
  EXPECT_TRUE(form(Excludes::query, "?preview").starts_with("refused"));
  EXPECT_EQ(form(Excludes::path, "/" + std::string(kMaxValue, 'x')), "refused: At most 255 bytes");
}

Exclusion one(Excludes kind, std::string value, std::optional<SiteKey> site = SiteKey{7}) {
  return {.id = {}, .site = site, .kind = kind, .value = std::move(value), .description = {}, .created_at = {}};
}

TEST(Rules, TellWhatIsExcludedWhere) {
  const Rules rules(
      {one(Excludes::cidr, "10.0.0.0/8"), one(Excludes::cidr, "2001:db8::/32"), one(Excludes::country, "AT"),
       one(Excludes::path, "/admin/*"), one(Excludes::host, "staging.*"), one(Excludes::query, "preview=1"),
       one(Excludes::query, "draft"), one(Excludes::country, "CH", std::nullopt)},
      {});
  const auto match = [&](SiteKey site, const char* ip, std::string_view country, std::string_view path,
                         std::string_view host, std::string_view query) -> std::optional<Excludes> {
    const auto found = rules.of(site).match(net::Ip::parse(ip), country, path, host, query);
    return found ? std::optional(found->kind) : std::nullopt;
  };
  const auto rule = [&](const char* ip, std::string_view path, std::string_view query) {
    return rules.of(SiteKey{7}).match(net::Ip::parse(ip), "DE", path, "example.com", query)->rule;
  };
  EXPECT_EQ(rule("11.1.2.3", "/admin/x", ""), "/admin/*");
  EXPECT_EQ(rule("11.1.2.3", "/", "preview=1"), "preview") << "what it was is nobody's business";
  EXPECT_EQ(rule("10.1.2.3", "/", ""), "") << "an address";
  EXPECT_EQ(match(SiteKey{7}, "10.1.2.3", "DE", "/", "example.com", ""), Excludes::cidr);
  EXPECT_EQ(match(SiteKey{7}, "2001:db8::7", "DE", "/", "example.com", ""), Excludes::cidr);
  EXPECT_EQ(match(SiteKey{7}, "11.1.2.3", "AT", "/", "example.com", ""), Excludes::country);
  EXPECT_EQ(match(SiteKey{7}, "11.1.2.3", "DE", "/admin/x", "example.com", ""), Excludes::path);
  EXPECT_EQ(match(SiteKey{7}, "11.1.2.3", "DE", "/", "staging.example.com", ""), Excludes::host);
  EXPECT_EQ(match(SiteKey{7}, "11.1.2.3", "DE", "/", "example.com", "a=1&preview=1"), Excludes::query);
  EXPECT_EQ(match(SiteKey{7}, "11.1.2.3", "DE", "/", "example.com", "draft=x"), Excludes::query);
  EXPECT_EQ(match(SiteKey{7}, "11.1.2.3", "DE", "/", "example.com", "preview=2&drafts"), std::nullopt);
  EXPECT_EQ(match(SiteKey{7}, "no address", "", "/", "example.com", ""), std::nullopt);
  EXPECT_EQ(match(SiteKey{8}, "10.1.2.3", "AT", "/admin/x", "example.com", ""), std::nullopt) << "another site";
  EXPECT_EQ(rules.everywhere().match(std::nullopt, "CH", "/", "example.com", "")->kind, Excludes::country);
}

TEST(Rules, ASiteTrustsItsNetworks) {
  const Rules rules({}, {{7, SiteRules{.trusted_networks = {"52.0.0.0/8"}}}});
  EXPECT_TRUE(rules.trusts(SiteKey{7}, *net::Ip::parse("52.1.2.3")));
  EXPECT_FALSE(rules.trusts(SiteKey{7}, *net::Ip::parse("53.1.2.3")));
  EXPECT_FALSE(rules.trusts(SiteKey{8}, *net::Ip::parse("52.1.2.3")));
  EXPECT_EQ(rules.kept_of(SiteKey{8}), SiteRules{});
}

}  // namespace
}  // namespace hk::rules
