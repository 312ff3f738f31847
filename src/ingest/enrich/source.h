#pragma once
// Where a visit came from: a name for people and a class for channels. One table, in which a host has one class and so
// has a name (web/lists/, docs/sources.md).

#include <cstdint>
#include <string>
#include <string_view>

namespace hk::ingest {

enum class SourceClass : std::uint8_t {
  none,  // unknown
  search,
  social,
  video,
  email,
  paid,  // ad networks
  ai_assistant,
  site,  // known by name only
};

struct Source {
  std::string_view name;  // static; empty = unknown, or known by its class alone
  SourceClass kind = SourceClass::none;
};

/// The source behind a referrer (as parse_referrer() gives it): the longest known path on the host, country variants
/// ("google.co.uk"), and for all but search engines the host's parents too ("l.instagram.com").
Source source_of_host(std::string_view host, std::string_view path = {});

/// The source that a utm_source names: a host or an address, or a name in any case ("Google", "facebook", "fb").
Source source_of_tag(std::string_view utm_source);

/// Exact hosts only, as the original (docs/tracker-protocol.md, 5).
bool is_referrer_spam(std::string_view host);

}  // namespace hk::ingest
