#include "ingest/enrich/url.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/paths.h"
#include "base/text.h"
#include "site/domain.h"

namespace hk::ingest {
namespace {

bool is_alpha(char c) {
  return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
/// Blanks, control characters and DEL have no place in a URL.
bool is_foreign(char c) {
  return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F;
}

/// The scheme before ':', empty when there is none that a URL could have.
std::string_view scheme_of(std::string_view url) {
  if (url.empty() || !is_alpha(url[0])) return {};
  for (std::size_t i = 1; i < url.size(); ++i) {
    if (url[i] == ':') return url.substr(0, i);
    if (!is_alpha(url[i]) && !is_digit(url[i]) && url[i] != '+' && url[i] != '-' && url[i] != '.') return {};
  }
  return {};
}

bool same_ignoring_case(std::string_view a, std::string_view lower) {
  return std::ranges::equal(a, lower, [](char x, char y) { return (x >= 'A' && x <= 'Z' ? x | 0x20 : x) == y; });
}

constexpr std::array<std::string_view, 4> kReferrerSchemes = {"https", "http", "android-app", "ios-app"};

/// Host and port of what stands between "//" and the path; false when it is malformed.
struct Authority {
  bool valid = false;
  std::string_view host;
};
Authority parse_authority(std::string_view text) {
  if (const auto at = text.rfind('@'); at != std::string_view::npos) text.remove_prefix(at + 1);
  std::string_view host = text, port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return {};
    host = text.substr(0, close + 1);
    port = text.substr(close + 1);
    if (!port.empty() && port[0] != ':') return {};
  } else if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon);
  }
  if (!port.empty()) port.remove_prefix(1);
  if (!std::ranges::all_of(port, is_digit)) return {};
  const auto odd = [](char c) { return is_foreign(c) || std::string_view("\\\"<>^`{|}%").contains(c); };
  if (std::ranges::any_of(host, odd)) return {};
  return {true, host};
}

struct Split {
  std::string_view authority, path;
};
/// Of "//authority/path?query#fragment" without the slashes.
Split split(std::string_view rest) {
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#\\"));
  rest.remove_prefix(authority.size());
  return {authority, rest.substr(0, rest.find_first_of("?#"))};
}

/// A fragment that is a route ("#/about", "#!/about") belongs to the path; its own query doesn't.
std::size_t end_of_path(std::string_view text) {
  const auto end = text.find_first_of("?#");
  if (end == std::string_view::npos) return end;
  const std::string_view rest = text.substr(end);
  return rest.starts_with("#/") || rest.starts_with("#!/") ? text.find('?', end) : end;
}

}  // namespace

Origin parse_origin(std::string_view header) {
  header = trim(header);
  if (std::ranges::any_of(header, is_foreign)) return {};
  const std::string_view scheme = scheme_of(header);
  // Go's parser refuses a leading colon and a colon in the first segment of what has no scheme.
  if (scheme.empty()) return {.valid = !header.substr(0, header.find('/')).contains(':')};
  const std::string_view rest = header.substr(scheme.size() + 1);
  if (!rest.starts_with("//")) return {.valid = true};
  const Authority authority = parse_authority(split(rest.substr(2)).authority);
  if (!authority.valid) return {};
  return {.valid = true, .host = site::normalise_host(authority.host)};
}

Referrer parse_referrer(std::string_view text) {
  text = trim(text);
  if (text.empty()) return {};
  const std::string_view scheme = scheme_of(text);
  std::string_view rest = text;
  if (!scheme.empty() && text.substr(scheme.size() + 1).starts_with("//")) {
    if (std::ranges::none_of(kReferrerSchemes, [&](std::string_view s) { return same_ignoring_case(scheme, s); }))
      return {};
    rest.remove_prefix(scheme.size() + 3);
  } else if (!scheme.empty() && !scheme.contains('.')) {
    return {};  // about:, data:, javascript:, mailto:
  }
  const Split parts = split(rest);
  const Authority authority = parse_authority(parts.authority);
  if (!authority.valid) return {};
  Referrer out{.host = site::normalise_host(authority.host), .path = {}};
  if (out.host.empty()) return {};
  // A word that is no host ("newsletter") is kept as it is: the original shows it too.
  out.path = normal_path(parts.path);
  if (out.path == "/") out.path.clear();
  return out;
}

std::string page_path(std::string_view text) {
  text = trim(text);
  const std::string_view scheme = scheme_of(text);
  if (!scheme.empty() && text.substr(scheme.size() + 1).starts_with("//")) {
    text = split(text.substr(scheme.size() + 3)).path;
  } else {
    text = text.substr(0, end_of_path(text));
  }
  return text.starts_with('/') ? normal_path(text) : normal_path(concat({"/", text}));
}

std::string_view page_query(std::string_view address) {
  const std::size_t mark = end_of_path(address);
  if (mark == std::string_view::npos || address[mark] != '?') return {};
  const std::string_view query = address.substr(mark + 1);
  return query.substr(0, query.find('#'));
}

std::string_view take_parameter(std::string_view& query) {
  const std::string_view pair = query.substr(0, query.find('&'));
  query.remove_prefix(std::min(pair.size() + 1, query.size()));
  return pair;
}

std::string_view language_tag(std::string_view text) {
  text = trim(text.substr(0, text.find_first_of(",;")));
  if (text.empty() || !is_alpha(text[0])) return {};
  const bool tag = std::ranges::all_of(text, [](char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '_'; });
  return tag ? text : std::string_view{};
}

}  // namespace hk::ingest
