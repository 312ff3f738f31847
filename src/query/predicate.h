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

enum class Operator : std::uint8_t { is, is_not, contains, contains_not };
/// In the order of the enum.
inline constexpr std::array<std::string_view, 4> kOperatorNames{"is", "is_not", "contains", "contains_not"};

constexpr bool looks_inside(Operator op) {
  return op == Operator::contains || op == Operator::contains_not;
}
constexpr bool negates(Operator op) {
  return op == Operator::is_not || op == Operator::contains_not;
}
constexpr Operator opposite(Operator op) {
  switch (op) {
    case Operator::is:
      return Operator::is_not;
    case Operator::is_not:
      return Operator::is;
    case Operator::contains:
      return Operator::contains_not;
    case Operator::contains_not:
      return Operator::contains;
  }
  return op;
}

/// One test. `values` are or-ed.
struct Filter {
  Dimension dimension{};
  Operator op = Operator::is;
  std::vector<std::string> values;
};

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
using Predicate = Tree<Filter>;

inline Predicate test_of(Filter filter) {
  return {.kind = Junction::test, .of = {}, .test = std::move(filter)};
}
/// All of these tests.
Predicate all_of(std::vector<Filter> filters);
/// Both.
Predicate both(const Predicate& a, const Predicate& b);

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
/// How many tests it has.
std::size_t tests_of(const Predicate& predicate);
/// How deep junctions stand inside each other; 0: it is a test, or all of some.
std::size_t depth_of(const Predicate& predicate);

/// A text that no other predicate has.
std::string fingerprint(const Predicate& predicate);

/// The same without `none`, which turns round the tests below it, and without junctions that stand in their like or
/// hold one thing. The root is `all`.
Predicate normal(const Predicate& predicate);

}  // namespace hk::query
