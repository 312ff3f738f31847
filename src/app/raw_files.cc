#include "app/raw_files.h"

#include <sys/stat.h>

#include <cerrno>

#include "base/logging.h"
#include "log/file.h"

namespace hk::app {
namespace {

namespace fs = std::filesystem;

/// What a removed name no longer leads to may be read for years; zeros first.
log::Io<> erase(const fs::path& file, std::uint64_t bytes) {
  auto& files = log::posix_files();
  auto opened = files.open(file);
  if (!opened) return std::unexpected(opened.error());
  if (auto done = log::zero_fill(**opened, 0, bytes); !done) return done;
  if (auto done = files.remove(file); !done) return done;
  return files.sync_directory(file.parent_path());
}

}  // namespace

bool may_be_raw(std::string_view name) {
  return name.ends_with(".record") || name.contains(".aside-") || name.contains(".before-") ||
         name.contains(".db.damaged-");
}

std::vector<fs::path> folders_with_raw_files(const fs::path& data, const fs::path& first_file,
                                             const fs::path& tenants) {
  std::vector<fs::path> folders{data / "dead-letter", data / "lanes", data};
  if (const auto other = first_file.parent_path(); other != data) folders.push_back(other);
  std::error_code ec;
  for (const auto& team : fs::directory_iterator(tenants, ec)) folders.push_back(team.path());
  return folders;
}

std::size_t erase_raw_files(const TrustedClock& clock, const std::vector<fs::path>& folders, metrics::Counter& erased) {
  if (!clock.settled()) return 0;
  std::size_t gone = 0;
  for (const fs::path& folder : folders) {
    std::error_code ec;
    std::vector<fs::path> found;
    for (fs::directory_iterator it(folder, ec), end; !ec && it != end; it.increment(ec))
      if (may_be_raw(it->path().filename().string())) found.push_back(it->path());
    for (const fs::path& file : found) {
      struct stat info{};
      if (::lstat(file.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
      if (clock.now() < from_ms(std::int64_t{info.st_mtim.tv_sec} * 1'000) + kKeepRaw) continue;
      if (const auto done = erase(file, static_cast<std::uint64_t>(info.st_size)); !done) {
        logging::warn("a file that may hold hits as they came cannot be overwritten; it is tried again",
                      {{"file", file.string()}, {"error", log::describe(done.error())}});
        continue;
      }
      erased.add();
      ++gone;
      logging::info("a file that may hold hits as they came was overwritten and removed", {{"file", file.string()}});
    }
  }
  return gone;
}

}  // namespace hk::app
