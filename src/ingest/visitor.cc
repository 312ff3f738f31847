#include "ingest/visitor.h"

#include <string>

#include "ingest/limits.h"

namespace hk::ingest {

std::uint64_t visitor_hash(const Salts::Salt& salt, SiteKey site, std::string_view ip, std::string_view user_agent) {
  std::string text;
  text.reserve(5 + ip.size() + user_agent.size());
  for (int shift = 0; shift < 32; shift += 8)
    text.push_back(static_cast<char>(static_cast<std::uint32_t>(site) >> shift));
  text.push_back(static_cast<char>(ip.size()));  // so that no two pairs run together to one text
  text += ip;
  text += user_agent;
  const std::uint64_t hash = crypto::siphash24(salt, text);
  return hash == 0 ? 1 : hash;
}

Visitor visitor_of(Salts& salts, const db::Zone& zone, TimeMs at, SiteKey site, std::string_view ip,
                   std::string_view user_agent) {
  Visitor out;
  out.day = zone.day_of(at);
  out.hash = visitor_hash(salts.of(out.day), site, ip, user_agent);
  if (at - zone.start_of(out.day) < kVisitGap) out.before = visitor_hash(salts.of(out.day - 1), site, ip, user_agent);
  return out;
}

}  // namespace hk::ingest
