#pragma once
// What is due by the clock, once a minute: days that are sealed, salts that come and go. What can't be undone waits for
// a clock that is settled.

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "base/trusted_clock.h"
#include "db/zones.h"
#include "ingest/salts.h"
#include "site/directory.h"

namespace hk::app {

/// The zones of all sites, each once.
std::vector<std::shared_ptr<const db::Zone>> zones_of(const site::Sites& sites);

/// A salt that could not be written is logged, and written the next time.
void tend_salts(const TrustedClock& clock, ingest::Salts& salts, const site::Sites& sites);

/// How many orders `give_orders` says that it gave.
std::size_t seal_what_is_over(const TrustedClock& clock, const std::function<std::size_t()>& give_orders);

}  // namespace hk::app
