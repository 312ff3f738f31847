#include "ingest/salts.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/logging.h"
#include "crypto/random.h"

namespace hk::ingest {
namespace {

constexpr std::string_view kMagic = "HKSALTS1";
constexpr std::size_t kChecksumBytes = 32;
constexpr std::size_t kEntryBytes = 4 + 16;
constexpr std::int64_t kDayMs = 86'400'000;
// Local time runs from UTC-12 to UTC+14.
constexpr std::int64_t kWestMs = 43'200'000;

std::unexpected<Error> disk_error(const std::filesystem::path& file, std::string_view what, int error) {
  return fail(Code::unavailable, "cannot " + std::string(what) + " the salts file " + file.string() + ": " +
                                     std::generic_category().message(error));
}

template <class T>
void put(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof value; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}
template <class T>
T get(std::string_view in) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i)
    value |= static_cast<T>(static_cast<T>(static_cast<std::uint8_t>(in[i])) << (8 * i));
  return value;
}

/// The last instant at which any zone on earth needs the date's salt.
TimeMs end_everywhere(Day day) {
  return from_ms((static_cast<std::int64_t>(day) + 1) * kDayMs + kWestMs) + Salts::kSaltGrace;
}

}  // namespace

Salts::~Salts() {
  ::close(fd_);
}

// Slot: magic, u64 sequence, u32 count, count × (i32 day, 16 bytes), zeros, SHA-256 of all before it.
std::string Salts::encode(const Table& table, std::uint64_t sequence) {
  std::string out(kMagic);
  out.reserve(kSlotBytes);
  put(out, sequence);
  put(out, static_cast<std::uint32_t>(table.size()));
  for (const Entry& entry : table) {
    put(out, static_cast<std::uint32_t>(entry.day));
    out.append(reinterpret_cast<const char*>(entry.salt.data()), entry.salt.size());
  }
  out.resize(kSlotBytes - kChecksumBytes);
  const crypto::Digest sum = crypto::sha256(out);
  out.append(reinterpret_cast<const char*>(sum.data()), sum.size());
  return out;
}

bool Salts::decode(std::string_view slot, Table& table, std::uint64_t& sequence) {
  if (slot.size() != kSlotBytes || !slot.starts_with(kMagic)) return false;
  const crypto::Digest sum = crypto::sha256(slot.substr(0, kSlotBytes - kChecksumBytes));
  if (slot.substr(kSlotBytes - kChecksumBytes) !=
      std::string_view(reinterpret_cast<const char*>(sum.data()), sum.size()))
    return false;
  std::string_view rest = slot.substr(kMagic.size());
  sequence = get<std::uint64_t>(rest);
  const auto count = get<std::uint32_t>(rest.substr(8));
  if (count > kMaxSalts) return false;
  rest.remove_prefix(12);
  for (std::uint32_t i = 0; i < count; ++i, rest.remove_prefix(kEntryBytes)) {
    Entry entry;
    entry.day = static_cast<Day>(get<std::uint32_t>(rest));
    std::copy_n(rest.data() + 4, entry.salt.size(), reinterpret_cast<char*>(entry.salt.data()));
    table.push_back(entry);
  }
  return true;
}

Result<std::unique_ptr<Salts>> Salts::open(std::filesystem::path file, TimeMs now) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return disk_error(file, "open", errno);
  std::unique_ptr<Salts> salts(new Salts(std::move(file), fd));
  struct stat info{};
  if (::fstat(fd, &info) != 0) return disk_error(salts->file_, "look at", errno);
  if (!S_ISREG(info.st_mode) || (info.st_mode & 077) != 0)
    return fail(Code::invalid, "the salts file " + salts->file_.string() +
                                   " must be an ordinary file that only its owner can read; run: chmod 600 " +
                                   salts->file_.string());

  std::string bytes(2 * kSlotBytes, '\0');
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t n = ::pread(fd, bytes.data() + have, bytes.size() - have, static_cast<off_t>(have));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return disk_error(salts->file_, "read", errno);
    if (n == 0) break;
    have += static_cast<std::size_t>(n);
  }
  Table table;
  bool found = false;
  for (std::size_t slot = 0; slot < 2; ++slot) {
    Table candidate;
    std::uint64_t sequence = 0;
    if (!decode(std::string_view(bytes).substr(slot * kSlotBytes, kSlotBytes), candidate, sequence)) continue;
    if (found && sequence < salts->sequence_) continue;
    found = true;
    salts->sequence_ = sequence;
    table = std::move(candidate);
  }
  OPENSSL_cleanse(bytes.data(), bytes.size());
  if (have > 0 && !found)
    logging::warn("the salts file is damaged; visitors of today are counted anew", {{"file", salts->file_.string()}});
  std::erase_if(table, [&](const Entry& entry) { return now >= end_everywhere(entry.day); });

  // Both slots: whatever a crash has left in the older one goes now.
  const std::lock_guard lock(salts->mutex_);
  if (auto written = salts->write(table, true); !written) return std::unexpected(written.error());
  const auto directory = salts->file_.has_parent_path() ? salts->file_.parent_path() : std::filesystem::path(".");
  const int dir = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = dir >= 0 && ::fsync(dir) == 0;
  const int error = errno;
  if (dir >= 0) ::close(dir);
  if (!synced) return disk_error(salts->file_, "sync the directory of", error);
  salts->publish(std::move(table));
  return salts;
}

