#include "http/url.h"

#include <algorithm>

#include "base/text.h"

namespace hk::http {
namespace {

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Letters, digits, '-', '_' and single slashes: nearly every path of a program.
bool is_plain(std::string_view path) {
  char before = 0;
  for (const char c : path) {
    const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                      c == '_' || (c == '/' && before != '/');
    if (!fine) return false;
    before = c;
  }
  return true;
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex(text[i + 1]), low = hex(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    out.push_back(c);
  }
  return out;
}

bool is_text(std::string_view decoded) {
  return !decoded.contains('\0') && valid_utf8(decoded);
}

std::optional<std::string> unreadable_param(std::string_view query) {
  std::optional<std::string> out;
  for_each_pair(query, [&](std::string_view raw_name, std::string_view raw_value) {
    const auto name = percent_decode(raw_name, true), value = percent_decode(raw_value, true);
    const bool named = name && is_text(*name);
    if (!named || !value || !is_text(*value)) out = named ? *name : std::string();
    return !out;
  });
  return out;
}

std::optional<std::string> normalise_path(std::string_view raw) {
  if (raw.empty() || raw.front() != '/') return std::nullopt;
  if (is_plain(raw)) return std::string(raw);
  std::string out;
  out.reserve(raw.size());
  while (!raw.empty()) {
    raw.remove_prefix(1);  // the slash
    const auto end = std::min(raw.find('/'), raw.size());
    const auto segment = percent_decode(raw.substr(0, end), false);
    raw.remove_prefix(end);
    if (!segment || *segment == ".." || !is_text(*segment)) return std::nullopt;
    for (const char c : *segment)
      if (c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return std::nullopt;
    const bool last = raw.empty();
    if (*segment == "." || (segment->empty() && !last)) continue;
    out.push_back('/');
    out += *segment;
  }
  if (out.empty()) out = "/";
  return out;
}

}  // namespace hk::http
