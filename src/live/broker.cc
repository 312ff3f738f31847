#include "live/broker.h"

#include <charconv>
#include <optional>

#include "base/text.h"

namespace hk::live {
namespace {

/// One event with its JSON. Everything in it is a number, a date or a UUID: nothing needs escaping.
std::string frame(std::string_view event, std::uint64_t id, const SiteId& site, std::string_view kinds,
                  TimeMs changed_at, TimeMs bucket, std::string_view counts) {
  std::string out = "id: " + std::to_string(id) + "\nevent: ";
  out.append(event).append("\ndata: {\"site_id\":\"").append(site.str());
  out.append("\",\"kinds\":[").append(kinds).append("],\"changed_at\":\"");
  append_rfc3339(out, changed_at);
  out.append("\",\"bucket_start\":\"");
  append_rfc3339(out, std::chrono::floor<std::chrono::minutes>(bucket));
  out.append("\",\"counts\":{").append(counts).append("}}\n\n");
  return out;
}

std::optional<std::uint64_t> parse_id(std::string_view text) {
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return id;
}

}  // namespace

Broker::Broker(const Clock& clock)
    : clock_(clock), first_id_(static_cast<std::uint64_t>(to_ms(clock.now()))), next_id_(first_id_) {}

void Broker::publish(const SiteId& site, const store::Applied& change) {
  if (change.hits == 0 && change.events == 0) return;
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  Channel& to = channel(site);
  const Change& kept = to.history.emplace_back(
      next_id_++, clock_.now(), std::chrono::floor<std::chrono::minutes>(change.earliest), change.hits, change.events);
  if (!to.streams.empty()) {
    send(to, change_frame(site, kept));
  }
  if (to.history.size() > kHistory) {
    to.known_since = to.history.front().id;
    to.history.pop_front();
  }
}

void Broker::subscribe(const SiteId& site, std::string_view last_event_id, access::Principal who,
                       std::shared_ptr<http::EventSink> sink) {
  const std::lock_guard lock(mutex_);
  if (closed_ || subscribers_ >= kMaxSubscribers) {
    sink->close();
    return;
  }
  Channel& to = channel(site);
  // 3 s is how long the browser waits before it connects again.
  if (!sink->send(": connected\nretry: 3000\n\n" + catch_up(site, to, last_event_id))) return;
  to.streams.push_back({.sink = std::move(sink), .who = std::move(who)});
  ++subscribers_;
}

void Broker::review(const May& may) {
  const std::lock_guard lock(mutex_);
  for (auto& [site, to] : channels_) {
    subscribers_ -= std::erase_if(to.streams, [&](const Stream& stream) {
      if (may(stream.who, site)) return false;
      stream.sink->close();
      return true;
    });
  }
}

void Broker::heartbeat(const May& may) {
  review(may);
  const std::lock_guard lock(mutex_);
  for (auto& [site, to] : channels_) send(to, ": heartbeat\n\n");
}

void Broker::close_all() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (auto& [site, to] : channels_) {
    for (auto& stream : to.streams) stream.sink->close();
  }
  channels_.clear();
  subscribers_ = 0;
}

std::size_t Broker::subscribers() const {
  const std::lock_guard lock(mutex_);
  return subscribers_;
}

Broker::Channel& Broker::channel(const SiteId& site) {
  return channels_.try_emplace(site, Channel{.known_since = first_id_ - 1, .history = {}, .streams = {}}).first->second;
}

std::string Broker::catch_up(const SiteId& site, const Channel& from, std::string_view last_event_id) const {
  if (last_event_id.empty()) return {};
  const auto last = parse_id(last_event_id);
  // From another boot, from a clock that was set back, or older than what is kept: nobody knows what was missed.
  if (!last || *last >= next_id_ || *last < from.known_since) return resync_frame(site);
  std::string out;
  for (const Change& c : from.history) {
    if (c.id > *last) out += change_frame(site, c);
  }
  return out;
}

std::string Broker::resync_frame(const SiteId& site) const {
  // The id of the newest change of all sites: a stream that breaks again right away does not resync twice.
  const TimeMs now = clock_.now();
  return frame("analytics.resync", next_id_ - 1, site, R"("hits","events")", now, now, "");
}

std::string Broker::change_frame(const SiteId& site, const Change& change) {
  std::string kinds;
  std::string counts;
  const auto add = [&](std::string_view kind, std::uint32_t count) {
    if (count == 0) return;
    const std::string quoted = (kinds.empty() ? "\"" : ",\"") + std::string(kind) + '"';
    kinds += quoted;
    counts += quoted + ':' + std::to_string(count);
  };
  add("hits", change.hits);
  add("events", change.events);
  return frame("analytics.changed", change.id, site, kinds, change.changed_at, change.bucket, counts);
}

void Broker::send(Channel& to, const std::string& frame) {
  const std::size_t gone = std::erase_if(to.streams, [&](const Stream& stream) { return !stream.sink->send(frame); });
  subscribers_ -= gone;
}

}  // namespace hk::live
