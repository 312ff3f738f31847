#pragma once
// A disk that refuses to sync one file. To be included by one file of a test program: it takes the place of fsync().

#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace hk::db::testing {

/// While it lives, syncs of this file fail, as on a disk that goes away. One at a time.
class FailingSync {
 public:
  explicit FailingSync(const std::filesystem::path& file) : file_(file.string()) { current_ = this; }
  ~FailingSync() { current_ = nullptr; }
  FailingSync(const FailingSync&) = delete;
  FailingSync& operator=(const FailingSync&) = delete;

  static bool meets(int fd) {
    const FailingSync* self = current_;
    if (self == nullptr) return false;
    std::array<char, 4096> target{};
    const auto size = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), target.data(), target.size());
    if (size <= 0 || std::string_view(target.data(), static_cast<std::size_t>(size)) != self->file_) return false;
    ++self->met_;
    return true;
  }
  /// How often it failed.
  int met() const { return met_; }

 private:
  static inline std::atomic<const FailingSync*> current_{nullptr};
  std::string file_;
  mutable std::atomic<int> met_{0};
};

}  // namespace hk::db::testing

extern "C" int fsync(int fd) {
  if (hk::db::testing::FailingSync::meets(fd)) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_fsync, fd));
}
