#include "query/elsewhere.h"

#include <algorithm>
#include <string>

namespace hk::query {

Elsewhere::~Elsewhere() {
  for (db::OrdinalSet& set : sets_) set.clear(budget_);
}

Result<void> Elsewhere::read(Snapshot& snapshot, const std::map<Table, ResolvedMatcher>& matchers,
                             const Window& window) {
  for (const auto& [table, matcher] : matchers) {
    Parameters values(snapshot.filters().properties());
    const std::string site = values.bind(static_cast<std::uint32_t>(snapshot.site().key));
    const std::string sql = rows_with("visit", matcher, window.from, window.to, site, values);
    db::OrdinalSet& set = sets_.emplace_back();
    const auto add = [&](const db::DuckRows& rows, std::size_t) -> Result<void> {
      for (const std::uint32_t visit : rows.column<std::uint32_t>(0)) {
        if (!set.add(visit, budget_)) return fail(Code::limited, "The sets of visits of all questions are too large");
      }
      return {};
    };
    if (auto ok = snapshot.each_chunk(sql, values.take(), add); !ok) return ok;
  }
  return {};
}

bool Elsewhere::has(std::uint32_t visit) const {
  return std::ranges::all_of(sets_, [&](const db::OrdinalSet& set) { return set.contains(visit); });
}

}  // namespace hk::query
