#include "query/filters.h"

#include <re2/re2.h>

#include <algorithm>
#include <memory>
#include <set>
#include <span>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/ensure.h"
#include "base/paged.h"
#include "base/text.h"
#include "sql/query.h"
#include "store/properties.h"

namespace hk::query {
namespace {

using Halves = std::vector<std::pair<std::string, std::string>>;

/// The two texts of which a text can be made. "news.ycombinator.com/item" is host and path: the host has no slash, the
/// path starts with one or is empty. "Windows 11" may have the version "11" or none: no version has a space.
Halves halves_of(Dimension::Kind dimension, std::string_view text) {
  if (dimension == Dimension::referrer) {
    const auto slash = std::min(text.find('/'), text.size());
    return {{std::string(text.substr(0, slash)), std::string(text.substr(slash))}};
  }
  Halves out{{std::string(text), ""}};
  const std::string_view between = attribute_of(dimension).between;
  if (const auto at = text.rfind(between); at != std::string_view::npos)
    out.emplace_back(text.substr(0, at), text.substr(at + between.size()));
  return out;
}

/// A text that is looked for across the border of two: how the first ends, and how the second begins.
Halves across(Dimension::Kind dimension, std::string_view text) {
  Halves out = halves_of(dimension, text);
  if (dimension != Dimension::referrer) {
    out.erase(out.begin());
  } else if (out[0].first.empty() || out[0].second.empty()) {
    out.clear();
  }
  return out;
}

/// Whether a text is as a filter says, `negates` apart: what text_test() says in SQL.
class TextTest {
 public:
  explicit TextTest(const Filter& filter) : op_(positive(filter.op)), values_(filter.values) {
    for (std::string& value : values_) {
      if (op_ == Operator::matches) {
        patterns_.push_back(std::make_unique<RE2>(value));
      } else if (op_ != Operator::is) {
        value = ascii_lower(value);
      }
    }
  }
  bool holds(std::string_view text) const {
    if (op_ == Operator::matches)
      return std::ranges::any_of(patterns_, [&](const auto& pattern) { return RE2::PartialMatch(text, *pattern); });
    const std::string lower = op_ == Operator::is ? std::string(text) : ascii_lower(text);
    return std::ranges::any_of(values_, [&](const std::string& value) {
      switch (op_) {
        case Operator::contains:
          return lower.contains(value);
        case Operator::starts_with:
          return lower.starts_with(value);
        case Operator::ends_with:
          return lower.ends_with(value);
        default:
          return lower == value;
      }
    });
  }

