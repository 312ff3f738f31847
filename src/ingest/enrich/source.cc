#include "ingest/enrich/source.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/text.h"
#include "ingest/enrich/url.h"
#include "ingest/limits.h"

namespace hk::ingest {
namespace {

struct Row {
  // host[/path] ("{}" stands for a top-level domain or a country's label, a final ".*" for anything behind a first
  // label), an app's id, or what people write into utm_source
  std::string_view key;
  std::string_view name;
  SourceClass kind;
};
constexpr Row kSources[] = {
#include "lists/referrer_sources.inc"
};
constexpr std::string_view kSpam[] = {
#include "lists/referrer_spam.inc"
};

/// Open addressing over rows that stay where they are: two bytes per slot, no copies.
class HostIndex {
 public:
  template <class Rows, class KeyOf>
  HostIndex(const Rows& rows, KeyOf key_of) : slots_(std::bit_ceil(std::size(rows) * 2), kFree) {
    for (std::size_t i = 0; i < std::size(rows); ++i) {
      std::size_t at = hash(key_of(rows[i])) & (slots_.size() - 1);
      while (slots_[at] != kFree && key_of(rows[slots_[at]]) != key_of(rows[i])) at = (at + 1) & (slots_.size() - 1);
      if (slots_[at] == kFree) slots_[at] = static_cast<std::uint16_t>(i);  // the first of equal keys counts
    }
  }
  template <class KeyAt>
  std::optional<std::size_t> find(std::string_view key, KeyAt key_at) const {
    for (std::size_t at = hash(key) & (slots_.size() - 1); slots_[at] != kFree; at = (at + 1) & (slots_.size() - 1))
      if (key_at(slots_[at]) == key) return slots_[at];
    return std::nullopt;
  }

 private:
  static constexpr std::uint16_t kFree = 0xFFFF;
  static std::size_t hash(std::string_view key) {  // FNV-1a; the keys are ours, so nobody can aim at it
    std::uint64_t h = 0xCBF29CE484222325u;
    for (const char c : key) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
    return h ^ h >> 32;
  }
  std::vector<std::uint16_t> slots_;
};
static_assert(std::size(kSources) < 0xFFFF && std::size(kSpam) < 0xFFFF);

const Row* find_row(std::string_view key) {
  static const HostIndex index(kSources, [](const Row& row) { return row.key; });
  const auto at = index.find(key, [](std::size_t i) { return kSources[i].key; });
  return at ? &kSources[*at] : nullptr;
}

/// Names in lower case, so that utm_source=duckduckgo finds "DuckDuckGo". A name has one class, so any row of it will
/// do.
struct Names {
  std::vector<std::string> lower;
  HostIndex index;
  Names()
      : lower([] {
          std::vector<std::string> out;
          for (const Row& row : kSources) out.push_back(ascii_lower(row.name));
          return out;
        }()),
        index(lower, [](const std::string& name) { return std::string_view(name); }) {}
};

bool is_top_level(std::string_view label) {
  return label.size() >= 2 && label.size() <= 3 &&
         std::ranges::all_of(label, [](char c) { return c >= 'a' && c <= 'z'; });
}

/// Calls `probe(host)` for the host and its country variants until it returns true.
template <class F>
bool variants(std::string_view host, F&& probe) {
  if (probe(host)) return true;
  const auto last = host.rfind('.');
  if (last == std::string_view::npos || last == 0) return false;
  std::string variant;
  if (is_top_level(host.substr(last + 1))) {
    variant.assign(host.substr(0, last)).append(".{}");
    if (probe(variant)) return true;
    const auto before = host.rfind('.', last - 1);
    constexpr std::array<std::string_view, 7> kSecond = {"co", "com", "org", "net", "gov", "edu", "ac"};
    if (before != std::string_view::npos &&
        std::ranges::find(kSecond, host.substr(before + 1, last - before - 1)) != kSecond.end()) {
      variant.assign(host.substr(0, before)).append(".{}");
      if (probe(variant)) return true;
    }
  }
  // "uk.ask.com" for "{}.ask.com", "images.de.ask.com" for "images.{}.ask.com"
  for (std::size_t begin = 0; begin < last;) {
    const std::size_t end = host.find('.', begin);
    if (end - begin == 2) {
      variant.assign(host.substr(0, begin)).append("{}").append(host.substr(end));
      if (probe(variant)) return true;
    }
    begin = end + 1;
  }
  return false;
}

}  // namespace

Source source_of_host(std::string_view host, std::string_view path) {
  if (host.empty() || host.size() > kMaxHostBytes) return {};
  for (std::string_view parent = host;;) {
    const Row* found = nullptr;
    const bool exact = parent.size() == host.size();
    variants(parent, [&](std::string_view variant) {
      const Row* row = find_row(variant);
      if (!row) return false;
      // Paths of a host are listed beside it.
      if (exact && path.size() > 1) {
        std::string key(variant);
        const std::string_view known = path.substr(0, 64);
        for (std::size_t end = known.size(); end != std::string_view::npos && end > 0;
             end = known.rfind('/', end - 1)) {
          key.resize(variant.size());
          key += known.substr(0, end);
          if (const Row* longer = find_row(key)) {
            row = longer;
            break;
          }
        }
      }
      if (row->kind == SourceClass::none) return false;
      found = row;
      return true;
    });
    if (found && (exact || found->kind != SourceClass::search)) return {found->name, found->kind};
    const auto dot = parent.find('.');
    if (dot == std::string_view::npos) break;
    parent.remove_prefix(dot + 1);
    if (!parent.contains('.')) break;
  }
  const Row* first_label = find_row(std::string(host.substr(0, host.find('.'))) + ".*");
  return first_label ? Source{first_label->name, first_label->kind} : Source{};
}

Source source_of_tag(std::string_view utm_source) {
  const std::string tag = ascii_lower(trim(utm_source));
  if (tag.empty()) return {};
  if (tag.contains('.')) {
    const Referrer named = parse_referrer(tag);
    if (const Source source = source_of_host(named.host, named.path); source.kind != SourceClass::none) return source;
  } else if (const Row* row = find_row(tag); row && row->kind != SourceClass::none) {
    return {row->name, row->kind};
  }
  static const Names names;
  if (const auto at = names.index.find(tag, [](std::size_t i) { return std::string_view(names.lower[i]); }))
    return {kSources[*at].name, kSources[*at].kind};
  return {};
}

bool is_referrer_spam(std::string_view host) {
  static const HostIndex index(kSpam, [](std::string_view spam) { return spam; });
  return index.find(host, [](std::size_t i) { return kSpam[i]; }).has_value();
}

}  // namespace hk::ingest
