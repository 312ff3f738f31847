// Lanes of teams that are deleted go with their files.

#include <algorithm>
#include <utility>

#include "base/logging.h"
#include "store/duck_store.h"
#include "store/leftovers.h"

namespace hk::store {

/// Whatever the lane was doing. Who reads it goes on until he ends, and its files go then.
void DuckStore::remove_lane(LaneKey lane, Slot* slot) {
  removed_.insert(lane);
  rests_changed_ = true;
  if (slot == nullptr) {
    erase_dead_letters(options_.dead_letters, lane);
    return;
  }
  if (slot->order) abandon(*slot);
  slot->asleep.reset();
  slot->copier.reset();
  slot->backlog.reset();
  std::unique_ptr<Lane> running;  // closed without the mutex
  std::shared_ptr<db::DuckDatabase> kept;
  {
    const std::scoped_lock attaching(attach_mutex_);
    const std::scoped_lock lock(mutex_);
    const auto at = std::ranges::find(slots_, slot, &std::unique_ptr<Slot>::get);
    leaving_.push_back(std::move(*at));
    slots_.erase(at);
    if (slot->pool) slot->pool->close();
    slot->pool.reset();
    running = std::move(slot->lane);
    kept = std::move(slot->kept);
    if (running || kept) slot->closing = (running ? running->database() : kept)->presence();
    slot->own_reader.reset();
    slot->batch = {};
    slot->rest.reset();
    slot->resting = slot->wants_readers = slot->checkpoint_wanted = false;
    slot->smaller = Slot::Smaller::none;
    slot->placed = fail(Code::not_found, "its team was deleted");
    slot->spared = position_;
    checkpoint_tried_.notify_all();
    placed_.notify_all();
  }
}

/// What nobody has open any more.
void DuckStore::sweep_removed() {
  for (auto it = leaving_.begin(); it != leaving_.end();) {
    Slot& slot = **it;
    const std::unique_lock free(checkpoint_mutex_, std::try_to_lock);  // a snapshot wants files to stay as they are
    const std::unique_lock still(slot.copying, std::try_to_lock);
    if (!free || !still || !closed(slot)) {
      ++it;
      continue;
    }
    slot.source = {};
    const LaneKey lane = slot.key();
    erase_dead_letters(options_.dead_letters, lane);
    if (auto gone = erase_team(slot.file.parent_path(), lanes_folder(options_), lane); !gone)
      logging::warn("files of a team that was deleted are still there; the next start tries again",
                    {{"error", gone.error().message}});
    else
      logging::info("the files of a team that was deleted are gone", {{"folder", slot.file.parent_path().string()}});
    left_.push_back(std::move(*it));
    it = leaving_.erase(it);
  }
}

}  // namespace hk::store
