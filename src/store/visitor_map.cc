#include "store/visitor_map.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <utility>

#include "base/ensure.h"
#include "base/logging.h"
#include "base/text.h"
#include "log/crc32c.h"

namespace hk::store {

namespace fs = std::filesystem;

namespace {

/// Begins each checksum: what is not this form is no entry.
constexpr std::string_view kForm = "hitkeep visitor 1";
constexpr std::size_t kChecksumAt = 28;
constexpr std::size_t kFirstSlots = 8;
/// One read or write of a file.
constexpr std::size_t kChunkBytes = 64u << 10;
static_assert(kChunkBytes % VisitorMap::kEntryBytes == 0);
/// Long enough for a date.
constexpr std::size_t kNameLength = 10;

std::unexpected<Error> cannot(const fs::path& file, std::string_view what, int error) {
  return fail(Code::unavailable, concat({file.string(), " cannot be ", what, ": ", log::describe(error)}));
}

void put(std::string& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}
std::uint64_t get(std::string_view in, std::size_t at, std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i)
    value |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(in[at + i])) << (8 * i);
  return value;
}
std::uint32_t checksum(std::string_view entry) {
  return log::crc32c(log::crc32c(0, kForm), entry.substr(0, kChecksumAt));
}

}  // namespace

/// u64 hash, u64 offset of the first record, u32 site, i32 day, u32 vd, u32 checksum; little-endian. 32 bytes at a
/// multiple of 32: no sector holds half of one.
struct VisitorMap::Entry {
  VisitorDay who;
  std::uint32_t vd = 0;
  log::Offset first = 0;

  KnownVisitor known() const { return {{who.site, who.day}, vd, first}; }
  void append_to(std::string& out) const {
    const std::size_t begin = out.size();
    put(out, who.visitor, 8);
    put(out, first, 8);
    put(out, static_cast<std::uint32_t>(who.site), 4);
    put(out, static_cast<std::uint32_t>(who.day), 4);
    put(out, vd, 4);
    put(out, checksum(std::string_view(out).substr(begin)), 4);
  }
  static std::optional<Entry> read(std::string_view bytes) {
    if (bytes.size() < kEntryBytes || get(bytes, kChecksumAt, 4) != checksum(bytes)) return std::nullopt;
    return Entry{.who = {SiteKey{static_cast<std::uint32_t>(get(bytes, 16, 4))}, static_cast<Day>(get(bytes, 20, 4)),
                         get(bytes, 0, 8)},
                 .vd = static_cast<std::uint32_t>(get(bytes, 24, 4)),
                 .first = get(bytes, 8, 8)};
  }
};

std::size_t VisitorMap::Table::slot(std::uint64_t hash) const {
  const std::size_t mask = vds_.size() - 1;
  std::size_t at = (hash * 0x9E3779B97F4A7C15 >> 32) & mask;
  while (vds_[at] != 0 && hashes_[at] != hash) at = (at + 1) & mask;
  return at;
}

std::uint32_t VisitorMap::Table::find(std::uint64_t hash) const {
  return vds_.empty() ? 0 : vds_[slot(hash)];
}

void VisitorMap::Table::set(std::uint64_t hash, std::uint32_t vd) {
  if ((used_ + 1) * 4 > vds_.size() * 3) grow();
  const std::size_t at = slot(hash);
  if (vds_[at] == 0) ++used_;
  hashes_[at] = hash;
  vds_[at] = vd;
}

void VisitorMap::Table::grow() {
  const std::vector<std::uint64_t> hashes = std::exchange(hashes_, {});
  const std::vector<std::uint32_t> vds = std::exchange(vds_, {});
  const std::size_t slots = std::max(kFirstSlots, vds.size() * 2);
  hashes_.resize(slots);
  vds_.resize(slots);
  for (std::size_t i = 0; i < vds.size(); ++i) {
    if (vds[i] == 0) continue;
    const std::size_t at = slot(hashes[i]);
    hashes_[at] = hashes[i];
    vds_[at] = vds[i];
  }
}

VisitorMap::VisitorMap(fs::path directory, log::FileSystem& files) : directory_(std::move(directory)), fs_(files) {}

fs::path VisitorMap::directory_of(const fs::path& lane_file) {
  return concat({lane_file.string(), kNeverCopied});
}

std::string VisitorMap::name_of(Day day) {
  return rfc3339(std::chrono::sys_days{std::chrono::days{day}}).substr(0, kNameLength);
}

std::optional<Day> VisitorMap::day_of(std::string_view name) {
  int year = 0;
  unsigned month = 0, day = 0;
  const auto number = [&](std::size_t at, std::size_t size, auto& into) {
    const std::string_view part = name.substr(at, size);
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), into);
    return error == std::errc{} && end == part.data() + part.size();
  };
  if (name.size() != kNameLength || !number(0, 4, year) || !number(5, 2, month) || !number(8, 2, day))
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
  if (!date.ok()) return std::nullopt;
  const auto out = static_cast<Day>(std::chrono::sys_days{date}.time_since_epoch().count());
  return name_of(out) == name ? std::optional(out) : std::nullopt;
}

