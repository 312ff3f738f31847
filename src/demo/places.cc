#include "demo/places.h"

#include <algorithm>
#include <array>

#include "demo/variety.h"

namespace hk::demo {
namespace {

struct Country {
  std::string_view code;
  std::array<std::string_view, 6> cities;  // the largest first
  std::array<std::uint32_t, 4> networks;
};
constexpr std::array kCountries = std::to_array<Country>({
    {"DE",
     {"Berlin, State of Berlin, DE", "Munich, Bavaria, DE", "Hamburg, Hamburg, DE",
      "Cologne, North Rhine-Westphalia, DE", "Leipzig, Saxony, DE", "Nuremberg, Bavaria, DE"},
     {3320, 6805, 3209, 680}},
    {"AT",
     {"Vienna, Vienna, AT", "Linz, Upper Austria, AT", "Graz, Styria, AT", "Wels, Upper Austria, AT"},
     {8447, 8412, 1901}},
    {"CH", {"Zurich, Zurich, CH", "Bern, Bern, CH", "Basel, Basel-City, CH"}, {3303, 6730}},
    {"GB",
     {"London, England, GB", "Manchester, England, GB", "Edinburgh, Scotland, GB", "Cardiff, Wales, GB"},
     {2856, 5607, 5089}},
    {"US",
     {"New York, New York, US", "Seattle, Washington, US", "Austin, Texas, US", "Chicago, Illinois, US"},
     {7922, 701, 7018, 21928}},
    {"NL", {"Amsterdam, North Holland, NL", "Utrecht, Utrecht, NL"}, {1136, 33915}},
    {"FR", {"Paris, Île-de-France, FR", "Lyon, Auvergne-Rhône-Alpes, FR"}, {3215, 12322}},
    {"DK", {"Copenhagen, Capital Region, DK", "Aarhus, Central Jutland, DK"}, {3292}},
    {"ES", {"Madrid, Madrid, ES", "Barcelona, Catalonia, ES"}, {3352}},
    {"IT", {"Milan, Lombardy, IT", "Rome, Lazio, IT"}, {3269, 30722}},
    {"PL", {"Warsaw, Mazovia, PL", "Krakow, Lesser Poland, PL"}, {5617}},
    {"SE", {"Stockholm, Stockholm, SE", "Gothenburg, Västra Götaland, SE"}, {3301}},
    {"BR", {"São Paulo, São Paulo, BR"}, {28573}},
    {"CA", {"Toronto, Ontario, CA", "Montreal, Quebec, CA"}, {812, 577}},
    {"IN", {"Bengaluru, Karnataka, IN", "Mumbai, Maharashtra, IN"}, {55836, 24560}},
});

/// Of an array whose end may be empty, the first ones more often.
template <class T, std::size_t N>
T one_of(const std::array<T, N>& all, Random& random) {
  const auto known = std::ranges::find(all, T{}) - all.begin();
  return all.at(zipf(random, static_cast<double>(known)));
}

}  // namespace

Whereabouts somewhere_in(std::string_view country, Random& random) {
  const auto* const known = std::ranges::find(kCountries, country, &Country::code);
  if (known == kCountries.end()) return {};
  return {.city = one_of(known->cities, random), .asn = one_of(known->networks, random)};
}

}  // namespace hk::demo
