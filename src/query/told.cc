#include "query/told.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "base/text.h"
#include "query/rows.h"
#include "sql/query.h"
#include "store/attributes.h"
#include "store/properties.h"

namespace hk::query {
namespace {

/// The one event's name that rows must have; nothing where they may have several.
bool of_one_name(const ResolvedPredicate& filter) {
  return std::ranges::any_of(filter.of, [](const ResolvedPredicate& child) {
    const ResolvedFilter& test = child.test;
    return child.kind == Junction::test && !test.negate && !test.pick && test.ids.size() == 1;
  });
}

/// Whether the rows of a property may say all that the part asks.
bool says_all(const Query& query, const Predicate& where, const Part& part) {
  const bool counts = (part.measures & ~Measures(bits_of({Measure::visitors, Measure::events}))).none();
  return part.table == Table::events && counts && !part.hot && !part.with_visits && query.dimensions.size() == 1 &&
         query.dimensions.front() == Dimension::property &&
         every_test(where, [](const Filter& test) { return test.dimension == Dimension::event_name; });
}

/// Reads the parts of one plan.
class Reading {
 public:
  Reading(Snapshot& snapshot, const ResolvedPredicate& filter, std::uint32_t property)
      : snapshot_(snapshot), filter_(filter), property_(property) {}

  /// The part in pieces, of which those that can are read by their property alone; as it is where none can.
  Result<std::vector<Part>> of(const Part& part) {
    std::vector<Part> pieces;
    for (const Window& window : days_apart(part.window, *snapshot_.site().zone)) {
      Part piece = part;
      piece.window = window;
      if (can_tell(piece)) {
        const auto all = told_by_all(piece);
        if (!all) return std::unexpected(all.error());
        if (*all) tell(piece);
      }
      pieces.push_back(piece);
    }
    const bool any = std::ranges::any_of(pieces, [](const Part& piece) { return piece.told != 0; });
    return any ? pieces : std::vector{part};
  }

 private:
  /// A property says its time by the quarter of an hour, and of visitors only whether it is a day's first.
  bool can_tell(const Part& part) const {
    const bool firsts = part.window.whole_days && of_one_name(filter_);
    return store::on_quarter(part.window.from) && store::on_quarter(part.window.to) &&
           (firsts || !part.measures.test(at(Measure::visitors)));
  }

  void tell(Part& part) const {
    part.told = property_;
    if (!part.measures.test(at(Measure::visitors))) return;
    part.counting = Counting::bits;
    part.mask = store::kFirstOfValue;
  }

  Result<bool> told_by_all(const Part& part) {
    Part told = part;
    told.told = property_;
    Parameters values;
    const std::string site = values.bind(static_cast<std::uint32_t>(snapshot_.site().key));
    const std::string sql = fill(sql::query::told_by_all, {{"events", where_of(part, filter_, site, values)},
                                                           {"told", where_of(told, filter_, site, values)},
                                                           {"key", values.bind(property_)}});
    auto row = one_row(snapshot_.connection(), sql, values.take());
    if (!row) return std::unexpected(row.error());
    return (*row)->i64(0) != 0;
  }

  Snapshot& snapshot_;
  const ResolvedPredicate& filter_;
  const std::uint32_t property_;
};

}  // namespace

Result<void> read_told_alone(Snapshot& snapshot, const Query& query, const Predicate& where, Plan& plan) {
  const auto may_tell = [&](const Part& part) { return says_all(query, where, part); };
  if (std::ranges::none_of(plan.parts, may_tell)) return {};
  const auto filter = snapshot.filters().resolve(where);
  if (!filter) return std::unexpected(filter.error());
  const auto property = snapshot.filters().property_named(query.dimensions.front().parameter);
  if (!property) return std::unexpected(property.error());
  if (*property == 0) return {};
  Reading reading(snapshot, *filter, *property);
  std::vector<Part> parts;
  for (const Part& part : plan.parts) {
    const auto pieces = may_tell(part) ? reading.of(part) : Result<std::vector<Part>>(std::vector{part});
    if (!pieces) return std::unexpected(pieces.error());
    std::ranges::copy(*pieces, std::back_inserter(parts));
  }
  plan.parts = std::move(parts);
  return {};
}

}  // namespace hk::query
