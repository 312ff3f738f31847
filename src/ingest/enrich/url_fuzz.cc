// Any text becomes parts that keep their promises: no query, no credentials, no blanks in hosts, valid UTF-8 stays so.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/paths.h"
#include "base/text.h"
#include "ingest/enrich/enrich.h"
#include "ingest/enrich/source.h"
#include "ingest/enrich/url.h"
#include "ingest/limits.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hk;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto clean_host = [](std::string_view host) {
    return std::ranges::none_of(host, [](char c) {
      return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F || (c >= 'A' && c <= 'Z') || c == '/';
    });
  };
  const ingest::Origin origin = ingest::parse_origin(text);
  if (!origin.valid && !origin.host.empty()) std::abort();
  if (!clean_host(origin.host)) std::abort();

  const ingest::Referrer referrer = ingest::parse_referrer(text);
  if (!clean_host(referrer.host) || referrer.host.contains('@')) std::abort();
  if (referrer.path.find_first_of("?#") != std::string::npos) std::abort();
  if (referrer.host.empty() && !referrer.path.empty()) std::abort();
  ingest::source_of_host(referrer.host, referrer.path);
  ingest::source_of_tag(text);
  ingest::is_referrer_spam(referrer.host);

  const std::string path = ingest::page_path(text);
  if (!path.starts_with('/') || path.contains('?')) std::abort();
  // A fragment stays where it is a route.
  if (const auto hash = path.find('#'); hash != std::string::npos)
    if (!path.substr(hash).starts_with("#/") && !path.substr(hash).starts_with("#!/")) std::abort();

  if (!valid_utf8(text)) return 0;
  if (ingest::page_path(path) != path || normal_path(path) != path) std::abort();
  store::Hit hit;
  hit.hostname = "example.com";
  ingest::enrich_page(hit, text, {});
  ingest::enrich_source(hit, ingest::parse_referrer(text), {text, text, text, text, text}, {});
  ingest::enrich_screen(hit, text, 1, 1, 1, 1, {});
  if (hit.path.size() > ingest::kMaxPathBytes || hit.referrer_host.size() > ingest::kMaxHostBytes ||
      hit.referrer_path.size() > ingest::kMaxReferrerPathBytes || hit.utm_source.size() > ingest::kMaxUtmBytes ||
      hit.language.size() > ingest::kMaxLanguageBytes)
    std::abort();
  for (const std::string* field :
       {&hit.path, &hit.referrer_host, &hit.referrer_path, &hit.source, &hit.utm_source, &hit.language})
    if (!valid_utf8(*field)) std::abort();
  return 0;
}
