#pragma once
// The visits that still go on, made of a file's rows: what a lane that is opened, or whose clock was set back, has in
// memory of them, and what a question counts beside hot_closed.

#include <cstdint>
#include <functional>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "db/duck.h"
#include "db/ordinals.h"
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

/// Calls `take` with each visit of a site that has activity after the horizon. Code::limited: `budget` has no room.
Result<void> read_open_visits(db::DuckConnection& connection, TimeMs horizon, SiteKey site, db::OrdinalBudget& budget,
                              const std::function<Result<void>(const Outcome&)>& take);

/// A visitor's pinned attributes, which stand in a row from column `first` on.
Pinned pinned_at(const db::DuckRows& row, std::size_t first);

}  // namespace hk::store
