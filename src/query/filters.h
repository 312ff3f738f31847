#pragma once
// Filters on texts run over the dictionary once, not over the rows (reference storage.md §1).

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "base/error.h"
#include "db/duck.h"
#include "query/query.h"
#include "query/statement.h"

namespace hk::query {

/// Looks the values of filters up, each only once per question. Inside the question's transaction: it makes the
/// temporary table picked_texts, which goes with it.
class Filters {
 public:
  explicit Filters(db::DuckConnection& connection) : connection_(connection) {}
  Result<std::vector<ResolvedFilter>> resolve(const std::vector<Filter>& filters);

 private:
  Result<ResolvedFilter> resolve(const Filter& filter);
  Result<ResolvedFilter> exact(const Filter& filter);
  Result<ResolvedFilter> containing(const Filter& filter);
  Result<std::map<std::string, std::uint32_t, std::less<>>> ids_of(store::TextKind kind,
                                                                   const std::vector<std::string>& texts);
  /// A new set in picked_texts: the texts of a kind for which `test` (of texts.text and the bound value) holds with any
  /// value.
  Result<std::uint32_t> pick(store::TextKind kind, const std::string& test, const std::vector<std::string>& values);

  db::DuckConnection& connection_;
  std::uint32_t picks_ = 0;
  std::map<std::tuple<Dimension, Operator, std::vector<std::string>>, ResolvedFilter> known_;
};

}  // namespace hk::query
