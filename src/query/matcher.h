#pragma once
// Which page view or event is meant: tests on one row's page, name and properties, put together by and, or and not.
// Filters ask for the visits that have such a row, goals and steps of funnels for the rows themselves.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "query/predicate.h"
#include "query/writing.h"

namespace hk::query {

/// How long after its start a visit's page views and events are looked for (and before it, the other way round).
inline constexpr Day kLongestVisitDays = 7;

/// A filter whose texts were looked up in the dictionary.
struct ResolvedFilter {
  Dimension dimension{};
  bool negate = false;
  /// Of a property, beside the ids of its texts: numbers in thousandths, and texts that stand inside a number's.
  std::vector<std::int64_t> numbers;
  std::vector<std::string> inside_numbers;
  Operator inside = Operator::contains;  // how those are looked for
  std::vector<std::int64_t> greater;     // than one of these thousandths; and less
  std::vector<std::int64_t> less;
  /// Text ids, or codes where the dimension is an enum. Any of them matches.
  std::vector<std::uint32_t> ids;
  /// Referrers: ids of host and path.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;
  /// Set of ids in the temporary table picked_texts; of a referrer's host. Its path has its own.
  std::optional<std::uint32_t> pick;
  std::optional<std::uint32_t> path_pick;
  /// Referrers that contain a text across the border of host and path: sets of host ends and path beginnings.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pick_pairs;
  /// Set of pairs of ids in the temporary table picked_pairs.
  std::optional<std::uint32_t> both_pick;
};

using ResolvedPredicate = Tree<ResolvedFilter>;

/// As a question has it: its tests are about one row. With a test of an event's name or property that is an event, else
/// a page view.
struct Matcher {
  Predicate test;
};
Table rows_of(const Matcher& matcher);
/// Code::invalid, without a field: it tests nothing, or what is no page, event name or property.
Result<void> check(const Matcher& matcher);

/// As a statement has it.
struct ResolvedMatcher {
  Table rows{};
  ResolvedPredicate test;
};

/// A property in a row of events: the id of its text (0: it has none), or kToldZero and its number, which is far from
/// all ids: nothing is computed for texts.
inline constexpr std::int64_t kToldZero = 1'000'000'000'000'000'000;
/// The id of such a text; none: it is a number.
constexpr std::optional<std::uint32_t> text_told(std::int64_t told) {
  return told <= UINT32_MAX ? std::optional(static_cast<std::uint32_t>(told)) : std::nullopt;
}
/// SQL of the text of a number that is told; null where it is none.
std::string number_told(std::string_view column);
/// The joins of the properties that were asked for of a FROM of events, between two instants. Write them when all else
/// of the statement's part is written.
/// `row`: what the rows are called.
std::string property_joins(std::string_view row, bool hot, TimeMs from, TimeMs to, std::string_view site,
                           Parameters& values);

/// What holds a dimension in a row of `table`: its columns, or where it has a parameter an expression.
std::vector<std::string> columns_in_row(const Dimension& d, Table table, Parameters& values);
/// A tree of tests over the columns of one row.
std::string row_test(const ResolvedPredicate& tree, Table table, Parameters& values);
/// Whether a row of the matcher's table is meant: tests held together by AND.
std::string row_test(const ResolvedMatcher& matcher, Parameters& values);
/// A column of the rows that are meant, of those of visits that touch a range, as a subquery: `visit` or `vd`. `site`:
/// the place of the site's key.
std::string rows_with(std::string_view column, const ResolvedMatcher& matcher, TimeMs from, TimeMs to,
                      std::string_view site, Parameters& values);
/// Whether a text is as an operator says that it is to a value. Both are SQL.
std::string text_test(Operator op, std::string_view text, std::string_view value);

}  // namespace hk::query
