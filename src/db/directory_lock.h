#pragma once
// One process per data directory.

#include <filesystem>

#include "base/error.h"

namespace hk::db {

/// Holds `lock` in a data directory; the system lets go of it when the process ends, however it ends. The file stays.
class DirectoryLock {
 public:
  /// Code::unavailable with a sentence: another process (with its PID) has it, or the directory cannot be written.
  static Result<DirectoryLock> take(const std::filesystem::path& directory);
  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace hk::db
