#include "control/lane.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "base/logging.h"
#include "base/text.h"
#include "control/change.h"
#include "sql/control.h"

namespace hk::control {
namespace {

namespace fs = std::filesystem;
namespace sql = hk::sql::control;

/// Records of other lanes that are read in one go.
constexpr std::size_t kSkip = 4'096;

/// Writes a whole file that only its owner may read, and syncs it.
bool write_private(const fs::path& file, std::string_view bytes) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  bool ok = true;
  while (ok && !bytes.empty()) {
    const auto written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    ok = written > 0;
    if (ok) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  ok = ok && ::fsync(fd) == 0;
  const int error = errno;
  ::close(fd);
  errno = error;
  return ok;
}

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

Lane::Lane(const Options& options, log::Log& log, const Clock& clock, LaneCounters& counters)
    : options_(options), log_(log), clock_(clock), counters_(counters) {}

Result<std::unique_ptr<Lane>> Lane::open(const Options& options, log::Log& log, const Clock& clock,
                                         LaneCounters& counters) {
  std::unique_ptr<Lane> lane(new Lane(options, log, clock, counters));
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
  auto reader = log.read(lane->stored_);
  if (!reader) return std::unexpected(std::move(reader.error()));
  lane->reader_ = std::move(*reader);
  return lane;
}

Result<Lane::Step> Lane::step() {
  Step step;
  std::size_t skipped = 0;
  for (;;) {
    auto next = reader_->next(std::chrono::milliseconds(0));
    if (!next) return std::unexpected(std::move(next.error()));
    const auto& entry = *next;
    step.idle = !entry;
    if (step.idle) {
      if (has_timeline_) position_ = std::max(position_, reader_->position());
      break;
    }
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

Result<void> Lane::take(const log::Entry& entry, Step& step) {
  if (step.changes == 0) {
    if (auto begun = sql_->exec("BEGIN IMMEDIATE"); !begun) return begun;
  }
  ++step.changes;
  step.last = try_apply(entry);
  if (step.last) return {};
  const auto code = step.last.error().code;
  if (code != Code::invalid && code != Code::conflict) return std::unexpected(step.last.error());
  return set_aside(entry, step.last.error());
}

Result<void> Lane::catch_up() {
  const auto end = log_.durable_end();
  while (position_ < end) {
    auto stepped = step();
    if (!stepped) return std::unexpected(std::move(stepped.error()));
    if (stepped->idle) break;
  }
  return keep_position();
}

Result<void> Lane::keep_position() {
  if (position_ == stored_ && !new_timeline_) return {};
  if (auto begun = sql_->exec("BEGIN IMMEDIATE"); !begun) return begun;
  return commit();
}

Result<void> Lane::commit() {
  if (options_.at_commit) options_.at_commit();
  auto moved = sql_->run(sql::lane_move, {static_cast<std::int64_t>(position_)});
  if (moved && new_timeline_) moved = sql_->run(sql::lane_follow, {log_.timeline()});
  if (!moved) return std::unexpected(std::move(moved.error()));
  if (auto done = sql_->exec("COMMIT"); !done) return done;
  if (options_.at_commit) options_.at_commit();
  stored_ = position_;
  new_timeline_ = false;
  return {};
}

Result<void> Lane::try_apply(const log::Entry& entry) {
  if (entry.record.kind != kChangeKind) return fail(Code::invalid, "The record is of an unknown kind");
  auto change = decode_change(entry.record.payload, entry.record.version);
  if (!change) return std::unexpected(std::move(change.error()));
  if (change->changeset.empty()) return {};
  return sql_->apply_changeset(change->changeset);
}

/// What can never be applied must not hold up what comes after it, and must not be lost either.
Result<void> Lane::set_aside(const log::Entry& entry, const Error& reason) {
  std::error_code ec;
  fs::create_directories(options_.dead_letters, ec);
  const std::string name = "control-" + std::to_string(entry.offset);
  const fs::path file = options_.dead_letters / name;
  const std::string text = "set aside " + rfc3339(clock_.now()) + "\noffset " + std::to_string(entry.offset) +
                           "\nkind " + std::to_string(entry.record.kind) + "\nversion " +
                           std::to_string(entry.record.version) + "\nreason " + reason.message + "\n";
  // The same names again when the process dies before the commit.
  if (!write_private(file.string() + ".txt", text) || !write_private(file.string() + ".record", entry.record.payload))
    return fail(Code::unavailable, file.string() + " cannot be written: " + std::strerror(errno));
  counters_.dead_letters.add();
  logging::error("a change of control data cannot be applied and was set aside",
                 {{"file", file.string()}, {"reason", reason.message}});
  return {};
}

}  // namespace hk::control
