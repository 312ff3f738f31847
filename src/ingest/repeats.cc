#include "ingest/repeats.h"

#include <cstring>
#include <string>
#include <system_error>

#include "base/text.h"
#include "crypto/hash.h"
#include "log/crc32c.h"

namespace hk::ingest {
namespace {

// A line of the file: CRC32C of the rest, site, hash, time; little-endian.
constexpr std::size_t kLineBytes = 24;

template <class T>
void put(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof value; ++i) out += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
}

template <class T>
T get(std::string_view from, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(from[at + i])) << (8 * i);
  return static_cast<T>(value);
}

void put_line(std::string& out, std::uint32_t site, std::uint64_t hash, TimeMs at) {
  std::string rest;
  put(rest, site);
  put(rest, hash);
  put(rest, to_ms(at));
  put(out, log::crc32c(0, rest));
  out += rest;
}

std::unexpected<Error> failed(const std::filesystem::path& file, int error) {
  return fail(Code::unavailable, concat({file.string(), ": ", std::generic_category().message(error)}));
}

}  // namespace

ItemId item_id(SiteKey site, std::string_view id) {
  const crypto::Digest digest = crypto::sha256(id);
  std::uint64_t hash = 0;
  std::memcpy(&hash, digest.data(), sizeof hash);
  return {.site = site, .hash = hash};
}

Result<std::unique_ptr<Repeats>> Repeats::open(std::filesystem::path file, TimeMs now, log::FileSystem& files) {
  std::unique_ptr<Repeats> repeats(new Repeats(std::move(file), files));
  if (auto read = repeats->read(now); !read) return std::unexpected(read.error());
  return repeats;
}

Result<void> Repeats::read(TimeMs now) {
  auto opened = files_.open(path_);
  if (!opened && opened.error() != ENOENT) return failed(path_, opened.error());
  if (opened) {
    const auto size = (*opened)->size();
    if (!size) return failed(path_, size.error());
    std::string bytes(*size, '\0');
    const auto got = (*opened)->read_at(bytes, 0);
    if (!got) return failed(path_, got.error());
    std::string_view rest = std::string_view(bytes).substr(0, *got);
    for (; rest.size() >= kLineBytes; rest.remove_prefix(kLineBytes)) {
      if (get<std::uint32_t>(rest, 0) != log::crc32c(0, rest.substr(4, kLineBytes - 4))) break;
      const TimeMs at = from_ms(get<std::int64_t>(rest, 16));
      if (at + kRepeatsKept <= now) continue;
      Site& site = sites_[get<std::uint32_t>(rest, 4)];
      const auto hash = get<std::uint64_t>(rest, 8);
      if (site.ids.emplace(hash, at).second) site.order.emplace_back(at, hash);
      forget(site, now);
    }
  }
  return rewrite();
}

/// A new file in place of the old one, with what is known; the name changes hands in one step.
Result<void> Repeats::rewrite() {
  std::string bytes;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, site] : sites_)
      for (const auto& [at, hash] : site.order) put_line(bytes, key, hash, at);
  }
  const std::filesystem::path next = path_.string() + ".new";
  if (auto gone = files_.remove(next); !gone && gone.error() != ENOENT) return failed(next, gone.error());
  auto made = files_.create(next);
  if (!made) return failed(next, made.error());
  auto done = log::write_all(**made, bytes, 0);
  if (done) done = (*made)->sync();
  if (done) done = files_.rename(next, path_);
  if (done) done = files_.sync_directory(path_.parent_path());
  if (!done) return failed(path_, done.error());
  file_ = std::move(*made);
  end_ = bytes.size();
  return {};
}

void Repeats::forget(Site& site, TimeMs now) {
  while (!site.order.empty() &&
         (site.order.size() > kRepeatsPerSite || site.order.front().first + kRepeatsKept <= now)) {
    site.ids.erase(site.order.front().second);
    site.order.pop_front();
  }
}

Repeats::Claim Repeats::claim(const ItemId& id, TimeMs now) {
  const std::lock_guard lock(mutex_);
  Site& site = sites_[static_cast<std::uint32_t>(id.site)];
  forget(site, now);
  const auto [at, fresh] = site.ids.emplace(id.hash, std::nullopt);
  if (fresh) return Claim::fresh;
  return at->second ? Claim::known : Claim::pending;
}

void Repeats::give_back(std::span<const ItemId> ids) {
  const std::lock_guard lock(mutex_);
  for (const ItemId& id : ids) sites_[static_cast<std::uint32_t>(id.site)].ids.erase(id.hash);
}

Result<void> Repeats::keep(std::span<const ItemId> ids, TimeMs now) {
  if (ids.empty()) return {};
  std::string lines;
  const std::lock_guard writing(writing_);
  std::size_t all = 0;
  {
    const std::lock_guard lock(mutex_);
    for (const ItemId& id : ids) {
      Site& site = sites_[static_cast<std::uint32_t>(id.site)];
      site.ids[id.hash] = now;
      site.order.emplace_back(now, id.hash);
      forget(site, now);
      put_line(lines, static_cast<std::uint32_t>(id.site), id.hash, now);
    }
    for (const auto& [key, site] : sites_) all += site.order.size();
  }
  if (end_ > all * kLineBytes + kRepeatsWaste) return rewrite();
  auto done = log::write_all(*file_, lines, end_);
  if (done) done = file_->sync();
  if (!done) return failed(path_, done.error());
  end_ += lines.size();
  return {};
}

std::size_t Repeats::known(SiteKey site) const {
  const std::lock_guard lock(mutex_);
  const auto at = sites_.find(static_cast<std::uint32_t>(site));
  return at == sites_.end() ? 0 : at->second.order.size();
}

}  // namespace hk::ingest
