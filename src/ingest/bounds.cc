#include "ingest/bounds.h"

#include <algorithm>
#include <bit>
#include <initializer_list>
#include <string>

#include "crypto/random.h"
#include "ingest/limits.h"

namespace hk::ingest {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
static_assert(std::has_single_bit(kBoundCells) && std::has_single_bit(kSeenBits));

/// Besides its texts, a record has numbers, and its rows have columns.
constexpr std::uint32_t kBytesOfAHit = 100;

/// Room for nearly all texts of one kind.
constexpr std::size_t kUsualBytes = 240;

/// Texts of one kind as one; the site and the kind are part of it.
class Joined {
 public:
  explicit Joined(SiteKey site) : site_(static_cast<std::uint32_t>(site)) { text_.reserve(kUsualBytes); }
  /// Empty where all are. Valid until the next call.
  std::string_view of(char kind, std::initializer_list<std::string_view> texts) {
    if (std::ranges::all_of(texts, &std::string_view::empty)) return {};
    text_.assign(1, kind);
    for (int shift = 0; shift < 32; shift += 8) text_ += static_cast<char>(site_ >> shift);
    for (const std::string_view text : texts) (text_ += text) += '\0';
    return text_;
  }

 private:
  std::uint32_t site_;
  std::string text_;
};

}  // namespace

Bounds::Bounds() : cells_(kRows * kBoundCells), seen_(kSeenBits / 64) {
  crypto::random_bytes(key_);
}

Bounds::Load Bounds::load_of(const store::Hit& hit) const {
  Load load{.bytes = kBytesOfAHit};
  Joined joined(hit.site);
  const auto is_new = [&](std::uint64_t hash) {
    const std::uint64_t bit = hash % kSeenBits;
    if (seen_[bit / 64].load(kRelaxed) >> (bit % 64) & 1) return false;
    load.bits[load.texts + load.visitors] = bit;
    return true;
  };
  const auto weigh = [&](char kind, std::initializer_list<std::string_view> texts) {
    const std::string_view text = joined.of(kind, texts);
    if (text.empty()) return;
    load.bytes += static_cast<std::uint32_t>(text.size());
    if (is_new(crypto::siphash24(key_, text))) ++load.texts;
  };
  weigh('p', {hit.hostname, hit.path});
  weigh('r', {hit.referrer_host, hit.referrer_path});
  weigh('u', {hit.utm_source, hit.utm_medium, hit.utm_campaign, hit.utm_term, hit.utm_content});
  weigh('n', {hit.title});
  weigh('e', {hit.event_name});
  weigh('j', {hit.event_json});
  weigh('t', {hit.language, hit.tracker});
  if (is_new(hit.visitor)) ++load.visitors;
  return load;
}

/// The address's key is a secret hash already; what is left is to part the sites (Stafford's mix 13).
std::uint64_t Bounds::hash_of(const net::Ip& ip, SiteKey site) const {
  std::uint64_t mixed = addresses_.key(ip) ^ (static_cast<std::uint64_t>(site) * 0x9e3779b97f4a7c15u);
  mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
  mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
  return mixed ^ mixed >> 31;
}

Bounds::Cells Bounds::cells_of(std::uint64_t hash) {
  Cells out;
  for (std::size_t row = 0; row < kRows; ++row)
    out[row] = &cells_[row * kBoundCells + (hash >> (21 * row)) % kBoundCells];
  return out;
}

void Bounds::begin_day(std::int64_t day) {
  if (day_.load(kRelaxed) == day) return;
  const std::lock_guard lock(mutex_);
  if (day_.load(kRelaxed) == day) return;
  for (Cell& cell : cells_) {
    cell.bytes.store(0, kRelaxed);
    cell.texts.store(0, kRelaxed);
    cell.visitors.store(0, kRelaxed);
  }
  for (auto& bits : seen_) bits.store(0, kRelaxed);
  refused_.clear();
  day_.store(day, kRelaxed);
}

std::optional<Bound> Bounds::take(std::string_view client_ip, const store::Hit& hit, TimeMs now) {
  const auto ip = net::Ip::parse(client_ip);
  if (!ip || ip->internal()) return std::nullopt;
  begin_day(std::chrono::floor<std::chrono::days>(now).time_since_epoch().count());
  const Load load = load_of(hit);
  const std::uint64_t hash = hash_of(*ip, hit.site);
  const Cells cells = cells_of(hash);
  const auto crosses = [&](auto what, std::uint32_t more, std::uint32_t limit) {
    if (more == 0) return false;
    std::uint32_t sum = UINT32_MAX;
    for (const Cell* cell : cells) sum = std::min(sum, (cell->*what).load(kRelaxed));
    return sum > limit - std::min(more, limit);
  };
  std::optional<Bound> crossed;
  if (crosses(&Cell::bytes, load.bytes, kMaxBytesPerAddress))
    crossed = Bound::bytes;
  else if (crosses(&Cell::texts, load.texts, kMaxNewTextsPerAddress))
    crossed = Bound::texts;
  else if (crosses(&Cell::visitors, load.visitors, kMaxNewVisitorsPerAddress))
    crossed = Bound::visitors;
  if (crossed) {
    const std::lock_guard lock(mutex_);
    Refusals& site = refused_[static_cast<std::uint32_t>(hit.site)];
    ++site.by_bound[static_cast<std::size_t>(*crossed)];
    if (site.addresses.size() < kRefusedAddresses) site.addresses.insert(hash);
    return crossed;
  }
  for (Cell* cell : cells) {
    cell->bytes.fetch_add(load.bytes, kRelaxed);
    if (load.texts > 0) cell->texts.fetch_add(load.texts, kRelaxed);
    if (load.visitors > 0) cell->visitors.fetch_add(load.visitors, kRelaxed);
  }
  for (std::uint32_t i = 0; i < load.texts + load.visitors; ++i)
    seen_[load.bits[i] / 64].fetch_or(std::uint64_t{1} << (load.bits[i] % 64), kRelaxed);
  return std::nullopt;
}

Bounds::Refused Bounds::refused(SiteKey site) const {
  const std::lock_guard lock(mutex_);
  const auto at = refused_.find(static_cast<std::uint32_t>(site));
  if (at == refused_.end()) return {};
  return {.by_bound = at->second.by_bound, .addresses = at->second.addresses.size()};
}

}  // namespace hk::ingest
