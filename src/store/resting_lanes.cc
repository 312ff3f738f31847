// Files that nobody needs now are closed, and opened again for a record or a reader.

#include <algorithm>
#include <utility>

#include "base/ensure.h"
#include "base/logging.h"
#include "store/duck_store.h"

namespace hk::store {

namespace fs = std::filesystem;

namespace {

/// Between two times of saying what rests.
constexpr Millis kSaveWait{1'000};
/// The same is said again, with another end, after this many bytes of log, or with the first of them after the time
/// in which a file comes to rest: a log that hardly grows is to go, too.
constexpr log::Offset kSaveStride = 8u << 20;
/// Where it could not be written.
constexpr std::chrono::minutes kSaveRetry{1};

const Rest* said_of(const Rests& rests, const fs::path& file) {
  const auto team = TeamId::parse(file.parent_path().filename().string());
  const auto known = team ? rests.files.find(*team) : rests.files.end();
  return known == rests.files.end() ? nullptr : &known->second;
}

}  // namespace

const Rest* at_rest(const Rests& rests, const fs::path& file) {
  const Rest* said = said_of(rests, file);
  if (said == nullptr || print_of(file) != said->print) return nullptr;
  std::error_code ec;
  return fs::exists(file.string() + ".wal", ec) || ec ? nullptr : said;
}

/// At the start. That the log has nothing for a team is true whatever becomes of its file meanwhile: one that is
/// missing or damaged now may come back when the log goes no further back.
void DuckStore::remember(Slot& slot, const Rests& rests) {
  const Rest* said = said_of(rests, slot.file);
  if (said == nullptr) return;
  if (!log_.fits({.file = slot.file, .mark = {.timeline = rests.timeline, .offset = said->passed.to}})) return;
  slot.rest = *said;
  slot.passed = slot.rest->passed;
}

/// At the start: whether the file need not be opened.
bool DuckStore::found_at_rest(Slot& slot, const Rests& rests) {
  remember(slot, rests);
  if (!slot.rest || slot.backlog || at_rest(rests, slot.file) == nullptr) return false;
  slot.identity = slot.rest->identity;
  slot.saved_passed = slot.passed;
  slot.seen = slot.has_applied = slot.checkpointed = slot.passed.beyond(slot.rest->mark.offset);
  slot.resting = slot.opened = true;
  return true;
}

/// Opens a file at rest: nothing in it has to be looked at or mended. Under attach_mutex_.
Result<void> DuckStore::attach(Slot& slot) {
  if (slot.kept) return {};
  auto options = options_while_attaching(slot);
  if (!options) return std::unexpected(options.error());
  if (!closed(slot)) return fail(Code::unavailable, "a reader has it open in a database that failed");
  auto database = db::DuckDatabase::open(slot.file, *options);
  if (!database) return std::unexpected(database.error());
  const std::scoped_lock lock(mutex_);
  slot.kept = std::move(*database);
  slot.pool = std::make_shared<ReadPool>(slot.kept);
  slot.used_at = Steady::now();
  return {};
}

Result<void> DuckStore::attach_for_reader(LaneKey lane) {
  Slot* slot = nullptr;
  {
    const std::scoped_lock lock(mutex_);
    slot = find(lane);
    if (slot == nullptr) return {};
    slot->used_at = Steady::now();
    if (!slot->resting || slot->pool) return {};
  }
  const std::scoped_lock attaching(attach_mutex_);
  {
    const std::scoped_lock lock(mutex_);
    if (!slot->resting || slot->pool || stopping_) return {};
  }
  auto done = attach(*slot);
  // The applier stops it, and heals it where that is possible.
  if (!done && means_damage(done.error())) slot->unreadable = true;
  return done;
}

/// False: it is stopped. What is in the batch of one that runs stays there.
bool DuckStore::wake(Slot& slot) {
  make_room(most_files() - 1);
  Result<void> done;
  {
    const std::scoped_lock attaching(attach_mutex_);
    done = attach(slot);
  }
  auto lane = done ? awakened(slot) : Result<std::unique_ptr<Lane>>(std::unexpected(done.error()));
  if (lane && (*lane)->applied() < slot.rested().mark.offset)
    lane = fail(Code::unavailable, "it is an older copy of the file that was closed");
  {
    const std::scoped_lock attaching(attach_mutex_);
    const std::scoped_lock lock(mutex_);
    slot.resting = false;
    if (lane) {
      const auto seen = slot.seen;  // with what is in the batch
      take_over(slot, std::move(*lane));
      slot.seen = seen;
      slot.kept.reset();
      slot.checkpointed_at = Steady::now();
      return true;
    }
  }
  stop_lane(slot, lane.error());
  return false;
}

Result<std::unique_ptr<Lane>> DuckStore::awakened(Slot& slot) {
  if (auto lane = std::move(slot.asleep); lane && lane->wake(slot.kept)) {
    metrics_.remembered.add();
    return lane;
  }
  metrics_.read.add();
  return Lane::resume(slot.file, slot.kept, slot.rested().identity, read_log(slot));
}

/// Puts those to rest that were not used for the longest time, until no more than so many files are attached.
void DuckStore::make_room(std::size_t files) {
  std::vector<std::pair<Steady::time_point, Slot*>> attached;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& slot : slots_)
      if (slot->attached() && !slot->apart && !pinned(*slot)) attached.emplace_back(slot->used_at.load(), slot.get());
  }
  if (attached.size() <= files) return;
  std::ranges::sort(attached);
  auto over = attached.size() - files;
  for (const auto& [used, slot] : attached)
    if (over > 0 && put_to_rest(*slot)) --over;
}

