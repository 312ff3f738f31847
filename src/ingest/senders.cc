#include "ingest/senders.h"

#include <algorithm>
#include <string_view>

#include "crypto/random.h"

namespace hk::ingest {

Senders::Senders() {
  crypto::random_bytes(key_);
}

void Senders::add(const net::Ip& ip) {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock) return;
  const std::string_view bytes(reinterpret_cast<const char*>(ip.bytes.data()), ip.bytes.size());
  const std::uint64_t who = crypto::siphash24(key_, bytes);
  auto at = std::ranges::find(seen_, who, &Seen::who);
  if (at == seen_.end()) {
    at = std::ranges::min_element(seen_, {}, &Seen::hits);
    *at = {.who = who, .hits = at->hits, .too_many = at->hits};
  }
  ++at->hits;
  ++all_;
  internal_ += ip.internal() ? 1 : 0;
  if (all_ < kSentWindow) return;
  all_ /= 2;
  internal_ /= 2;
  for (Seen& one : seen_) one = {.who = one.who, .hits = one.hits / 2, .too_many = (one.too_many + 1) / 2};
}

Senders::Shares Senders::shares() const {
  const std::lock_guard lock(mutex_);
  if (all_ < kFewestSent) return {};
  std::uint64_t most = 0;
  for (const Seen& one : seen_) most = std::max(most, one.hits - std::min(one.hits, one.too_many));
  const auto of = [this](std::uint64_t hits) { return static_cast<double>(hits) / static_cast<double>(all_); };
  return {.one = of(most), .internal = of(internal_)};
}

}  // namespace hk::ingest
