#include "query/regions.h"

#include <utility>

#include "sql/query.h"
#include "store/attributes.h"

namespace hk::query {

Result<std::shared_ptr<const Regions::Places>> Regions::of(db::DuckConnection& connection, LaneKey lane) {
  const std::scoped_lock lock(mutex_);
  Known& known = known_[lane];
  auto rows = connection.query(sql::query::places, {static_cast<std::uint8_t>(store::kind_of(store::Attribute::city)),
                                                    static_cast<std::uint32_t>(known.places->size() - 1)});
  if (!rows) return std::unexpected(rows.error());
  auto places = std::make_shared<Places>(*known.places);
  while (true) {
    const auto more = (*rows)->next();
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    const auto id = static_cast<std::uint32_t>((*rows)->u64(0));
    const std::string region(region_of((*rows)->text(1)));
    const std::uint32_t stands = region.empty() ? 0 : known.first.try_emplace(region, id).first->second;
    places->resize(id + 1);
    places->at(id) = stands;
  }
  if (places->size() > known.places->size()) known.places = std::move(places);
  return known.places;
}

}  // namespace hk::query
