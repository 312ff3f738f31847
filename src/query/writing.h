#pragma once
// What statements are written with: bound values and the names of tables.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "db/duck.h"
#include "query/metric.h"

namespace hk::query {

/// Texts with their ids; 0: it stands in no dictionary.
using TextIds = std::map<std::string, std::uint32_t, std::less<>>;

/// The values of one statement, in the order of their places.
class Parameters {
 public:
  Parameters() = default;
  /// `properties`: the names of all that the statement may ask for.
  explicit Parameters(const TextIds& properties) : known_(&properties) {}

  /// "$3": the place of the value.
  std::string bind(db::DuckValue value) {
    values_.push_back(std::move(value));
    return "$" + std::to_string(values_.size());
  }
  std::vector<db::DuckValue> take() { return std::exchange(values_, {}); }

  /// "p0": what the rows of events in one FROM call the property that it joins under this name (property_joins()).
  std::string property(std::string_view name);
  /// The properties that were asked for since, in the order of their numbers: those of one FROM. By their ids.
  std::vector<std::uint32_t> take_properties() { return std::exchange(properties_, {}); }
  void put_back(std::vector<std::uint32_t> properties) { properties_ = std::move(properties); }
  /// The rows of one FROM have what their page is called as tt.title.
  void join_titles() { titles_ = true; }
  /// Whether they are to have it, since it was asked the last time.
  bool take_titles() { return std::exchange(titles_, false); }

 private:
  const TextIds* known_ = nullptr;
  std::vector<db::DuckValue> values_;
  std::vector<std::uint32_t> properties_;
  bool titles_ = false;
};

std::string join(const std::vector<std::string>& parts, std::string_view separator);
/// "k0"
std::string numbered(std::string_view letter, std::size_t n);

/// Hot visits are those that have ended and those that are open.
std::string_view table_name(Table table, bool hot);
/// What its rows are called in every statement.
std::string_view alias_of(Table table);

}  // namespace hk::query
