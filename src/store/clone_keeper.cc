#include "store/clone_keeper.h"

#include "base/logging.h"
#include "store/clone.h"

namespace hk::store {

CloneKeeper::CloneKeeper(Store& store, const Clock& clock, metrics::Registry& registry)
    : store_(store),
      clock_(clock),
      taken_(registry.counter("hitkeep_file_copies_total", "Copies of database files that were taken.")) {
  registry.gauge("hitkeep_file_copies_skipped", "Database files that have no room for a copy.",
                 [g = gauges_] { return static_cast<double>(g->no_room.load()); });
  registry.gauge("hitkeep_file_copies_stale", "Copies of database files that the log does not reach back to any more.",
                 [g = gauges_] { return static_cast<double>(g->stale.load()); });
}

std::size_t CloneKeeper::run(const std::stop_token& stop) {
  std::size_t taken = 0, stale = 0;
  std::set<LaneKey> no_room;
  for (const CloneFacts& facts : store_.clone_facts()) {
    if (stop.stop_requested()) return taken;
    stale += facts.stale() ? 1 : 0;
    const TimeMs now = clock_.now();
    const auto step = next_step(facts, now);
    if (step == CloneStep::no_room) {
      no_room.insert(facts.lane);
      if (!no_room_.contains(facts.lane))
        logging::warn(
            "the disk has no room for a copy of a database file (twice its size must be free): until there is, a "
            "power cut may leave it damaged with nothing to heal it",
            {{"file", facts.file.string()}, {"bytes", facts.file_bytes}, {"free", facts.free_bytes}});
    }
    if (step != CloneStep::take) continue;
    if (const auto failed = failed_.find(facts.lane); failed != failed_.end() && now - failed->second < kCloneRetry)
      continue;
    const auto done = store_.clone(facts.lane, stop);
    if (done) {
      failed_.erase(facts.lane);
      taken_.add();
      ++taken;
      logging::debug("a copy of a database file was taken", {{"file", facts.file.string()}});
    } else if (!stop.stop_requested()) {
      failed_[facts.lane] = now;
      logging::warn("a copy of a database file could not be taken; it is tried again in an hour",
                    {{"file", facts.file.string()}, {"error", done.error().message}});
    }
  }
  no_room_ = std::move(no_room);
  gauges_->no_room = no_room_.size();
  gauges_->stale = stale;
  return taken;
}

}  // namespace hk::store
