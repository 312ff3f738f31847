#pragma once
// The backlog of a lane that is stopped: its records, where the log shall no longer be kept for it. They are copied to
// lanes/<lane>.backlog and applied from there when the lane is back (docs/storage.md, A file that stops).

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "crypto/hash.h"
#include "log/file.h"
#include "log/log.h"
#include "store/hit.h"
#include "store/lane.h"

namespace hk::store {

/// A stopped lane may hold so much of the log: its bound by this. What is older is copied.
inline constexpr std::uint64_t kHoldShare = 2;
/// Where it cannot be copied, it is dropped when less than the bound by this is left.
inline constexpr std::uint64_t kDropShare = 4;

/// Opens the log behind an offset.
using OpenLog = std::function<Result<std::unique_ptr<log::Reader>>(log::Offset)>;

/// Append-only. What counts of the file, and up to where of the log, is in a note beside it that is replaced as a whole
/// when the records are synced: what stands behind is of a crash, and written over. One thread.
class Backlog {
 public:
  /// Those that are there, but for one of which nothing is known, since its note is not whole. Touches nothing.
  static std::vector<std::unique_ptr<Backlog>> all(const std::filesystem::path& directory);
  /// A new one, of what the log has behind `from`. Makes nothing before the first commit.
  Backlog(const std::filesystem::path& directory, const LaneIdentity& identity, const log::Mark& from);

  const LaneIdentity& identity() const { return state_.identity; }
  /// Everything that the log had for the lane behind `from`, up to here, is in it or was dropped.
  log::Offset from() const { return state_.from; }
  log::Mark to() const { return {.timeline = state_.timeline, .offset = state_.to}; }
  /// Of its file; `pending` are added by the next commit.
  std::uint64_t bytes() const { return state_.bytes; }
  std::uint64_t pending_bytes() const { return pending_.size(); }
  /// Hits and events that were dropped; of the oldest the lane may have some.
  std::uint64_t dropped() const { return state_.dropped; }

  void add(log::Offset offset, const log::Record& record);
  void add(log::Offset offset, const Hit& hit);
  /// What was added is synced, and with it that this is all up to `to`. After a failure it is as it was.
  Result<void> commit(log::Mark to, TimeMs now);
  /// What was added is forgotten.
  void give_up();
  /// The same for good; gives how many hits that were. Where that cannot be noted, it is known until the next start.
  std::uint64_t drop(log::Mark to);

  /// Its records behind `from`, then the log's. It must outlive the reader, and not grow meanwhile.
  Result<std::unique_ptr<log::Reader>> read(log::Offset from, const OpenLog& open_log) const;

  /// Overwrites the hashes of hits that were copied before this, some megabytes at a time. True: there is more to do.
  Result<bool> forget_hashes(TimeMs copied_before);

  /// Nobody needs it any more: it is put aside for who overwrites such files (app/raw_files.h), and is due there.
  Result<void> retire();

 private:
  struct Piece {
    std::uint64_t end = 0;  // of its bytes in the file
    TimeMs copied{};
  };
  struct State {
    LaneIdentity identity;
    Uuid timeline;
    log::Offset from = 0, to = 0;
    std::uint64_t bytes = 0;
    std::uint64_t forgotten = 0;  // bytes in front that hold no hashes
    std::uint64_t dropped = 0;
    std::vector<Piece> pieces;
  };
  Backlog(std::filesystem::path file, State state);
  static std::optional<State> noted(const std::filesystem::path& file);
  Result<void> note(const State& state) const;
  Result<log::File*> opened();

  std::filesystem::path file_;
  State state_;
  std::string pending_;
  std::uint64_t pending_hits_ = 0;
  std::unique_ptr<log::File> out_;
  crypto::SipKey key_;  // of what takes the place of hashes, until the program ends
};

}  // namespace hk::store
