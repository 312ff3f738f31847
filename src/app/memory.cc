#include "app/memory.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "crypto/password.h"
#include "query/engine.h"

namespace hk::app {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kLeastDatabaseMemory = 96ull << 20;
constexpr std::uint64_t kMostDatabaseMemory = 192ull << 20;
constexpr std::uint64_t kMostLongHeadMemory = 64ull << 20;

std::uint64_t number_in(const fs::path& file) {
  std::ifstream in(file);
  std::uint64_t value = 0;
  return in >> value ? value : kUnlimited;  // "max" and a missing file mean no limit
}

std::uint64_t machine_memory(const fs::path& root) {
  std::ifstream in(root / "proc/meminfo");
  std::string name;
  std::uint64_t kib = 0;
  if (in >> name >> kib && name == "MemTotal:") return kib * 1024;
  return kUnlimited;
}

/// Folders whose limits hold for this process: its cgroup's and those above it (each holds as well), of version 2 and
/// of a controller of version 1. Lines of /proc/self/cgroup are "id:controllers:path"; without controllers it is
/// version 2 (cgroups(7)).
std::vector<fs::path> cgroups(const fs::path& root, const std::string& controller) {
  const auto mount = root / "sys/fs/cgroup";
  // A container sees its own cgroup as the root, whatever the lines say.
  std::vector<fs::path> folders{mount, mount / controller};
  std::ifstream in(root / "proc/self/cgroup");
  for (std::string line; std::getline(in, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool unified = controllers == ",,";
    if (!unified && !controllers.contains("," + controller + ",")) continue;
    const auto hierarchy = unified ? mount : mount / controller;
    for (auto path = fs::path(line.substr(second + 1)).relative_path(); !path.empty(); path = path.parent_path())
      folders.push_back(hierarchy / path);
  }
  return folders;
}

/// Processors' worth of time that a cgroup may have; infinite where it says nothing.
double processors_of(const fs::path& cgroup) {
  constexpr double kAll = std::numeric_limits<double>::infinity();
  double quota = 0, period = 0;
  if (std::ifstream in(cgroup / "cpu.max"); in >> quota >> period && period > 0)
    return quota / period;  // "max" is none
  std::ifstream(cgroup / "cpu.cfs_quota_us") >> quota;
  std::ifstream(cgroup / "cpu.cfs_period_us") >> period;
  return quota > 0 && period > 0 ? quota / period : kAll;  // -1 is none
}

}  // namespace

std::uint64_t available_memory(const fs::path& root) {
  std::uint64_t least = machine_memory(root);
  for (const auto& folder : cgroups(root, "memory"))
    least = std::min({least, number_in(folder / "memory.max"), number_in(folder / "memory.limit_in_bytes")});
  return least;
}

unsigned available_processors(unsigned machine, const fs::path& root) {
  double least = std::max(1u, machine);
  for (const auto& folder : cgroups(root, "cpu")) least = std::min(least, processors_of(folder));
  return static_cast<unsigned>(std::max(1.0, std::ceil(least)));
}

int sign_ins_at_once(std::uint64_t available) {
  return available < kSmallMachine ? 1 : crypto::Passwords::kConcurrent;
}

std::uint64_t database_memory(std::int64_t limit_mb, std::uint64_t available) {
  if (limit_mb > 0) return static_cast<std::uint64_t>(limit_mb) << 20;
  return std::clamp(available / 4, kLeastDatabaseMemory, kMostDatabaseMemory);
}

std::uint64_t long_head_memory(std::uint64_t available) {
  return std::min(available / 16, kMostLongHeadMemory);
}

std::uint64_t part_cache_memory(std::uint64_t available) {
  return std::min<std::uint64_t>(available / 16, query::kCacheBytes);
}

std::uint64_t resident_memory() {
  std::ifstream in("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  if (!(in >> total >> resident)) return 0;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace hk::app
