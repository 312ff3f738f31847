// A lane's file is written anew from a copy, and takes the place of the one that is open.

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "db/rebuild.h"
#include "log/file.h"
#include "sql/store.h"
#include "store/duck_store.h"
#include "store/leftovers.h"

namespace hk::store {

namespace fs = std::filesystem;

namespace {

/// How long a smaller file waits for a moment in which nobody reads.
constexpr std::chrono::minutes kPlaceWait{10};
/// Of the instance that writes it: rows go through, nothing is sorted.
constexpr std::uint64_t kCompactMemory = 96u << 20;

std::uint64_t bytes_of(const fs::path& file) {
  std::error_code ec;
  const auto bytes = fs::file_size(file, ec);
  return ec ? 0 : bytes;
}

}  // namespace

std::vector<CompactFacts> DuckStore::compact_facts() {
  std::vector<CompactFacts> out;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& slot : slots_)
      if (const auto& identity = slot->identity; identity && slot->works() && slot->trouble == Trouble::none)
        out.push_back({.lane = identity->lane, .file = slot->file});
  }
  for (CompactFacts& facts : out) {
    std::error_code ec;
    facts.file_bytes = bytes_of(facts.file);
    const auto space = fs::space(fs::absolute(facts.file).parent_path(), ec);
    facts.free_bytes = ec ? 0 : space.available;
    facts.erased = erased_mark(facts.file).has_value();
    if (facts.file_bytes < kCompactBytes) continue;  // so it need not be opened
    auto lease = read(facts.lane);
    if (!lease) continue;
    auto rows = (*lease)->query(sql::store::unused_bytes);
    if (rows && (*rows)->next().value_or(false)) facts.unused_bytes = (*rows)->u64(0);
  }
  return out;
}

bool DuckStore::has_erased() const {
  std::vector<fs::path> files;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& slot : slots_) files.push_back(slot->file);
  }
  return std::ranges::any_of(files, [](const fs::path& file) { return erased_mark(file).has_value(); });
}

Result<std::uint64_t> DuckStore::compact(LaneKey lane, const std::stop_token& stop) {
  const auto found = slot_of(lane);
  if (!found) return std::unexpected(found.error());
  Slot& slot = **found;
  checkpoint_soon(slot, stop);
  std::uint64_t before = 0, after = 0;
  log::Offset written = 0;
  {
    const std::scoped_lock still(slot.copying);
    before = bytes_of(slot.file);
    const auto note = begin_clone(slot, stop);
    if (!note) return std::unexpected(note.error());
    reached("copied");
    auto done = write_smaller(slot, *note, stop);
    if (done) {
      reached("written");
      done = wait_for_place(slot, stop);
    }
    db::remove_begun(compact_of(slot.file));
    if (!done) return std::unexpected(std::move(done.error()));
    after = bytes_of(slot.file);
    written = note->mark.offset;
  }
  if (erased_mark(slot.file)) {
    // The clone is a copy of the file as it was, with the blocks of what was erased.
    if (options_.heal_copies)
      if (auto copied = clone(lane, stop); !copied) return std::unexpected(std::move(copied.error()));
    forget_erased(slot.file, written);
  }
  return before - std::min(before, after);
}

/// What the copy holds, under a name of its own; the copy becomes the file's clone, where it has one. With `copying`.
Result<void> DuckStore::write_smaller(Slot& slot, const CloneNote& note, const std::stop_token& stop) {
  const fs::path part = clone_part_of(slot.file), smaller = compact_of(slot.file);
  auto options = duck_options(options_, kCompactMemory);
  options.temp_directory.clear();
  auto done = db::write_compact(part, smaller, options, stop);
  const auto kept = options_.heal_copies ? keep_clone(slot, note) : Result<void>{};
  std::error_code ec;
  if (!options_.heal_copies) fs::remove(part, ec);
  if (!done) return done;
  if (!kept) return kept;
  const auto looked = Looks(options_).at(smaller);
  if (!looked) return std::unexpected(looked.error());
  if (!looked->damage.empty() || looked->mark.offset != note.mark.offset)
    return fail(Code::internal, concat({smaller.string(), " does not hold what it is a copy of. ", looked->damage}));
  return {};
}

/// Has the applier take the smaller file, and waits. With `copying` held, so that the file is as it was copied.
Result<void> DuckStore::wait_for_place(Slot& slot, const std::stop_token& stop) {
  using enum Slot::Smaller;
  std::unique_lock lock(mutex_);
  slot.smaller = waits;
  (void)placed_.wait_for(lock, stop, kPlaceWait, [&] { return slot.smaller == none || stopping_; });
  placed_.wait(lock, [&] { return slot.smaller != placing; });
  if (slot.smaller == none) return slot.placed;
  slot.smaller = none;
  return fail(Code::busy, "there was no moment in which nobody read it");
}

/// On the applier's thread, between two batches.
void DuckStore::place_smaller(Slot& slot) {
  using enum Slot::Smaller;
  {
    const std::scoped_lock lock(mutex_);
    if (slot.smaller == none) return;
    slot.smaller = placing;
  }
  auto placed = try_to_place(slot);
  const std::scoped_lock lock(mutex_);
  slot.smaller = placed ? none : waits;
  if (placed) slot.placed = std::move(*placed);
  placed_.notify_all();
}

/// nullopt: not now. A reader has the file, it obeys an order or catches up behind one, or a snapshot wants files to
/// stay as they are.
std::optional<Result<void>> DuckStore::try_to_place(Slot& slot) {
  if (slot.resting && !wake(slot)) return fail(Code::unavailable, "it cannot be opened");
  if (!slot.lane || slot.trouble != Trouble::none) return fail(Code::unavailable, "it is stopped");
  if (slot.own_reader) return std::nullopt;
  const std::unique_lock free(checkpoint_mutex_, std::try_to_lock);
  if (!free || !slot.batch.empty()) return std::nullopt;
  std::unique_ptr<Lane> lane;  // closed without the mutex
  {
    const std::scoped_lock attaching(attach_mutex_);
    const std::scoped_lock lock(mutex_);
    if (!slot.pool->close_unless_used()) return std::nullopt;
    slot.pool.reset();
    slot.switching = true;  // a reader waits for the moment
    slot.has_applied = slot.lane->applied();
    lane = std::move(slot.lane);
    slot.closing = lane->database()->presence();
  }
  lane.reset();
  auto done = slot.closing.expired() ? take_place(slot) : fail(Code::unavailable, "somebody still has it open");
  if (done) done = open_lane(slot, slot.identity);
  if (done) done = go_on(slot);
  if (!done) stop_lane(slot, done.error());
  return done;
}

/// Nobody has the file open. What its WAL holds, the log has: it is kept back to the checkpoint that was copied.
Result<void> DuckStore::take_place(Slot& slot) {
  slot.source = {};
  std::error_code ec;
  for (const std::string_view end : db::kWalFiles) fs::remove(slot.file.string() + std::string(end), ec);
  reached("closed");
  fs::rename(compact_of(slot.file), slot.file, ec);
  if (ec) return fail(Code::unavailable, concat({slot.file.string(), " cannot be replaced: ", ec.message()}));
  reached("placed");
  if (const auto synced = log::posix_files().sync_directory(fs::absolute(slot.file).parent_path()); !synced)
    return fail(Code::unavailable, concat({slot.file.string(), "'s folder cannot be synced"}));
  return {};
}

}  // namespace hk::store
