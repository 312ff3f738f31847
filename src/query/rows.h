#pragma once
// Which rows a part of a plan reads: FROM, with what else its columns need, and WHERE, with the filters
// (docs/query-language.md, "Filters put together").

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "query/matcher.h"
#include "query/plan.h"
#include "query/writing.h"

namespace hk::query {

/// A filter in normal form, by where it can be told whether a row passes.
struct Divided {
  ResolvedPredicate here;                      // in the row itself, or in SQL alone
  std::map<Table, ResolvedMatcher> elsewhere;  // in one other row of its visit
};
/// `table`: whose rows are to pass.
Divided divided(const ResolvedPredicate& filter, Table table);

/// The same over rows that stand for a page of their visit (query::read_as()).
ResolvedPredicate read_as(const ResolvedPredicate& filter, std::optional<store::Attribute> page);

/// FROM, written last: it joins the properties that columns and WHERE read. `site`: the place of the site's key.
std::string source_of(const Part& part, std::string_view site, Parameters& values);
/// WHERE. `filter` is in normal form.
std::string where_of(const Part& part, const ResolvedPredicate& filter, std::string_view site, Parameters& values);

}  // namespace hk::query
