#include "query/predicate.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace hk::query {
namespace {

/// `predicate`, or its opposite, without `none`.
Predicate positive(const Predicate& predicate, bool opposed) {
  if (predicate.kind == Junction::test) {
    Predicate out = predicate;
    if (opposed) out.test.op = opposite(out.test.op);
    return out;
  }
  // None of them is all their opposites; not all is any opposite.
  const bool inside = opposed != (predicate.kind == Junction::none);
  const bool all = (predicate.kind != Junction::any) != opposed;
  Predicate out{.kind = all ? Junction::all : Junction::any};
  for (const Predicate& child : predicate.of) out.of.push_back(positive(child, inside));
  return out;
}

/// Junctions in their like are put into them; one of one is what it holds.
Predicate flat(Predicate predicate) {
  if (predicate.kind == Junction::test) return predicate;
  Predicate out{.kind = predicate.kind};
  for (Predicate& child : predicate.of) {
    Predicate part = flat(std::move(child));
    if (part.kind == out.kind) {
      std::ranges::move(part.of, std::back_inserter(out.of));
    } else {
      out.of.push_back(std::move(part));
    }
  }
  if (out.of.size() == 1) return Predicate(std::move(out.of.front()));
  return out;
}

}  // namespace

Predicate all_of(std::vector<Filter> filters) {
  Predicate out;
  for (Filter& filter : filters) out.of.push_back(test_of(std::move(filter)));
  return out;
}

Predicate both(const Predicate& a, const Predicate& b) {
  return {.kind = Junction::all, .of = {a, b}};
}

Filter done_within(Within within, Predicate what, Operator op) {
  return {.dimension = within == Within::visit ? Dimension::done_in_visit : Dimension::done_in_day,
          .op = op,
          .values = {},
          .done = {std::move(what)}};
}

bool filters_on(const Predicate& predicate, const Dimension& dimension) {
  return !every_test(predicate, [&](const Filter& test) { return test.dimension != dimension; });
}

bool filters_on_kind(const Predicate& predicate, Dimension::Kind kind) {
  return !every_test(predicate, [&](const Filter& test) { return test.dimension.kind != kind; });
}

bool asks_titles(const Predicate& predicate) {
  bool out = false;
  each_inner_test(predicate, [&](const Filter& test) { out = out || test.dimension == Dimension::title; });
  return out;
}

std::size_t tests_of(const Predicate& predicate) {
  std::size_t out = 0;
  each_inner_test(predicate, [&](const Filter&) { ++out; });
  return out;
}

std::size_t depth_of(const Predicate& predicate) {
  std::size_t out = 0;
  for (const Predicate& child : predicate.of) {
    if (child.kind != Junction::test) out = std::max(out, 1 + depth_of(child));
    for (const Predicate& what : child.test.done) out = std::max(out, 1 + depth_of(what));
  }
  return out;
}

std::string fingerprint(const Predicate& predicate) {
  std::string out;
  const auto number = [&](std::size_t n) { out += std::to_string(n) + ','; };
  const auto text = [&](const std::string& t) {
    number(t.size());
    out += t;
  };
  number(static_cast<std::size_t>(predicate.kind));
  if (predicate.kind == Junction::test) {
    number(static_cast<std::size_t>(predicate.test.dimension.kind));
    text(predicate.test.dimension.parameter);
    number(static_cast<std::size_t>(predicate.test.op));
    number(predicate.test.values.size());
    for (const std::string& value : predicate.test.values) text(value);
    for (const Predicate& what : predicate.test.done) out += fingerprint(what);
  }
  number(predicate.of.size());
  for (const Predicate& child : predicate.of) out += fingerprint(child);
  return out;
}

Predicate normal(const Predicate& predicate) {
  Predicate out = flat(positive(predicate, false));
  if (out.kind == Junction::all) return out;
  return {.kind = Junction::all, .of = {std::move(out)}};
}

}  // namespace hk::query
