// Clones of database files are taken, and take the place of damaged ones.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/logging.h"
#include "base/text.h"
#include "db/rebuild.h"
#include "store/duck_store.h"

namespace hk::store {

namespace fs = std::filesystem;

namespace {

/// How long a clone waits for the checkpoint that it asked for; without it, it is as old as the last one.
constexpr Millis kCheckpointWait{5'000};
/// That an unchanged file still holds everything is noted again after so much more log, or so much time.
constexpr log::Offset kRenewBytes = 64u << 20;
constexpr std::chrono::hours kRenewAge{6};

/// Empty: not damaged.
std::string damage_in(const Result<Lane::Look>& looked) {
  if (looked) return looked->damage;
  return means_damage(looked.error()) ? looked.error().message : "";
}

bool is_of(const StoreOptions& options, const fs::path& file, const std::optional<LaneIdentity>& inside) {
  if (!inside) return false;
  return file == options.first_file ? inside->lane == LaneKey::first_team
                                    : inside->team.str() == file.parent_path().filename().string();
}

bool same_file(int fd, const fs::path& file) {
  struct stat open{}, named{};
  return ::fstat(fd, &open) == 0 && ::stat(file.c_str(), &named) == 0 && open.st_dev == named.st_dev &&
         open.st_ino == named.st_ino;
}

bool has_wal(const fs::path& file) {
  std::error_code ec;
  const auto bytes = fs::file_size(file.string() + ".wal", ec);
  return !ec && bytes > 0;
}

}  // namespace

std::optional<Cure> cure_of(const StoreOptions& options, Looks& looks, const fs::path& file, const Fits& fits) {
  if (!options.heal_copies) return std::nullopt;
  const auto note = clone_note(file);
  std::error_code ec;
  if (fs::exists(clone_of(file), ec)) {
    const auto looked = looks.at(clone_of(file));
    if (looked && looked->damage.empty() && is_of(options, file, looked->identity)) {
      Cure cure{.clone = true, .mark = looked->mark, .note = {}};
      if (note && note->mark.offset == looked->mark.offset) {
        cure.note = note;
        if (note->holds > note->mark.offset) cure.mark = {.timeline = note->mark.timeline, .offset = note->holds};
      }
      if (cure.mark.offset > 0 && fits(cure.mark)) return cure;
    }
  }
  if (note && note->from_log && fits(log::Mark{})) return Cure{.clone = false, .mark = {}, .note = note};
  return std::nullopt;
}

Result<log::Mark> mark_or_cure(const StoreOptions& options, Looks& looks, const fs::path& file, const Fits& fits) {
  const auto looked = looks.at(file);
  if (!damage_in(looked).empty())
    if (const auto cure = cure_of(options, looks, file, fits)) return cure->mark;
  if (!looked) return std::unexpected(looked.error());
  return looked->mark;
}

/// What its clone's note says, before the file is opened.
void DuckStore::know_clone(Slot& slot) {
  db::remove_begun(compact_of(slot.file));
  if (!options_.heal_copies) {
    forget_clone(slot.file);
    return;
  }
  slot.note = clone_note(slot.file);
  if (slot.note && slot.passed.to == 0) slot.passed = slot.note->passed();
}

/// Of a file that will be made: what is in it will come from the log, so while that begins at 0 it can be made again.
void DuckStore::note_new(Slot& slot) {
  std::error_code ec;
  if (!options_.heal_copies || fs::exists(slot.file, ec) || ec) return;
  fs::create_directories(fs::absolute(slot.file).parent_path(), ec);
  const CloneNote note{.from_log = true};
  const auto done = save(slot.file, note);
  if (!done) logging::warn("the note of a new database file cannot be written", {{"error", done.error().message}});
  const std::scoped_lock lock(mutex_);
  slot.note = note;
}

/// What is in the file; one that is damaged is healed before, where that is possible.
Result<Lane::Look> DuckStore::look_healed(Slot& slot) {
  auto looked = look(slot);
  const std::string words = damage_in(looked);
  if (words.empty()) return looked;
  return heal(slot, words) ? look(slot) : std::move(looked);
}

/// False: nothing can take its place, and it is as it was.
bool DuckStore::heal(Slot& slot, std::string_view words) {
  const auto fits = [&](const log::Mark& mark) {
    return mark.offset == 0 ? log_.begin() == 0 : this->fits(slot, mark).has_value();
  };
  Looks own(options_);
  const auto cure = cure_of(options_, looks_ ? *looks_ : own, slot.file, fits);
  if (!cure) return false;
  const auto aside = replace_damaged(slot.file, cure->clone);
  if (!aside) {
    logging::error("a damaged database file cannot be replaced by its copy",
                   {{"file", slot.file.string()}, {"error", aside.error().message}});
    return false;
  }
  if (cure->note && slot.passed.beyond(cure->note->mark.offset) < cure->mark.offset) slot.passed = cure->note->passed();
  metrics_.healed.add();
  const auto end = log_.durable_end();
  const double age =
      cure->note && cure->clone ? static_cast<double>((clock_.now() - cure->note->taken).count()) / 3'600'000 : 0;
  logging::warn(cure->clone
                    ? "a database file was damaged, as a power cut in a checkpoint leaves it; its copy took its "
                      "place, and the log is applied to it again"
                    : "a database file was damaged, as a power cut in a checkpoint leaves it; it is made anew "
                      "from the log, which has everything",
                {{"file", slot.file.string()},
                 {"kept", aside->string()},
                 {"copy_age_hours", age},
                 {"replayed_bytes", end - std::min(end, cure->mark.offset)},
                 {"reason", words}});
  return true;
}

/// Asks the applier, and waits a moment.
void DuckStore::checkpoint_soon(Slot& slot, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (!slot.lane) return;  // at rest
  slot.checkpoint_wanted = true;
  checkpoint_tried_.wait_for(lock, stop, kCheckpointWait, [&] { return !slot.checkpoint_wanted || stopping_; });
  slot.checkpoint_wanted = false;
}

/// DuckDB's lock on a file goes when anybody in this process closes it: what is open for copies stays so while DuckDB
/// has the file. With `copying` held.
Result<int> DuckStore::source_of(Slot& slot) {
  if (!slot.source || !same_file(slot.source.get(), slot.file)) {
    Descriptor opened(::open(slot.file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!opened) return fail(Code::unavailable, concat({slot.file.string(), " cannot be read"}));
    slot.source = std::move(opened);
  }
  return slot.source.get();
}

void DuckStore::let_go_source(Slot& slot) {
  const std::scoped_lock attaching(attach_mutex_);
  const std::scoped_lock lock(mutex_);
  if (!slot.attached()) slot.source = {};
}

/// Copies the file and looks at the copy, so that no clone gives way to one that cannot be used. `held`: what the file
/// lacks of the log lies behind it.
Result<CloneNote> DuckStore::copied(Slot& slot, log::Offset held, const std::stop_token& stop) {
  const fs::path part = clone_part_of(slot.file);
  std::error_code ec;
  fs::remove(part, ec);
  CloneNote note{.taken = clock_.now(), .noted = clock_.now(), .from_log = slot.note && slot.note->from_log};
  auto was = written(slot.file);
  if (!was) return std::unexpected(std::move(was.error()));
  note.written = *was;
  auto source = source_of(slot);
  if (!source) return std::unexpected(std::move(source.error()));
  if (auto done = copy_file(*source, part, kClonePace, stop); !done) return std::unexpected(std::move(done.error()));
  auto looked = Looks(options_).at(part);
  if (!looked) return std::unexpected(std::move(looked.error()));
  if (!looked->damage.empty()) return fail(Code::unavailable, looked->damage);
  if (!is_of(options_, slot.file, looked->identity)) return fail(Code::unavailable, "it says that it is another file");
  note.mark = {.timeline = log_.timeline(), .offset = looked->mark.offset};
  note.holds = note.wants = std::max(held, note.mark.offset);
  // Who its visitors are is in no clone: it is read from the log again.
  if (looked->hot > 0) note.wants = std::min(note.wants, looked->hot - 1);
  return note;
}

/// A copy under the name of one that is begun; nothing is left of one that fails. With `copying` held.
Result<CloneNote> DuckStore::begin_clone(Slot& slot, const std::stop_token& stop) {
  const auto state = [&] {
    const std::scoped_lock lock(mutex_);
    return std::tuple(slot.works(), slot.lane.get(), slot.checkpointed);
  };
  const auto [works, running, held] = state();
  if (!works) return fail(Code::unavailable, "it is stopped");
  auto note = copied(slot, held, stop);
  // A file that was closed meanwhile may have been written: only who holds `copying` closes one that is at rest.
  if (note && running != nullptr && std::get<1>(state()) != running)
    note = fail(Code::unavailable, "it was stopped meanwhile");
  let_go_source(slot);
  std::error_code ec;
  if (!note) fs::remove(clone_part_of(slot.file), ec);
  return note;
}

/// The copy that was begun takes the place of the clone. With `copying` held.
Result<void> DuckStore::keep_clone(Slot& slot, const CloneNote& note) {
  const fs::path part = clone_part_of(slot.file);
  std::error_code ec;
  fs::rename(part, clone_of(slot.file), ec);
  if (ec) {
    auto failed = fail(Code::unavailable, concat({part.string(), " cannot be moved: ", ec.message()}));
    fs::remove(part, ec);
    return failed;
  }
  // Also makes the clone's name durable.
  auto noted = save(slot.file, note);
  const std::scoped_lock lock(mutex_);
  slot.note = note;
  return noted;
}

Result<void> DuckStore::clone(LaneKey lane, const std::stop_token& stop) {
  const auto found = slot_of(lane);
  if (!found) return std::unexpected(found.error());
  Slot& slot = **found;
  checkpoint_soon(slot, stop);
  const std::scoped_lock still(slot.copying);
  const auto note = begin_clone(slot, stop);
  return note ? keep_clone(slot, *note) : std::unexpected(note.error());
}

/// While the file is as it was copied, its clone holds what the file holds, and the log need not be kept for it.
void DuckStore::renew_note(Slot& slot) {
  const std::unique_lock still(slot.copying, std::try_to_lock);
  if (!still) return;
  std::optional<CloneNote> note;
  log::Offset held = 0;
  {
    const std::scoped_lock lock(mutex_);
    note = slot.note;
    held = slot.works() ? slot.checkpointed : 0;
  }
  if (!note || !note->has_clone() || held <= note->holds || note->wants < note->mark.offset) return;
  const TimeMs now = clock_.now();
  if (held - note->holds < kRenewBytes && now - note->noted < kRenewAge) return;
  if (const auto is = written(slot.file); !is || *is != note->written) return;
  note->mark.timeline = log_.timeline();
  note->holds = note->wants = held;
  note->noted = now;
  if (!save(slot.file, *note)) return;
  const std::scoped_lock lock(mutex_);
  slot.note = note;
}

std::vector<CloneFacts> DuckStore::clone_facts() {
  std::vector<CloneFacts> out;
  std::vector<Slot*> slots;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& slot : slots_)
      if (slot->works() && slot->identity) slots.push_back(slot.get());
  }
  for (Slot* slot : slots) {
    renew_note(*slot);
    CloneFacts& facts = out.emplace_back();
    {
      const std::scoped_lock lock(mutex_);
      facts.lane = slot->key();
      facts.damaged = slot->trouble == Trouble::damaged;
      facts.last = slot->note;
    }
    facts.file = slot->file;
    std::error_code ec;
    if (facts.last && (!facts.last->has_clone() || !fs::exists(clone_of(slot->file), ec))) facts.last.reset();
    const auto is = written(slot->file);
    facts.changed = !facts.last || !is || *is != facts.last->written || has_wal(slot->file);
    facts.file_bytes = is ? is->bytes : 0;
    const auto space = fs::space(fs::absolute(slot->file).parent_path(), ec);
    facts.free_bytes = ec ? 0 : space.available;
    facts.log_begin = log_.begin();
    facts.log_end = log_.durable_end();
    facts.log_bound = options_.log_bound;
  }
  return out;
}

std::optional<log::Offset> DuckStore::Slot::wants() const {
  const std::scoped_lock lock(store.mutex_);
  if (!note || !note->has_clone() || store.clock_.now() - note->noted > kCloneWish) return std::nullopt;
  return note->wants;
}

}  // namespace hk::store
