#pragma once
// The operator's own files of places and networks, in the MaxMind DB format, as IP2Location LITE, GeoLite2 and DB-IP
// come.

#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "ingest/enrich/geo/geo_tables.h"
#include "net/ip.h"

struct MMDB_s;

namespace hk::ingest {

/// One file, mapped into memory: replace it by renaming another over it, never by writing into it. Thread-safe.
class MmdbFile {
 public:
  /// Code::invalid, with a sentence that names the file, where it is none.
  static Result<std::shared_ptr<const MmdbFile>> open(const std::string& path);
  ~MmdbFile();
  MmdbFile(const MmdbFile&) = delete;
  MmdbFile& operator=(const MmdbFile&) = delete;

  Locality place_of(const net::Ip& ip) const;
  std::uint32_t asn_of(const net::Ip& ip) const;

 private:
  MmdbFile();
  std::unique_ptr<MMDB_s> db_;
  bool is_open_ = false;
};

}  // namespace hk::ingest
