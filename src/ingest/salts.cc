#include "ingest/salts.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/logging.h"
#include "crypto/random.h"

namespace hk::ingest {
namespace {

constexpr std::string_view kMagic = "HKSALTS2";
constexpr std::size_t kChecksumBytes = 32;
constexpr std::size_t kHeaderBytes = 8 + 8 + 8 + 4;
constexpr std::size_t kEntryBytes = 8 + 4 + 1 + 16;
static_assert(kHeaderBytes + Salts::kMaxSalts * kEntryBytes + kChecksumBytes <= Salts::kSlotBytes);

// Version 1: slots of 4 KiB, one salt per date for all zones.
constexpr std::string_view kMagic1 = "HKSALTS1";
constexpr std::size_t kSlotBytes1 = 4096;
constexpr std::size_t kMaxSalts1 = 8;
constexpr std::size_t kEntryBytes1 = 4 + 16;

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

std::string_view text_of(const Salts::Salt& salt) {
  return {reinterpret_cast<const char*>(salt.data()), salt.size()};
}

/// Whether a slot is whole, as far as its checksum tells.
bool checked(std::string_view slot, std::string_view magic) {
  if (!slot.starts_with(magic)) return false;
  const crypto::Digest sum = crypto::sha256(slot.substr(0, slot.size() - kChecksumBytes));
  return slot.substr(slot.size() - kChecksumBytes) ==
         std::string_view(reinterpret_cast<const char*>(sum.data()), sum.size());
}

}  // namespace

Salts::~Salts() {
  ::close(fd_);
}

std::uint64_t Salts::id_of(const db::Zone& zone, Day day) {
  // The names are no secret, and this must be the same in every process: a fixed key.
  const std::uint64_t id = crypto::siphash24({}, zone.name_of(day));
  return id == kAnyZone ? 1 : id;
}

/// What a file holds of the second half, to tell another one: nothing that leads to it.
std::uint64_t Salts::fingerprint() const {
  if (second_half_.reveal().empty()) return 0;
  const crypto::Digest sum = crypto::hmac_sha256(second_half_.reveal(), "which second half");
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < sizeof out; ++i) out = out << 8 | sum[i];
  return out == 0 ? 1 : out;
}

void Salts::complete(Entry& entry) const {
  entry.key = entry.salt;
  if (!entry.mixed) return;
  const crypto::Digest mixed = crypto::hmac_sha256(second_half_.reveal(), text_of(entry.salt));
  std::copy_n(mixed.begin(), entry.key.size(), entry.key.begin());
}

const Salts::Entry* Salts::find(const Table& table, std::uint64_t zone, Day day) {
  for (const std::uint64_t id : {zone, kAnyZone}) {
    const auto at = std::ranges::lower_bound(table, std::pair(id, day), {}, &Entry::place);
    if (at != table.end() && at->place() == std::pair(id, day)) return &*at;
  }
  return nullptr;
}

Salts::Entry& Salts::add(Table& table, std::uint64_t zone, Day day) const {
  Entry entry{.zone = zone, .day = day, .mixed = !second_half_.reveal().empty()};
  crypto::random_bytes(entry.salt);
  complete(entry);
  return *table.insert(std::ranges::upper_bound(table, entry.place(), {}, &Entry::place), entry);
}

// Slot: magic, u64 sequence, u64 fingerprint of the second half, u32 count, count × (u64 zone, i32 day, u8 mixed,
// 16 bytes), zeros, SHA-256 of all before it.
std::string Salts::encode(const Table& table, std::uint64_t sequence) const {
  std::string out(kMagic);
  out.reserve(kSlotBytes);
  put(out, sequence);
  put(out, fingerprint());
  put(out, static_cast<std::uint32_t>(table.size()));
  for (const Entry& entry : table) {
    put(out, entry.zone);
    put(out, static_cast<std::uint32_t>(entry.day));
    put(out, static_cast<std::uint8_t>(entry.mixed ? 1 : 0));
    out.append(text_of(entry.salt));
  }
  out.resize(kSlotBytes - kChecksumBytes);
  const crypto::Digest sum = crypto::sha256(out);
  out.append(reinterpret_cast<const char*>(sum.data()), sum.size());
  return out;
}

