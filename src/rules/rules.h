#pragma once
// What is not counted and what is not kept, by site and for all of them, as ingest asks it: an immutable snapshot in
// memory, swapped after each applied change (docs/ingest.md).

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "db/sqlite.h"
#include "json/of.h"
#include "net/ip.h"

namespace hk::rules {

/// Exclusions of one site, and of the instance.
inline constexpr std::size_t kMaxExclusions = 200;
/// Query parameters that stay, or that hold what was searched for, of one site.
inline constexpr std::size_t kMaxQueryKeys = 50;
/// Networks of one site that are never taken for a data centre.
inline constexpr std::size_t kMaxTrustedNetworks = 50;
/// Bytes of an exclusion's value and of its description.
inline constexpr std::size_t kMaxValue = 255;

/// What an exclusion is about. Names are API values and in the table.
enum class Excludes : std::uint8_t { cidr, country, path, host, query };
constexpr std::array<std::string_view, 5> names(json::Of<Excludes>) {
  return {"cidr", "country", "path", "host", "query"};
}

struct Exclusion {
  Uuid id;
  std::optional<SiteKey> site;  // none: every site
  Excludes kind{};
  std::string value;
  std::string description;
  TimeMs created_at{};
  std::optional<UserId> created_by;
};

/// `value` as it is kept: a network with its bits ("10.1.2.0/24"), an upper-case country, a path with a slash at its
/// beginning, a host in lower case, a parameter ("preview") or one with its value ("preview=1"). In paths and hosts `*`
/// stands for anything. Code::invalid, with the field `cidr`, `country_code`, `path`, `host` or `query`, where it is
/// none.
Result<std::string> check_exclusion(Excludes kind, std::string_view value);

/// Whether `text` is what `pattern` says; `*` stands for any characters, also none.
bool fits(std::string_view pattern, std::string_view text);

enum class Location : std::uint8_t { none, country, region, city };
constexpr std::array<std::string_view, 4> names(json::Of<Location>) {
  return {"none", "country", "region", "city"};
}
enum class ReferrerPart : std::uint8_t { none, host, path };
constexpr std::array<std::string_view, 3> names(json::Of<ReferrerPart>) {
  return {"none", "host", "path"};
}

/// What a site keeps of a hit.
struct SiteRules {
  Location location = Location::city;
  ReferrerPart referrer = ReferrerPart::path;
  bool network = true, screen = true, language = true, title = true, utm = true, engagement = true;
  std::vector<std::string> kept_query;        // parameters that are part of a page
  std::vector<std::string> search_query;      // parameters that hold what somebody searched for on the site
  std::vector<std::string> trusted_networks;  // CIDRs

  bool operator==(const SiteRules&) const = default;
};

/// The exclusions of one site, or of all, as they are asked.
struct Exclusions {
  net::IpSet networks;
  std::vector<std::string> countries, paths, hosts, queries;

  struct Fits {
    Excludes kind{};
    /// Which one, as far as it tells nothing of a visitor: no network, and of a parameter the name.
    std::string_view rule = {};
  };
  /// What these fall under; none: they count. `query` is without the question mark.
  std::optional<Fits> match(const std::optional<net::Ip>& ip, std::string_view country, std::string_view path,
                            std::string_view host, std::string_view query) const;
};

/// All rules at one moment. Immutable.
class Rules {
 public:
  Rules() = default;
  Rules(const std::vector<Exclusion>& exclusions, std::map<std::uint32_t, SiteRules> by_site);

  const Exclusions& everywhere() const { return everywhere_; }
  /// Those of the site alone.
  const Exclusions& of(SiteKey site) const;
  const SiteRules& kept_of(SiteKey site) const;
  bool trusts(SiteKey site, const net::Ip& ip) const;

 private:
  struct Site {
    Exclusions exclusions;
    SiteRules kept;
    net::IpSet trusted;
  };
  const Site& site(SiteKey key) const;
  Exclusions everywhere_;
  std::map<std::uint32_t, Site> sites_;  // those that have any
};

/// The current snapshot. Thread-safe.
class Directory {
 public:
  std::shared_ptr<const Rules> now() const { return current_.load(); }
  void swap(std::shared_ptr<const Rules> next) { current_.store(std::move(next)); }

 private:
  std::atomic<std::shared_ptr<const Rules>> current_{std::make_shared<const Rules>()};
};

/// What refresh() reads.
inline constexpr std::array<std::string_view, 2> kTables{"exclusions", "site_rules"};
Result<void> refresh(Directory& directory, db::Sqlite& sql);

/// Rows as they are.
Result<std::vector<Exclusion>> load_exclusions(db::Sqlite& sql);
Result<std::map<std::uint32_t, SiteRules>> load_rules(db::Sqlite& sql);

}  // namespace hk::rules
