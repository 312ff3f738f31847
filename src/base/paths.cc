#include "base/paths.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"

namespace hk {
namespace {

bool is_alpha(char c) {
  return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
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

}  // namespace hk
