#pragma once
// Filters on texts run over the dictionary once, not over the rows.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "base/error.h"
#include "base/id.h"
#include "db/duck.h"
#include "query/matcher.h"
#include "query/predicate.h"

namespace hk::query {

/// Which pages, by their ids.
using PageTest = std::function<bool(std::uint32_t)>;

/// Looks the values of filters up in a site's dictionary, each only once per question. Inside the question's
/// transaction: it makes the temporary table picked_texts, which goes with it.
class Filters {
 public:
  /// `provider_of` outlives it.
  Filters(db::DuckConnection& connection, SiteKey site, const ProviderOf& provider_of)
      : connection_(connection), site_(site), provider_of_(provider_of) {}
  Result<ResolvedPredicate> resolve(const Predicate& predicate);
  Result<ResolvedMatcher> resolve(const Matcher& matcher);
  /// Looks the texts up that these matchers ask for exactly, all at once: a statement reads the whole dictionary.
  Result<void> look_up(const std::vector<Matcher>& matchers);
  /// The pages that a matcher of page views means: a test which looks at each page once, whoever asks.
  Result<PageTest> pages(const Matcher& matcher);
  /// The id of a property's name; 0: no event has it.
  Result<std::uint32_t> property_named(const std::string& name);
  /// Looks up what a statement with this dimension needs, a property's name.
  Result<void> know(const Dimension& dimension);
  /// Of which time rows are looked for when it is asked what somebody did: that of all rows which are counted.
  void look_between(TimeMs from, TimeMs to) { from_ = from, to_ = to; }
  /// All that were looked up: the properties of every filter that was resolved, and of what know() was told.
  const TextIds& properties() { return ids_[store::kPropertyKey]; }

 private:
  Result<ResolvedFilter> known(const Filter& filter);
  Result<ResolvedFilter> resolve(const Filter& filter);
  Result<ResolvedFilter> property(const Filter& filter);
  Result<ResolvedFilter> exact(const Filter& filter);
  Result<ResolvedFilter> inside(const Filter& filter);
  Result<ResolvedFilter> containing(const Filter& filter);
  /// Of two texts that are one together.
  Result<ResolvedFilter> inside_pairs(const Filter& filter);
  /// The pages that are called so now.
  Result<ResolvedFilter> title(const Filter& filter);
  Result<ResolvedFilter> fetch_status(const Filter& filter) const;
  Result<ResolvedFilter> done(const Filter& filter);
  Result<ResolvedFilter> exact_pairs(const Filter& filter);
  Result<ResolvedFilter> region(const Filter& filter);
  Result<ResolvedFilter> network(const Filter& filter);
  /// The site's networks whose texts contain one of these, as a new set in picked_texts.
  Result<std::uint32_t> pick_networks(const Filter& filter);
  /// Those that are in the dictionary; no text has the id 0.
  Result<TextIds> ids_of(store::TextKind kind, const std::vector<std::string>& texts);
  Result<void> look_up(store::TextKind kind, const std::vector<std::string>& texts);
  /// A new set in picked_texts: the texts of a kind for which `test` (of texts.text and the bound value) holds with any
  /// value.
  Result<std::uint32_t> pick(store::TextKind kind, const std::string& test, const std::vector<std::string>& values);
  Result<void> run(std::string_view sql, const std::vector<db::DuckValue>& values);
  Result<std::uint32_t> new_pick();

  Result<PageTest> pages(const ResolvedPredicate& tree);

  db::DuckConnection& connection_;
  SiteKey site_;
  const ProviderOf& provider_of_;
  std::uint32_t picks_ = 0;
  bool has_pairs_ = false;  // the table picked_pairs
  TimeMs from_{}, to_{};
  std::map<std::string, ResolvedFilter> known_;  // by the filter's fingerprint
  std::map<store::TextKind, TextIds> ids_;
  std::map<std::string, PageTest> pages_;  // by the matcher's fingerprint
};

}  // namespace hk::query
