#include "ingest/enrich/enrich.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/paths.h"
#include "base/text.h"
#include "ingest/enrich/channel.h"
#include "ingest/enrich/source.h"
#include "ingest/enrich/url.h"
#include "ingest/limits.h"

namespace hk::ingest {
namespace {

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

void enrich_page(store::Hit& hit, std::string_view path, const Cutter& cut) {
  hit.path = page_path(path);
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
  hit.channel = channel_of({.source = source.kind,
                            .referred = referred,
                            .utm_source = hit.utm_source,
                            .utm_medium = hit.utm_medium,
                            .utm_campaign = hit.utm_campaign});
}

void enrich_client(store::Hit& hit, const UserAgent& user_agent) {
  hit.browser = user_agent.browser;
  hit.browser_major = user_agent.browser_major;
  hit.os = user_agent.os;
  hit.device = user_agent.device;
}

void enrich_screen(store::Hit& hit, std::string_view language, std::int64_t viewport_width,
                   std::int64_t viewport_height, std::int64_t screen_width, std::int64_t screen_height,
                   const Cutter& cut) {
  hit.language = cut(language_tag(language), kMaxLanguageBytes, "lang");
  hit.viewport_width = pixels(viewport_width);
  hit.viewport_height = pixels(viewport_height);
  hit.screen_width = pixels(screen_width);
  hit.screen_height = pixels(screen_height);
}

}  // namespace hk::ingest
