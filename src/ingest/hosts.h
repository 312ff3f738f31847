#pragma once
// Hosts whose hits may not be where their owner expects them: of no site, left out, or of a copy for trying things.

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/id.h"

namespace hk::ingest {

/// Whether a host below a site's domain looks like a copy of the site that is not meant for visitors: staging, dev or
/// preview is one of its labels.
bool looks_like_a_copy(std::string_view host, std::string_view domain);

/// The commonest hosts of each site, and of none, since the process started, in bounded memory: when a list is full, a
/// new host takes the place and the count of the rarest one (Metwally's Space-Saving), so a flood of invented hosts
/// drives no real one out, and a count is never too low. What a host's hits come to is not kept: the sites decide that,
/// now. Thread-safe; one short lock per hit of such a host, none for others.
class Hosts {
 public:
  struct Seen {
    std::string host;
    std::uint64_t hits = 0;
  };
  /// What is no host name is not kept.
  void add(SiteKey site, std::string_view host);
  void add_unknown(std::string_view host) { add(kNone, host); }
  /// The commonest first.
  std::vector<Seen> of(SiteKey site) const;
  std::vector<Seen> unknown() const { return of(kNone); }

 private:
  static constexpr SiteKey kNone{0};
  mutable std::mutex mutex_;
  std::unordered_map<std::uint32_t, std::vector<Seen>> seen_;  // as many as there are sites
};

}  // namespace hk::ingest
