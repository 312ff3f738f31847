#include "log/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <system_error>

namespace hk::log {
namespace {

/// A sync of another file waits behind at most this much zeroing.
constexpr std::size_t kZeroStepBytes = 512u << 10;

Io<> check(int result) {
  if (result < 0) return std::unexpected(errno);
  return {};
}

class PosixFile final : public File {
 public:
  explicit PosixFile(int fd) : fd_(fd) {}
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;
  ~PosixFile() override { ::close(fd_); }

  Io<std::size_t> read_at(std::span<char> into, std::uint64_t position) override {
    std::size_t done = 0;
    while (done < into.size()) {
      const auto n = ::pread(fd_, into.data() + done, into.size() - done, static_cast<off_t>(position + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return std::unexpected(errno);
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    return done;
  }

  Io<std::size_t> write_at(std::string_view bytes, std::uint64_t position) override {
    for (;;) {
      const auto n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(position));
      if (n >= 0) return static_cast<std::size_t>(n);
      if (errno != EINTR) return std::unexpected(errno);
    }
  }

  Io<> sync() override { return check(::fdatasync(fd_)); }

  Io<std::uint64_t> size() override {
    struct stat info{};
    if (::fstat(fd_, &info) < 0) return std::unexpected(errno);
    return static_cast<std::uint64_t>(info.st_size);
  }

  Io<> give_back(std::uint64_t from, std::uint64_t to) override {
    return check(::fallocate(fd_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(from),
                             static_cast<off_t>(to - from)));
  }

 private:
  int fd_;
};

Io<std::unique_ptr<File>> open_file(const std::filesystem::path& file, int flags) {
  const int fd = ::open(file.c_str(), flags | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0) return std::unexpected(errno);
  return std::make_unique<PosixFile>(fd);
}

class PosixFiles final : public FileSystem {
 public:
  Io<> make_directory(const std::filesystem::path& directory) override {
    std::error_code error;
    if (std::filesystem::is_directory(directory, error)) return {};
    std::filesystem::create_directories(directory, error);
    if (error) return std::unexpected(error.value());
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all, error);
    if (error) return std::unexpected(error.value());
    const auto parent = directory.parent_path();
    return sync_directory(parent.empty() ? "." : parent);
  }

  /// Number and birth of the directory's inode.
  std::uint64_t place(const std::filesystem::path& directory) override {
    struct statx info{};
    if (::statx(AT_FDCWD, directory.c_str(), 0, STATX_INO | STATX_BTIME, &info) < 0) return 0;
    std::uint64_t born = 0;
    if ((info.stx_mask & STATX_BTIME) != 0)
      born = static_cast<std::uint64_t>(info.stx_btime.tv_sec) * 1'000'000'000 + info.stx_btime.tv_nsec;
    return std::rotl(info.stx_ino, 32) ^ born;
  }

  Io<std::vector<std::string>> list(const std::filesystem::path& directory) override {
    std::error_code error;
    std::vector<std::string> names;
    for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
      names.push_back(it->path().filename().string());
    }
    if (error) return std::unexpected(error.value());
    std::ranges::sort(names);
    return names;
  }

  Io<std::unique_ptr<File>> open(const std::filesystem::path& file) override { return open_file(file, 0); }
  Io<std::unique_ptr<File>> create(const std::filesystem::path& file) override {
    return open_file(file, O_CREAT | O_EXCL);
  }
  Io<> rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    return check(::rename(from.c_str(), to.c_str()));
  }
  Io<> remove(const std::filesystem::path& file) override { return check(::unlink(file.c_str())); }

  Io<> sync_directory(const std::filesystem::path& directory) override {
    const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return std::unexpected(errno);
    const auto result = check(::fsync(fd));
    ::close(fd);
    return result;
  }
};

}  // namespace

FileSystem& posix_files() {
  static PosixFiles files;
  return files;
}

Io<> write_all(File& file, std::string_view bytes, std::uint64_t position) {
  while (!bytes.empty()) {
    const auto n = file.write_at(bytes, position);
    if (!n) return std::unexpected(n.error());
    if (*n == 0) return std::unexpected(EIO);
    bytes.remove_prefix(*n);
    position += *n;
  }
  return {};
}

Io<> read_all(File& file, std::span<char> into, std::uint64_t position) {
  const auto n = file.read_at(into, position);
  if (!n) return std::unexpected(n.error());
  if (*n != into.size()) return std::unexpected(ENODATA);
  return {};
}

Io<> zero_fill(File& file, std::uint64_t from, std::uint64_t to, const std::function<bool()>& go_on) {
  const std::string zeros(std::min<std::uint64_t>(kZeroStepBytes, to - from), '\0');
  while (from < to) {
    if (go_on && !go_on()) return std::unexpected(ECANCELED);
    const auto step = std::min<std::uint64_t>(zeros.size(), to - from);
    if (auto written = write_all(file, std::string_view(zeros).substr(0, step), from); !written) return written;
    if (auto synced = file.sync(); !synced) return synced;
    from += step;
  }
  return {};
}

std::string describe(int error_number) {
  return std::generic_category().message(error_number);
}

}  // namespace hk::log
