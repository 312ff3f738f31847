#include "log/dead_letters.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "base/text.h"

namespace hk::log {
namespace {

/// A whole file that only its owner may read, synced.
Result<void> write_private(const std::filesystem::path& file, std::string_view bytes) {
  const auto cannot = [&](int error) {
    return fail(Code::unavailable, file.string() + " cannot be written: " + std::strerror(error));
  };
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return cannot(errno);
  int error = 0;
  while (error == 0 && !bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n > 0)
      bytes.remove_prefix(static_cast<std::size_t>(n));
    else if (n == 0 || errno != EINTR)
      error = n == 0 ? ENOSPC : errno;
  }
  if (error == 0 && ::fsync(fd) != 0) error = errno;
  ::close(fd);
  if (error != 0) return cannot(error);
  return {};
}

}  // namespace

Result<void> put_aside(const std::filesystem::path& folder, std::string_view follower, const Entry& entry,
                       const Error& why, TimeMs now) {
  std::error_code ec;
  std::filesystem::create_directories(folder, ec);
  const std::string file = (folder / concat({follower, "-", std::to_string(entry.offset)})).string();
  const std::string about = concat({"set aside ", rfc3339(now), "\noffset ", std::to_string(entry.offset), "\nkind ",
                                    std::to_string(entry.record.kind), "\nversion ",
                                    std::to_string(entry.record.version), "\nreason ", why.message, "\n"});
  if (auto written = write_private(file + ".txt", about); !written) return written;
  return write_private(file + ".record", entry.record.payload);
}

}  // namespace hk::log
