#pragma once
// Regions are no column: the places of a visitor's day say theirs (docs/places.md), and of all places in one region the
// first that the dictionary has stands for it.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/id.h"
#include "db/duck.h"
#include "query/dimension.h"

namespace hk::query {

/// Which places lie in one region, by the ids that the dictionaries of files have for them. Thread-safe.
class Regions {
 public:
  /// By a place's id the first place of its region, which stands for all of them; 0: its region is not known.
  using Places = std::vector<std::uint32_t>;
  /// Those of all places that the connection's transaction sees, and maybe of later ones.
  Result<std::shared_ptr<const Places>> of(db::DuckConnection& connection, LaneKey lane);

 private:
  struct Known {
    std::shared_ptr<const Places> places = std::make_shared<Places>(1);
    std::map<std::string, std::uint32_t, std::less<>> first;  // place of each region
  };
  std::mutex mutex_;
  std::map<LaneKey, Known> known_;
};

}  // namespace hk::query
