#pragma once
// What must hold whatever comes in: an assert that stays in release builds, where going on would cost data.

#include <optional>
#include <source_location>
#include <string_view>

namespace hk {

/// Says on stderr which `invariant` of the program did not hold and where, and aborts.
[[noreturn]] void broken(std::string_view invariant, const std::source_location& where);

/// For invariants of log, store and control (offsets, order, lengths, states): a failure is a bug, never input. Costs a
/// compare; not for what is computed per byte.
inline void ensure(bool holds, std::string_view invariant,
                   const std::source_location& where = std::source_location::current()) {
  if (!holds) [[unlikely]]
    broken(invariant, where);
}

/// What an optional holds that always holds something where it is asked.
template <class T>
const T& ensured(const std::optional<T>& value, std::string_view invariant,
                 const std::source_location& where = std::source_location::current()) {
  if (!value) [[unlikely]]
    broken(invariant, where);
  return *value;
}

}  // namespace hk
