#include "demo/traffic.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <span>
#include <tuple>

#include "demo/places.h"
#include "demo/variety.h"

namespace hk::demo {
namespace {

constexpr std::uint64_t splitmix(std::uint64_t& state) {
  std::uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

template <class T>
struct Weighted {
  double weight;
  T value;
};

template <class T, std::size_t N>
const T& pick(Random& random, const std::array<Weighted<T>, N>& choices) {
  double total = 0;
  for (const auto& c : choices) total += c.weight;
  double at = random.unit() * total;
  for (const auto& c : choices) {
    if (at < c.weight) return c.value;
    at -= c.weight;
  }
  return choices.back().value;
}

struct Browser {
  std::string_view user_agent;
  std::uint16_t screen_width, screen_height, viewport_width, viewport_height;
};
constexpr std::uint16_t kPhoneWidth = 390;
constexpr std::array kBrowsers = std::to_array<Weighted<Browser>>({
    {24,
     {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36",
      1920, 1080, 1903, 947}},
    {9,
     {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 "
      "Safari/537.36",
      1728, 1117, 1512, 861}},
    {4,
     {"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/145.0.0.0 Safari/537.36", 2560,
      1440, 1706, 1271}},
    {14,
     {"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Mobile Safari/537.36",
      412, 915, 412, 785}},
    {19,
     {"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 "
      "Mobile/15E148 Safari/604.1",
      kPhoneWidth, 844, kPhoneWidth, 664}},
    {3,
     {"Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 "
      "Mobile/15E148 "
      "Safari/604.1",
      820, 1180, 820, 1106}},
    {8,
     {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 "
      "Safari/605.1.15",
      1440, 900, 1440, 789}},
    {7, {"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:146.0) Gecko/20100101 Firefox/146.0", 1920, 1080, 1920, 955}},
    {3, {"Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0", 1920, 1200, 1920, 1073}},
    {6,
     {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36 "
      "Edg/146.0.0.0",
      1536, 864, 1521, 730}},
    {2,
     {"Mozilla/5.0 (Linux; Android 15; SAMSUNG SM-S928B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0 "
      "Chrome/136.0.0.0 Mobile Safari/537.36",
      384, 854, 384, 730}},
    {1,
     {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/145.0.0.0 Safari/537.36 "
      "OPR/125.0.0.0",
      1920, 1080, 1866, 951}},
});

struct Origin {
  std::string_view referrer, utm_source, utm_medium, utm_campaign;
};
constexpr std::array kOrigins = std::to_array<Weighted<Origin>>({
    {31, {}},
    {30, {"https://www.google.com/"}},
    {4, {"https://www.google.de/"}},
    {3, {"https://www.bing.com/"}},
    {5, {"https://duckduckgo.com/"}},
    {1, {"https://www.ecosia.org/"}},
    {6, {"https://chatgpt.com/"}},
    {1.4, {"https://www.perplexity.ai/search/how-to"}},
    {0.8, {"https://claude.ai/"}},
    {4, {"https://news.ycombinator.com/item?id=1"}},
    {2.5, {"https://www.reddit.com/r/selfhosted/"}},
    {2, {"https://mastodon.social/@someone/1"}},
    {1.2, {"https://www.linkedin.com/feed/"}},
    {0.8, {"https://bsky.app/profile/someone"}},
    {2, {"https://github.com/topics/analytics"}},
    {1.1, {"https://en.wikipedia.org/wiki/Web_analytics"}},
    {1.3, {"https://blog.example.org/tools-we-like"}},
    {2.2, {"", "newsletter", "email", "weekly"}},
    {1.4, {"https://www.google.com/", "google", "cpc", "brand"}},
    {0.9, {"https://l.facebook.com/", "facebook", "paid_social", "autumn"}},
});

struct Place {
  std::string_view country, language;
};
constexpr std::array kPlaces = std::to_array<Weighted<Place>>({
    {42, {"DE", "de-DE"}},
    {9, {"AT", "de-AT"}},
    {8, {"CH", "de-CH"}},
    {9, {"GB", "en-GB"}},
    {11, {"US", "en-US"}},
    {4, {"NL", "nl-NL"}},
    {4, {"FR", "fr-FR"}},
    {2, {"DK", "da-DK"}},
    {2, {"ES", "es-ES"}},
    {2, {"IT", "it-IT"}},
    {2, {"PL", "pl-PL"}},
    {1.5, {"SE", "sv-SE"}},
    {1, {"BR", "pt-BR"}},
    {1, {"CA", "en-CA"}},
    {1.5, {"IN", "en-IN"}},
});

/// Of machines to people. Each looks at up to so many pages.
constexpr double kMachineShare = 0.08;
constexpr std::uint32_t kPagesOfAMachine = 3;
constexpr std::array kMachines = std::to_array<Weighted<std::string_view>>({
    {30, "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)"},
    {18, "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)"},
    {22, "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
    {9, "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"},
    {8, "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)"},
    {6, "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)"},
    {4, "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"},
    {3, "curl/8.9.1"},
});
/// Of the views whose pages tell how they were looked at.
constexpr double kReportShare = 0.9;

constexpr std::array<std::string_view, 3> kEvents = {"newsletter_signup", "outbound_click", "file_download"};

constexpr std::array<std::string_view, 14> kBirds = {"/",
                                                     "/guide",
                                                     "/guide/kingfisher",
                                                     "/guide/owls-at-dusk-how-to-find-them-without-disturbing",
                                                     "/map",
                                                     "/sightings",
                                                     "/guide/white-stork",
                                                     "/guide/garden-birds-in-winter",
                                                     "/about",
                                                     "/newsletter",
                                                     "/guide/binoculars-for-beginners",
                                                     "/guide/swifts",
                                                     "/events",
                                                     "/guide/cranes-on-the-move"};
constexpr std::array<std::string_view, 12> kShop = {
    "/",         "/collections/tea", "/collections/coffee", "/products/kettle",     "/products/first-flush-darjeeling",
    "/cart",     "/checkout",        "/thank-you",          "/journal/how-to-brew", "/products/filter-papers",
    "/shipping", "/contact"};
constexpr std::array<std::string_view, 12> kDocs = {"/",
                                                    "/docs",
                                                    "/docs/install",
                                                    "/docs/quick-start",
                                                    "/docs/configuration",
                                                    "/docs/api",
                                                    "/blog",
                                                    "/blog/release-notes",
                                                    "/docs/backup",
                                                    "/docs/upgrade",
                                                    "/pricing",
                                                    "/docs/troubleshooting"};

/// FNV-1a: a seed of a name that is the same everywhere.
std::uint64_t seed_of(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

std::span<const std::string_view> named_pages(std::uint32_t theme) {
  switch (theme % 3) {
    case 0:
      return kBirds;
    case 1:
      return kShop;
    default:
      return kDocs;
  }
}

/// Share of a day's visits per local hour, by theme: a hobby in the evening, a shop at lunch, documentation at work.
double hour_weight(int hour, std::uint32_t theme) {
  const double peak = theme % 3 == 0 ? 19.5 : theme % 3 == 1 ? 13 : 11;
  const double distance = std::min(std::abs(hour - peak), 24 - std::abs(hour - peak));
  return 0.08 + std::exp(-distance * distance / 32);
}

constexpr double kBounces = 0.42;
constexpr double kFurtherPages = 2.4;   // mean, of those who stay
constexpr double kSecondsPerPage = 48;  // mean
constexpr double kSecondVisit = 0.16;   // of the visitors of a day
constexpr double kEventShare = 0.05;    // of the page views
// Of Variety::high: page views whose page is one of the long tail, how many pages that has for each page view of the
// year, visits that a campaign brings, and pixels that browsers' bars may take.
constexpr double kTailShare = 0.6;
constexpr double kTailPages = 0.5;
constexpr double kCampaignShare = 0.12;
constexpr std::uint32_t kToolbars = 120;
constexpr double kViewsPerVisit = 1 + (1 - kBounces) * kFurtherPages;

}  // namespace

Random::Random(std::uint64_t seed) {
  for (auto& word : state_) word = splitmix(seed);
}

std::uint64_t Random::next() {
  const auto rotate = [](std::uint64_t x, int k) { return x << k | x >> (64 - k); };
  const auto result = rotate(state_[1] * 5, 7) * 9;
  const auto t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = rotate(state_[3], 45);
  return result;
}

double Random::unit() {
  return static_cast<double>(next() >> 11) * 0x1.0p-53;
}

std::uint32_t Random::below(std::uint32_t n) {
  return static_cast<std::uint32_t>((next() >> 32) * n >> 32);
}

double Random::exponential(double mean) {
  return -mean * std::log1p(-unit());
}

std::vector<DemoSite> demo_sites(std::uint32_t count) {
  std::vector<DemoSite> sites = {
      {"birdwatch.example", "Europe/Berlin", 0.62, 0},
      {"teahouse.example", "Europe/London", 0.27, 1},
      {"docs.example", "America/New_York", 0.11, 2},
  };
  if (count <= sites.size()) {
    sites.resize(std::max(count, 1u));
    return sites;
  }
  // Zipf-like: site i gets 1/i^0.9 of the largest, so that small servers with many sites can be measured.
  for (std::uint32_t i = 0; i < count; ++i) {
    if (i >= sites.size()) sites.push_back({"site" + std::to_string(i + 1) + ".example", "Europe/Berlin", 0, i});
    sites[i].share = std::pow(i + 1, -0.9);
  }
  return sites;
}

Traffic::Traffic(std::uint64_t seed, const DemoSite& site, const db::Zone& zone, double views, Variety variety)
    : seed_(seed ^ seed_of(site.domain)), zone_(zone), views_(views), variety_(variety), theme_(site.theme) {
  for (const auto page : named_pages(site.theme)) pages_.emplace_back(page);
  // A long tail of pages that few people read.
  const std::uint32_t tail = 40 + site.theme % 7 * 30;
  for (std::uint32_t i = 1; i <= tail; ++i)
    pages_.push_back("/archive/" + std::to_string(2020 + i % 6) + "/entry-" + std::to_string(i));
  double sum = 0;
  for (std::size_t i = 0; i < pages_.size(); ++i)
    page_weight_.push_back(sum += std::pow(static_cast<double>(i + 1), -0.95));
}

double Traffic::busyness(Day day, Day last) const {
  const int weekday = (day % 7 + 7 + 3) % 7;  // 0 = Monday; 1970-01-01 was a Thursday
  const bool weekend = weekday >= 5;
  const double week = theme_ % 3 == 0 ? (weekend ? 1.25 : 0.9) : (weekend ? 0.62 : 1.15);
  const double growth = 1.25 - 0.5 * std::clamp((last - day) / 365.0, 0.0, 1.0);
  const double season = 1 + 0.15 * std::sin(2 * std::numbers::pi * (day % 365) / 365.0 + theme_);
  Random noise(seed_ ^ static_cast<std::uint64_t>(day) * 0x9e3779b97f4a7c15);
  const double weather = 0.88 + 0.24 * noise.unit();
  const double peak = noise.unit() > 0.992 ? 2.4 : 1;  // now and then a link goes round
  return week * growth * season * weather * peak;
}

std::string_view Traffic::page(Random& random) {
  if (variety_ == Variety::high && random.unit() < kTailShare)
    return texts_.emplace_back(varied_path(zipf(random, views_ * kTailPages)));
  const auto at = std::ranges::upper_bound(page_weight_, random.unit() * page_weight_.back());
  return pages_[std::min(static_cast<std::size_t>(at - page_weight_.begin()), pages_.size() - 1)];
}

/// Where the visit comes from, told by its first hit.
void Traffic::arrive(Random& random, RawHit& hit) {
  if (variety_ == Variety::high) {
    hit.referrer = texts_.emplace_back(varied_referrer(random));
    if (random.unit() >= kCampaignShare) return;
    const auto keep = [&](std::string text) { return std::string_view(texts_.emplace_back(std::move(text))); };
    auto campaign = varied_campaign(random);
    hit.utm_source = campaign.source;
    hit.utm_medium = campaign.medium;
    hit.utm_campaign = keep(std::move(campaign.name));
    hit.utm_term = keep(std::move(campaign.term));
    hit.utm_content = keep(std::move(campaign.content));
    return;
  }
  const auto& origin = pick(random, kOrigins);
  hit.referrer = origin.referrer;
  hit.utm_source = origin.utm_source;
  hit.utm_medium = origin.utm_medium;
  hit.utm_campaign = origin.utm_campaign;
}

/// Makes an event of a page view.
void Traffic::happen(Random& random, RawHit& hit) {
  hit.event = kEvents[random.below(kEvents.size())];
  if (variety_ == Variety::high) hit.properties = texts_.emplace_back(varied_properties(random));
}

/// What is no person: some pages each, without a place, a referrer or a look.
void Traffic::crawl(Random& random, TimeMs from, Millis length, std::uint32_t machines, std::vector<RawHit>& out) {
  for (std::uint32_t m = 0; m < machines; ++m) {
    RawHit hit;
    hit.visitor = random.next();
    hit.user_agent = pick(random, kMachines);
    hit.country = "US";
    hit.at = from + Millis(static_cast<std::int64_t>(random.unit() * static_cast<double>(length.count())));
    for (auto pages = 1 + random.below(kPagesOfAMachine); pages > 0 && hit.at < from + length; --pages) {
      hit.path = page(random);
      out.push_back(hit);
      hit.at += std::chrono::seconds(2 + random.below(20));
    }
  }
}

void Traffic::day(Day day, double views, std::vector<RawHit>& out) {
  out.clear();
  texts_.clear();
  Random random(seed_ * 31 + static_cast<std::uint64_t>(day));
  const auto start = zone_.start_of(day);
  const auto length_s = static_cast<double>((zone_.start_of(day + 1) - start).count()) / 1000;

  std::array<double, 24> hours{};
  double sum = 0;
  for (int h = 0; h < 24; ++h) hours[static_cast<std::size_t>(h)] = sum += hour_weight(h, theme_);

  const double expected = views / kViewsPerVisit / (1 + kSecondVisit);
  auto visitors = static_cast<std::uint32_t>(expected);
  if (random.unit() < expected - visitors) ++visitors;
  for (std::uint32_t v = 0; v < visitors; ++v) {
    const auto id = random.next();
    auto browser = pick(random, kBrowsers);
    auto place = pick(random, kPlaces);
    if (variety_ == Variety::high) {
      browser.user_agent = varied_user_agent(random);
      browser.viewport_height = static_cast<std::uint16_t>(browser.viewport_height - random.below(kToolbars));
      place.country = varied_country(random);
    }
    const Whereabouts where = somewhere_in(place.country, random);
    const int visits = random.unit() < kSecondVisit ? 2 : 1;
    for (int n = 0; n < visits; ++n) {
      const auto hour = std::ranges::upper_bound(hours, random.unit() * sum) - hours.begin();
      double second = (static_cast<double>(std::min<std::ptrdiff_t>(hour, 23)) + random.unit()) * length_s / 24;
      RawHit first;
      if (n == 0) arrive(random, first);
      const int pages = random.unit() < kBounces ? 1 : 2 + static_cast<int>(random.exponential(kFurtherPages - 0.5));
      for (int p = 0; p < pages && second < length_s; ++p) {
        RawHit hit = p == 0 ? first : RawHit{};
        hit.at = start + Millis(static_cast<std::int64_t>(second * 1000));
        hit.visitor = id;
        hit.path = page(random);
        hit.user_agent = browser.user_agent;
        hit.language = place.language;
        hit.country = place.country;
        hit.city = where.city;
        hit.asn = where.asn;
        hit.screen_width = browser.screen_width;
        hit.screen_height = browser.screen_height;
        hit.viewport_width = browser.viewport_width;
        hit.viewport_height = browser.viewport_height;
        out.push_back(hit);
        if (random.unit() < kEventShare && second + 4 < length_s) {
          hit.at += Millis(4000);
          happen(random, hit);
          out.push_back(hit);
        }
        const double stay = 3 + random.exponential(kSecondsPerPage);
        if (variety_ == Variety::low && random.unit() < kReportShare && second + stay < length_s) {
          RawHit report = out.back().event.empty() ? out.back() : out[out.size() - 2];
          report.report = true;
          report.engaged = static_cast<std::uint32_t>(stay * (0.5 + 0.45 * random.unit()));
          report.scrolled = static_cast<std::uint8_t>(20 + random.below(81));
          report.at = start + Millis(static_cast<std::int64_t>((second + 0.97 * stay) * 1000));
          out.push_back(report);
        }
        second += stay;
      }
    }
  }
  if (variety_ == Variety::low)
    crawl(random, start, zone_.start_of(day + 1) - start,
          static_cast<std::uint32_t>(static_cast<double>(visitors) * kMachineShare + random.unit()), out);
  std::ranges::sort(out, {}, [](const RawHit& hit) { return std::tuple(hit.at, hit.visitor, !hit.event.empty()); });
}

}  // namespace hk::demo
