// What stopped lanes hold of the log is copied to their backlogs, and applied from there when they are back.

#include <algorithm>
#include <utility>

#include "base/logging.h"
#include "base/text.h"
#include "control/change.h"
#include "store/duck_store.h"

namespace hk::store {

namespace fs = std::filesystem;

namespace {

/// So much of the log is read in one step, between batches of the lanes that work; of a small log a part.
constexpr log::Offset kCopyStep = 8u << 20;
constexpr std::uint64_t kCopySteps = 16;

}  // namespace

/// At the start, before the file is looked at.
void DuckStore::know_backlog(Slot& slot, std::vector<std::unique_ptr<Backlog>>& found) {
  for (auto& backlog : found) {
    if (!backlog) continue;
    const LaneIdentity& of = backlog->identity();
    if (slot.file != (of.lane == LaneKey::first_team ? options_.first_file : file_of(of.team))) continue;
    if (const auto fine = log_.fits({.file = slot.file, .mark = backlog->to()});
        !fine && fine.error().code == Code::conflict) {
      logging::error("a backlog is not of this log, and left alone", {{"file", slot.file.string()}});
      return;
    }
    slot.backlog = std::move(backlog);
    const std::scoped_lock lock(mutex_);
    slot.spared = slot.backlog->to().offset;
    slot.dropped = slot.backlog->dropped();
    return;
  }
}

/// Whose file a slot is, where it was not opened yet.
std::optional<LaneIdentity> DuckStore::owner_of(const Slot& slot) const {
  if (slot.identity) return slot.identity;
  if (slot.backlog) return slot.backlog->identity();
  if (pinned(slot)) return LaneIdentity{LaneKey::first_team, TeamId{}};
  const auto known =
      std::ranges::find_if(options_.lanes, [&](const KnownLane& lane) { return file_of(lane.team) == slot.file; });
  if (known == options_.lanes.end()) return std::nullopt;
  return LaneIdentity{known->lane, known->team};
}

/// Where what a file lacks that has applied everything up to `applied` begins in the log.
log::Offset DuckStore::beyond(const Slot& slot, log::Offset applied) const {
  const log::Offset to = slot.passed.beyond(applied);
  return slot.backlog && to >= slot.backlog->from() ? std::max(to, slot.backlog->to().offset) : to;
}

/// Its records behind an offset, be they in its backlog or in the log.
Result<std::unique_ptr<log::Reader>> DuckStore::read_from(const Slot& slot, log::Offset from) {
  const auto open_log = [this](log::Offset at) { return log_.read(at); };
  return slot.backlog ? slot.backlog->read(from, open_log) : open_log(from);
}

/// A lane at the start: what waits in its backlog is applied first, while the others go on.
void DuckStore::begin_with_backlog(Slot& slot) {
  if (!slot.backlog || slot.seen >= slot.backlog->to().offset) return;
  auto reader = read_from(slot, slot.seen);
  if (!reader) return stop_lane(slot, reader.error());
  const std::scoped_lock lock(mutex_);
  slot.own_reader = std::move(*reader);
}

/// One step for each lane that is stopped and holds too much of the log. True: there is more to do.
bool DuckStore::spare_log() {
  const std::unique_lock free(checkpoint_mutex_, std::try_to_lock);  // a snapshot has a file and its note as they are
  if (!free || stopping_) return false;
  bool more = false;
  for (const auto& slot : slots_)
    if (!slot->works() && Steady::now() >= slot->spare_at) more = spare_log(*slot) || more;
  return more;
}

/// How much of the log is kept for a lane that is stopped.
log::Offset DuckStore::held_by(const Slot& slot) const {
  const auto from = std::max(slot.needs().value_or(position_), log_.begin());
  return position_ - std::min(position_, from);
}

bool DuckStore::begin_copy(Slot& slot) {
  if (held_by(slot) <= options_.log_bound / kHoldShare) return false;
  const auto owner = owner_of(slot);
  if (!owner) {
    logging::error("the log is no longer kept for a database file of which nobody knows whose it is",
                   {{"file", slot.file.string()}});
    const std::scoped_lock lock(mutex_);
    slot.spared = position_;
    return false;
  }
  const log::Mark begin{.timeline = log_.timeline(), .offset = log_.begin()};
  // All that the log has: an earlier copy of the file may take its place.
  if (!slot.backlog) slot.backlog = std::make_unique<Backlog>(lanes_folder(options_), *owner, begin);
  if (slot.backlog->to().offset < begin.offset) {
    logging::error("the log went on without a backlog; what lay in between is lost",
                   {{"file", slot.file.string()}, {"bytes", begin.offset - slot.backlog->to().offset}});
    slot.backlog->drop(begin);
  }
  auto reader = log_.read(slot.backlog->to().offset);
  if (!reader) return false;
  slot.copier = std::move(*reader);
  return true;
}

bool DuckStore::spare_log(Slot& slot) {
  if (!slot.copier && !begin_copy(slot)) return false;
  const auto step = std::min(kCopyStep, options_.log_bound / kCopySteps);
  if (auto read = copy_until(slot, std::min(position_, slot.copier->position() + step)); !read)
    return copy_later(slot, read.error());
  const log::Mark to{.timeline = log_.timeline(), .offset = slot.copier->position()};
  if (auto done = commit(slot, to); !done) return copy_later(slot, done.error());
  const bool more = to.offset < position_;
  if (!more) slot.copier.reset();
  const std::scoped_lock lock(mutex_);
  slot.spared = to.offset;
  slot.dropped = slot.backlog->dropped();
  return more;
}

bool DuckStore::copy_later(Slot& slot, const Error& why) {
  if (!std::exchange(slot.crowded, true))
    logging::warn("what a stopped database file misses cannot be copied out of the log; trying again",
                  {{"file", slot.file.string()}, {"error", why.message}});
  slot.backlog->give_up();
  slot.copier.reset();
  slot.spare_at = Steady::now() + options_.lane_retry;
  return false;
}

/// What was copied is in the backlog; or it is dropped, rather than that the log, which is full because of it, refuses
/// the hits of all.
Result<void> DuckStore::commit(Slot& slot, const log::Mark& to) {
  Backlog& backlog = *slot.backlog;
  std::string_view full = lacks_room_for(backlog);
  auto done = full.empty() ? backlog.commit(to, clock_.now())
                           : fail(Code::unavailable, concat({"there is no room for more of it: ", full}));
  if (done) slot.crowded = false;
  if (done || held_by(slot) <= options_.log_bound - options_.log_bound / kDropShare) return done;
  const bool told = backlog.dropped() > 0;
  const std::uint64_t hits = backlog.drop(to);
  (full == "bound" ? metrics_.dropped_bound : metrics_.dropped_disk).add(hits);
  if (!told && hits > 0)
    logging::error(
        "hits of a stopped database file are dropped: neither the log nor its backlog has room for more. "
        "Mend the file, or make room",
        {{"file", slot.file.string()}, {"hits", hits}, {"error", done.error().message}});
  return {};
}

/// The reader ends at a record that is no further than the common reader's last.
Result<void> DuckStore::copy_until(Slot& slot, log::Offset until) {
  const LaneKey own = slot.backlog->identity().lane;
  while (slot.copier->position() < until) {
    const auto read = slot.copier->next(Millis{0});
    if (!read) return std::unexpected(read.error());
    const auto& entry = *read;
    if (!entry) break;
    copy(slot, own, *entry);
  }
  return {};
}

void DuckStore::copy(Slot& slot, LaneKey own, const log::Entry& entry) {
  const log::Record& record = entry.record;
  if (LaneKey{record.lane} == LaneKey::control) {
    // Of what control data said, its own: the rest is nobody's business here.
    auto fences = control::decode_fences(record.payload, record.version);
    if (!fences) return;  // the common reader has put it aside
    std::erase_if(*fences, [&](const control::Fence& fence) { return fence.lane != own; });
    if (fences->empty()) return;
    const std::string payload = control::encode("", *fences);
    slot.backlog->add(entry.offset, log::Record{record.lane, record.kind, control::kChangeVersion, payload});
  } else if (LaneKey{record.lane} == own && RecordKind{record.kind} == RecordKind::hit) {
    const auto hit = decode_hit(record.payload, record.version);
    if (hit)
      slot.backlog->add(entry.offset, *hit);
    else if (entry.offset > slot.has_applied)
      put_aside(nullptr, entry, hit.error());
  } else if (LaneKey{record.lane} == own) {
    slot.backlog->add(entry.offset, record);
  }
}

/// Empty: there is room for what was added. Otherwise what is full.
std::string_view DuckStore::lacks_room_for(const Backlog& backlog) const {
  const std::uint64_t more = backlog.pending_bytes();
  std::uint64_t all = more;
  for (const auto& slot : slots_)
    if (slot->backlog) all += slot->backlog->bytes();
  std::error_code ec;
  const auto space = fs::space(fs::absolute(options_.first_file).parent_path(), ec);
  if (more == 0) return "";
  if (all > options_.log_bound) return "bound";
  return !ec && space.available < options_.disk_reserve + more ? "disk" : "";
}

/// What is in the file whatever becomes of its WAL needs no backlog.
void DuckStore::end_backlog(Slot& slot) {
  if (!slot.backlog || !slot.lane || slot.own_reader) return;
  const log::Offset to = slot.backlog->to().offset;
  if (slot.seen < to) return;
  if (slot.lane->applied() < to)
    if (auto done = slot.lane->advance(slot.seen); !done) return stop_lane(slot, done.error());
  if (slot.lane->checkpointed() < to) checkpoint_above(slot, 0);
  const std::unique_lock free(checkpoint_mutex_, std::try_to_lock);
  if (!free || !slot.lane || slot.lane->checkpointed() < to) return;
  if (auto done = slot.backlog->retire(); !done) {
    logging::warn("a backlog that is applied cannot be removed; trying again", {{"error", done.error().message}});
    return;
  }
  slot.backlog.reset();
  const std::scoped_lock lock(mutex_);
  slot.spared = slot.dropped = 0;
}

void DuckStore::forget_hashes(TimeMs copied_before) {
  forget_before_ms_ = to_ms(copied_before);
}

/// One step for each backlog. True: there is more to do.
bool DuckStore::forget_some() {
  const auto before = forget_before_ms_.load();
  const std::unique_lock free(checkpoint_mutex_, std::try_to_lock);
  if (before == 0 || !free) return false;
  bool more = false;
  for (const auto& slot : slots_) {
    if (!slot->backlog) continue;
    const auto done = slot->backlog->forget_hashes(from_ms(before));
    if (!done)
      logging::warn("hashes in a backlog cannot be overwritten; it is tried again", {{"error", done.error().message}});
    more = more || done.value_or(false);
  }
  if (!more) forget_before_ms_ = 0;
  return more;
}

}  // namespace hk::store