 private:
  Operator op_;
  std::vector<std::string> values_;
  std::vector<std::unique_ptr<RE2>> patterns_;
};

/// Enum dimensions: the codes whose names match.
std::vector<std::uint32_t> matching_codes(std::span<const std::string_view> names, const Filter& filter) {
  const TextTest test(filter);
  std::vector<std::uint32_t> out;
  for (std::uint32_t code = 0; code < names.size(); ++code)
    if (test.holds(names[code])) out.push_back(code);
  return out;
}

}  // namespace

Result<ResolvedPredicate> Filters::resolve(const Predicate& predicate) {
  ResolvedPredicate out{.kind = predicate.kind};
  if (predicate.kind == Junction::test) {
    auto test = known(predicate.test);
    if (!test) return std::unexpected(test.error());
    out.test = std::move(*test);
  }
  for (const Predicate& child : predicate.of) {
    auto part = resolve(child);
    if (!part) return part;
    out.of.push_back(std::move(*part));
  }
  return out;
}

Result<ResolvedMatcher> Filters::resolve(const Matcher& matcher) {
  auto test = resolve(normal(matcher.test));
  if (!test) return std::unexpected(test.error());
  return ResolvedMatcher{.rows = rows_of(matcher), .test = std::move(*test)};
}

Result<PageTest> Filters::pages(const Matcher& matcher) {
  const std::string what = fingerprint(normal(matcher.test));
  if (const auto known = pages_.find(what); known != pages_.end()) return known->second;
  const auto resolved = resolve(matcher);
  if (!resolved) return std::unexpected(resolved.error());
  ensure(resolved->rows == Table::hits, "pages are told of page views");
  auto test = pages(resolved->test);
  if (!test) return test;
  enum class Known : std::uint8_t { nothing, no, yes };
  struct Looked {
    PageTest test;
    Paged<Known> pages;
  };
  return pages_[what] = [looked = std::make_shared<Looked>(std::move(*test))](std::uint32_t page) {
    Known& is = looked->pages[page];
    if (is == Known::nothing) is = looked->test(page) ? Known::yes : Known::no;
    return is == Known::yes;
  };
}

Result<std::uint32_t> Filters::property_named(const std::string& name) {
  if (auto ok = look_up(store::kPropertyKey, {name}); !ok) return std::unexpected(ok.error());
  return ids_[store::kPropertyKey].at(name);
}

Result<void> Filters::know(const Dimension& dimension) {
  return has_parameter(dimension) ? look_up(store::kPropertyKey, {dimension.parameter}) : Result<void>{};
}

Result<PageTest> Filters::pages(const ResolvedPredicate& tree) {
  if (tree.kind != Junction::test) {
    std::vector<PageTest> children;
    for (const ResolvedPredicate& child : tree.of) {
      auto test = pages(child);
      if (!test) return test;
      children.push_back(std::move(*test));
    }
    return [all = tree.kind == Junction::all, children = std::move(children)](std::uint32_t page) {
      const auto holds = [&](const auto& child) { return child(page); };
      return all ? std::ranges::all_of(children, holds) : std::ranges::any_of(children, holds);
    };
  }
  std::unordered_set<std::uint32_t> ids(tree.test.ids.begin(), tree.test.ids.end());
  if (tree.test.pick) {
    auto rows = connection_.query(sql::query::picked, {*tree.test.pick});
    if (!rows) return std::unexpected(rows.error());
    while (true) {
      const auto more = (*rows)->next();
      if (!more) return std::unexpected(more.error());
      if (!*more) break;
      ids.insert(static_cast<std::uint32_t>((*rows)->u64(0)));
    }
  }
  return [negate = tree.test.negate, ids = std::move(ids)](std::uint32_t page) { return ids.contains(page) != negate; };
}

Result<ResolvedFilter> Filters::known(const Filter& filter) {
  std::string key = fingerprint(test_of(filter));
  if (is_done(filter.dimension)) key += concat({std::to_string(to_ms(from_)), " ", std::to_string(to_ms(to_))});
  const auto found = known_.find(key);
  if (found != known_.end()) return found->second;
  auto resolved = resolve(filter);
  if (resolved) known_.emplace(key, *resolved);
  return resolved;
}

Result<ResolvedFilter> Filters::resolve(const Filter& filter) {
  Result<ResolvedFilter> out;
  if (is_done(filter.dimension)) {
    out = done(filter);
  } else if (filter.dimension == Dimension::title) {
    out = title(filter);
  } else if (filter.dimension == Dimension::fetch_status) {
    out = fetch_status(filter);
  } else if (has_parameter(filter.dimension)) {
    out = property(filter);
  } else if (const auto names = codes_of(filter.dimension); !names.empty()) {
    out->ids = matching_codes(names, filter);
  } else if (filter.dimension == Dimension::region) {
    out = region(filter);
  } else if (filter.dimension == Dimension::network) {
    out = network(filter);
  } else {
    out = looks_inside(filter.op) ? inside(filter) : exact(filter);
  }
  if (out) {
    out->dimension = filter.dimension;
    out->negate = negates(filter.op);
  }
  return out;
}

/// A value may be a text and a number: both are meant.
Result<ResolvedFilter> Filters::property(const Filter& filter) {
  if (auto ok = know(filter.dimension); !ok) return std::unexpected(ok.error());
  ResolvedFilter out;
  if (looks_inside(filter.op)) {
    const auto set = pick(store::kPropertyValue, text_test(filter.op, "text", "{}"), filter.values);
    if (!set) return std::unexpected(set.error());
    out.pick = *set;
    if (TextTest(filter).holds("")) out.ids.push_back(0);
    out.inside_numbers = filter.values;
    out.inside = filter.op;
    return out;
  }
  if (compares_numbers(filter.op)) {
    auto& bounds = positive(filter.op) == Operator::greater ? out.greater : out.less;
    for (const std::string& value : filter.values)
      if (const auto number = store::thousandths_of(value)) bounds.push_back(*number);
    return out;
  }
  const auto ids = ids_of(store::kPropertyValue, filter.values);
  if (!ids) return std::unexpected(ids.error());
  for (const auto& [text, id] : *ids) out.ids.push_back(id);
  for (const std::string& value : filter.values)
    if (const auto number = store::thousandths_of(value)) out.numbers.push_back(*number);
  return out;
}

Result<ResolvedFilter> Filters::exact(const Filter& filter) {
  const auto kinds = kinds_of(filter.dimension);
  if (kinds.size() == 2) return exact_pairs(filter);
  ResolvedFilter out;
  const auto ids = ids_of(kinds.front(), filter.values);
  if (!ids) return std::unexpected(ids.error());
  for (const auto& [text, id] : *ids) out.ids.push_back(id);
  return out;
}

Result<ResolvedFilter> Filters::exact_pairs(const Filter& filter) {
  ResolvedFilter out;
  const auto kinds = kinds_of(filter.dimension);
  Halves halves;
  std::set<std::string> firsts, seconds;
  for (const std::string& value : filter.values) {
    for (auto& half : halves_of(filter.dimension, value)) {
      firsts.insert(half.first);
      seconds.insert(half.second);
      halves.push_back(std::move(half));
    }
  }
  const auto first_ids = ids_of(kinds[0], {firsts.begin(), firsts.end()});
  if (!first_ids) return std::unexpected(first_ids.error());
  const auto second_ids = ids_of(kinds[1], {seconds.begin(), seconds.end()});
  if (!second_ids) return std::unexpected(second_ids.error());
  for (const auto& [first, second] : halves) {
    const auto first_id = first_ids->find(first);
    const auto second_id = second_ids->find(second);
    if (first_id != first_ids->end() && second_id != second_ids->end())
      out.pairs.emplace_back(first_id->second, second_id->second);
  }
  return out;
}

Result<ResolvedFilter> Filters::inside(const Filter& filter) {
  const auto kinds = kinds_of(filter.dimension);
  if (kinds.size() == 2) return positive(filter.op) == Operator::contains ? containing(filter) : inside_pairs(filter);
  const auto set = pick(kinds.front(), text_test(filter.op, "text", "{}"), filter.values);
  if (!set) return std::unexpected(set.error());
  ResolvedFilter out;
  out.pick = *set;
  // What is absent is an empty text, which stands in no dictionary.
  if (TextTest(filter).holds("")) out.ids.push_back(0);
  return out;
}

Result<ResolvedFilter> Filters::inside_pairs(const Filter& filter) {
  if (!has_pairs_) {
    if (auto ok = connection_.exec(sql::query::make_picked_pairs); !ok) return std::unexpected(ok.error());
    has_pairs_ = true;
  }
  const auto number = new_pick();
  if (!number) return std::unexpected(number.error());
  Parameters values;
  const auto columns = columns_of(filter.dimension);
  const auto kinds = kinds_of(filter.dimension);
  const std::string between(attribute_of(filter.dimension).between);
  std::vector<std::string> any;
  std::vector<std::pair<std::string_view, std::string>> parts{
      {"pick", values.bind(*number)},
      {"site", values.bind(static_cast<std::uint32_t>(site_))},
      {"first", std::string(store::row_of(columns[0]).name)},
      {"second", std::string(store::row_of(columns[1]).name)},
      {"first_site", values.bind(store::dictionary_of(kinds[0], site_))},
      {"first_kind", values.bind(static_cast<std::uint8_t>(kinds[0]))},
      {"second_site", values.bind(store::dictionary_of(kinds[1], site_))},
      {"second_kind", values.bind(static_cast<std::uint8_t>(kinds[1]))},
      {"between", values.bind(between)}};
  for (const std::string& value : filter.values) any.push_back(text_test(filter.op, "whole.text", values.bind(value)));
  parts.emplace_back("test", join(any, " OR "));
  const std::string sql = fill(sql::query::picked_pairs, parts);
  if (auto ok = run(sql, values.take()); !ok) return std::unexpected(ok.error());
  ResolvedFilter out;
  out.both_pick = *number;
  return out;
}

Result<ResolvedFilter> Filters::title(const Filter& filter) {
  const auto number = new_pick();
  if (!number) return std::unexpected(number.error());
  Parameters values;
  const std::string pick = values.bind(*number);
  const std::string site = values.bind(static_cast<std::uint32_t>(site_));
  const std::string title_kind = values.bind(static_cast<std::uint8_t>(store::kTitle));
  const std::string page_kind = values.bind(static_cast<std::uint8_t>(store::kind_of(store::Attribute::page)));
  std::vector<std::string> any;
  for (const std::string& value : filter.values)
    any.push_back(text_test(filter.op, "coalesce(texts.text, '')", values.bind(value)));
  const std::string sql = fill(sql::query::picked_pages, {{"pick", pick},
                                                          {"site", site},
                                                          {"title_kind", title_kind},
                                                          {"page_kind", page_kind},
                                                          {"test", join(any, " OR ")}});
  if (auto ok = run(sql, values.take()); !ok) return std::unexpected(ok.error());
  ResolvedFilter out;
  out.pick = *number;
  return out;
}

Result<ResolvedFilter> Filters::fetch_status(const Filter& filter) const {
  constexpr std::uint32_t kMost = 999;
  const TextTest test(filter);
  ResolvedFilter out;
  for (std::uint32_t status = 0; status <= kMost; ++status)
    if (test.holds(std::to_string(status))) out.ids.push_back(status);
  return out;
}

/// The visits, or days of visitors, in which it was done.
Result<ResolvedFilter> Filters::done(const Filter& filter) {
  ensure(filter.done.size() == 1, "something was done");
  const auto matcher = resolve(Matcher{filter.done.front()});
  if (!matcher) return std::unexpected(matcher.error());
  const auto number = new_pick();
  if (!number) return std::unexpected(number.error());
  Parameters values(properties());
  const std::string pick = values.bind(*number);
  const std::string site = values.bind(static_cast<std::uint32_t>(site_));
  const std::string_view who = filter.dimension == Dimension::done_in_visit ? "visit" : "vd";
  const std::string rows = rows_with(who, *matcher, from_, to_, site, values);
  const std::string sql = fill(sql::query::picked_rows, {{"pick", pick}, {"rows", rows}});
  if (auto ok = run(sql, values.take()); !ok) return std::unexpected(ok.error());
  ResolvedFilter out;
  out.pick = *number;
  return out;
}

Result<void> Filters::run(std::string_view sql, const std::vector<db::DuckValue>& values) {
  auto done = connection_.query(sql, values);
  if (!done) return std::unexpected(done.error());
  return {};
}

Result<ResolvedFilter> Filters::containing(const Filter& filter) {
  ResolvedFilter out;
  const auto kinds = kinds_of(filter.dimension);
  const std::string contains = text_test(Operator::contains, "text", "{}");
  const auto set = pick(kinds.front(), contains, filter.values);
  if (!set) return std::unexpected(set.error());
  out.pick = *set;
  const auto second_set = pick(kinds[1], contains, filter.values);
  if (!second_set) return std::unexpected(second_set.error());
  out.path_pick = *second_set;
  // host || path contains "a/b" also where the host ends with "a" and the path starts with "/b".
  for (const std::string& value : filter.values) {
    for (const auto& [first, second] : across(filter.dimension, value)) {
      const auto firsts = pick(kinds[0], "ends_with(lower(text), lower({}))", {first});
      if (!firsts) return std::unexpected(firsts.error());
      const auto seconds = pick(kinds[1], "starts_with(lower(text), lower({}))", {second});
      if (!seconds) return std::unexpected(seconds.error());
      out.pick_pairs.emplace_back(*firsts, *seconds);
    }
  }
  return out;
}

/// All places of which it is the region.
Result<ResolvedFilter> Filters::region(const Filter& filter) {
  ResolvedFilter out;
  const std::string region = fill(sql::query::region, {{"place", "text"}});
  const auto set = pick(kinds_of(filter.dimension).front(), text_test(filter.op, region, "{}"), filter.values);
  if (!set) return std::unexpected(set.error());
  out.pick = *set;
  if (TextTest(filter).holds("")) out.ids.push_back(0);
  return out;
}

Result<ResolvedFilter> Filters::network(const Filter& filter) {
  ResolvedFilter out;
  if (looks_inside(filter.op)) {
    const auto set = pick_networks(filter);
    if (!set) return std::unexpected(set.error());
    out.pick = *set;
    if (TextTest(filter).holds("")) out.ids.push_back(0);
    return out;
  }
  for (const std::string& value : filter.values)
    if (const auto asn = network_in(value)) out.ids.push_back(*asn);
  return out;
}

Result<std::uint32_t> Filters::pick_networks(const Filter& filter) {
  const TextTest test(filter);
  const auto number = new_pick();
  if (!number) return number;
  auto rows = connection_.query(sql::query::networks, {static_cast<std::uint32_t>(site_)});
  if (!rows) return std::unexpected(rows.error());
  std::vector<std::uint32_t> found;
  while (true) {
    const auto more = (*rows)->next();
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    const auto asn = static_cast<std::uint32_t>((*rows)->u64(0));
    if (test.holds(network_text(asn, provider_of_))) found.push_back(asn);
  }
  rows->reset();
  auto to = connection_.append_to("temp.picked_texts");
  if (!to) return std::unexpected(to.error());
  for (const std::uint32_t asn : found) {
    (*to)->u32(*number);
    (*to)->u32(asn);
    if (auto ok = (*to)->end_row(); !ok) return std::unexpected(ok.error());
  }
  if (auto ok = (*to)->flush(); !ok) return std::unexpected(ok.error());
  return number;
}

Result<TextIds> Filters::ids_of(store::TextKind kind, const std::vector<std::string>& texts) {
  if (auto ok = look_up(kind, texts); !ok) return std::unexpected(ok.error());
  TextIds out;
  for (const std::string& text : texts) {
    const std::uint32_t id = ids_[kind].at(text);
    if (id != 0 || text.empty()) out.emplace(text, id);
  }
  return out;
}

Result<void> Filters::look_up(store::TextKind kind, const std::vector<std::string>& texts) {
  auto& known = ids_[kind];
  known.emplace("", 0);  // none: it stands in no dictionary
  TextIds found;
  std::string places;
  std::vector<db::DuckValue> params{store::dictionary_of(kind, site_), static_cast<std::uint8_t>(kind)};
  for (const std::string& text : texts) {
    if (known.contains(text) || !found.emplace(text, 0).second) continue;
    params.emplace_back(text);
    places += (places.empty() ? "$" : ", $") + std::to_string(params.size());
  }
  if (found.empty()) return {};
  auto rows =
      connection_.query(fill(sql::query::text_ids, {{"site", "$1"}, {"kind", "$2"}, {"values", places}}), params);
  if (!rows) return std::unexpected(rows.error());
  while (true) {
    const auto more = (*rows)->next();
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    found.at(std::string((*rows)->text(1))) = static_cast<std::uint32_t>((*rows)->u64(0));
  }
  known.merge(found);
  return {};
}

Result<void> Filters::look_up(const std::vector<Matcher>& matchers) {
  std::map<store::TextKind, std::vector<std::string>> wanted;
  for (const Matcher& matcher : matchers) {
    each_test(matcher.test, [&](const Filter& test) {
      if (has_parameter(test.dimension)) wanted[store::kPropertyKey].push_back(test.dimension.parameter);
      const auto kinds = kinds_of(test.dimension);
      if (looks_inside(test.op) || kinds.size() != 1) return;
      wanted[kinds[0]].insert(wanted[kinds[0]].end(), test.values.begin(), test.values.end());
    });
  }
  for (const auto& [kind, texts] : wanted) {
    if (auto ok = look_up(kind, texts); !ok) return ok;
  }
  return {};
}

Result<std::uint32_t> Filters::pick(store::TextKind kind, const std::string& test,
                                    const std::vector<std::string>& values) {
  const auto number = new_pick();
  if (!number) return number;
  std::vector<db::DuckValue> params{*number, store::dictionary_of(kind, site_), static_cast<std::uint8_t>(kind)};
  std::string any;
  for (const std::string& value : values) {
    params.emplace_back(value);
    std::string one = test;
    one.replace(one.find("{}"), 2, "$" + std::to_string(params.size()));
    any += (any.empty() ? "" : " OR ") + one;
  }
  auto done = connection_.query(
      fill(sql::query::picked_texts, {{"pick", "$1"}, {"site", "$2"}, {"kind", "$3"}, {"test", any}}), params);
  if (!done) return std::unexpected(done.error());
  return number;
}

Result<std::uint32_t> Filters::new_pick() {
  if (picks_ == 0) {
    if (auto ok = connection_.exec(sql::query::make_picked_texts); !ok) {
      return std::unexpected(ok.error());
    }
  }
  return ++picks_;
}

}  // namespace hk::query
