#pragma once
// Who sends a hit: a person, or a machine of one class or another.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "ingest/enrich/bot.h"
#include "ingest/enrich/client_hints.h"
#include "ingest/enrich/user_agent.h"

namespace hk::ingest {

/// Whether an autonomous system is one where servers stand. People come from there too (relays, VPNs, offices), so that
/// alone says nothing of who sends a hit.
bool is_data_centre(std::uint32_t asn);

/// Sees senders that do more than a person can. Knows them by a hash that the caller makes under a key of the process,
/// in a table of fixed size; who is remembered there stays one for the UTC day. Thread-safe, without a lock.
class Bursts {
 public:
  /// Counts one hit; whether this sender has sent more than kMostInBurst within kBurst today.
  bool add(std::uint64_t who, TimeMs now);

  static constexpr Millis kBurst = std::chrono::seconds(10);
  static constexpr std::uint32_t kMostInBurst = 30;

 private:
  static constexpr std::size_t kCells = std::size_t{1} << 13;
  std::array<std::atomic<std::uint64_t>, kCells> cells_{};
};

/// What the user agent, the client hints and the network say together. A data centre hides a hit only with a second
/// sign: hints that contradict the user agent, or a burst.
Bot kind_of(const UserAgent& user_agent, const ClientHints& hints, bool data_centre, bool burst);

}  // namespace hk::ingest
