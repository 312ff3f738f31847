#include "ingest/enrich/enrich.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/paths.h"
#include "base/text.h"
#include "ingest/enrich/channel.h"
#include "ingest/enrich/private.h"
#include "ingest/enrich/source.h"
#include "ingest/enrich/url.h"
#include "ingest/limits.h"

namespace hk::ingest {
namespace {

/// What an advertisement's click id is worth, as a medium.
constexpr std::string_view kPaidClick = "cpc";

/// CSS pixels of iPads, upright as iPadOS reports them: from the mini (744 × 1133) to the 13 inches (1032 × 1376). A
/// Mac's screen is not upright.
constexpr std::uint16_t kNarrowestPad = 744, kWidestPad = 1032, kLongestPad = 1376;
bool is_pads(std::uint16_t width, std::uint16_t height) {
  return width >= kNarrowestPad && width <= kWidestPad && height > width && height <= kLongestPad;
}

std::uint16_t pixels(std::int64_t sent) {
  return static_cast<std::uint16_t>(std::clamp<std::int64_t>(sent, 0, kMaxPixels));
}

}  // namespace

std::string_view Cutter::operator()(std::string_view text, std::size_t max, std::string_view field) const {
  text = trim(text);
  if (text.size() <= max) return text;
  if (on_cut) on_cut(context, field);
  return utf8_prefix(text, max);
}

void Cutter::path(std::string& normal, std::size_t max, std::string_view field) const {
  if (normal.size() <= max) return;
  if (on_cut) on_cut(context, field);
  normal.resize(path_prefix(normal, max).size());
}

void enrich_page(store::Hit& hit, std::string_view path, const Cutter& cut, std::span<const std::string> kept_query) {
  hit.path = page_path(path);
  if (!kept_query.empty()) hit.path += query_kept(path, kept_query);
  hide_private(hit.path);
  cut.path(hit.path, kMaxPathBytes, "path");
}

void enrich_source(store::Hit& hit, Referrer from, const Utm& utm, const Cutter& cut) {
  // Hosts longer than any host can be are no hosts.
  const bool referred = !from.host.empty() && from.host.size() <= kMaxHostBytes && from.host != hit.hostname;
  if (referred) {
    hit.referrer_host = std::move(from.host);
    hit.referrer_path = std::move(from.path);
    cut.path(hit.referrer_path, kMaxReferrerPathBytes, "referrer");
  }
  hit.utm_source = cut(utm.source, kMaxUtmBytes, "u_src");
  hit.utm_medium = cut(utm.medium, kMaxUtmBytes, "u_med");
  hit.utm_campaign = cut(utm.campaign, kMaxUtmBytes, "u_cmp");
  hit.utm_term = cut(utm.term, kMaxUtmBytes, "u_trm");
  hit.utm_content = cut(utm.content, kMaxUtmBytes, "u_cnt");

  Source source;
  if (!hit.utm_source.empty()) {
    source = source_of_tag(hit.utm_source);
    hit.source = source.name.empty() ? ascii_lower(hit.utm_source) : std::string(source.name);
  } else if (referred) {
    source = source_of_host(hit.referrer_host, hit.referrer_path);
    hit.source = source.name.empty() ? std::string_view(hit.referrer_host) : source.name;
  }
  // Behind a link that somebody passed on, a click id says where that came from, not this visit.
  const bool by_click = utm.click != nullptr && hit.source.empty();
  if (by_click) {
    source = source_of_tag(utm.click->source);
    hit.source = utm.click->source;
  }
  const bool paid =
      utm.click != nullptr && utm.click->paid && hit.source == utm.click->source && hit.utm_medium.empty();
  hit.channel = channel_of({.source = source.kind,
                            .referred = referred,
                            .utm_source = by_click ? hit.source : hit.utm_source,
                            .utm_medium = paid ? kPaidClick : hit.utm_medium,
                            .utm_campaign = hit.utm_campaign});
}

void enrich_client(store::Hit& hit, const UserAgent& user_agent) {
  hit.browser = user_agent.browser;
  hit.browser_major = user_agent.browser_major;
  hit.browser_version = user_agent.browser_version;
  hit.os = user_agent.os;
  hit.os_version = user_agent.os_version;
  hit.device = user_agent.device;
}

void enrich_bot(store::Hit& hit, Bot kind, const UserAgent& user_agent) {
  hit.browser = utf8_prefix(user_agent.agent.empty() ? hit.browser : user_agent.agent, kMaxFamilyBytes);
  hit.browser_version.clear();
  hit.browser_major = 0;
  hit.os = name_of(kind);
  hit.os_version.clear();
  hit.device = store::Device::bot;
}

void say_less(store::Hit& hit, const rules::SiteRules& rules) {
  if (rules.location == rules::Location::none) hit.country.clear();
  if (rules.location < rules::Location::region) hit.city.clear();
  // The last two parts are the region.
  if (rules.location == rules::Location::region && std::ranges::count(hit.city, ',') > 1)
    hit.city.erase(0, hit.city.rfind(", ", hit.city.rfind(", ") - 1) + 2);
  if (!rules.network) hit.asn = 0;
  // A source that no list names is the host or the tag itself.
  if (rules.referrer == rules::ReferrerPart::none && hit.source == hit.referrer_host) hit.source.clear();
  if (!rules.utm && hit.source == ascii_lower(hit.utm_source)) hit.source.clear();
  if (rules.referrer == rules::ReferrerPart::none) hit.referrer_host.clear();
  if (rules.referrer != rules::ReferrerPart::path) hit.referrer_path.clear();
  if (!rules.screen) hit.screen_width = hit.screen_height = hit.viewport_width = hit.viewport_height = 0;
  if (!rules.language) hit.language.clear();
  if (!rules.title) hit.title.clear();
  if (!rules.utm)
    for (std::string* text : {&hit.utm_source, &hit.utm_medium, &hit.utm_campaign, &hit.utm_term, &hit.utm_content})
      text->clear();
}

void enrich_screen(store::Hit& hit, std::string_view language, std::int64_t viewport_width,
                   std::int64_t viewport_height, std::int64_t screen_width, std::int64_t screen_height,
                   const Cutter& cut) {
  hit.language = cut(language_tag(language), kMaxLanguageBytes, "lang");
  hit.viewport_width = pixels(viewport_width);
  hit.viewport_height = pixels(viewport_height);
  hit.screen_width = pixels(screen_width);
  hit.screen_height = pixels(screen_height);
  if (hit.os == "macOS" && hit.browser.starts_with("Safari") && is_pads(hit.screen_width, hit.screen_height)) {
    hit.os = "iOS";
    hit.os_version.clear();
    hit.device = store::Device::tablet;
  }
}

}  // namespace hk::ingest
