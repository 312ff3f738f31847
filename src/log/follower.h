#pragma once
// Who makes something of the log: control.db, each database file, later a backup or a replica. What the program does
// for all of them (releasing the log, readiness, holding still, stopping) walks one list (docs/log-format.md).

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "log/timeline.h"

namespace hk::log {

/// For how much of the log, and for how long, a follower may keep it from being recycled.
struct Allowance {
  std::uint64_t bytes = 0;
  Millis time{};
};

/// Thread-safe. Lives as long as whoever made it.
class Follower {
 public:
  enum class Kind : std::uint8_t {
    control,  // without it nothing works
    lane,     // one of several: the others go on
    guest,    // only looks on
  };
  virtual ~Follower() = default;
  virtual Kind kind() const = 0;
  /// Of messages and dead letters: "control", "1".
  virtual std::string name() const = 0;
  /// Everything up to here is applied.
  virtual Offset applied() const = 0;
  /// It needs the log behind here, also after a power cut; nullopt: it needs nothing of it.
  virtual std::optional<Offset> needs() const = 0;
  /// From here on it would like to find the log, though it can do without: what lies before needs() is kept for it
  /// where there is room. nullopt: it has no wish of its own.
  virtual std::optional<Offset> wants() const { return std::nullopt; }
  /// Age of the oldest record that it has not applied.
  virtual Millis behind() const = 0;
  /// Why it cannot go on now; it tries again by itself.
  virtual Result<void> working() const = 0;
  /// nullopt: it may hold the log without limit, as only what the program answers from may.
  virtual std::optional<Allowance> allowance() const { return std::nullopt; }
  /// The log went on without it: it has to be seeded anew, and needs nothing until then.
  virtual void cut_off() {}
  /// While it lives, the follower's files only grow at their ends; a copy of them is one state.
  virtual Result<std::shared_ptr<void>> hold() = 0;
  /// Applies what is durable, as far as time allows, and closes. After the log is closed. Idempotent.
  virtual Result<void> stop() = 0;
};
using Followers = std::vector<Follower*>;

/// Up to here the log, which ends at `end`, may be recycled. Whoever is over its allowance is cut off.
Offset release_floor(std::span<Follower* const> followers, Offset end);

/// Of what may be recycled, up to `floor`, everything behind here is kept while there is room.
Offset wish_floor(std::span<Follower* const> followers, Offset floor);

/// Why what is accepted does not become figures, or changes are not stored, now: control does not work, no lane does,
/// or one is behind by more than `patience`. Guests never matter.
Result<void> readiness(std::span<Follower* const> followers, Millis patience);

/// How many cannot go on now.
std::size_t stopped(std::span<Follower* const> followers);

/// Holds all of them.
Result<std::shared_ptr<void>> hold(std::span<Follower* const> followers);

/// Stops one behind the other, whatever the others say; the first failure.
Result<void> stop(std::span<Follower* const> followers);

}  // namespace hk::log
