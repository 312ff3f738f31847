#include "app/upkeep.h"

#include <algorithm>

#include "base/logging.h"

namespace hk::app {

std::vector<std::shared_ptr<const db::Zone>> zones_of(const site::Sites& sites) {
  std::vector<std::shared_ptr<const db::Zone>> out;
  for (const auto& site : sites.all())
    if (std::ranges::find(out, site.zone) == out.end()) out.push_back(site.zone);
  return out;
}

void tend_salts(const TrustedClock& clock, ingest::Salts& salts, const site::Sites& sites) {
  using enum ingest::Salts::Destroy;
  if (auto tended = salts.tend(clock.now(), zones_of(sites), clock.settled() ? what_is_over : nothing); !tended)
    logging::error("salts could not be written", {{"error", tended.error().message}});
}

std::size_t seal_what_is_over(const TrustedClock& clock, const std::function<std::size_t()>& give_orders) {
  return clock.settled() ? give_orders() : 0;
}

}  // namespace hk::app
