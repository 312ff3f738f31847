#pragma once
// Fills a lane file from outside the log, with history that is known at once: demo data, benches. The rows are those
// that the log would have led to.

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "store/fence.h"
#include "store/hit.h"
#include "store/lane.h"

namespace hk::store {

struct BulkOptions {
  std::filesystem::path file;
  LaneIdentity identity{LaneKey::first_team, TeamId{}};  // of a new file
  std::uint64_t memory_limit_bytes = 512ull << 20;
  int threads = 2;
};

/// The server must not run on the same file. One thread. After a failure nothing more can be added.
/// Call add() for each site's hits in order of time, whichever site comes next; seal() about every million hits (a hit
/// after it may still continue a visit of the day before); finish() at the end.
class BulkLoad {
 public:
  static Result<std::unique_ptr<BulkLoad>> open(const BulkOptions& options);

  Result<void> add_site(SiteAdded site);
  Result<void> add(Hit hit);
  /// Seals every site-day before `day` and sorts the months that are over by then.
  Result<void> seal(Day day);
  /// Seals what is before `day` (the rest stays hot, as on a running server), sorts every month and closes the file.
  Result<void> finish(Day day);

 private:
  explicit BulkLoad(std::unique_ptr<Lane> lane) : lane_(std::move(lane)) {}
  Result<void> flush();
  template <class Due>
  Result<void> sort(Due due);

  std::unique_ptr<Lane> lane_;
  Batch batch_;
  log::Offset added_ = 0;  // order of arrival; the lane's own offset stays where the log has brought it
};

}  // namespace hk::store