Result<void> Salts::write(const Table& table, bool both) {
  both = both || stale_;
  stale_ = true;  // a failure from here on leaves a slot that has to go
  for (int round = 0; round < (both ? 2 : 1); ++round) {
    const std::uint64_t sequence = sequence_ + 1;
    std::string slot = encode(table, sequence);
    const auto base = static_cast<off_t>((sequence % 2) * kSlotBytes);
    for (std::size_t done = 0; done < slot.size();) {
      const ssize_t n = ::pwrite(fd_, slot.data() + done, slot.size() - done, base + static_cast<off_t>(done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return disk_error(file_, "write", errno);
      done += static_cast<std::size_t>(n);
    }
    OPENSSL_cleanse(slot.data(), slot.size());
    if (::fsync(fd_) != 0) return disk_error(file_, "sync", errno);
    sequence_ = sequence;
  }
  stale_ = false;
  return {};
}

void Salts::publish(Table table) {
  // Readers that still hold the old table are done in microseconds; the last one wipes it.
  auto* fresh = new Table(std::move(table));
  table_.store(std::shared_ptr<const Table>(fresh, [fresh](const Table*) {
    OPENSSL_cleanse(fresh->data(), fresh->size() * sizeof(Entry));
    delete fresh;
  }));
}

Salts::Salt Salts::of(Day day) {
  const auto find = [&](const Table& table) { return std::ranges::find(table, day, &Entry::day); };
  const auto now = table_.load();
  if (const auto at = find(*now); at != now->end()) return at->salt;

  const std::lock_guard lock(mutex_);
  Table table = *table_.load();
  if (const auto at = find(table); at != table.end()) return at->salt;
  Entry entry{.day = day};
  crypto::random_bytes(entry.salt);
  table.insert(std::ranges::upper_bound(table, day, {}, &Entry::day), entry);
  // More dates than can be alive at once: the clock has jumped. The oldest go.
  const bool crowded = table.size() > kMaxSalts;
  if (crowded)
    table.erase(table.begin() == std::ranges::find(table, day, &Entry::day) ? table.begin() + 1 : table.begin());
  if (auto written = write(table, crowded); !written)
    logging::error("a new salt could not be kept; after a restart visitors of this date count anew",
                   {{"error", written.error().message}});
  publish(std::move(table));
  return entry.salt;
}

Result<void> Salts::tend(TimeMs now, const std::vector<std::shared_ptr<const db::Zone>>& zones) {
  const std::lock_guard lock(mutex_);
  Table table = *table_.load();
  const auto needed = [&](Day day) {
    return zones.empty() ||
           std::ranges::any_of(zones, [&](const auto& zone) { return now < zone->start_of(day + 1) + kSaltGrace; });
  };
  const bool dies =
      std::erase_if(table, [&](const Entry& e) { return now >= end_everywhere(e.day) || !needed(e.day); }) > 0;
  bool comes = false;
  for (const auto& zone : zones) {
    for (const Day day : {zone->day_of(now), zone->day_of(now + kAhead)}) {
      if (table.size() >= kMaxSalts || std::ranges::find(table, day, &Entry::day) != table.end()) continue;
      Entry entry{.day = day};
      crypto::random_bytes(entry.salt);
      table.insert(std::ranges::upper_bound(table, day, {}, &Entry::day), entry);
      comes = true;
    }
  }
  if (!dies && !comes && !stale_) return {};
  auto written = write(table, dies);
  publish(std::move(table));
  return written;
}

std::vector<Day> Salts::days() const {
  std::vector<Day> out;
  for (const Entry& entry : *table_.load()) out.push_back(entry.day);
  return out;
}

}  // namespace hk::ingest
