#pragma once
// Plausible traffic from a seed: what visitors of a few made-up sites would have sent over a year. Raw, as a browser
// sends it; enrichment is the real pipeline's (demo/demo.cc).

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "db/zones.h"

namespace hk::demo {

/// Small, fast and the same everywhere (xoshiro256**, seeded by splitmix64).
class Random {
 public:
  explicit Random(std::uint64_t seed);
  std::uint64_t next();
  /// In [0, 1).
  double unit();
  /// In [0, n).
  std::uint32_t below(std::uint32_t n);
  /// Exponentially distributed with this mean.
  double exponential(double mean);

 private:
  std::uint64_t state_[4];
};

struct DemoSite {
  std::string domain;
  std::string zone;
  double share = 1;         // of all page views
  std::uint32_t theme = 0;  // which pages and which audience
};

/// `count` sites: up to three with names and themes of their own, further ones Zipf-sized.
std::vector<DemoSite> demo_sites(std::uint32_t count);

/// One page view, event or report of a view as it would arrive.
struct RawHit {
  TimeMs at{};
  std::uint64_t visitor = 0;  // random per visitor and day: stands for the keyed hash
  std::string_view path;
  std::string_view referrer;  // full URL, empty for none
  std::string_view user_agent;
  std::string_view language;
  std::string_view country;
  std::string_view city;
  std::uint32_t asn = 0;
  std::string_view utm_source, utm_medium, utm_campaign, utm_term, utm_content;
  std::string_view event;       // empty: a page view
  std::string_view properties;  // of an event: a JSON object, or empty
  bool report = false;          // of how the visitor's newest view was looked at:
  std::uint32_t engaged = 0;    // seconds
  std::uint8_t scrolled = 0;    // percent
  std::uint16_t screen_width = 0, screen_height = 0, viewport_width = 0, viewport_height = 0;
};

/// How much there is to tell apart: the few pages, referrers and browsers of a tame demo, or as many as large sites
/// have (a sixth of the page views has a page that is new in the year; hundreds of browsers, thousands of referrers and
/// campaigns, three properties of each event), which is what storage has to hold.
enum class Variety : std::uint8_t { low, high };

/// The hits of one site's day in order of time; views point into tables and texts that live until the next day. The
/// same seed, site and day give the same hits whatever else is generated. `views` is the expected number of page views.
class Traffic {
 public:
  /// `views`: page views of the whole year, about.
  Traffic(std::uint64_t seed, const DemoSite& site, const db::Zone& zone, double views, Variety variety);
  /// Replaces `out`.
  void day(Day day, double views, std::vector<RawHit>& out);
  /// How busy a day is: 1 on average over a year that ends with `last`. Growth, weekdays, seasons, and a few peaks.
  double busyness(Day day, Day last) const;

 private:
  void arrive(Random& random, RawHit& hit);
  std::string_view page(Random& random);
  void happen(Random& random, RawHit& hit);
  void crawl(Random& random, TimeMs from, Millis length, std::uint32_t machines, std::vector<RawHit>& out);

  std::uint64_t seed_;
  const db::Zone& zone_;
  double views_;
  Variety variety_;
  std::vector<std::string> pages_;
  std::vector<double> page_weight_;  // cumulative
  std::uint32_t theme_;
  std::deque<std::string> texts_;  // of the day
};

}  // namespace hk::demo
