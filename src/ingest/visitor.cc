#include "ingest/visitor.h"

#include <algorithm>
#include <string>

#include "crypto/random.h"

namespace hk::ingest {
namespace {

constexpr Millis kSweepEvery = std::chrono::minutes(1);

bool is_near(TimeMs last, TimeMs at) {
  return at < last + kVisitGap && last < at + kVisitGap;
}

}  // namespace

std::uint64_t visitor_hash(const Salts::Salt& key, SiteKey site, std::string_view ip, std::string_view user_agent) {
  std::string text;
  text.reserve(5 + ip.size() + user_agent.size());
  for (int shift = 0; shift < 32; shift += 8)
    text.push_back(static_cast<char>(static_cast<std::uint32_t>(site) >> shift));
  text.push_back(static_cast<char>(ip.size()));  // so that no two pairs run together to one text
  text += ip;
  text += user_agent;
  const std::uint64_t hash = crypto::siphash24(key, text);
  return hash == 0 ? 1 : hash;
}

Visitors::Visitors(Salts& salts, std::size_t most) : salts_(salts), most_per_shard_(most / kShards) {
  crypto::random_bytes(process_key_);
}

Visitor Visitors::see(const db::Zone& zone, TimeMs at, SiteKey site, std::string_view ip, std::string_view user_agent) {
  return look_up(zone, at, site, ip, user_agent, Stay::remembered);
}

Visitor Visitors::see_again(const db::Zone& zone, TimeMs at, SiteKey site, std::string_view ip,
                            std::string_view user_agent) {
  return look_up(zone, at, site, ip, user_agent, Stay::as_it_was);
}

Visitor Visitors::look_up(const db::Zone& zone, TimeMs at, SiteKey site, std::string_view ip,
                          std::string_view user_agent, Stay stay) {
  Visitor out{.day = zone.day_of(at)};
  const bool evening = zone.start_of(out.day + 1) - at < kVisitGap;
  const auto own = [&] { return visitor_hash(salts_.of(zone, out.day), site, ip, user_agent); };
  if (!evening && remembered_.load(std::memory_order_relaxed) == 0) {
    out.hash = own();
    return out;
  }
  const std::uint64_t who = visitor_hash(process_key_, site, ip, user_agent);
  Shard& shard = shards_[who % kShards];
  const std::lock_guard lock(shard.mutex);
  sweep(shard, at);
  const auto known = shard.seen.find(who);
  if (known != shard.seen.end() && is_near(known->second.last, at)) {
    Seen& seen = known->second;
    seen.last = std::max(seen.last, at);
    out.hash = seen.hash;
    if (seen.made < out.day) out.before = seen.hash;
    return out;
  }
  out.hash = own();
  if (stay == Stay::as_it_was) return out;
  if (known != shard.seen.end())
    known->second = {.last = at, .hash = out.hash, .made = out.day};
  else if (evening && shard.seen.size() < most_per_shard_) {
    shard.seen.emplace(who, Seen{.last = at, .hash = out.hash, .made = out.day});
    remembered_.fetch_add(1, std::memory_order_relaxed);
  }
  return out;
}

void Visitors::sweep(Shard& shard, TimeMs now) {
  if (now >= shard.swept && now < shard.swept + kSweepEvery) return;
  shard.swept = now;
  const std::size_t gone =
      std::erase_if(shard.seen, [now](const auto& entry) { return !is_near(entry.second.last, now); });
  remembered_.fetch_sub(gone, std::memory_order_relaxed);
}

}  // namespace hk::ingest
