#include "demo/variety.h"

#include <array>
#include <cmath>

#include "base/text.h"

namespace hk::demo {
namespace {

constexpr double kReferrers = 5'000;
constexpr double kPagesOfAReferrer = 40;
constexpr double kCampaigns = 3'000;
constexpr double kTerms = 8'000;
constexpr double kContents = 5'000;
constexpr double kArticles = 20'000;
constexpr std::uint32_t kDearestCents = 30'000;

constexpr std::array<std::string_view, 24> kWords = {"amber",  "birch",   "cedar",   "delta",   "ember",   "fjord",
                                                     "grove",  "harbor",  "island",  "juniper", "kestrel", "lantern",
                                                     "meadow", "north",   "orchard", "pebble",  "quarry",  "river",
                                                     "summit", "thicket", "upland",  "valley",  "willow",  "yarrow"};

constexpr std::array<std::string_view, 60> kCountries = {
    "US", "DE", "IN", "GB", "FR", "BR", "JP", "CA", "NL", "ES", "IT", "PL", "AU", "MX", "ID",
    "SE", "CH", "AT", "TR", "BE", "KR", "UA", "PT", "CZ", "RO", "DK", "NO", "FI", "IE", "GR",
    "HU", "ZA", "AR", "PH", "VN", "TH", "MY", "SG", "NZ", "IL", "CL", "CO", "PE", "EG", "NG",
    "KE", "MA", "SA", "AE", "PK", "BD", "TW", "HK", "SK", "BG", "HR", "RS", "LT", "SI", "EE"};

/// Versions of a browser on a system: "{}" stands for the version.
struct Family {
  std::string_view pattern;
  int newest, versions;
};
constexpr std::array kFamilies = std::to_array<Family>({
    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36",
     146, 60},
    {"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Mobile Safari/537.36",
     146, 50},
    {"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{}.1 "
     "Mobile/15E148 Safari/604.1",
     26, 12},
    {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 "
     "Safari/537.36",
     146, 40},
    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{0}.0.0.0 Safari/537.36 "
     "Edg/{0}.0.0.0",
     146, 40},
    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0", 147, 45},
    {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{}.1 "
     "Safari/605.1.15",
     26, 12},
    {"Mozilla/5.0 (Linux; Android 15; SAMSUNG SM-S928B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/{}.0 "
     "Chrome/136.0.0.0 Mobile Safari/537.36",
     29, 15},
    {"Mozilla/5.0 (X11; Linux x86_64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0", 147, 45},
    {"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36", 146, 40},
});

std::string with_version(std::string_view pattern, int version) {
  std::string out(pattern);
  for (const std::string_view place : {"{0}", "{}"})
    for (auto at = out.find(place); at != std::string::npos; at = out.find(place))
      out.replace(at, place.size(), std::to_string(version));
  return out;
}

/// By family, newest first.
const std::array<std::vector<std::string>, kFamilies.size()>& user_agents() {
  static const auto all = [] {
    std::array<std::vector<std::string>, kFamilies.size()> out;
    for (std::size_t i = 0; i < out.size(); ++i)
      for (int back = 0; back < kFamilies[i].versions; ++back)
        out[i].push_back(with_version(kFamilies[i].pattern, kFamilies[i].newest - back));
    return out;
  }();
  return all;
}

struct Medium {
  std::string_view source, medium;
};
constexpr std::array kMedia = std::to_array<Medium>({{"google", "cpc"},
                                                     {"newsletter", "email"},
                                                     {"facebook", "paid_social"},
                                                     {"bing", "cpc"},
                                                     {"instagram", "social"},
                                                     {"linkedin", "paid_social"},
                                                     {"partner", "affiliate"},
                                                     {"adnetwork", "display"}});
constexpr std::array<std::string_view, 5> kPlans = {"free", "basic", "plus", "team", "business"};

std::string_view word(std::uint32_t number) {
  return kWords[number % kWords.size()];
}

}  // namespace

std::uint32_t zipf(Random& random, double n) {
  return static_cast<std::uint32_t>(std::pow(n + 1, random.unit())) - 1;
}

std::string_view varied_user_agent(Random& random) {
  const auto& versions = user_agents()[zipf(random, kFamilies.size())];
  return versions[zipf(random, static_cast<double>(versions.size()))];
}

std::string varied_path(std::uint32_t number) {
  return concat({"/", word(number / 7), "/", word(number), "-", word(number / 24), "-", std::to_string(number)});
}

std::string varied_referrer(Random& random) {
  const double kind = random.unit();
  if (kind < 0.35) return {};
  if (kind < 0.65) return "https://www.google.com/";
  const std::uint32_t site = zipf(random, kReferrers);
  return concat({"https://", word(site), std::to_string(site), ".example/", word(site / 24), "/",
                 std::to_string(zipf(random, kPagesOfAReferrer))});
}

Campaign varied_campaign(Random& random) {
  const auto named = [](std::uint32_t number) {
    return concat({word(number), "-", word(number / 24), "-", std::to_string(number)});
  };
  const Medium& from = kMedia[zipf(random, kMedia.size())];
  return {.source = from.source,
          .medium = from.medium,
          .name = named(zipf(random, kCampaigns)),
          .term = from.medium == "cpc" ? named(zipf(random, kTerms)) : std::string(),
          .content = named(zipf(random, kContents))};
}

std::string varied_properties(Random& random) {
  const auto cents = random.below(kDearestCents);
  const std::string fraction = std::to_string(100 + cents % 100).substr(1);
  return concat({R"({"plan":")", kPlans[zipf(random, kPlans.size())], R"(","article":"A-)",
                 std::to_string(zipf(random, kArticles)), R"(","price":)", std::to_string(cents / 100), ".", fraction,
                 "}"});
}

std::string_view varied_country(Random& random) {
  return kCountries[zipf(random, kCountries.size())];
}

}  // namespace hk::demo
