#include "app/memory.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

namespace hk::app {
namespace {

constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kLeastDatabaseMemory = 96ull << 20;
constexpr std::uint64_t kMostDatabaseMemory = 192ull << 20;

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

}  // namespace

std::uint64_t available_memory(const std::filesystem::path& root) {
  return std::min({machine_memory(root), number_in(root / "sys/fs/cgroup/memory.max"),
                   number_in(root / "sys/fs/cgroup/memory/memory.limit_in_bytes")});
}

std::uint64_t database_memory(std::uint64_t available) {
  return std::clamp(available / 4, kLeastDatabaseMemory, kMostDatabaseMemory);
}

std::uint64_t resident_memory() {
  std::ifstream in("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  if (!(in >> total >> resident)) return 0;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace hk::app