std::vector<KnownVisitor> VisitorMap::load(std::vector<KnownVisitor> known) {
  std::ranges::sort(known);
  std::vector<bool> found(known.size());
  const auto names = directory_.empty() ? log::Io<std::vector<std::string>>{} : fs_.list(directory_);
  if (!names && names.error() != ENOENT)
    logging::warn("the map of visitors cannot be read",
                  {{"directory", directory_.string()}, {"error", log::describe(names.error())}});
  for (const std::string& name : names.value_or(std::vector<std::string>{}))
    if (const auto day = day_of(name)) load_file(*day, days_[*day], known, found);
  std::vector<KnownVisitor> missing;
  for (std::size_t i = 0; i < known.size(); ++i) {
    restore_number(known[i].day.site, known[i].vd);
    if (!found[i]) missing.push_back(known[i]);
  }
  std::ranges::sort(missing, {}, [](const KnownVisitor& v) { return std::pair(v.first, v); });
  return missing;
}

void VisitorMap::load_file(Day day, DayFile& file, std::span<const KnownVisitor> known, std::vector<bool>& found) {
  file.there = true;
  const auto opened = fs_.open(path_of(day));
  const auto size = opened ? (*opened)->size() : std::unexpected(opened.error());
  // Behind a torn end the next entry begins at its own place again.
  file.end = (size.value_or(0) + kEntryBytes - 1) / kEntryBytes * kEntryBytes;
  file.stale = !size || file.end == 0;
  std::string bytes;
  for (std::uint64_t at = 0; size && at < *size; at += kChunkBytes) {
    bytes.resize(std::min<std::uint64_t>(kChunkBytes, *size - at));
    if (const auto read = log::read_all(**opened, bytes, at)) {
      load_entries(bytes, day, file, known, found);
      continue;
    }
    logging::warn("the map of visitors cannot be read", {{"file", path_of(day).string()}});
    file.stale = true;
  }
}

void VisitorMap::load_entries(std::string_view bytes, Day day, DayFile& file, std::span<const KnownVisitor> known,
                              std::vector<bool>& found) {
  for (; !bytes.empty(); bytes.remove_prefix(std::min(kEntryBytes, bytes.size()))) {
    const std::string_view own = bytes.substr(0, kEntryBytes);
    if (own.size() == kEntryBytes && own.find_first_not_of('\0') == own.npos) continue;
    const Entry entry = Entry::read(own).value_or(Entry{});  // of no visitor, where it is none
    const auto row = std::ranges::lower_bound(known, entry.known());
    if (entry.who.day != day || row == known.end() || *row != entry.known()) {
      file.stale = true;
      continue;
    }
    found[static_cast<std::size_t>(row - known.begin())] = true;
    // Who was lost and counted once more has two rows: the later one goes on.
    Table& table = tables_[row->day];
    table.set(entry.who.visitor, std::max(table.find(entry.who.visitor), entry.vd));
  }
}

void VisitorMap::restore_number(SiteKey site, std::uint32_t highest) {
  std::uint32_t& number = numbers_[static_cast<std::uint32_t>(site)];
  number = std::max(number, highest);
}

void VisitorMap::restore(const VisitorDay& who, std::uint32_t vd, log::Offset first) {
  if (find(who).value_or(0) < vd) add(who, vd, first);
}

VisitorMap::Number VisitorMap::number(const VisitorDay& who, log::Offset first) {
  if (const auto known = find(who)) return {*known, false};
  const std::uint32_t vd = ++numbers_[static_cast<std::uint32_t>(who.site)];
  ensure(vd != 0, "the ordinals of a site's visitors do not run out");
  add(who, vd, first);
  return {vd, true};
}

void VisitorMap::add(const VisitorDay& who, std::uint32_t vd, log::Offset first) {
  tables_[{who.site, who.day}].set(who.visitor, vd);
  if (directory_.empty()) return;
  Entry{who, vd, first}.append_to(days_[who.day].waiting);
  ++waiting_;
}

std::optional<std::uint32_t> VisitorMap::find(const VisitorDay& who) const {
  const auto table = tables_.find({who.site, who.day});
  const std::uint32_t vd = table == tables_.end() ? 0 : table->second.find(who.visitor);
  return vd == 0 ? std::nullopt : std::optional(vd);
}

bool VisitorMap::holds(const Entry& entry) const {
  return find(entry.who) == entry.vd;
}

std::size_t VisitorMap::size() const {
  std::size_t out = 0;
  for (const auto& [day, table] : tables_) out += table.size();
  return out;
}

void VisitorMap::forget(std::span<const SiteDay> sealed) {
  for (const SiteDay& day : sealed) {
    if (tables_.erase(day) == 0 && !days_.contains(day.day)) continue;
    DayFile& file = days_[day.day];
    file.stale = file.there;
    std::string kept;
    for (std::string_view rest = file.waiting; !rest.empty(); rest.remove_prefix(kEntryBytes))
      if (const auto entry = Entry::read(rest.substr(0, kEntryBytes)); entry && holds(*entry))
        kept += rest.substr(0, kEntryBytes);
    waiting_ -= (file.waiting.size() - kept.size()) / kEntryBytes;
    file.waiting = std::move(kept);
    if (!file.there && file.waiting.empty()) days_.erase(day.day);
  }
}

