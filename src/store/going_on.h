#pragma once
// What a lane has in memory of the visits that a next record may continue, made of its rows: when it is opened, and
// when the clock was set back.

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "db/duck.h"
#include "store/outcomes.h"
#include "store/visits.h"

namespace hk::store {

struct GoingOn {
  /// A visitor's day on which such a visit has activity after the horizon.
  struct Part {
    SiteKey site{};
    std::uint32_t vd = 0;
    OpenVisits::Open visit;
    Pinned pinned{};
  };
  std::vector<Part> parts;  // by site, vd and visit
  std::vector<Outcome> visits;
};

/// `turned_back`: by how much all turns of the clock went back together.
Result<GoingOn> read_going_on(db::DuckConnection& connection, TimeMs horizon, Millis turned_back);

/// A visitor's pinned attributes, which stand in a row from column `first` on.
Pinned pinned_at(const db::DuckRows& row, std::size_t first);

}  // namespace hk::store
