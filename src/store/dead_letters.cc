#include "store/dead_letters.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

namespace hk::store {

Result<void> put_aside(const std::filesystem::path& folder, LaneKey lane, const log::Entry& entry) {
  std::error_code ec;
  std::filesystem::create_directories(folder, ec);
  const auto file =
      folder / (std::to_string(static_cast<std::uint32_t>(lane)) + "-" + std::to_string(entry.offset) + ".record");
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return fail(Code::unavailable, file.string() + " cannot be written: " + std::strerror(errno));
  std::string_view left = entry.record.payload;
  bool whole = true;
  while (whole && !left.empty()) {
    const ssize_t n = ::write(fd, left.data(), left.size());
    if (n < 0 && errno == EINTR) continue;
    whole = n > 0;
    if (whole) left.remove_prefix(static_cast<std::size_t>(n));
  }
  whole = ::fdatasync(fd) == 0 && whole;
  ::close(fd);
  if (!whole) return fail(Code::unavailable, file.string() + " cannot be written");
  return {};
}

}  // namespace hk::store
