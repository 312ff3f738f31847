#include "ingest/enrich/geo/mmdb.h"

#include <arpa/inet.h>
#include <maxminddb.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "base/countries.h"
#include "base/text.h"

namespace hk::ingest {
namespace {

using Path = std::array<const char*, 5>;  // ends with a null pointer, as the library wants it

std::optional<MMDB_entry_s> found(const MMDB_s& db, const net::Ip& ip) {
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  const sockaddr* address = nullptr;
  if (ip.v4) {
    v4.sin_family = AF_INET;
    std::memcpy(&v4.sin_addr, ip.bytes.data(), sizeof v4.sin_addr);
    address = reinterpret_cast<const sockaddr*>(&v4);
  } else {
    v6.sin6_family = AF_INET6;
    std::memcpy(&v6.sin6_addr, ip.bytes.data(), sizeof v6.sin6_addr);
    address = reinterpret_cast<const sockaddr*>(&v6);
  }
  int error = MMDB_SUCCESS;
  const MMDB_lookup_result_s result = MMDB_lookup_sockaddr(&db, address, &error);
  if (error != MMDB_SUCCESS || !result.found_entry) return std::nullopt;
  return result.entry;
}

std::optional<MMDB_entry_data_s> value(MMDB_entry_s entry, const Path& path) {
  MMDB_entry_data_s data;
  if (MMDB_aget_value(&entry, &data, path.data()) != MMDB_SUCCESS || !data.has_data) return std::nullopt;
  return data;
}

/// The first of these that is there and is text.
std::string text(const MMDB_entry_s& entry, std::initializer_list<Path> paths) {
  for (const Path& path : paths) {
    const auto data = value(entry, path);
    if (!data || data->type != MMDB_DATA_TYPE_UTF8_STRING) continue;
    const std::string_view said(data->utf8_string, data->data_size);
    if (!said.empty() && said != "-" && valid_utf8(said) && !said.contains('\0')) return std::string(said);
  }
  return {};
}

}  // namespace

MmdbFile::MmdbFile() : db_(std::make_unique<MMDB_s>()) {}

MmdbFile::~MmdbFile() {
  if (is_open_) MMDB_close(db_.get());
}

Result<std::shared_ptr<const MmdbFile>> MmdbFile::open(const std::string& path) {
  std::shared_ptr<MmdbFile> file(new MmdbFile);
  const int status = MMDB_open(path.c_str(), MMDB_MODE_MMAP, file->db_.get());
  if (status != MMDB_SUCCESS)
    return fail(Code::invalid, path + " cannot be read as a MaxMind DB: " + MMDB_strerror(status));
  file->is_open_ = true;
  return file;
}

Locality MmdbFile::place_of(const net::Ip& ip) const {
  const auto entry = found(*db_, ip);
  if (!entry) return {};
  Locality out{.country = country_code(text(*entry, {{"country", "iso_code"}, {"country_code"}, {"country"}})),
               .region = text(*entry, {{"subdivisions", "0", "names", "en"}, {"state1"}, {"region"}}),
               .city = text(*entry, {{"city", "names", "en"}, {"city"}})};
  std::ranges::replace(out.region, ',', ' ');
  return out.country.empty() ? Locality{} : out;
}

std::uint32_t MmdbFile::asn_of(const net::Ip& ip) const {
  const auto entry = found(*db_, ip);
  if (!entry) return 0;
  for (const Path& path : {Path{"autonomous_system_number"}, Path{"asn"}}) {
    const auto data = value(*entry, path);
    if (!data) continue;
    if (data->type == MMDB_DATA_TYPE_UINT32) return data->uint32;
    if (data->type != MMDB_DATA_TYPE_UTF8_STRING) continue;
    std::string_view said(data->utf8_string, data->data_size);  // "AS15169", or the digits alone
    if (said.starts_with("AS")) said.remove_prefix(2);
    std::uint32_t asn = 0;
    if (std::from_chars(said.data(), said.data() + said.size(), asn).ec == std::errc()) return asn;
  }
  return 0;
}

}  // namespace hk::ingest
