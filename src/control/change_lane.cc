#include "control/change_lane.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/ensure.h"
#include "base/logging.h"
#include "base/text.h"
#include "control/change.h"
#include "log/dead_letters.h"
#include "sql/control.h"

namespace hk::control {
namespace {

namespace sql = hk::sql::control;

/// Records of other lanes that are read in one go.
constexpr std::size_t kSkip = 4'096;

}  // namespace

LaneCounters::LaneCounters(metrics::Registry& registry)
    : changes(registry.counter("hitkeep_control_changes_total", "Changes of control data that were applied")),
      dead_letters(registry.counter("hitkeep_control_dead_letters_total",
                                    "Changes of control data that can never be applied and were set aside")) {}

Result<Stored> stored_mark(db::Sqlite& sql) {
  Stored stored;
  const auto offset = [&](const db::SqlRow& row) { stored.mark.offset = static_cast<log::Offset>(row.i64(0)); };
  auto read = sql.rows(sql::lane_offset, {}, offset);
  if (read) read = sql.rows(sql::lane_has_timeline, {}, [&](const db::SqlRow&) { stored.has_timeline = true; });
  if (read && stored.has_timeline)
    read = sql.rows(sql::lane_timeline, {}, [&](const db::SqlRow& row) { stored.mark.timeline = row.uuid(0); });
  if (!read) return std::unexpected(std::move(read.error()));
  return stored;
}

ChangeLane::ChangeLane(const Options& options, log::Log& log, const Clock& clock, LaneCounters& counters)
    : options_(options), log_(log), clock_(clock), counters_(counters) {}

Result<std::unique_ptr<ChangeLane>> ChangeLane::open(const Options& options, log::Log& log, const Clock& clock,
                                                     LaneCounters& counters, std::span<const std::string> damaged) {
  std::unique_ptr<ChangeLane> lane(new ChangeLane(options, log, clock, counters));
  auto opened = db::Sqlite::open(options.file, db::Sqlite::Mode::apply);
  if (!opened) return std::unexpected(std::move(opened.error()));
  lane->sql_ = std::move(*opened);
  auto found = stored_mark(*lane->sql_);
  if (!found) return std::unexpected(std::move(found.error()));
  if (auto fits = log.fits({.file = options.file, .mark = found->mark}); !fits)
    return std::unexpected(std::move(fits.error()));
  lane->stored_ = lane->position_ = found->mark.offset;
  lane->has_timeline_ = found->has_timeline;
  lane->new_timeline_ = found->has_timeline && found->mark.timeline != log.timeline();
  auto sums = Checksums::open(*lane->sql_, options.accept_damage, damaged);
  if (!sums) return std::unexpected(std::move(sums.error()));
  lane->sums_ = std::move(*sums);
  auto reader = log.read(lane->stored_);
  if (!reader) return std::unexpected(std::move(reader.error()));
  lane->reader_ = std::move(*reader);
  return lane;
}

Result<ChangeLane::Step> ChangeLane::step() {
  Step step;
  if (!reader_) {
    auto reader = log_.read(position_);
    if (!reader) return std::unexpected(std::move(reader.error()));
    reader_ = std::move(*reader);
  }
  std::size_t skipped = 0;
  for (;;) {
    auto next = reader_->next(std::chrono::milliseconds(0));
    if (!next) {
      reader_.reset();  // it may stand between two segments
      if (step.changes > 0) break;
      return std::unexpected(std::move(next.error()));
    }
    const auto& entry = *next;
    step.idle = !entry;
    if (step.idle) {
      if (has_timeline_) position_ = std::max(position_, reader_->position());
      break;
    }
    ensure(entry->offset > position_, "changes are applied in the order of the log, each once");
    if (entry->record.lane == static_cast<std::uint32_t>(LaneKey::control)) {
      if (auto taken = take(*entry, step); !taken) return std::unexpected(std::move(taken.error()));
    } else {
      ++skipped;
    }
    position_ = entry->offset;
    // A change that somebody waits for does not wait for the hits behind it.
    const bool waiting = step.changes > 0 && skipped > 0;
    if (waiting || step.changes >= options_.batch || skipped >= kSkip) break;
  }
  if (step.changes == 0) return step;
  if (auto done = commit(); !done) return std::unexpected(std::move(done.error()));
  counters_.changes.add(step.changes);
  return step;
}

Result<void> ChangeLane::take(const log::Entry& entry, Step& step) {
  if (step.changes == 0) {
    if (auto begun = sql_->exec("BEGIN IMMEDIATE"); !begun) return begun;
  }
  ++step.changes;
  auto applied = try_apply(entry);
  if (applied) {
    step.tables.add(*applied);
    step.last = {};
    return {};
  }
  step.last = std::unexpected(std::move(applied.error()));
  const auto code = step.last.error().code;
  if (code != Code::invalid && code != Code::conflict) return std::unexpected(step.last.error());
  return set_aside(entry, step.last.error());
}

Result<void> ChangeLane::catch_up() {
  const auto end = log_.durable_end();
  while (position_ < end) {
    auto stepped = step();
    if (!stepped) return std::unexpected(std::move(stepped.error()));
    if (stepped->idle) break;
  }
  return keep_position();
}

Result<void> ChangeLane::keep_position() {
  if (position_ == stored_ && !new_timeline_) return {};
  if (auto begun = sql_->exec("BEGIN IMMEDIATE"); !begun) return begun;
  return commit();
}

Result<void> ChangeLane::commit() {
  ensure(position_ >= stored_, "control.db never goes back in the log");
  if (options_.at_commit) options_.at_commit();
  auto moved = sql_->run(sql::lane_move, {static_cast<std::int64_t>(position_)});
  if (moved && new_timeline_) moved = sql_->run(sql::lane_follow, {log_.timeline()});
  if (!moved) return std::unexpected(std::move(moved.error()));
  if (auto summed = sums_->store(); !summed) return summed;
  if (auto done = sql_->exec("COMMIT"); !done) return done;
  if (options_.at_commit) options_.at_commit();
  stored_ = position_;
  new_timeline_ = false;
  return {};
}

Result<db::ChangedTables> ChangeLane::try_apply(const log::Entry& entry) {
  if (entry.record.kind != kChangeKind) return fail(Code::invalid, "The record is of an unknown kind");
  auto change = decode_change(entry.record.payload, entry.record.version);
  if (!change) return std::unexpected(std::move(change.error()));
  if (change->changeset.empty()) return db::ChangedTables();
  auto before = sums_->sums();
  auto applied = sql_->apply_changeset(change->changeset);
  if (!applied) sums_->go_back(std::move(before));
  return applied;
}

/// What can never be applied must not hold up what comes after it, and must not be lost either.
Result<void> ChangeLane::set_aside(const log::Entry& entry, const Error& reason) {
  // The same names again when the process dies before the commit.
  if (auto kept = log::put_aside(options_.dead_letters, "control", entry, reason, clock_.now()); !kept) return kept;
  counters_.dead_letters.add();
  logging::error("a change of control data cannot be applied and was set aside",
                 {{"offset", entry.offset}, {"reason", reason.message}});
  return {};
}

}  // namespace hk::control
