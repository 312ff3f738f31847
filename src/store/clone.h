#pragma once
// The clone of a lane's file: a copy as a checkpoint left it, beside the file, whose place it takes when that is
// damaged (docs/storage.md, Failure). When one is taken, what is kept of it, and how it takes the place.

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "log/timeline.h"
#include "store/rest.h"

namespace hk::store {

/// A clone gets no older than this while its file changes.
inline constexpr std::chrono::hours kCloneAge{24};
/// One that could not be replaced keeps the log for so long, and is of no use to it then.
inline constexpr std::chrono::hours kCloneWish{48};
/// Sooner, when the log since the clone passes this part of its bound.
inline constexpr std::uint64_t kCloneLogShare = 4;
/// So many times the file's size must be free.
inline constexpr std::uint64_t kCloneRoom = 2;
/// Bytes per second of a copy that nobody waits for.
inline constexpr std::uint64_t kClonePace = 50'000'000;

/// An open file; closed with the object.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor();
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// Tells whether a file was written since; never opens it.
struct Written {
  std::uint64_t bytes = 0;
  std::int64_t at_ns = 0;

  bool operator==(const Written&) const = default;
};
Result<Written> written(const std::filesystem::path& file);

/// What is known of a file and its clone, kept beside them. Without it a clone holds no log, and is used all the same.
struct CloneNote {
  log::Mark mark;  // of the clone; the timeline is that of `holds`
  /// Everything for this lane up to here is in the clone: its mark, and what the log had for others behind it.
  log::Offset holds = 0;
  /// What a heal with it reads of the log begins here: at `holds`, or where the oldest day began that it has hot.
  log::Offset wants = 0;
  TimeMs taken{};         // 1970: there is no clone
  TimeMs noted{};         // when `holds` was last found right
  Written written;        // the file, when it was copied
  bool from_log = false;  // the file has nothing that did not come from the log

  bool has_clone() const { return taken != TimeMs{}; }
  Passed passed() const { return {mark.offset, holds}; }
};
std::filesystem::path clone_of(const std::filesystem::path& file);
/// A clone as it is made, and the smaller file that a compaction makes of it (store/compaction.h).
std::filesystem::path clone_part_of(const std::filesystem::path& file);
std::filesystem::path compact_of(const std::filesystem::path& file);
/// nullopt: there is none, or it is torn.
std::optional<CloneNote> clone_note(const std::filesystem::path& file);
/// Replaces the note as a whole, synced.
Result<void> save(const std::filesystem::path& file, const CloneNote& note);
/// Removes clone and note: the file has, or will have, what did not come from the log.
void forget_clone(const std::filesystem::path& file);
/// Whether a file of this name is a clone or its note, one that was begun, or a damaged file that was put aside.
bool is_of_clone(const std::filesystem::path& name);

/// What decides about a file's next clone.
struct CloneFacts {
  LaneKey lane{};
  std::filesystem::path file;
  std::optional<CloneNote> last;  // of the clone that there is
  bool changed = false;           // the file, since that
  bool damaged = false;           // rows of it cannot be read
  std::uint64_t file_bytes = 0, free_bytes = 0;
  log::Offset log_begin = 0, log_end = 0;
  std::uint64_t log_bound = 0;  // bytes that the log may have

  /// The log no longer reaches back to it.
  bool stale() const { return last && changed && last->wants < log_begin; }
};
enum class CloneStep : std::uint8_t { none, take, no_room };
CloneStep next_step(const CloneFacts& facts, TimeMs now);

/// Copies a file that is not written meanwhile into a new one, synced: shared blocks where the file system has them,
/// otherwise at most `pace` bytes a second (0: as fast as it goes), with the cache left to others.
Result<void> copy_file(int from, const std::filesystem::path& to, std::uint64_t pace, const std::stop_token& stop = {});

/// Puts a damaged file that nobody has open aside, WAL and all, and its clone in its place; with `clone` false nothing
/// takes its place. The clone stays, too, where the disk has room. At every moment the file is the one or the other.
/// Says where the damaged one is now.
Result<std::filesystem::path> replace_damaged(const std::filesystem::path& file, bool clone);

/// Whether an Error of opening or reading a database file says that the file is damaged, and nothing else.
bool means_damage(const Error& error);

}  // namespace hk::store
