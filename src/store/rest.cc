#include "store/rest.h"

#include <array>
#include <fstream>
#include <string>
#include <utility>

#include "log/crc32c.h"
#include "log/file.h"
#include "store/bytes.h"
#include "store/rebuild.h"
#include "store/sidecar.h"

namespace hk::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "HKREST2\n";
/// DuckDB's three headers, of 4 kB each: the second and the third take turns, and count.
constexpr std::size_t kHeaderBytes = std::size_t{3} * 4096;

/// A file of another form has to be opened, and migrated.
std::string_view form() {
  return lane_forms().present.back().name;
}

void put(ByteWriter& to, const Rest& rest) {
  to.uuid(rest.identity.team.uuid);
  to.varint(static_cast<std::uint32_t>(rest.identity.lane));
  to.u64(rest.print);
  to.uuid(rest.mark.timeline);
  to.varint(rest.mark.offset);
  to.varint(rest.passed.from);
  to.varint(rest.passed.to);
  to.zigzag(to_ms(rest.log_time));
  to.varint(rest.hot.size());
  for (const auto& [day, rows] : rest.hot) {
    to.varint(static_cast<std::uint32_t>(day.site));
    to.zigzag(day.day);
    to.varint(rows.all);
    to.varint(rows.late);
  }
  to.varint(rest.months.size());
  for (const SealedMonth& month : rest.months) {
    to.zigzag(month.month);
    to.varint(month.sorted);
    to.varint(month.appended);
  }
}

Rest rest(ByteReader& from) {
  Rest out;
  out.identity.team = TeamId{from.uuid()};
  out.identity.lane = LaneKey{from.u32()};
  out.print = from.u64();
  out.mark.timeline = from.uuid();
  out.mark.offset = from.varint();
  out.passed.from = from.varint();
  out.passed.to = from.varint();
  out.log_time = from_ms(from.zigzag());
  for (auto n = from.varint(); from.ok() && n > 0; --n) {
    const SiteKey site{from.u32()};
    const auto day = static_cast<Day>(from.zigzag());
    HotRows& rows = out.hot[{site, day}];
    rows.all = from.varint();
    rows.late = from.varint();
  }
  for (auto n = from.varint(); from.ok() && n > 0; --n) {
    SealedMonth& month = out.months.emplace_back();
    month.lane = out.identity.lane;
    month.month = static_cast<Day>(from.zigzag());
    month.sorted = from.varint();
    month.appended = from.varint();
  }
  return out;
}

}  // namespace

std::optional<std::uint64_t> print_of(const fs::path& file) {
  std::array<char, kHeaderBytes> head{};
  std::ifstream in(file, std::ios::binary);
  if (!in.read(head.data(), head.size())) return std::nullopt;
  const std::string_view bytes(head.data(), head.size());
  std::error_code ec;
  const auto size = fs::file_size(file, ec);
  if (ec) return std::nullopt;
  return std::uint64_t{log::crc32c(0, bytes)} << 32 | (size & 0xFFFF'FFFF);
}

Result<void> save(const fs::path& file, const Rests& rests) {
  ByteWriter to;
  to.bytes(kMagic);
  to.text(form());
  to.uuid(rests.timeline);
  to.varint(rests.files.size());
  for (const auto& [team, rest] : rests.files) put(to, rest);
  // Where it cannot be made, saving says so.
  (void)log::posix_files().make_directory(file.parent_path());
  return save_sidecar(file, to.take());
}

Rests saved(const fs::path& file) {
  const auto body = read_sidecar(file);
  if (!body) return {};
  ByteReader from(*body);
  if (from.bytes(kMagic.size()) != kMagic || from.text() != form()) return {};
  Rests out;
  out.timeline = from.uuid();
  for (auto n = from.varint(); from.ok() && n > 0; --n) {
    Rest one = rest(from);
    const TeamId team = one.identity.team;
    out.files.emplace(team, std::move(one));
  }
  return from.done() ? out : Rests{};
}

}  // namespace hk::store
