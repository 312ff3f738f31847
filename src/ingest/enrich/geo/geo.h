#pragma once
// Where an address is, and whose network it is of: the operator's own files where he named some, else the built-in
// tables.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "ingest/enrich/geo/geo_tables.h"
#include "net/ip.h"

namespace hk::ingest {

class MmdbFile;

/// Thread-safe. A look-up never waits for a reload.
class Geo {
 public:
  /// MaxMind DB files; empty: the built-in table. Networks are read from `cities` too, where that has them and no file
  /// of networks is named.
  struct Files {
    std::string cities, networks;
  };
  Geo() : Geo(Files{}) {}
  explicit Geo(Files files);
  ~Geo();

  /// Reads the named files again. Fails with a sentence where one cannot be read; what was read before stays in use.
  Result<void> reload();

  struct Located {
    Locality place;
    std::uint32_t asn = 0;
  };
  /// Addresses that the internet does not reach are nowhere.
  Located locate(const net::Ip& ip) const;

 private:
  const Files files_;
  std::atomic<std::shared_ptr<const MmdbFile>> cities_, networks_;
};

}  // namespace hk::ingest