void VisitorMap::forget_sites(const std::set<SiteKey>& sites) {
  std::vector<SiteDay> days;
  for (const auto& [day, table] : tables_)
    if (sites.contains(day.site)) days.push_back(day);
  forget(days);
  for (const SiteKey site : sites) numbers_.erase(static_cast<std::uint32_t>(site));
}

void VisitorMap::write_some() {
  if (waiting_ > kMaxWaiting) static_cast<void>(write_all_waiting());  // sync() says what is wrong
}

Result<void> VisitorMap::write_all_waiting() {
  for (auto& [day, file] : days_)
    if (!file.waiting.empty())
      if (auto done = write(day, file); !done) return done;
  return {};
}

/// Made where it is not there, or not any more: what somebody removed is read from the log by the next start.
log::Io<std::unique_ptr<log::File>> VisitorMap::open(Day day, DayFile& file) {
  if (file.there) {
    auto opened = fs_.open(path_of(day));
    if (opened || opened.error() != ENOENT) return opened;
  }
  if (const auto made = fs_.make_directory(directory_); !made) return std::unexpected(made.error());
  auto created = fs_.create(path_of(day));
  if (!created) return created;
  names_changed_ = file.there = true;
  file.end = 0;
  return created;
}

Result<void> VisitorMap::write(Day day, DayFile& file) {
  auto opened = open(day, file);
  if (!opened) return cannot(path_of(day), "opened", opened.error());
  file.unsynced = true;
  if (const auto done = log::write_all(**opened, file.waiting, file.end); !done)
    return cannot(path_of(day), "written", done.error());
  file.end += file.waiting.size();
  waiting_ -= file.waiting.size() / kEntryBytes;
  file.waiting.clear();
  return {};
}

Result<void> VisitorMap::sync() {
  if (auto done = write_all_waiting(); !done) return done;
  for (auto& [day, file] : days_) {
    if (!file.unsynced) continue;
    auto opened = open(day, file);
    if (!opened) return cannot(path_of(day), "opened", opened.error());
    if (const auto done = (*opened)->sync(); !done) return cannot(path_of(day), "synced", done.error());
    file.unsynced = false;
  }
  return sync_names();
}

bool VisitorMap::is_synced() const {
  return waiting_ == 0 && std::ranges::none_of(days_, [](const auto& day) { return day.second.unsynced; });
}

bool VisitorMap::must_erase() const {
  return std::ranges::any_of(days_, [](const auto& day) { return day.second.stale; });
}

Result<void> VisitorMap::sync_names() {
  if (!names_changed_) return {};
  if (const auto done = fs_.sync_directory(directory_); !done) return cannot(directory_, "synced", done.error());
  names_changed_ = false;
  return {};
}

Result<void> VisitorMap::erase() {
  for (auto it = days_.begin(); it != days_.end();) {
    auto& [day, file] = *it;
    bool empty = false;
    if (file.stale)
      if (auto done = erase(day, file, empty); !done) return done;
    it = empty ? days_.erase(it) : std::next(it);
  }
  return sync_names();
}

/// Overwritten and synced before it is removed: what a name no longer leads to may be read for years.
Result<void> VisitorMap::erase(Day day, DayFile& file, bool& empty) {
  const fs::path path = path_of(day);
  auto opened = open(day, file);
  if (!opened) return cannot(path, "opened", opened.error());
  bool held = false;
  std::string bytes;
  for (std::uint64_t at = 0; at < file.end; at += kChunkBytes) {
    bytes.assign(std::min<std::uint64_t>(kChunkBytes, file.end - at), '\0');
    // What cannot be read, or ends too early, is overwritten.
    const auto read = (*opened)->read_at(bytes, at);
    bool changed = !read || *read != bytes.size();
    for (std::size_t i = 0; i < bytes.size(); i += kEntryBytes) {
      const std::string_view own = std::string_view(bytes).substr(i, kEntryBytes);
      if (own.find_first_not_of('\0') == own.npos) continue;
      const auto entry = Entry::read(own);
      if (entry && entry->who.day == day && holds(*entry)) {
        held = true;
        continue;
      }
      bytes.replace(i, kEntryBytes, kEntryBytes, '\0');
      changed = true;
    }
    if (!changed) continue;
    if (const auto done = log::write_all(**opened, bytes, at); !done) return cannot(path, "overwritten", done.error());
  }
  if (const auto done = (*opened)->sync(); !done) return cannot(path, "synced", done.error());
  file.stale = file.unsynced = false;
  if (held || !file.waiting.empty()) return {};
  if (const auto done = fs_.remove(path); !done) return cannot(path, "removed", done.error());
  empty = names_changed_ = true;
  return {};
}

}  // namespace hk::store
