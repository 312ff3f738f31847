// Lanes that stop, what their readers go on with, and how they come back.

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/logging.h"
#include "store/duck_store.h"

namespace hk::store {

namespace {

/// Tries that take long, such as a file that is written anew, come so much apart.
constexpr int kTriesShare = 20;

}  // namespace

/// Readers go on: with its database where that still answers, otherwise with the file opened for them alone.
void DuckStore::stop_lane(Slot& slot, const Error& why) {
  if (failed_by_order(slot, why)) return;
  const auto cause = db::cause_of(why);
  logging::error(
      cause == db::DuckCause::damage
          ? "rows of a database file cannot be read, so it is stopped; what it misses stays in the log. Look at "
            "the disk, stop the server, put this file from the newest snapshot in its place and start: the "
            "log fills up what it lacks. If this is a copy that was taken while HitKeep ran, take it with "
            "`hitkeep snapshot DIR`"
          : "a database file is stopped; what it misses is kept",
      {{"file", slot.file.string()}, {"error", why.message}});
  slot.starved = cause == db::DuckCause::memory;
  slot.stops = std::min(slot.stops + 1, kLongestRetry);
  slot.retry_at = Steady::now() + slot.stops * options_.lane_retry;
  auto database = slot.lane ? slot.lane->database() : slot.kept;
  // One that can be healed is opened again, which heals it.
  const bool heals = cause == db::DuckCause::damage && options_.heal_copies && slot.note;
  const bool answers = database && !heals && Lane::answers(*database);
  if (!answers && !slot.apart && instance_failed()) leave_instance(slot);
  const std::scoped_lock lock(mutex_);
  trouble(slot,
          cause == db::DuckCause::disk_full ? Trouble::disk_full
          : cause == db::DuckCause::damage  ? Trouble::damaged
                                            : Trouble::stopped,
          why.message);
  if (slot.lane) slot.has_applied = slot.lane->applied();
  slot.own_reader.reset();
  slot.batch = {};
  slot.resting = false;
  slot.asleep.reset();
  slot.lane.reset();
  slot.kept.reset();
  if (answers) {
    slot.kept = std::move(database);
    return;
  }
  if (slot.pool) slot.pool->close();
  slot.pool.reset();
  if (database) slot.closing = database->presence();
  slot.wants_readers = slot.switching = true;
}

/// What DuckDB takes for fatal is so for each file of the instance. The others come back at once, in a new one, when
/// the last reader of the old one has gone; the log has what they had not written.
void DuckStore::leave_instance(Slot& culprit) {
  logging::error("the database library gave up, with all files that it had open; they are opened anew",
                 {{"file", culprit.file.string()}});
  for (const auto& slot : slots_)
    if (slot->order && !slot->apart) abandon(*slot);
  const std::scoped_lock attaching(attach_mutex_);
  std::vector<std::shared_ptr<db::DuckDatabase>> last;  // closed without the mutex
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& slot : slots_) {
      if (slot.get() == &culprit || slot->apart || (!slot->lane && !slot->kept)) continue;
      last.push_back(slot->lane ? slot->lane->database() : slot->kept);
      if (slot->lane) slot->has_applied = slot->lane->applied();
      slot->own_reader.reset();
      if (!slot->resting) slot->batch = {};
      slot->lane.reset();
      slot->kept.reset();
      slot->for_readers_alone = false;
      if (slot->pool) slot->pool->close();
      slot->pool.reset();
      slot->wants_readers = slot->switching = !slot->resting;
    }
    culprit.apart = true;
  }
  old_instance_ = instance_->presence();
  instance_.reset();
}

/// Under the mutex.
void DuckStore::trouble(Slot& slot, Trouble what, std::string_view words) {
  if (std::exchange(slot.trouble, what) != what) slot.since = clock_.now();
  slot.words = words;
}

