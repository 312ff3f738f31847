#pragma once
// Realtime stream: tells open dashboards that a site's numbers moved (live/README.md). An
// invalidation signal, not data: whoever gets it asks again.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "access/principal.h"
#include "base/clock.h"
#include "base/id.h"
#include "http/message.h"
#include "store/store.h"

namespace hk::live {

/// Changes kept per site for streams that come back; older ones are answered with a resync.
inline constexpr std::size_t kHistory = 256;
/// Open streams of all sites together; one more is closed at once.
inline constexpr std::size_t kMaxSubscribers = 4096;
/// How often the owner calls heartbeat(): shorter than the idle limit of common proxies.
inline constexpr std::chrono::seconds kHeartbeat{15};

/// Thread-safe; sends while holding its lock, so that every stream sees the ids in order (a sink only queues).
/// Ids are shared by all sites and continue across restarts (they start at the boot time in ms), so an old
/// Last-Event-ID gets a resync instead of silence.
class Broker {
 public:
  explicit Broker(const Clock& clock);
  /// One frame per site and batch.
  void publish(const SiteId& site, const store::Applied& change);
  /// Subscribes the stream of `who`; `last_event_id` as sent by the client, empty for none. A stream that comes back
  /// gets what it missed, or one resync where that is not known any more.
  void subscribe(const SiteId& site, std::string_view last_event_id, access::Principal who,
                 std::shared_ptr<http::EventSink> sink);
  /// Whether somebody may see a site.
  using May = std::function<bool(const access::Principal& who, const SiteId& site)>;
  /// Ends the streams of those who `may` no longer see the site. For when rights change.
  void review(const May& may);
  /// A review, since time ends sessions; then a comment line to every stream, so that proxies keep it open and gone
  /// clients are noticed.
  void heartbeat(const May& may);
  /// Ends every stream and refuses new ones: the server is going away.
  void close_all();
  std::size_t subscribers() const;

 private:
  /// A change as it is kept: small, because there is a history per site.
  struct Change {
    std::uint64_t id;
    TimeMs changed_at;
    TimeMs bucket;  // of the earliest row
    std::uint32_t hits;
    std::uint32_t events;
  };
  struct Stream {
    std::shared_ptr<http::EventSink> sink;
    access::Principal who;
  };
  struct Channel {
    std::uint64_t known_since;   // every change with a greater id is in `history`
    std::deque<Change> history;  // ascending ids, at most kHistory
    std::vector<Stream> streams;
  };

  Channel& channel(const SiteId& site);
  std::string catch_up(const SiteId& site, const Channel& from, std::string_view last_event_id) const;
  std::string resync_frame(const SiteId& site) const;
  static std::string change_frame(const SiteId& site, const Change& change);
  void send(Channel& to, const std::string& frame);

  const Clock& clock_;
  const std::uint64_t first_id_;
  mutable std::mutex mutex_;
  std::uint64_t next_id_;
  std::map<SiteId, Channel> channels_;
  std::size_t subscribers_ = 0;
  bool closed_ = false;
};

}  // namespace hk::live
