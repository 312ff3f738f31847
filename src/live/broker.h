#pragma once
// Realtime stream: tells open dashboards that a site's numbers moved (reference ingest §12). An
// invalidation signal, not data.

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "http/message.h"
#include "store/store.h"

namespace hk::live {

/// Thread-safe. Ids continue across restarts (they start at the boot time in ms), so an old
/// Last-Event-ID gets a resync instead of silence.
class Broker {
 public:
  explicit Broker(const Clock& clock);
  /// One frame per site and batch.
  void publish(const SiteId& site, const store::Applied& change);
  /// Subscribes a stream; `last_event_id` as sent by the client, empty for none.
  void subscribe(const SiteId& site, std::string_view last_event_id, std::shared_ptr<http::EventSink> sink);
  /// A comment line to every stream, so that proxies keep it open: every 15 s.
  void heartbeat();
  void close_all();
  std::size_t subscribers() const;

 private:
  struct Frame {
    std::uint64_t id;
    std::string text;
  };
  struct Channel {
    std::deque<Frame> history;  // at most kHistory
    std::vector<std::shared_ptr<http::EventSink>> sinks;
  };
  static constexpr std::size_t kHistory = 256;

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::uint64_t next_id_;
  std::map<SiteId, Channel> channels_;
  bool closed_ = false;
};

}  // namespace hk::live
