#include "rules/rules.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/countries.h"
#include "base/text.h"
#include "json/shape.h"
#include "sql/rules.h"

namespace hk::rules {
namespace sql = hk::sql::rules;
namespace {

std::vector<std::string> words_of(std::string_view list) {
  std::vector<std::string> out;
  while (!list.empty()) {
    const std::size_t blank = std::min(list.find(' '), list.size());
    if (blank > 0) out.emplace_back(list.substr(0, blank));
    list.remove_prefix(std::min(blank + 1, list.size()));
  }
  return out;
}

template <class Enum>
Enum named(std::string_view name) {
  const auto all = names(json::Of<Enum>{});
  return Enum(std::ranges::find(all, name) - all.begin());  // the table allows no other
}

/// A network with its bits, the rest zeroed; a bare address is one of its own.
std::optional<std::string> network_of(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto ip = net::Ip::parse(text.substr(0, slash));
  if (!ip) return std::nullopt;
  const unsigned most = ip->v4 ? 32 : 128;
  unsigned bits = most;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc() || end != digits.data() + digits.size() || bits == 0 || bits > most) return std::nullopt;
  }
  return ip->network(bits).str() + "/" + std::to_string(bits);
}

net::IpSet set_of(const std::vector<std::string>& networks) {
  std::string list;
  for (const std::string& network : networks) list += (list.empty() ? "" : ",") + network;
  return net::IpSet::parse(list).value_or(net::IpSet{});  // each was checked before it was kept
}

/// Whether a query has the parameter, or the parameter with the value.
bool has_parameter(std::string_view query, std::string_view wanted) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    if (pair == wanted || (!wanted.contains('=') && pair.substr(0, pair.find('=')) == wanted)) return true;
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
  }
  return false;
}

}  // namespace

