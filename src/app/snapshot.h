#pragma once
// `hitkeep snapshot DIR`: a copy of the data directory that starts, also while the program runs (docs/storage.md).

#include <filesystem>
#include <functional>
#include <memory>
#include <thread>

#include "app/settings.h"
#include "base/error.h"

namespace hk::app {

/// Lets `hitkeep snapshot` ask the running program to leave its files as they are for a while: on a local socket that
/// has no file and is named by the data directory, and only for a process of the same user or of root. One thread.
class SnapshotDoor {
 public:
  /// While what it returns lives, files only grow at their ends: no checkpoint, no recycling.
  using Hold = std::function<Result<std::shared_ptr<void>>()>;

  static Result<std::unique_ptr<SnapshotDoor>> open(const std::filesystem::path& data, Hold hold);
  /// Lets go; whoever copies is told that the copy is of no use.
  ~SnapshotDoor();
  SnapshotDoor(const SnapshotDoor&) = delete;
  SnapshotDoor& operator=(const SnapshotDoor&) = delete;

 private:
  SnapshotDoor(Hold hold, int listener, int wake);
  void run();
  void serve(int client);
  /// False: stop, time over, or the other side is gone.
  bool wait_for(int fd, int milliseconds) const;

  const Hold hold_;
  const int listener_, wake_;
  std::thread thread_;
};

/// Copies the data directory to `target`, which must not exist or be empty: from the running program's files, or, where
/// none runs, from the directory itself. Says on stdout what it did.
Result<void> take_snapshot(const Config& config, const std::filesystem::path& target);

}  // namespace hk::app
