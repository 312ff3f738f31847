#pragma once
// How much memory the databases may use, and how much the process uses.

#include <cstdint>
#include <filesystem>

namespace hk::app {

/// Bytes that this process may use: the smaller of the machine's memory and the limits of its cgroup and of those
/// above it (v2 and v1), as systemd's MemoryMax sets one.
/// `root` is "/" except in tests.
std::uint64_t available_memory(const std::filesystem::path& root = "/");

/// Budget for DuckDB's buffers: what HITKEEP_MEMORY_LIMIT_MB says, or where it says nothing (0) a quarter of what is
/// available, between 96 and 192 MiB, so that the whole process stays under 300 MB in a flood of hits. DuckDB takes
/// what it may get, also on a machine with much memory; what does not fit spills to disk.
std::uint64_t database_memory(std::int64_t limit_mb, std::uint64_t available);

/// Budget for heads of requests that are longer than usual (http/limits.h): a sixteenth of what is available, 64 MiB at
/// most.
std::uint64_t long_head_memory(std::uint64_t available);

/// Resident set of this process in bytes; 0 if unknown.
std::uint64_t resident_memory();

}  // namespace hk::app
