#include "query/properties.h"

#include <utility>

#include "sql/query.h"
#include "store/attributes.h"

namespace hk::query {

Result<std::vector<std::string>> read_property_names(Snapshot& snapshot, const std::string& event) {
  std::vector<db::DuckValue> values{static_cast<std::uint32_t>(snapshot.site().key),
                                    static_cast<std::uint8_t>(store::kPropertyKey), kMostPropertyNames};
  if (!event.empty()) {
    values.emplace_back(static_cast<std::uint8_t>(store::kind_of(store::Attribute::event_name)));
    values.emplace_back(event);
  }
  auto rows =
      snapshot.connection().query(event.empty() ? sql::query::property_names : sql::query::property_names_of, values);
  if (!rows) return std::unexpected(rows.error());
  std::vector<std::string> out;
  while (true) {
    const auto more = (*rows)->next();
    if (!more) return std::unexpected(more.error());
    if (!*more) return out;
    out.emplace_back((*rows)->text(0));
  }
}

}  // namespace hk::query
