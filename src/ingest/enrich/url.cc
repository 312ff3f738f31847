#include "ingest/enrich/url.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

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

int hex(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// The byte that the escape at the beginning of `text` stands for; nothing where there is none.
std::optional<char> escaped(std::string_view text) {
  if (text.size() < 3 || text[0] != '%') return std::nullopt;
  const int high = hex(text[1]), low = hex(text[2]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<char>(high * 16 + low);
}

constexpr std::size_t kEscapeBytes = 3;     // "%41"
constexpr std::size_t kCharacterBytes = 4;  // the longest UTF-8 sequence

/// What a path is made of: a character, as it is or escaped, or an escape of a byte that is part of none.
struct Unit {
  std::size_t size = 0;  // bytes in the path
  std::string bytes;     // what it stands for
  bool escaped = false;
};
Unit first_unit(std::string_view path) {
  std::string bytes;
  for (std::string_view rest = path; bytes.size() < kCharacterBytes; rest.remove_prefix(kEscapeBytes)) {
    const auto byte = escaped(rest);
    if (!byte) break;
    bytes.push_back(*byte);
    std::string_view character = bytes;
    if (take_character(character)) return {.size = bytes.size() * kEscapeBytes, .bytes = bytes, .escaped = true};
  }
  if (!bytes.empty()) return {.size = kEscapeBytes, .bytes = bytes.substr(0, 1), .escaped = true};
  std::string_view rest = path;
  if (!take_character(rest)) rest.remove_prefix(1);
  const std::size_t size = path.size() - rest.size();
  return {.size = size, .bytes = std::string(path.substr(0, size))};
}

/// ASCII that stands for itself, escaped or not (RFC 3986, 2.3).
bool is_unreserved(char c) {
  return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}
/// ASCII that means something else where it is escaped (RFC 3986, 2.2), and the sign of an escape.
bool keeps_its_form(char c) {
  return std::string_view(":/?#[]@!$&'()*+,;=%").contains(c);
}
/// Characters beyond ASCII that a reader can see; blanks of all kinds he cannot.
bool is_readable(std::string_view character) {
  constexpr std::array<std::string_view, 5> kBlanks = {"\u00A0", "\u1680", "\u202F", "\u205F", "\u3000"};
  if (static_cast<unsigned char>(character[0]) < 0x80 || !text_is_plain(character)) return false;
  if (character.starts_with("\xE2\x80") && character[2] <= '\x8A') return false;  // U+2000 to U+200A
  return std::ranges::find(kBlanks, character) == kBlanks.end();
}

void append_escaped(std::string& out, std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    ((out += '%') += kHex[byte >> 4]) += kHex[byte & 15];
  }
}

/// Whether `c` behind `out` could make an escape of a '%' that was none: then it has to stay escaped itself.
bool completes_an_escape(std::string_view out, char c) {
  if (hex(c) < 0 || out.empty()) return false;
  return out.back() == '%' || (out.size() >= 2 && out[out.size() - 2] == '%' && hex(out.back()) >= 0);
}

/// RFC 3986, 5.2.4. A route in the fragment keeps its dots.
std::string without_dots(std::string_view path) {
  const std::string_view route = path.substr(std::min(path.find('#'), path.size()));
  path.remove_suffix(route.size());
  if (!path.contains("/.")) return concat({path, route});
  std::string out;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/', 1), path.size());
    const std::string_view segment = path.substr(0, end);
    path.remove_prefix(end);
    if (segment != "/." && segment != "/..") {
      out += segment;
      continue;
    }
    if (segment == "/..") out.erase(std::min(out.rfind('/'), out.size()));
    if (path.empty()) out += '/';
  }
  return out += route;
}

}  // namespace

std::string normal_path(std::string_view path) {
  const auto usual = [](char c) { return is_unreserved(c) || c == '/'; };
  if (std::ranges::all_of(path, usual) && !path.contains("/.")) return std::string(path);
  std::string out;
  out.reserve(path.size());
  while (!path.empty()) {
    const Unit unit = first_unit(path);
    path.remove_prefix(unit.size);
    const char c = unit.bytes[0];
    const bool plain = is_unreserved(c) ? !unit.escaped || !completes_an_escape(out, c)
                                        : (keeps_its_form(c) ? !unit.escaped : is_readable(unit.bytes));
    if (plain)
      out += unit.bytes;
    else
      append_escaped(out, unit.bytes);
  }
  return without_dots(out);
}

std::string_view path_prefix(std::string_view normal, std::size_t max_bytes) {
  if (normal.size() <= max_bytes) return normal;
  std::size_t end = 0;
  for (std::size_t next = 0; next <= max_bytes; next += first_unit(normal.substr(next)).size) end = next;
  return normal.substr(0, end);
}

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
  return normal_path(text.starts_with('/') ? std::string(text) : "/" + std::string(text));
}

std::string_view language_tag(std::string_view text) {
  text = trim(text.substr(0, text.find_first_of(",;")));
  if (text.empty() || !is_alpha(text[0])) return {};
  const bool tag = std::ranges::all_of(text, [](char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '_'; });
  return tag ? text : std::string_view{};
}

}  // namespace hk::ingest
