#include "db/directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace hk::db {
namespace {

std::string holder(int fd) {
  std::array<char, 16> text{};
  const auto size = ::pread(fd, text.data(), text.size(), 0);
  const std::string_view pid(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  const auto digits = pid.substr(0, pid.find_first_not_of("0123456789"));
  return digits.empty() ? std::string() : " (PID " + std::string(digits) + ")";
}

}  // namespace

Result<DirectoryLock> DirectoryLock::take(const std::filesystem::path& directory) {
  const std::string name = std::filesystem::absolute(directory).lexically_normal().string();
  const int fd = ::open((directory / "lock").c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0 && errno == ELOOP)
    return fail(Code::invalid, "The file " + (directory / "lock").string() + " is a symbolic link. Remove it.");
  if (fd < 0)
    return fail(Code::unavailable, "The data directory " + name + " cannot be written: " + std::strerror(errno) +
                                       ". Give it to the user that runs HitKeep, or name another one with "
                                       "HITKEEP_DATA_PATH.");
  DirectoryLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK)
      return fail(Code::unavailable, "The data directory " + name + " cannot be locked: " + std::strerror(errno) + ".");
    return fail(Code::unavailable, "The data directory " + name + " is in use by another HitKeep" + holder(fd) +
                                       ". Stop it first, or name another directory with HITKEEP_DATA_PATH.");
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  // Only for the sentence above: where it cannot be written (disk full), the lock holds all the same.
  if (::ftruncate(fd, 0) == 0) (void)!::pwrite(fd, pid.data(), pid.size(), 0);
  return lock;
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

DirectoryLock::~DirectoryLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace hk::db
