#pragma once
// What a user agent says: browser, operating system, kind of device, or that it is no person.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "crypto/hash.h"
#include "ingest/enrich/bot.h"
#include "store/hit.h"

namespace hk::ingest {

struct UserAgent {
  std::string browser;  // "Chrome", "Safari", "Samsung Internet"; the same on phones and desktops; empty = unknown
  std::uint16_t browser_major = 0;
  std::string browser_version;  // "146"; of Safari with the minor one, "18.2"
  std::string os;               // "Windows", "macOS", "iOS", "Android"; empty = unknown
  std::string os_version;       // "15", "18.2"; empty where user agents have stopped to tell it
  store::Device device = store::Device::unknown;
  Bot bot = Bot::none;
  std::string agent;  // of a bot: what it is called, "GPTBot"; empty = it gives no name that a list knows
};

/// Device class by what browsers of that class say of themselves.
store::Device device_of(std::string_view lower);

/// Parses user agents and remembers what came out, keyed by a hash under a random key of this process: no user agent is
/// kept beyond its request. The tables are the process's: compiled at the first use, not at the start. Thread-safe.
class UserAgents {
 public:
  UserAgents();
  /// `text` is already cut to kMaxUserAgentBytes.
  std::shared_ptr<const UserAgent> parse(std::string_view text);

  /// Without the cache. Costs 50 to 500 µs.
  static UserAgent parse_now(std::string_view text);
  std::size_t cached() const;

 private:
  /// Least recently used goes first. One of a few, so that I/O threads rarely meet.
  struct Shard {
    using Order = std::list<std::pair<std::uint64_t, std::shared_ptr<const UserAgent>>>;
    mutable std::mutex mutex;
    Order order;  // newest first
    std::unordered_map<std::uint64_t, Order::iterator> index;
  };
  static constexpr std::size_t kShards = 16;

  crypto::SipKey key_;
  std::array<Shard, kShards> shards_;
};

}  // namespace hk::ingest
