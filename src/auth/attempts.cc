#include "auth/attempts.h"

#include <algorithm>
#include <utility>

#include "net/ip.h"

namespace hk::auth {

std::string network_of(const std::string& client) {
  constexpr unsigned bits_v6 = 64;
  const auto ip = net::Ip::parse(client);
  return ip && !ip->v4 ? ip->network(bits_v6).str() : client;
}

std::chrono::seconds pause_after(const Attempts::Rule& rule, unsigned failures) {
  if (failures < rule.free) return std::chrono::seconds(0);
  constexpr unsigned enough = 20;  // 2^20 s is longer than any rule
  const std::chrono::seconds doubled{1u << std::min(failures - rule.free, enough)};
  return std::min(doubled, rule.longest);
}

std::optional<std::chrono::seconds> Attempts::begin(std::uint64_t key) {
  const TimeMs now = clock_.now();
  const std::lock_guard lock(mutex_);
  auto at = states_.find(key);
  if (at != states_.end() && now - at->second.last >= rule_.forget) {
    states_.erase(at);
    at = states_.end();
  }
  if (at == states_.end()) {
    make_room(now);
    at = states_.emplace(key, State{}).first;
  }
  State& state = at->second;
  const auto pause = pause_after(rule_, state.failures);
  if (pause.count() > 0 && now < state.last + pause)
    return std::chrono::ceil<std::chrono::seconds>(state.last + pause - now);
  ++state.failures;
  state.last = now;
  return std::nullopt;
}

void Attempts::forgive(std::uint64_t key) {
  const std::lock_guard lock(mutex_);
  const auto at = states_.find(key);
  if (at != states_.end() && at->second.failures > 0) --at->second.failures;
}

void Attempts::succeed(std::uint64_t key) {
  const std::lock_guard lock(mutex_);
  states_.erase(key);
}

void Attempts::make_room(TimeMs now) {
  if (states_.size() < rule_.keys) return;
  std::erase_if(states_, [&](const auto& entry) { return now - entry.second.last >= rule_.forget; });
  if (states_.size() < rule_.keys) return;
  states_.erase(std::ranges::min_element(
      states_, {}, [](const auto& entry) { return std::pair(entry.second.failures, entry.second.last); }));
}

}  // namespace hk::auth
