#include "db/duck_wal.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "base/text.h"

namespace hk::db {
namespace {

namespace fs = std::filesystem;

// A log begins with an entry that says its version and whose it is, a list of fields without a length. Those behind it
// are a length, a checksum and the fields. The first field of each is its kind.
constexpr std::uint16_t kEnd = 0xFFFF, kKind = 100, kOwner = 102, kLastField = 103;
constexpr std::size_t kBeforeFields = 2 * sizeof(std::uint64_t);
constexpr std::string_view kCommit{"\x64\x00\x64\xFF\xFF", 5};
constexpr std::string_view kFirstField{"\x64\x00", 2};
/// The longest first entry, and the longest of the others, that are believed.
constexpr std::size_t kMostHead = 512;
constexpr std::uint64_t kMostEntry = std::uint64_t{1} << 30;

/// Reads fields off the front; false where the bytes are something else.
struct Bytes {
  std::string_view left;

  std::optional<std::uint16_t> field() {
    if (left.size() < 2) return std::nullopt;
    const auto low = static_cast<std::uint8_t>(left[0]), high = static_cast<std::uint8_t>(left[1]);
    left.remove_prefix(2);
    return static_cast<std::uint16_t>(low | high << 8);
  }
  std::optional<std::uint64_t> number() {
    std::uint64_t out = 0;
    for (int shift = 0; shift < 64 && !left.empty(); shift += 7) {
      const auto byte = static_cast<std::uint8_t>(left[0]);
      left.remove_prefix(1);
      out |= std::uint64_t{byte & 0x7Fu} << shift;
      if ((byte & 0x80) == 0) return out;
    }
    return std::nullopt;
  }
};

/// Bytes of the first entry.
std::optional<std::uint64_t> head_bytes(std::string_view log) {
  Bytes bytes{log};
  for (;;) {
    const auto field = bytes.field();
    if (field == kEnd) return log.size() - bytes.left.size();
    if (!field || *field < kKind || *field > kLastField) return std::nullopt;
    const auto value = bytes.number();
    if (!value) return std::nullopt;
    for (std::uint64_t i = 0; field == kOwner && i < *value; ++i)
      if (!bytes.number()) return std::nullopt;
  }
}

/// Where the log's last commit ends; nothing where it is no such log.
std::optional<std::uint64_t> committed_bytes(std::ifstream& in, std::uint64_t size) {
  std::string head(static_cast<std::size_t>(std::min<std::uint64_t>(size, kMostHead)), '\0');
  if (!in.read(head.data(), static_cast<std::streamsize>(head.size()))) return std::nullopt;
  const auto first = head_bytes(head);
  if (!first) return std::nullopt;
  std::uint64_t at = *first, committed = at;
  for (;;) {
    char before[kBeforeFields + kCommit.size()];
    std::uint64_t length = 0;
    if (size - at < sizeof before) return committed;  // the file ends inside an entry
    in.seekg(static_cast<std::streamoff>(at));
    if (!in.read(before, sizeof before)) return std::nullopt;
    std::memcpy(&length, before, sizeof length);
    const bool entry = std::string_view(before + kBeforeFields, kFirstField.size()) == kFirstField;
    if (!entry || length < kCommit.size() || length > kMostEntry) return std::nullopt;
    if (length > size - at - kBeforeFields) return committed;
    at += kBeforeFields + length;
    if (length == kCommit.size() && std::string_view(before + kBeforeFields, kCommit.size()) == kCommit) committed = at;
  }
}

}  // namespace

Result<void> cut_uncommitted(const fs::path& wal) {
  std::error_code ec;
  const auto size = fs::file_size(wal, ec);
  if (ec || size == 0) return {};
  std::ifstream in(wal, std::ios::binary);
  const auto committed = committed_bytes(in, size);
  if (!committed || *committed == size) return {};
  fs::resize_file(wal, *committed, ec);
  if (ec) return fail(Code::unavailable, concat({wal.string(), " cannot be cut: ", ec.message(), "."}));
  return {};
}

}  // namespace hk::db