bool fits(std::string_view pattern, std::string_view text) {
  // Back to the last star whenever something does not fit: linear for one star, bounded by the lengths' product.
  std::size_t p = 0, t = 0, star = std::string_view::npos, behind = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      behind = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++behind;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

Result<std::string> check_exclusion(Excludes kind, std::string_view value) {
  value = trim(value);
  if (value.size() > kMaxValue) return fail(Code::invalid, "At most 255 bytes", std::string(json::name_of(kind)));
  switch (kind) {
    case Excludes::cidr:
      if (auto network = network_of(value)) return std::move(*network);
      return fail(Code::invalid, "Invalid IP or CIDR", "cidr");
    case Excludes::country:
      if (auto code = country_code(value); !code.empty()) return code;
      return fail(Code::invalid, "Invalid country code", "country_code");
    case Excludes::path:
      if (value.starts_with('/') || value.starts_with('*')) return std::string(value);
      return fail(Code::invalid, "A path begins with / or *, for example /admin/*", "path");
    case Excludes::host:
      if (!value.empty() && value.find_first_of(" /:?#") == std::string_view::npos) return ascii_lower(value);
      return fail(Code::invalid, "A host is a name alone, for example staging.example.com or *.example.com", "host");
    case Excludes::query:
      if (!value.empty() && value.find_first_of(" ?&#") == std::string_view::npos) return std::string(value);
      return fail(Code::invalid, "A parameter is a name, or a name with its value, for example preview or preview=1",
                  "query");
  }
  return fail(Code::invalid, "Invalid exclusion type", "type");
}

std::optional<Exclusions::Fits> Exclusions::match(const std::optional<net::Ip>& ip, std::string_view country,
                                                  std::string_view path, std::string_view host,
                                                  std::string_view query) const {
  const auto first = [](const std::vector<std::string>& patterns, std::string_view text) {
    return std::ranges::find_if(patterns, [&](const std::string& pattern) { return fits(pattern, text); });
  };
  if (ip && networks.contains(*ip)) return Fits{Excludes::cidr};
  if (!country.empty())
    if (const auto at = std::ranges::find(countries, country); at != countries.end())
      return Fits{Excludes::country, *at};
  if (const auto at = first(hosts, host); at != hosts.end()) return Fits{Excludes::host, *at};
  if (const auto at = first(paths, path); at != paths.end()) return Fits{Excludes::path, *at};
  const auto has = [&](const std::string& wanted) { return has_parameter(query, wanted); };
  if (const auto at = std::ranges::find_if(queries, has); at != queries.end())
    return Fits{Excludes::query, std::string_view(*at).substr(0, at->find('='))};
  return std::nullopt;
}

Rules::Rules(const std::vector<Exclusion>& exclusions, std::map<std::uint32_t, SiteRules> by_site) {
  std::map<std::optional<SiteKey>, std::vector<std::string>> networks;
  for (const Exclusion& e : exclusions) {
    Exclusions& into = e.site ? sites_[static_cast<std::uint32_t>(*e.site)].exclusions : everywhere_;
    switch (e.kind) {
      case Excludes::cidr:
        networks[e.site].push_back(e.value);
        break;
      case Excludes::country:
        into.countries.push_back(e.value);
        break;
      case Excludes::path:
        into.paths.push_back(e.value);
        break;
      case Excludes::host:
        into.hosts.push_back(e.value);
        break;
      case Excludes::query:
        into.queries.push_back(e.value);
        break;
    }
  }
  for (const auto& [site, list] : networks)
    (site ? sites_[static_cast<std::uint32_t>(*site)].exclusions : everywhere_).networks = set_of(list);
  for (auto& [key, kept] : by_site) {
    sites_[key].trusted = set_of(kept.trusted_networks);
    sites_[key].kept = std::move(kept);
  }
}

const Rules::Site& Rules::site(SiteKey key) const {
  static const Site kNone;
  const auto at = sites_.find(static_cast<std::uint32_t>(key));
  return at == sites_.end() ? kNone : at->second;
}

const Exclusions& Rules::of(SiteKey key) const {
  return site(key).exclusions;
}
const SiteRules& Rules::kept_of(SiteKey key) const {
  return site(key).kept;
}
bool Rules::trusts(SiteKey key, const net::Ip& ip) const {
  return site(key).trusted.contains(ip);
}

Result<std::vector<Exclusion>> load_exclusions(db::Sqlite& db) {
  std::vector<Exclusion> out;
  const auto read = db.rows(sql::load_exclusions, {}, [&](const db::SqlRow& row) {
    Exclusion& e = out.emplace_back();
    e.id = row.uuid(0);
    if (!row.is_null(1)) e.site = SiteKey{static_cast<std::uint32_t>(row.i64(1))};
    e.kind = named<Excludes>(row.text(2));
    e.value = row.text(3);
    e.description = row.text(4);
    e.created_at = from_ms(row.i64(5));
    if (!row.is_null(6)) e.created_by = UserId{row.uuid(6)};
  });
  if (!read) return std::unexpected(read.error());
  return out;
}

Result<std::map<std::uint32_t, SiteRules>> load_rules(db::Sqlite& db) {
  std::map<std::uint32_t, SiteRules> out;
  const auto read = db.rows(sql::load_rules, {}, [&](const db::SqlRow& row) {
    out[static_cast<std::uint32_t>(row.i64(0))] = {.location = named<Location>(row.text(1)),
                                                   .referrer = named<ReferrerPart>(row.text(2)),
                                                   .network = row.i64(3) != 0,
                                                   .screen = row.i64(4) != 0,
                                                   .language = row.i64(5) != 0,
                                                   .title = row.i64(6) != 0,
                                                   .utm = row.i64(7) != 0,
                                                   .engagement = row.i64(8) != 0,
                                                   .kept_query = words_of(row.text(9)),
                                                   .search_query = words_of(row.text(10)),
                                                   .trusted_networks = words_of(row.text(11))};
  });
  if (!read) return std::unexpected(read.error());
  return out;
}

Result<void> refresh(Directory& directory, db::Sqlite& db) {
  const auto exclusions = load_exclusions(db);
  if (!exclusions) return std::unexpected(exclusions.error());
  auto rules = load_rules(db);
  if (!rules) return std::unexpected(rules.error());
  directory.swap(std::make_shared<const Rules>(*exclusions, std::move(*rules)));
  return {};
}

}  // namespace hk::rules
