#pragma once
// Slows guessing down without ever locking anybody out for long.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.h"

namespace hk::auth {

/// What one household, or one attacker, owns: an IPv4 address, an IPv6 /64.
std::string network_of(const std::string& client);

/// After `free` failures of one key each further try has to wait: 1 s, 2 s, 4 s … up to `longest`, counted from the
/// last failure. Keys are process-keyed hashes (no name, no address is kept). Thread-safe.
class Attempts {
 public:
  struct Rule {
    unsigned free = 5;
    std::chrono::seconds longest{60};
    /// A key is forgotten this long after its last failure.
    std::chrono::seconds forget{900};
    /// Keys kept; beyond, the one with the fewest failures is forgotten, of those the oldest: a flood of made-up names
    /// forgets itself, not the name that is being guessed at.
    std::size_t keys = 4'096;
  };

  Attempts(Rule rule, const Clock& clock) : rule_(rule), clock_(clock) {}

  /// Asks for a try. nullopt: go ahead, and it counts as failed until forgive() or succeed() says otherwise (so that
  /// parallel guesses count too). Otherwise how long to wait; that try is not counted.
  std::optional<std::chrono::seconds> begin(std::uint64_t key);
  /// The try didn't come to an answer: it doesn't count.
  void forgive(std::uint64_t key);
  /// The key is in order again.
  void succeed(std::uint64_t key);

 private:
  struct State {
    unsigned failures = 0;
    TimeMs last{};
  };
  void make_room(TimeMs now);

  const Rule rule_;
  const Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, State> states_;
};

/// How long after the last of so many failures the next try may come.
std::chrono::seconds pause_after(const Attempts::Rule& rule, unsigned failures);

}  // namespace hk::auth
