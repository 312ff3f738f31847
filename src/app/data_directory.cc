#include "app/data_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/logging.h"

namespace hk::app {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kOthers = S_IRWXO;
constexpr mode_t kGroupAndOthers = S_IRWXG | S_IRWXO;

}  // namespace

Result<void> prepare_data_directory(const fs::path& directory) {
  std::error_code error;
  if (fs::create_directories(directory, error)) fs::permissions(directory, fs::perms::owner_all, error);
  const std::string name = directory.string();
  if (error)
    return fail(Code::invalid, "cannot create the data directory " + name + ": " + error.message() +
                                   " (choose another with HITKEEP_DATA_PATH, for example /var/lib/hitkeep)");
  struct stat info{};
  if (::stat(name.c_str(), &info) != 0)
    return fail(Code::invalid, "cannot look at the data directory " + name + ": " + std::strerror(errno));
  if ((info.st_mode & S_IWOTH) != 0) {
    if ((info.st_mode & S_ISVTX) != 0)
      return fail(Code::invalid, "the data directory " + name +
                                     " is shared by everybody on this machine; name one of its own with "
                                     "HITKEEP_DATA_PATH (for example " +
                                     (directory / "hitkeep").string() + ")");
    if (info.st_uid != ::geteuid() || ::chmod(name.c_str(), S_IRWXU) != 0)
      return fail(Code::invalid, "everybody on this machine may write to the data directory " + name +
                                     "; as its owner run: chmod 700 " + name);
    logging::warn("everybody could write to the data directory; now its owner alone can", {{"directory", name}});
  } else if ((info.st_mode & S_IWGRP) != 0) {
    logging::info("a group may write to the data directory; its files are for their owner alone",
                  {{"directory", name}});
  }
  return {};
}

void close_files_to_others(const fs::path& directory) {
  std::error_code error;
  fs::recursive_directory_iterator entries(directory, fs::directory_options::skip_permission_denied, error);
  for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
    struct stat info{};
    const fs::path& path = entries->path();
    if (::lstat(path.c_str(), &info) != 0 || info.st_uid != ::geteuid()) continue;
    // A group's right to a directory is how a volume was given to us (fsGroup).
    const mode_t surplus = S_ISREG(info.st_mode) ? kGroupAndOthers : S_ISDIR(info.st_mode) ? kOthers : 0;
    if ((info.st_mode & surplus) == 0) continue;
    if (::chmod(path.c_str(), info.st_mode & 07777 & ~surplus) != 0)
      logging::warn("a file of the data directory can be read by others",
                    {{"file", path.string()}, {"error", std::strerror(errno)}});
  }
}

}  // namespace hk::app
