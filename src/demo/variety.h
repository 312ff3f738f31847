#pragma once
// As many different pages, referrers and browsers as large sites have (Variety::high).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "demo/traffic.h"

namespace hk::demo {

/// A number below n, small ones more often (Zipf-like with exponent 1).
std::uint32_t zipf(Random& random, double n);

/// Some hundred user agents: versions and systems of the usual browsers, newer ones more often. Lives for ever.
std::string_view varied_user_agent(Random& random);

/// A page of the long tail of a site with so many of them; the same number is the same page.
std::string varied_path(std::uint32_t number);

/// A page of one of some thousand other sites, of a search engine, or none.
std::string varied_referrer(Random& random);

/// What the address of a landing page says of the campaign that brought somebody.
struct Campaign {
  std::string_view source, medium;  // live for ever
  std::string name, term, content;
};
/// One of some thousand campaigns, with as many terms and contents.
Campaign varied_campaign(Random& random);

/// Three properties of an event as a JSON object: one of few values, one of thousands, a number.
std::string varied_properties(Random& random);

/// Countries of the whole world, big ones more often. Lives for ever.
std::string_view varied_country(Random& random);

}  // namespace hk::demo