bool Salts::decode(std::string_view slot, Table& table, std::uint64_t& sequence, bool& other_half) const {
  if (slot.size() != kSlotBytes || !checked(slot, kMagic)) return false;
  std::string_view rest = slot.substr(kMagic.size());
  sequence = get<std::uint64_t>(rest);
  const bool same_half = get<std::uint64_t>(rest.substr(8)) == fingerprint();
  const auto count = get<std::uint32_t>(rest.substr(16));
  if (count > kMaxSalts) return false;
  rest.remove_prefix(20);
  other_half = false;
  for (std::uint32_t i = 0; i < count; ++i, rest.remove_prefix(kEntryBytes)) {
    Entry entry{.zone = get<std::uint64_t>(rest),
                .day = static_cast<Day>(get<std::uint32_t>(rest.substr(8))),
                .mixed = rest[12] != 0};
    other_half = other_half || (entry.mixed && !same_half);
    if (entry.mixed && !same_half) continue;
    std::copy_n(rest.data() + 13, entry.salt.size(), reinterpret_cast<char*>(entry.salt.data()));
    complete(entry);
    table.push_back(entry);
  }
  return true;
}

bool Salts::decode_version_1(std::string_view slot, Table& table, std::uint64_t& sequence) {
  if (slot.size() != kSlotBytes1 || !checked(slot, kMagic1)) return false;
  std::string_view rest = slot.substr(kMagic1.size());
  sequence = get<std::uint64_t>(rest);
  const auto count = get<std::uint32_t>(rest.substr(8));
  if (count > kMaxSalts1) return false;
  rest.remove_prefix(12);
  for (std::uint32_t i = 0; i < count; ++i, rest.remove_prefix(kEntryBytes1)) {
    Entry entry{.zone = kAnyZone, .day = static_cast<Day>(get<std::uint32_t>(rest))};
    std::copy_n(rest.data() + 4, entry.salt.size(), reinterpret_cast<char*>(entry.salt.data()));
    entry.key = entry.salt;
    table.push_back(entry);
  }
  return true;
}

/// What the newest whole slot holds. Slots of version 1 count only where there is none of this version.
Result<Salts::Table> Salts::read() {
  std::string bytes(2 * kSlotBytes, '\0');
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t n = ::pread(fd_, bytes.data() + have, bytes.size() - have, static_cast<off_t>(have));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return disk_error(file_, "read", errno);
    if (n == 0) break;
    have += static_cast<std::size_t>(n);
  }
  Table table;
  bool found = false, other_half = false;
  std::uint64_t newest = 0;
  const auto take = [&](auto decode_slot, std::size_t slot_bytes) {
    for (std::size_t slot = 0; slot < 2; ++slot) {
      Table candidate;
      std::uint64_t sequence = 0;
      bool other = false;
      if (!decode_slot(std::string_view(bytes).substr(slot * slot_bytes, slot_bytes), candidate, sequence, other))
        continue;
      if (found && sequence < newest) continue;
      found = true;
      newest = sequence;
      other_half = other;
      table = std::move(candidate);
    }
  };
  take([this](auto&&... args) { return decode(args...); }, kSlotBytes);
  // The slots of version 1 lie in the first of this one: writing begins with the second.
  sequence_ = newest;
  if (!found)
    take([](auto slot, auto& t, auto& sequence, bool&) { return decode_version_1(slot, t, sequence); }, kSlotBytes1);
  OPENSSL_cleanse(bytes.data(), bytes.size());
  if (have > 0 && !found)
    logging::warn("the salts file is damaged; visitors of today are counted anew", {{"file", file_.string()}});
  if (other_half)
    logging::warn(
        "the second half of the visitors' keys is gone or another one; visitors of today are counted anew. After a "
        "restart without a reboot: the unit needs RuntimeDirectoryPreserve=yes");
  return table;
}

