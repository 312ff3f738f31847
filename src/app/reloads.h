#pragma once
// What stands in memory of control data, and which changes make it stale.

#include <functional>

#include "base/error.h"
#include "db/sqlite.h"

namespace hk::app {

/// Called behind each applied change; reads again only what the change was about. What could not be read is read behind
/// the next change, whatever that is about. One thread.
class Reloads {
 public:
  struct Targets {
    std::function<Result<void>(db::Sqlite&)> sites;
    std::function<Result<void>(db::Sqlite&)> identities;
    std::function<Result<void>(db::Sqlite&)> rules;
    /// Ends event streams whose session or right is gone.
    std::function<void()> review_streams;
  };
  explicit Reloads(Targets targets) : targets_(std::move(targets)) {}
  void after(const db::ChangedTables& changed, db::Sqlite& read);

 private:
  Targets targets_;
  bool sites_stale_ = false;
  bool identities_stale_ = false;
  bool rules_stale_ = false;
};

}  // namespace hk::app
