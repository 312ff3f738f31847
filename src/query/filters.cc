#include "query/filters.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "sql/query.h"

namespace hk::query {
namespace {

/// "news.ycombinator.com/item" -> host and path; the host has no slash, the path starts with one or is empty.
std::pair<std::string, std::string> split_referrer(std::string_view text) {
  const auto slash = std::min(text.find('/'), text.size());
  return {std::string(text.substr(0, slash)), std::string(text.substr(slash))};
}

/// Enum dimensions: the codes whose names match.
std::vector<std::uint32_t> matching_codes(const std::vector<std::string_view>& names, const Filter& filter,
                                          bool contains) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t code = 0; code < names.size(); ++code) {
    const bool match = std::ranges::any_of(filter.values, [&](const std::string& value) {
      return contains ? names[code].contains(ascii_lower(value)) : names[code] == value;
    });
    if (match) out.push_back(code);
  }
  return out;
}

}  // namespace

Result<std::vector<ResolvedFilter>> Filters::resolve(const std::vector<Filter>& filters) {
  std::vector<ResolvedFilter> out;
  for (const Filter& filter : filters) {
    const auto key = std::tuple(filter.dimension, filter.op, filter.values);
    auto known = known_.find(key);
    if (known == known_.end()) {
      auto resolved = resolve(filter);
      if (!resolved) return std::unexpected(resolved.error());
      known = known_.emplace(key, std::move(*resolved)).first;
    }
    out.push_back(known->second);
  }
  return out;
}

Result<ResolvedFilter> Filters::resolve(const Filter& filter) {
  const bool contains = filter.op == Operator::contains || filter.op == Operator::contains_not;
  Result<ResolvedFilter> out;
  if (const auto names = codes_of(filter.dimension); !names.empty()) {
    out->ids = matching_codes(names, filter, contains);
  } else {
    out = contains ? containing(filter) : exact(filter);
  }
  if (out) {
    out->dimension = filter.dimension;
    out->negate = filter.op == Operator::is_not || filter.op == Operator::contains_not;
  }
  return out;
}

Result<ResolvedFilter> Filters::exact(const Filter& filter) {
  ResolvedFilter out;
  const auto kinds = kinds_of(filter.dimension);
  if (filter.dimension != Dimension::referrer) {
    const auto ids = ids_of(kinds.front(), filter.values);
    if (!ids) return std::unexpected(ids.error());
    for (const auto& [text, id] : *ids) out.ids.push_back(id);
    return out;
  }
  std::set<std::string> hosts, paths;
  for (const std::string& value : filter.values) {
    auto [host, path] = split_referrer(value);
    hosts.insert(std::move(host));
    paths.insert(std::move(path));
  }
  const auto host_ids = ids_of(kinds[0], {hosts.begin(), hosts.end()});
  if (!host_ids) return std::unexpected(host_ids.error());
  const auto path_ids = ids_of(kinds[1], {paths.begin(), paths.end()});
  if (!path_ids) return std::unexpected(path_ids.error());
  for (const std::string& value : filter.values) {
    const auto [host, path] = split_referrer(value);
    const auto host_id = host_ids->find(host);
    const auto path_id = path_ids->find(path);
    if (host_id != host_ids->end() && path_id != path_ids->end())
      out.pairs.emplace_back(host_id->second, path_id->second);
  }
  return out;
}

Result<ResolvedFilter> Filters::containing(const Filter& filter) {
  ResolvedFilter out;
  const auto kinds = kinds_of(filter.dimension);
  const std::string contains = "contains(lower(text), lower({}))";
  const auto set = pick(kinds.front(), contains, filter.values);
  if (!set) return std::unexpected(set.error());
  out.pick = *set;
  if (filter.dimension != Dimension::referrer) return out;
  const auto path_set = pick(kinds[1], contains, filter.values);
  if (!path_set) return std::unexpected(path_set.error());
  out.path_pick = *path_set;
  // host || path contains "a/b" also where the host ends with "a" and the path starts with "/b".
  for (const std::string& value : filter.values) {
    const auto [host, path] = split_referrer(value);
    if (host.empty() || path.empty()) continue;
    const auto hosts = pick(kinds[0], "ends_with(lower(text), lower({}))", {host});
    if (!hosts) return std::unexpected(hosts.error());
    const auto paths = pick(kinds[1], "starts_with(lower(text), lower({}))", {path});
    if (!paths) return std::unexpected(paths.error());
    out.pick_pairs.emplace_back(*hosts, *paths);
  }
  return out;
}

Result<std::map<std::string, std::uint32_t, std::less<>>> Filters::ids_of(store::TextKind kind,
                                                                          const std::vector<std::string>& texts) {
  std::map<std::string, std::uint32_t, std::less<>> out;
  std::string places;
  std::vector<db::DuckValue> params{static_cast<std::uint8_t>(kind)};
  for (const std::string& text : texts) {
    params.emplace_back(text);
    places += (places.empty() ? "$" : ", $") + std::to_string(params.size());
  }
  auto rows = connection_.query(fill(sql::query::text_ids, {{"kind", "$1"}, {"values", places}}), params);
  if (!rows) return std::unexpected(rows.error());
  while (true) {
    const auto more = (*rows)->next();
    if (!more) return std::unexpected(more.error());
    if (!*more) return out;
    out.emplace(std::string((*rows)->text(1)), static_cast<std::uint32_t>((*rows)->u64(0)));
  }
}

Result<std::uint32_t> Filters::pick(store::TextKind kind, const std::string& test,
                                    const std::vector<std::string>& values) {
  if (picks_ == 0) {
    if (auto ok = connection_.exec("CREATE TEMP TABLE picked_texts (pick UINTEGER, id UINTEGER)"); !ok) {
      return std::unexpected(ok.error());
    }
  }
  const std::uint32_t number = ++picks_;
  std::vector<db::DuckValue> params{number, static_cast<std::uint8_t>(kind)};
  std::string any;
  for (const std::string& value : values) {
    params.emplace_back(value);
    std::string one = test;
    one.replace(one.find("{}"), 2, "$" + std::to_string(params.size()));
    any += (any.empty() ? "" : " OR ") + one;
  }
  auto done =
      connection_.query(fill(sql::query::picked_texts, {{"pick", "$1"}, {"kind", "$2"}, {"test", any}}), params);
  if (!done) return std::unexpected(done.error());
  return number;
}

}  // namespace hk::query