Result<std::unique_ptr<Salts>> Salts::open(std::filesystem::path file, Secret<std::string> second_half) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return disk_error(file, "open", errno);
  std::unique_ptr<Salts> salts(new Salts(std::move(file), fd, std::move(second_half)));
  struct stat info{};
  if (::fstat(fd, &info) != 0) return disk_error(salts->file_, "look at", errno);
  if (!S_ISREG(info.st_mode) || (info.st_mode & 077) != 0)
    return fail(Code::invalid, "the salts file " + salts->file_.string() +
                                   " must be an ordinary file that only its owner can read; run: chmod 600 " +
                                   salts->file_.string());
  auto table = salts->read();
  if (!table) return std::unexpected(std::move(table.error()));

  // Both slots: whatever a crash has left in the older one goes now. What is over goes with the first tend(), which
  // knows whether the clock can be believed.
  const std::lock_guard lock(salts->mutex_);
  if (auto written = salts->write(*table, true); !written) return std::unexpected(written.error());
  const auto directory = salts->file_.has_parent_path() ? salts->file_.parent_path() : std::filesystem::path(".");
  const int dir = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = dir >= 0 && ::fsync(dir) == 0;
  const int error = errno;
  if (dir >= 0) ::close(dir);
  if (!synced) return disk_error(salts->file_, "sync the directory of", error);
  salts->publish(std::move(*table));
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

Salts::Salt Salts::of(const db::Zone& zone, Day day) {
  const std::uint64_t id = id_of(zone, day);
  {
    const auto now = table_.load();
    if (const Entry* entry = find(*now, id, day)) return entry->key;
  }
  const std::lock_guard lock(mutex_);
  Table table = *table_.load();
  if (const Entry* entry = find(table, id, day)) return entry->key;
  const Salt key = add(table, id, day).key;
  // More dates than can be alive at once: the clock has leapt. The oldest goes.
  const auto of_zone = std::ranges::equal_range(table, id, {}, &Entry::zone);
  const bool full = table.size() > kMaxSalts;
  const bool crowded = of_zone.size() > kMaxDates || full;
  if (crowded) {
    const auto others = [&](const Entry& e) { return e.place() != std::pair(id, day) && (full || e.zone == id); };
    auto oldest = table.end();
    for (auto at = table.begin(); at != table.end(); ++at)
      if (others(*at) && (oldest == table.end() || at->day < oldest->day)) oldest = at;
    table.erase(oldest);
  }
  if (auto written = write(table, crowded); !written)
    logging::error("a new salt could not be kept; after a restart visitors of this date count anew",
                   {{"error", written.error().message}});
  publish(std::move(table));
  return key;
}

Result<void> Salts::tend(TimeMs now, const std::vector<std::shared_ptr<const db::Zone>>& zones, Destroy destroy) {
  const std::lock_guard lock(mutex_);
  Table table = *table_.load();
  const auto over = [&](const Entry& entry) {
    if (now >= end_everywhere(entry.day)) return true;
    return !zones.empty() && std::ranges::none_of(zones, [&](const auto& zone) {
      return now < zone->start_of(entry.day + 1) + kSaltGrace &&
             (entry.zone == kAnyZone || entry.zone == id_of(*zone, entry.day));
    });
  };
  const bool dies = destroy == Destroy::what_is_over && std::erase_if(table, over) > 0;
  bool comes = false;
  for (const auto& zone : zones) {
    for (const Day day : {zone->day_of(now), zone->day_of(now + kAhead)}) {
      const std::uint64_t id = id_of(*zone, day);
      if (table.size() >= kMaxSalts || find(table, id, day) != nullptr) continue;
      add(table, id, day);
      comes = true;
    }
  }
  if (!dies && !comes && !stale_) return {};
  auto written = write(table, dies);
  publish(std::move(table));
  return written;
}

std::vector<Day> Salts::days(const db::Zone& zone) const {
  std::vector<Day> out;
  const auto table = table_.load();
  for (const Entry& entry : std::ranges::equal_range(*table, id_of(zone, zone.from()), {}, &Entry::zone))
    out.push_back(entry.day);
  return out;
}

}  // namespace hk::ingest
