#include "app/memory.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>

namespace hk::app {
namespace {

constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kLeastDatabaseMemory = 96ull << 20;
constexpr std::uint64_t kMostDatabaseMemory = 192ull << 20;
constexpr std::uint64_t kMostLongHeadMemory = 64ull << 20;

std::uint64_t number_in(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::uint64_t value = 0;
  return in >> value ? value : kUnlimited;  // "max" and a missing file mean no limit
}

std::uint64_t machine_memory(const std::filesystem::path& root) {
  std::ifstream in(root / "proc/meminfo");
  std::string name;
  std::uint64_t kib = 0;
  if (in >> name >> kib && name == "MemTotal:") return kib * 1024;
  return kUnlimited;
}

/// The smallest limit from a cgroup up to the root of its hierarchy: each one above holds as well.
std::uint64_t smallest_limit(const std::filesystem::path& hierarchy, std::string_view cgroup, std::string_view file) {
  std::uint64_t least = number_in(hierarchy / file);
  for (auto path = std::filesystem::path(cgroup).relative_path(); !path.empty(); path = path.parent_path())
    least = std::min(least, number_in(hierarchy / path / file));
  return least;
}

/// Lines of /proc/self/cgroup are "id:controllers:path"; without controllers it is version 2 (cgroups(7)).
std::uint64_t cgroup_limit(const std::filesystem::path& root) {
  const auto mount = root / "sys/fs/cgroup";
  // A container sees its own cgroup as the root, whatever the lines say.
  std::uint64_t least = std::min(number_in(mount / "memory.max"), number_in(mount / "memory/memory.limit_in_bytes"));
  std::ifstream in(root / "proc/self/cgroup");
  for (std::string line; std::getline(in, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const std::string_view path = std::string_view(line).substr(second + 1);
    if (controllers == ",,")
      least = std::min(least, smallest_limit(mount, path, "memory.max"));
    else if (controllers.find(",memory,") != std::string::npos)
      least = std::min(least, smallest_limit(mount / "memory", path, "memory.limit_in_bytes"));
  }
  return least;
}

}  // namespace

std::uint64_t available_memory(const std::filesystem::path& root) {
  return std::min(machine_memory(root), cgroup_limit(root));
}

std::uint64_t database_memory(std::int64_t limit_mb, std::uint64_t available) {
  if (limit_mb > 0) return static_cast<std::uint64_t>(limit_mb) << 20;
  return std::clamp(available / 4, kLeastDatabaseMemory, kMostDatabaseMemory);
}

std::uint64_t long_head_memory(std::uint64_t available) {
  return std::min(available / 16, kMostLongHeadMemory);
}

std::uint64_t resident_memory() {
  std::ifstream in("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  if (!(in >> total >> resident)) return 0;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace hk::app
