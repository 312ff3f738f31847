#include "ingest/enrich/private.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/text.h"
#include "ingest/enrich/campaign.h"
#include "ingest/enrich/url.h"
#include "ingest/limits.h"

namespace hk::ingest {
namespace {

constexpr std::string_view kHidden = "…";
/// The shortest text that is taken for a secret by its letters, and how many of each kind it has at least.
constexpr std::size_t kShortestToken = 20;
constexpr std::ptrdiff_t kOfEachKind = 3;
constexpr std::size_t kShortestCard = 13, kLongestCard = 19;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

bool is_mail(std::string_view text) {
  std::size_t at = text.find('@');
  std::size_t size = 1;
  if (at == std::string_view::npos) {
    at = text.find("%40");
    size = 3;
  }
  if (at == 0 || at == std::string_view::npos) return false;
  const std::string_view host = text.substr(at + size);
  const std::size_t dot = host.rfind('.');
  return dot != std::string_view::npos && dot > 0 && dot + 2 < host.size() &&
         host.find_first_of("@%/ ") == std::string_view::npos;
}

/// ISO/IEC 7812: digits with blanks or hyphens between them, whose sum by Luhn ends in 0.
bool is_card(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (is_digit(c))
      digits += c;
    else if (c != '-' && c != '+' && c != ' ')
      return false;
  }
  if (digits.size() < kShortestCard || digits.size() > kLongestCard) return false;
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    int digit = digits[digits.size() - 1 - i] - '0';
    if (i % 2 == 1) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 == 0 && digits.find_first_not_of('0') != std::string::npos;
}

bool is_token(std::string_view text) {
  if (text.size() < kShortestToken) return false;
  if (text.starts_with("eyJ") && std::ranges::count(text, '.') == 2) return true;
  const auto plain = [](char c) { return is_digit(c) || is_lower(c) || is_upper(c) || c == '_' || c == '-'; };
  if (!std::ranges::all_of(text, plain)) return false;
  // Words of a slug have hyphens between them; letters of one case alone are words.
  if (std::ranges::count(text, '-') > 2) return false;
  return std::ranges::count_if(text, is_digit) >= kOfEachKind && std::ranges::count_if(text, is_lower) >= kOfEachKind &&
         std::ranges::count_if(text, is_upper) >= kOfEachKind;
}

}  // namespace

std::string query_kept(std::string_view address, std::span<const std::string> keys) {
  std::vector<std::pair<std::string, std::string_view>> kept;
  for (std::string_view query = page_query(address); !query.empty();) {
    const std::string_view pair = take_parameter(query);
    std::string name = ascii_lower(pair.substr(0, pair.find('=')));
    if (std::ranges::find(keys, name) != keys.end()) kept.emplace_back(std::move(name), pair);
  }
  std::ranges::sort(kept);
  std::string out;
  for (const auto& [name, pair] : kept) (out += out.empty() ? '?' : '&') += pair;
  return out;
}

std::string searched_for(std::string_view address, std::span<const std::string> keys) {
  for (std::string_view query = page_query(address); !query.empty();) {
    const std::string_view pair = take_parameter(query);
    const std::size_t name = std::min(pair.find('='), pair.size());
    if (std::ranges::find(keys, ascii_lower(pair.substr(0, name))) == keys.end()) continue;
    const std::string term = form_decoded(pair.substr(std::min(name + 1, pair.size())));
    return looks_private(term) ? std::string{} : std::string(utf8_prefix(term, kMaxSearchBytes));
  }
  return {};
}

bool looks_private(std::string_view text) {
  return is_mail(text) || is_card(text) || is_token(text);
}

void hide_private(std::string& path) {
  std::string out;
  bool hidden = false;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find_first_of("/?&=#", at), path.size());
    const std::string_view part = std::string_view(path).substr(at, end - at);
    const bool hide = looks_private(part);
    hidden = hidden || hide;
    out += hide ? kHidden : part;
    if (end < path.size()) out += path[end];
    at = end + 1;
  }
  if (hidden) path = std::move(out);
}

}  // namespace hk::ingest