/// Counts it each time and says it once: until the file is opened again the rows stay as they are. Under the mutex.
void DuckStore::note_damage(Slot& slot, std::string_view words) {
  metrics_.damage.add();
  const bool known = slot.trouble == Trouble::damaged;
  trouble(slot, Trouble::damaged, words);
  if (known) return;
  logging::error(
      "rows of a database file cannot be read; the others go on. Look at the disk, then stop the server and restore "
      "this file from a copy",
      {{"file", slot.file.string()}, {"error", words}});
}

void DuckStore::retry_stopped() {
  for (const auto& slot : slots_) {
    std::error_code ec;
    if (slot->unreadable.exchange(false) && slot->resting) wake(*slot);
    if (slot->missing && !std::filesystem::exists(slot->file, ec)) continue;
    slot->missing.reset();
    if (!slot->works() && !stopping_ && Steady::now() >= slot->retry_at) try_again(*slot);
    if (slot->wants_readers && closed(*slot)) open_for_readers(*slot);
  }
}

void DuckStore::try_again(Slot& slot) {
  make_room(slot.starved ? most_files() / 2 : most_files() - 1);
  const std::unique_lock free(checkpoint_mutex_, std::try_to_lock);  // opening checkpoints
  const std::unique_lock still(slot.copying, std::try_to_lock);
  if (!free || !still || !free_to_open(slot)) return;
  const auto began = Steady::now();
  auto opened = slot.kept ? resume(slot) : open_lane(slot, slot.identity);
  if (opened) opened = go_on(slot);
  if (!opened) {
    stop_lane(slot, opened.error());
    const auto now = Steady::now();
    slot.retry_at = std::max(slot.retry_at, now + kTriesShare * (now - began));
    return;
  }
  if (!slot.own_reader) came_back(slot);
}

/// What a lane that was opened just now misses it reads by itself.
Result<void> DuckStore::go_on(Slot& slot) {
  slot.copier.reset();
  if (slot.seen >= position_) return {};
  auto reader = read_from(slot, slot.seen);
  if (!reader) return std::unexpected(reader.error());
  const std::scoped_lock lock(mutex_);
  slot.own_reader = std::move(*reader);
  return {};
}

/// Two instances on one file would ruin it: those who read it alone leave first, at once or when their time is up.
bool DuckStore::free_to_open(Slot& slot) {
  if (slot.for_readers_alone) {
    if (slot.pool->in_use() && Steady::now() < slot.retry_at + kReadBudget) return false;
    std::shared_ptr<db::DuckDatabase> last;  // closed without the mutex
    const std::scoped_lock lock(mutex_);
    slot.pool->close();
    slot.pool.reset();
    last = std::move(slot.kept);
    slot.closing = last->presence();
    slot.for_readers_alone = false;
    slot.switching = true;
  }
  return closed(slot);
}

/// It has all that the others have.
void DuckStore::came_back(Slot& slot) {
  logging::info("a database file is back", {{"file", slot.file.string()}});
  const std::scoped_lock lock(mutex_);
  slot.stops = 0;
  if (slot.lane->damage().met > 0) return;  // that goes on
  slot.trouble = Trouble::none;
  slot.words.clear();
}

/// One batch for every lane that is behind the common reader. False: none is.
bool DuckStore::catch_up_some() {
  bool any = false;
  for (const auto& slot : slots_) {
    if (!slot->own_reader || slot->order) continue;
    any = true;
    for (std::size_t records = 0; slot->lane && !slot->order && slot->seen < position_ && records < options_.batch_rows;
         ++records) {
      const auto read = slot->own_reader->next(Millis{0});
      if (!read) {
        stop_lane(*slot, read.error());
        break;
      }
      const auto& entry = *read;
      if (!entry) {
        slot->seen = std::max(slot->seen, slot->own_reader->position());  // a timeline may begin behind the last record
        break;
      }
      take_behind(*slot, *entry);
    }
    flush(*slot);
    if (!slot->lane || slot->order || slot->seen < position_) continue;
    {
      const std::scoped_lock lock(mutex_);
      slot->own_reader.reset();
    }
    if (slot->stops > 0) came_back(*slot);
  }
  return any;
}

}  // namespace hk::store
