#pragma once
// When the kernel lets a thread run.

#include <chrono>

namespace hk {

/// How long a thread that takes short turns runs at most while others wait; the usual turn has about 3 ms.
inline constexpr std::chrono::microseconds kShortTurn{100};

/// The calling thread takes short turns from now on, and so runs as soon as it wakes, where all cores are busy too: for
/// threads that somebody waits for and that have little to do. Its share of a core and its nice value stay. Nothing
/// changes where the kernel does not know this (Linux before 6.12) or forbids it.
void take_short_turns();

}  // namespace hk
