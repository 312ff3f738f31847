#include "ingest/enrich/campaign.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "ingest/enrich/url.h"

namespace hk::ingest {
namespace {

constexpr ClickId kClickIds[] = {
    {"gclid", "Google", true},
    {"gbraid", "Google", true},
    {"wbraid", "Google", true},
    {"msclkid", "Bing", true},
    {"dclid", "Google"},
    {"gad_source", "Google"},
    {"fbclid", "Facebook"},
    {"igshid", "Instagram"},
    {"igsh", "Instagram"},
    {"ttclid", "TikTok"},
    {"twclid", "X"},
    {"li_fat_id", "LinkedIn"},
    {"yclid", "Yandex"},
    {"ysclid", "Yandex"},
    {"epik", "Pinterest"},
    {"rdt_cid", "Reddit"},
    {"sccid", "Snapchat"},
    {"mc_eid", "Mailchimp"},
};

struct Parameter {
  std::string_view name;
  std::string Landing::* member;
};
/// The first that says a source names it.
constexpr Parameter kParameters[] = {
    {"utm_source", &Landing::source}, {"utm_medium", &Landing::medium},   {"utm_campaign", &Landing::campaign},
    {"utm_term", &Landing::term},     {"utm_content", &Landing::content},
};
constexpr std::array<std::string_view, 3> kInPlaceOfSource = {"ref", "source", "via"};

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

std::string form_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
      out += static_cast<char>(hex(text[i + 1]) << 4 | hex(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return valid_utf8(out) && !out.contains('\0') ? std::string(trim(out)) : std::string{};
}

Landing landing_of(std::string_view address) {
  Landing out;
  std::array<std::string, kInPlaceOfSource.size()> in_place;
  for (std::string_view query = page_query(address); !query.empty();) {
    const std::string_view pair = take_parameter(query);
    const std::string name = ascii_lower(pair.substr(0, pair.find('=')));
    const std::string_view value = pair.substr(std::min(name.size() + 1, pair.size()));
    for (const Parameter& known : kParameters)
      if (known.name == name && (out.*known.member).empty()) out.*known.member = form_decoded(value);
    for (std::size_t i = 0; i < in_place.size(); ++i)
      if (kInPlaceOfSource[i] == name && in_place[i].empty()) in_place[i] = form_decoded(value);
    const auto click = std::ranges::find(kClickIds, name, &ClickId::parameter);
    if (out.click == nullptr && click != std::end(kClickIds)) out.click = &*click;
  }
  for (std::string& text : in_place)
    if (out.source.empty()) out.source = std::move(text);
  return out;
}

}  // namespace hk::ingest
