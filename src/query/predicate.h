#pragma once
// What rows must pass: tests, put together by and, or and not.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "query/dimension.h"

namespace hk::query {

/// Each with its opposite behind it.
enum class Operator : std::uint8_t {
  is,
  is_not,
  contains,
  contains_not,
  starts_with,
  starts_with_not,
  ends_with,
  ends_with_not,
  matches,  // a regular expression, RE2
  matches_not,
  greater,  // numbers
  greater_not,
  less,
  less_not,
};
/// In the order of the enum.
inline constexpr std::array<std::string_view, 14> kOperatorNames{
    "is",        "is_not",        "contains", "contains_not", "starts_with", "starts_with_not",
    "ends_with", "ends_with_not", "matches",  "matches_not",  "greater",     "greater_not",
    "less",      "less_not"};

constexpr Operator opposite(Operator op) {
  return static_cast<Operator>(static_cast<unsigned>(op) ^ 1u);
}
constexpr bool negates(Operator op) {
  return (static_cast<unsigned>(op) & 1u) != 0;
}
/// The one of the two that negates nothing.
constexpr Operator positive(Operator op) {
  return negates(op) ? opposite(op) : op;
}
/// Texts of the dictionary are looked at one by one.
constexpr bool looks_inside(Operator op) {
  return op >= Operator::contains && op <= Operator::matches_not;
}
constexpr bool compares_numbers(Operator op) {
  return op >= Operator::greater;
}

/// Whose rows are looked at: those of one visit, or those of a visitor in all visits of one day.
enum class Within : std::uint8_t { visit, day };

/// What holds a node of a tree together.
enum class Junction : std::uint8_t {
  test,  // it is a test
  all,   // and; of nothing: everything passes
  any,   // or
  none,  // not: none of them
};

template <class Test>
struct Tree {
  Junction kind = Junction::all;
  std::vector<Tree> of;  // of all kinds but test
  Test test = {};        // Junction::test
};
/// One test. `values` are or-ed.
struct Filter {
  Dimension dimension{};
  Operator op = Operator::is;
  std::vector<std::string> values;
  /// Of the dimensions done_in_visit and done_in_day, which have no values: what was done, tests on one page view or
  /// event (query/matcher.h).
  std::vector<Tree<Filter>> done;
};

using Predicate = Tree<Filter>;

inline Predicate test_of(Filter filter) {
  return {.kind = Junction::test, .of = {}, .test = std::move(filter)};
}
/// All of these tests.
Predicate all_of(std::vector<Filter> filters);
/// Both.
Predicate both(const Predicate& a, const Predicate& b);

/// What somebody did; `op` is is or is_not.
Filter done_within(Within within, Predicate what, Operator op = Operator::is);
constexpr bool is_done(Dimension::Kind dimension) {
  return dimension == Dimension::done_in_visit || dimension == Dimension::done_in_day;
}

/// Calls `see` with every test, in order.
template <class Test, class See>
void each_test(const Tree<Test>& tree, const See& see) {
  if (tree.kind == Junction::test) {
    see(tree.test);
    return;
  }
  for (const Tree<Test>& child : tree.of) each_test(child, see);
}
/// Whether `holds` for every test of the tree.
template <class Test, class Holds>
bool every_test(const Tree<Test>& tree, const Holds& holds) {
  bool out = true;
  each_test(tree, [&](const Test& test) { out = out && holds(test); });
  return out;
}

bool filters_on(const Predicate& predicate, const Dimension& dimension);
bool filters_on_kind(const Predicate& predicate, Dimension::Kind kind);
/// Calls `see` with every test, those of what was done included.
template <class See>
void each_inner_test(const Predicate& tree, const See& see) {
  each_test(tree, [&](const Filter& test) {
    if (!is_done(test.dimension)) see(test);
    for (const Predicate& what : test.done) each_inner_test(what, see);
  });
}
/// What pages are called may change without a seal: nothing that was counted by it is kept.
bool asks_titles(const Predicate& predicate);
/// How many tests it has, those of what was done included.
std::size_t tests_of(const Predicate& predicate);
/// How deep junctions, and what was done, stand inside each other; 0: it is a test, or all of some.
std::size_t depth_of(const Predicate& predicate);

/// A text that no other predicate has.
std::string fingerprint(const Predicate& predicate);

/// The same without `none`, which turns round the tests below it, and without junctions that stand in their like or
/// hold one thing. The root is `all`.
Predicate normal(const Predicate& predicate);

}  // namespace hk::query