/// What is known of a running lane's file when it is closed; nullopt where that is not everything.
std::optional<Rest> DuckStore::rest_of(Slot& slot) {
  const auto damage = slot.lane->damage();
  if (pinned(slot) || slot.own_reader || slot.backlog || slot.trouble != Trouble::none || damage.met > 0 ||
      !slot.batch.empty() || !slot.lane->is_checkpointed() || slot.lane->must_erase())
    return std::nullopt;
  auto months = slot.lane->sealed_months();
  if (!months) return std::nullopt;
  return Rest{.identity = slot.lane->identity(),
              .mark = slot.lane->mark(),
              .passed = {slot.lane->applied(), std::max(slot.lane->applied(), slot.seen)},
              .log_time = slot.lane->log_time(),
              .hot = slot.lane->hot(),
              .months = std::move(*months)};
}

bool DuckStore::in_use(const Slot& slot) const {
  const std::scoped_lock lock(mutex_);
  return slot.pool && slot.pool->in_use();
}

/// False: it stays as it is; a reader has it, it has trouble, or nothing may be checkpointed now.
bool DuckStore::put_to_rest(Slot& slot) {
  const std::unique_lock free(checkpoint_mutex_, std::try_to_lock);
  const std::unique_lock still(slot.copying, std::try_to_lock);
  if (!free || !still || slot.trouble != Trouble::none || !slot.works() || in_use(slot)) return false;
  // A record with something for several lanes is being handed out: none of it is applied before all of it is.
  if (!slot.batch.empty() && slot.batch.records.back().offset > position_) return false;
  std::optional<Rest> known;
  if (slot.lane) {
    if (slot.own_reader || slot.backlog || slot.lane->damage().met > 0) return false;
    slot.seen = std::max(slot.seen, position_);
    flush(slot);
    if (!slot.lane) return false;
    // The mark moves, so that the file fits the log for long even where what is saved beside it gets lost; not for a
    // little, since that costs a commit.
    const bool far = slot.seen - slot.lane->applied() > kOffsetStride;
    auto done = far ? slot.lane->advance(slot.seen) : Result<void>{};
    if (!done) {
      stop_lane(slot, done.error());
      return false;
    }
    if (!slot.lane->is_checkpointed() || slot.lane->must_erase()) done = slot.lane->checkpoint();
    if (!done && !Lane::answers(*slot.lane->database())) stop_lane(slot, done.error());
    known = done && slot.lane ? rest_of(slot) : std::nullopt;
    if (!known) return false;
  }
  const std::scoped_lock attaching(attach_mutex_);
  std::unique_ptr<Lane> lane;
  std::shared_ptr<db::DuckDatabase> kept;  // closed without the mutex
  {
    const std::scoped_lock lock(mutex_);
    if (slot.pool && !slot.pool->close_unless_used()) return false;
    slot.pool.reset();
    lane = std::move(slot.lane);
    kept = std::move(slot.kept);
    if (known) slot.rest = std::move(known);
    slot.passed = slot.rested().passed;
    slot.resting = true;
  }
  if (lane) {
    lane->sleep();
    slot.asleep = std::move(lane);
    forget_asleep();
  }
  kept.reset();
  const auto print = print_of(slot.file);
  const std::scoped_lock lock(mutex_);
  if (slot.rest) slot.rest->print = print.value_or(0);
  rests_changed_ = true;
  return true;
}

/// Those first that were not used for the longest time, until the others fit.
void DuckStore::forget_asleep() {
  std::size_t bytes = 0;
  std::vector<std::pair<Steady::time_point, Slot*>> asleep;
  for (const auto& slot : slots_) {
    if (!slot->asleep) continue;
    bytes += slot->asleep->bytes();
    asleep.emplace_back(slot->used_at.load(), slot.get());
  }
  if (bytes <= options_.asleep_bytes) return;
  std::ranges::sort(asleep);
  for (const auto& [used, slot] : asleep) {
    if (bytes <= options_.asleep_bytes) return;
    bytes -= slot->asleep->bytes();
    slot->asleep.reset();
  }
}

void DuckStore::rest_the_idle() {
  for (const auto& slot : slots_) {
    if (pinned(*slot) || Steady::now() - slot->used_at.load() <= options_.rest_after) continue;
    {
      const std::scoped_lock lock(mutex_);
      if (!slot->attached()) continue;
    }
    put_to_rest(*slot);
  }
}

/// Says what rests, and up to where the log has nothing for it: from then on it does not hold the log.
void DuckStore::save_rests(bool now) {
  const bool late = now || Steady::now() - saved_at_ > options_.rest_after;
  if (!rests_changed_ && position_ <= saved_position_ + (late ? 0 : kSaveStride)) return;
  if (!now && Steady::now() < save_at_) return;
  Rests rests{.timeline = log_.timeline(), .files = {}};
  for (const auto& slot : slots_) {
    auto& rest = slot->rest;
    if (!rest || rest->print == 0) continue;
    if (slot->resting) rest->passed = slot->passed;
    rests.files.emplace(rest->identity.team, *rest);
  }
  save_at_ = Steady::now() + kSaveWait;
  if (rests.files.empty() && !rests_changed_) return;
  if (auto done = save(rests_file(), rests); !done) {
    logging::warn("what is known of closed database files cannot be kept; they are opened at the next start",
                  {{"error", done.error().message}});
    save_at_ = Steady::now() + kSaveRetry;
    return;
  }
  rests_changed_ = false;
  saved_position_ = position_;
  saved_at_ = Steady::now();
  const std::scoped_lock lock(mutex_);
  for (const auto& slot : slots_)
    if (const auto& rest = slot->rest; rest && rest->print != 0) slot->saved_passed = rest->passed;
}

}  // namespace hk::store
