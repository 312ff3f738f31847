#pragma once
// What this process may use of the machine, and how much the process uses.

#include <cstdint>
#include <filesystem>

namespace hk::app {

/// Bytes that this process may use: the smaller of the machine's memory and the limits of its cgroup and of those
/// above it (v2 and v1), as systemd's MemoryMax sets one.
/// `root` is "/" except in tests.
std::uint64_t available_memory(const std::filesystem::path& root = "/");

/// Processors that this process may use: `machine` (those that it may run on), or fewer where its cgroup or one above
/// it has a quota (v2 and v1), as systemd's CPUQuota and a container's limit set one; a part of one counts as one.
unsigned available_processors(unsigned machine, const std::filesystem::path& root = "/");

/// Below this, what is hungry runs one at a time.
inline constexpr std::uint64_t kSmallMachine = 512ull << 20;
/// Password hashes that are computed at the same time, each with 64 MiB.
int sign_ins_at_once(std::uint64_t available);

/// Budget for DuckDB's buffers: what HITKEEP_MEMORY_LIMIT_MB says, or where it says nothing (0) a quarter of what is
/// available, between 96 and 192 MiB, so that the whole process stays under 300 MB in a flood of hits. DuckDB takes
/// what it may get, also on a machine with much memory; what does not fit spills to disk.
std::uint64_t database_memory(std::int64_t limit_mb, std::uint64_t available);

/// Budget for heads of requests that are longer than usual (http/limits.h): a sixteenth of what is available, 64 MiB at
/// most.
std::uint64_t long_head_memory(std::uint64_t available);

/// Budget for what questions keep of sealed days: a sixteenth of what is available, 64 MiB at most.
std::uint64_t part_cache_memory(std::uint64_t available);

/// Resident set of this process in bytes; 0 if unknown.
std::uint64_t resident_memory();

}  // namespace hk::app
