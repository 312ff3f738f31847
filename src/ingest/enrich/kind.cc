#include "ingest/enrich/kind.h"

#include <algorithm>

namespace hk::ingest {
namespace {

/// Clouds and hosters, by their AS numbers as peeringdb.com and RIPE's database give them. Ascending.
constexpr std::uint32_t kDataCentres[] = {
    7203,    // Leaseweb US
    7979,    // Servers.com
    8075,    // Microsoft Azure
    8100,    // QuadraNet
    8560,    // IONOS
    8972,    // PlusServer
    9009,    // M247
    12876,   // Scaleway
    14061,   // DigitalOcean
    14618,   // Amazon
    16125,   // Cherry Servers
    16276,   // OVH
    16509,   // Amazon
    19318,   // Interserver
    19871,   // Network Solutions
    20454,   // SecuredServers
    20473,   // Vultr
    21859,   // Zenlayer
    24940,   // Hetzner
    25820,   // IT7
    26347,   // DreamHost
    26496,   // GoDaddy
    28753,   // Leaseweb DE
    29066,   // velia.net
    29802,   // Hivelocity
    30083,   // velia.net US
    30633,   // Leaseweb US
    31898,   // Oracle Cloud
    32244,   // Liquid Web
    33387,   // DataShack
    34549,   // meerfarbig
    34989,   // ServeTheWorld
    35540,   // OVH
    35916,   // MULTACOM
    36351,   // IBM Cloud
    36352,   // HostPapa (ColoCrossing)
    37963,   // Alibaba Cloud CN
    40021,   // Contabo US
    40676,   // Psychz
    43350,   // NForce
    45090,   // Tencent Cloud CN
    45102,   // Alibaba Cloud
    46606,   // Unified Layer
    46844,   // Sharktech
    47583,   // Hostinger
    48282,   // VDSINA
    49505,   // Selectel
    49981,   // WorldStream
    50673,   // Serverius
    51167,   // Contabo
    51852,   // Private Layer
    53667,   // FranTech
    54290,   // Hostwinds
    54825,   // Equinix Metal
    55286,   // B2 Net
    55990,   // Huawei Cloud CN
    58061,   // Scalaxy
    60068,   // Datacamp
    60404,   // Liteserver
    60781,   // Leaseweb NL
    61317,   // Heficed
    62240,   // Clouvider
    62567,   // DigitalOcean
    63023,   // GTHost
    63949,   // Akamai (Linode)
    132203,  // Tencent Cloud
    133752,  // Leaseweb HK
    136907,  // Huawei Cloud
    141995,  // Contabo Asia
    197540,  // netcup
    200651,  // FlokiNET
    202053,  // UpCloud
    202425,  // IP Volume
    204601,  // Zomro
    207990,  // HostRoyale
    212238,  // Datacamp
    262287,  // Latitude.sh
    394380,  // Leaseweb US
    396356,  // Latitude.sh
    396982,  // Google Cloud
    398101,  // GoDaddy
    398722,  // Censys
};
static_assert(std::ranges::is_sorted(kDataCentres));

/// A cell: 24 bits of who it is, 24 of the burst's beginning in kBurst since 1970, one that it was too many, 15 that
/// count.
constexpr std::uint64_t kTooMany = std::uint64_t{1} << 15;
constexpr std::uint64_t kCount = kTooMany - 1;
constexpr std::uint64_t kBursts = (std::uint64_t{1} << 24) - 1;

}  // namespace

bool is_data_centre(std::uint32_t asn) {
  return std::ranges::binary_search(kDataCentres, asn);
}

bool Bursts::add(std::uint64_t who, TimeMs now) {
  constexpr std::uint64_t kInADay = std::chrono::days(1) / kBurst;
  const std::uint64_t burst = static_cast<std::uint64_t>(now.time_since_epoch() / kBurst) & kBursts;
  const std::uint64_t tag = who >> 40;
  std::atomic<std::uint64_t>& cell = cells_[who % kCells];
  std::uint64_t was = cell.load(std::memory_order_relaxed);
  for (;;) {
    const bool same_day = was >> 40 == tag && (was >> 16 & kBursts) / kInADay == burst / kInADay;
    const bool same_burst = same_day && (was >> 16 & kBursts) == burst;
    const std::uint64_t count = same_burst ? std::min((was & kCount) + 1, kCount) : 1;
    const std::uint64_t too_many = count > kMostInBurst || (same_day && (was & kTooMany) != 0) ? kTooMany : 0;
    const std::uint64_t next = tag << 40 | burst << 16 | too_many | count;
    if (cell.compare_exchange_weak(was, next, std::memory_order_relaxed)) return too_many != 0;
  }
}

Bot kind_of(const UserAgent& user_agent, const ClientHints& hints, bool data_centre, bool burst) {
  if (user_agent.bot != Bot::none) return user_agent.bot;
  if (hints.brands.contains("HeadlessChrome")) return Bot::automation;
  return data_centre && (burst || contradict(user_agent, hints)) ? Bot::suspect : Bot::none;
}

}  // namespace hk::ingest
