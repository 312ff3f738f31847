// Files are opened: at the start, when a team is new, and again when one was stopped.

#include <algorithm>
#include <limits>
#include <utility>

#include "base/logging.h"
#include "store/duck_store.h"
#include "store/leftovers.h"

namespace hk::store {

namespace fs = std::filesystem;

namespace {

/// How much of the log a start looks through for the oldest hit that waits.
constexpr log::Offset kBacklogLook = 64u << 20;
/// Below this a lane cannot seal a day.
constexpr std::uint64_t kSmallestMemory = 64u << 20;
/// A new file is tried again after this while another one is checkpointed, or all are held.
constexpr Millis kHeldWait{50};

std::vector<fs::path> team_files(const StoreOptions& options) {
  std::vector<fs::path> files;
  std::error_code ec;
  for (const auto& team : fs::directory_iterator(options.tenants, ec))
    if (const auto file = team.path() / "hitkeep.db"; fs::exists(file, ec)) files.push_back(file);
  std::ranges::sort(files);
  return files;
}

}  // namespace

db::DuckOptions duck_options(const StoreOptions& options, std::uint64_t memory) {
  return {.memory_limit_bytes = std::max(kSmallestMemory, memory),
          .threads = options.threads,
          .read_only = false,
          .temp_directory = options.first_file.parent_path() / "tmp"};
}

namespace {

/// Questions, orders and the applier have threads of their own; DuckDB's would be woken by each of their statements.
Result<std::shared_ptr<db::DuckInstance>> instance_of(const StoreOptions& options, std::uint64_t memory) {
  auto shared = duck_options(options, memory);
  shared.threads = 1;
  return db::DuckInstance::start(shared, {options.first_file.parent_path(), options.tenants});
}

}  // namespace

Looks::State Looks::state_of(const fs::path& file) {
  const fs::path wal = file.string() + ".wal";
  std::error_code ec;
  State out{.print = print_of(file), .wal_bytes = fs::file_size(wal, ec), .wal_written = {}};
  if (!ec) out.wal_written = fs::last_write_time(wal, ec);
  return out;
}

Result<Lane::Look> Looks::at(const fs::path& file) {
  const State before = state_of(file);
  if (const auto known = whole_.find(file); known != whole_.end() && before.print && known->second.first == before)
    return known->second.second;
  if (!instance_) {
    // What a kill left in the WAL is read into memory, as it is when the file is opened afterwards.
    auto started = instance_of(options_, options_.memory_limit_bytes);
    if (!started) return std::unexpected(started.error());
    instance_ = std::move(*started);
  }
  auto options = duck_options(options_, options_.memory_limit_bytes);
  options.instance = instance_;
  auto looked = Lane::look(file, options);
  if (!looked && !instance_->answers()) instance_.reset();
  if (looked && looked->damage.empty() && looked->no_wal.empty())
    whole_.insert_or_assign(file, std::pair(before, *looked));
  return looked;
}

/// Fails while readers hold files of the last one: attached to both, a file would be ruined. Under attach_mutex_.
Result<void> DuckStore::start_instance() {
  if (instance_) return {};
  if (!old_instance_.expired()) return fail(Code::unavailable, "readers hold files of a database that failed");
  auto started = instance_of(options_, options_.memory_limit_bytes);
  if (!started) return std::unexpected(started.error());
  instance_ = std::move(*started);
  return {};
}

Result<db::DuckOptions> DuckStore::options_of(const Slot& slot) {
  const std::scoped_lock attaching(attach_mutex_);
  return options_while_attaching(slot);
}

/// Of the instance that its file is attached to. Under attach_mutex_.
Result<db::DuckOptions> DuckStore::options_while_attaching(const Slot& slot) {
  // One that shares an instance has its own for as long as its file is written anew.
  auto options = duck_options(options_, slot.apart ? kSmallestMemory : options_.memory_limit_bytes);
  if (slot.apart) return options;
  if (auto started = start_instance(); !started) return std::unexpected(started.error());
  options.instance = instance_;
  return options;
}

bool DuckStore::instance_failed() {
  const std::scoped_lock attaching(attach_mutex_);
  return instance_ && !instance_->answers();
}

Result<void> DuckStore::open(std::shared_ptr<Looks> looked) {
  for (const auto& [lane, team] : options_.removed) {
    removed_.insert(lane);
    erase_dead_letters(options_.dead_letters, lane);
    if (auto gone = erase_team(file_of(team).parent_path(), lanes_folder(options_), lane); !gone)
      logging::warn("files of a team that was deleted are still there", {{"error", gone.error().message}});
  }
  const auto others = team_files(options_);
  looks_ = std::move(looked);
  if (!looks_) looks_ = std::make_shared<Looks>(options_);
  auto icu = db::DuckDatabase::memory(
      {.memory_limit_bytes = kSmallestMemory, .threads = 1, .read_only = false, .temp_directory = {}});
  if (!icu) return std::unexpected(icu.error());
  icu_ = std::move(*icu);

  auto backlogs = Backlog::all(lanes_folder(options_));
  if (auto opened = open_first(backlogs); !opened) return opened;
  const Rests rests = saved(rests_file());
  for (const fs::path& file : others) {
    Slot& slot = *slots_.emplace_back(std::make_unique<Slot>(*this));
    slot.file = file;
    know_backlog(slot, backlogs);
    const bool rests_there = found_at_rest(slot, rests);
    know_clone(slot);
    if (!rests_there) {
      make_room(most_files() - 1);
      if (auto opened = open_lane(slot, std::nullopt); !opened) {
        stop_lane(slot, opened.error());  // `applied` stays 0: the log keeps all that it may need
        continue;
      }
      begin_with_backlog(slot);
    }
    position_ = std::min(position_, beyond(slot, slot.seen));
  }
  for (const KnownLane& known : options_.lanes)
    if (std::ranges::none_of(slots_, [&](const auto& slot) { return slot->file == file_of(known.team); }) &&
        known.lane != LaneKey::first_team)
      open_missing(known, rests, backlogs);
  auto reader = log_.read(position_);
  if (!reader) return std::unexpected(reader.error());
  reader_ = std::move(*reader);
  fresh_ms_ = to_ms(backlog_since());
  for (const auto& slot : slots_)
    if (slot->works()) newest_ = std::max(newest_, slot->lane ? slot->lane->log_time() : slot->rested().log_time);
  looks_.reset();
  publish();
  const std::scoped_lock lock(metrics_.gauges->mutex);
  metrics_.gauges->store = this;
  return {};
}

/// The first file must be a database: without it there is nothing to serve. One of which rows cannot be read stops
/// alone, as the others do: hits are kept in the log until it is put right.
Result<void> DuckStore::open_first(std::vector<std::unique_ptr<Backlog>>& backlogs) {
  auto& first = *slots_.emplace_back(std::make_unique<Slot>(*this));
  const LaneIdentity identity{LaneKey::first_team, TeamId{}};
  first.file = options_.first_file;
  know_backlog(first, backlogs);
  know_clone(first);
  const auto opened = open_lane(first, identity);
  if (opened) begin_with_backlog(first);
  position_ = beyond(first, first.seen);
  if (opened || db::cause_of(opened.error()) != db::DuckCause::damage) return opened;
  const auto looked = look(first);
  if (!looked) return std::unexpected(looked.error());
  position_ = beyond(first, looked->mark.offset);
  first.identity = identity;
  stop_lane(first, opened.error());
  return {};
}

/// A file that is gone is made again from a log that reaches back to its beginning. Otherwise it is missed, and what is
/// for it waits in the log; unless its first site is still to come there, which is when it is made.
void DuckStore::open_missing(const KnownLane& known, const Rests& rests,
                             std::vector<std::unique_ptr<Backlog>>& backlogs) {
  auto& slot = *slots_.emplace_back(std::make_unique<Slot>(*this));
  slot.file = file_of(known.team);
  slot.identity = {known.lane, known.team};
  remember(slot, rests);
  know_backlog(slot, backlogs);
  know_clone(slot);
  auto done = fits(slot, {});
  if (done) done = open_lane(slot, slot.identity);
  if (done) {
    begin_with_backlog(slot);
    position_ = std::min(position_, beyond(slot, slot.seen));
    return;
  }
  stop_lane(slot, done.error());
  slot.wants_readers = slot.switching = false;  // there is nothing to read
  slot.missing = known.first_site;
}

/// When the oldest hit that waits in the log was received; the present where none waits. After kBacklogLook without
/// one, whatever may wait behind is at least no older than the first hit there.
TimeMs DuckStore::backlog_since() {
  std::optional<TimeMs> first;
  const auto reader = log_.read(position_);
  while (reader) {
    const auto read = (*reader)->next(Millis{0});
    if (!read) break;  // the applier will say what is wrong
    const auto& entry = *read;
    if (!entry) break;
    if (first && entry->offset > position_ + kBacklogLook) return *first;
    const log::Record& record = entry->record;
    const LaneKey lane{record.lane};
    if (lane == LaneKey::control || RecordKind{record.kind} != RecordKind::hit) continue;
    const auto hit = decode_hit(record.payload, record.version);
    if (!hit || hit->late) continue;
    if (!first) first = hit->at;
    if (const Slot* slot = find(lane); !slot || slot->follows(entry->offset)) return hit->at;
  }
  return clock_.now();
}

ReadLog DuckStore::read_log(const Slot& slot) {
  return [this, &slot](log::Offset from) {
    auto reader = read_from(slot, from == 0 && !slot.backlog ? log_.begin() : from);
    return reader || from == 0 ? std::move(reader) : log_.read(log_.begin());
  };
}

/// Whether the log goes on behind a mark of this file, or where what the file lacks begins.
Result<void> DuckStore::fits(const Slot& slot, const log::Mark& mark) const {
  auto fine = log_.fits({.file = slot.file, .mark = mark});
  const log::Offset to = beyond(slot, mark.offset);
  if (fine || fine.error().code != Code::not_found || to == mark.offset) return fine;
  return log_.fits({.file = slot.file, .mark = {.timeline = log_.timeline(), .offset = to}});
}

Result<void> DuckStore::open_lane(Slot& slot, std::optional<LaneIdentity> fresh) {
  const auto options = options_of(slot);
  if (!options) return std::unexpected(options.error());
  // Not opened before, it may be anybody's; and a file with damage is better left as it is.
  if (!slot.opened || slot.trouble == Trouble::damaged) {
    auto looked = look_healed(slot);
    if (!looked) return std::unexpected(looked.error());
    if (!looked->damage.empty()) return fail(Code::unavailable, looked->damage);
    // A new team's file is empty, whatever the log still holds; the first was looked at before the log was opened.
    const bool settled = slot.file == options_.first_file || (fresh && looked->mark.offset == 0);
    if (auto fine = settled ? Result<void>{} : fits(slot, looked->mark); !fine) return fine;
  }
  if (fresh) note_new(slot);
  auto lane = Lane::open(slot.file, *options, fresh, read_log(slot));
  if (!lane && lane.error().code == Code::conflict) {
    if (auto dropped = drop_wal(slot); !dropped) return dropped;
    lane = Lane::open(slot.file, *options, fresh, read_log(slot));
  }
  if (!lane) return std::unexpected(lane.error());
  const std::scoped_lock lock(mutex_);
  take_over(slot, std::move(*lane));
  slot.batch = {};
  slot.identity = slot.lane->identity();
  slot.opened = true;
  if (const auto damage = slot.lane->damage(); damage.met > 0) note_damage(slot, damage.words);
  slot.pool = std::make_shared<ReadPool>(slot.lane->database());
  slot.wants_readers = slot.switching = false;
  pool_came_.notify_all();
  slot.checkpointed_at = Steady::now();
  return {};
}

/// Under the mutex.
void DuckStore::take_over(Slot& slot, std::unique_ptr<Lane> lane) {
  lane->follow(log_.timeline());
  slot.seen = slot.has_applied = slot.passed.beyond(lane->applied());
  slot.checkpointed = slot.saved_passed.value_or(Passed{}).beyond(lane->checkpointed());
  slot.checkpoint_at = {};
  slot.used_at = Steady::now();
  slot.lane = std::move(lane);
}

Result<Lane::Look> DuckStore::look(const Slot& slot) {
  return looks_ ? looks_->at(slot.file) : Looks(options_).at(slot.file);
}

/// A WAL that a power cut tore, or that is of another moment than its file, holds nothing that the log does not.
Result<void> DuckStore::drop_wal(const Slot& slot) {
  auto looked = look(slot);
  if (!looked) return std::unexpected(looked.error());
  if (auto fine = fits(slot, looked->mark); !fine) return fine;
  auto kept = db::set_wal_aside(slot.file);
  if (!kept) return std::unexpected(kept.error());
  logging::warn(
      "the write-ahead log of a database file is torn or of another moment; it was moved aside, and what was in "
      "it is applied again from the log",
      {{"file", slot.file.string()},
       {"kept", kept->string()},
       {"applied", looked->mark.offset},
       {"end", log_.durable_end()},
       {"reason", looked->no_wal}});
  return {};
}

/// A stopped lane on the database that its readers never left.
Result<void> DuckStore::resume(Slot& slot) {
  // It is known since the file was opened.
  auto lane = Lane::resume(slot.file, slot.kept, slot.identity.value_or(LaneIdentity{}), read_log(slot));
  if (!lane) return std::unexpected(lane.error());
  const std::scoped_lock lock(mutex_);
  take_over(slot, std::move(*lane));
  slot.batch = {};
  slot.kept.reset();
  return {};
}

/// What a stopped lane has applied goes on being read.
void DuckStore::open_for_readers(Slot& slot) {
  const auto options = options_of(slot);
  auto reading =
      options ? Lane::open_for_readers(slot.file, *options) : Result<Lane::Reading>(std::unexpected(options.error()));
  if (!reading)
    logging::error("a stopped database file cannot be read either",
                   {{"file", slot.file.string()}, {"error", reading.error().message}});
  const std::scoped_lock lock(mutex_);
  slot.wants_readers = slot.switching = false;
  if (reading) {
    slot.identity = reading->identity;
    slot.kept = std::move(reading->database);
    slot.for_readers_alone = true;
    slot.pool = std::make_shared<ReadPool>(slot.kept);
  }
  // From here: however long opening took, who waits gets his turn before the file is closed for the next try.
  slot.retry_at = Steady::now() + slot.stops * options_.lane_retry;
  pool_came_.notify_all();
}

/// The lane of a site that the log adds. Null when the program stops before its file could be made.
DuckStore::Slot* DuckStore::found(LaneKey lane, const SiteAdded& site) {
  const fs::path file = file_of(site.team);
  const LaneIdentity identity{lane, site.team};
  for (const auto& slot : slots_)
    if (slot->file == file) {
      if (const auto& missing = slot->missing; missing && site.site <= *missing)
        return make(*slot, identity) ? slot.get() : nullptr;
      // It is there but cannot be opened: now its lane is known, and it catches up when it comes back.
      const std::scoped_lock lock(mutex_);
      slot->identity = identity;
      return slot.get();
    }
  auto slot = std::make_unique<Slot>(*this);
  slot->file = file;
  if (!make(*slot, identity)) return nullptr;
  const std::scoped_lock lock(mutex_);
  slots_.push_back(std::move(slot));
  pool_came_.notify_all();
  return slots_.back().get();
}

/// A lane is born before anything behind its fence is applied: no crash can then lose the fact that it exists. Nor is
/// it born while files must stay as they are: a snapshot would have half of it. False when the program stops before.
bool DuckStore::make(Slot& slot, const LaneIdentity& identity) {
  for (;;) {
    make_room(most_files() - 1);
    auto pause = kHeldWait;
    if (const std::unique_lock free(checkpoint_mutex_, std::try_to_lock); free) {
      pause = options_.lane_retry;
      auto opened = open_lane(slot, identity);
      if (opened) opened = slot.lane->advance(position_);
      if (opened) break;
      logging::error("the database file of a new team cannot be made; trying again",
                     {{"error", opened.error().message}});
      if (instance_failed()) leave_instance(slot);
    }
    {
      const std::scoped_lock lock(mutex_);
      slot.lane.reset();
    }
    std::unique_lock lock(stop_mutex_);
    if (stop_signal_.wait_for(lock, pause, [this] { return stopping_.load(); })) return false;
  }
  const std::scoped_lock lock(mutex_);
  slot.seen = slot.has_applied = position_;
  slot.missing.reset();
  slot.trouble = Trouble::none;
  slot.words.clear();
  slot.stops = 0;
  return true;
}

std::shared_ptr<Looks> Store::looks(const StoreOptions& options) {
  return std::make_shared<Looks>(options);
}

Result<std::vector<log::Marked>> Store::look(const StoreOptions& options, const log::Extent& log) {
  return look(options, log, *looks(options));
}

Result<std::vector<log::Marked>> Store::look(const StoreOptions& options, const log::Extent& log, Looks& looks) {
  const auto first = mark_or_cure(options, looks, options.first_file, [&](const log::Mark& mark) {
    return !log.gone && log::fit(log, mark) == log::Fit::fits;
  });
  if (!first) return std::unexpected(first.error());
  std::vector<log::Marked> found{{.file = options.first_file, .mark = *first}};
  if (log::fit(log, *first) == log::Fit::behind)
    for (const auto& backlog : Backlog::all(lanes_folder(options)))
      if (backlog->identity().lane == LaneKey::first_team && first->offset >= backlog->from())
        found.front().mark = backlog->to();
  const Rests rests = saved(lanes_folder(options) / "resting");
  for (const fs::path& file : team_files(options))
    if (const Rest* known = at_rest(rests, file)) {
      if (log::fit(log, known->mark) == log::Fit::ahead) found.push_back({.file = file, .mark = known->mark});
    } else if (const auto looked = looks.at(file); looked && log::fit(log, looked->mark) == log::Fit::ahead)
      found.push_back({.file = file, .mark = looked->mark});
  return found;
}

Result<std::unique_ptr<Store>> Store::open(StoreOptions options, log::Log& log, const Clock& clock,
                                           metrics::Registry& metrics, std::shared_ptr<Looks> looked) {
  auto store = std::make_unique<DuckStore>(std::move(options), log, clock, metrics);
  if (auto opened = store->open(std::move(looked)); !opened) return std::unexpected(opened.error());
  return store;
}

}  // namespace hk::store
