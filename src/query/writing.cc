#include "query/writing.h"

#include <algorithm>

#include "base/ensure.h"
#include "sql/query.h"

namespace hk::query {

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += separator;
    out += part;
  }
  return out;
}

std::string numbered(std::string_view letter, std::size_t n) {
  return std::string(letter) + std::to_string(n);
}

std::string Parameters::property(std::string_view name) {
  ensure(known_ != nullptr && known_->contains(name), "properties are looked up before a statement is written");
  const std::uint32_t id = known_->find(name)->second;
  auto found = std::ranges::find(properties_, id);
  if (found == properties_.end()) found = properties_.insert(properties_.end(), id);
  return numbered("p", static_cast<std::size_t>(found - properties_.begin()));
}

std::string_view table_name(Table table, bool hot) {
  switch (table) {
    case Table::visits:
      return hot ? sql::query::hot_visits : "sealed_visits";
    case Table::hits:
      return hot ? "hot_hits" : "sealed_hits";
    case Table::events:
      return hot ? "hot_events" : "sealed_events";
    case Table::vitals:
      return hot ? sql::query::hot_vitals : "vitals";
    case Table::fetches:
      return "ai_fetches";
  }
  return "";
}

std::string_view alias_of(Table table) {
  switch (table) {
    case Table::visits:
      return "v";
    case Table::hits:
      return "h";
    case Table::events:
      return "e";
    case Table::vitals:
      return "w";
    case Table::fetches:
      return "f";
  }
  return "";
}

}  // namespace hk::query
