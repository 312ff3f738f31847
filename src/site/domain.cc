#include "site/domain.h"

#include <algorithm>

#include "base/text.h"
#include "site/idna.h"

namespace hk::site {
namespace {

bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}

bool is_letter_or_digit(char c) {
  return is_letter(c) || (c >= '0' && c <= '9');
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= kMaxLabelBytes && is_letter_or_digit(label.front()) &&
         is_letter_or_digit(label.back()) &&
         std::ranges::all_of(label, [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

bool is_domain(std::string_view domain) {
  if (domain == "localhost") return true;
  const std::size_t last_dot = domain.rfind('.');
  if (domain.size() > kMaxDomainBytes || last_dot == std::string_view::npos) return false;
  const std::string_view top = domain.substr(last_dot + 1);
  const bool alphabetic = top.size() >= 2 && std::ranges::all_of(top, is_letter);
  if (!alphabetic && !(top.starts_with("xn--") && top.size() > 4)) return false;
  for (std::string_view rest = domain;;) {
    const std::size_t dot = rest.find('.');
    if (!is_label(rest.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    rest.remove_prefix(dot + 1);
  }
}

}  // namespace

Result<std::string> check_domain(std::string_view typed) {
  const auto refuse = [](std::string message) { return fail(Code::invalid, std::move(message), "domain"); };
  const auto ascii = domain_to_ascii(trim(typed));
  if (!ascii)
    return refuse("Domain holds a sign that no domain may hold, or one that only its ASCII form (xn--…) can tell");
  const std::string& domain = *ascii;
  if (domain.empty()) return refuse("Domain is required, for example example.com");
  if (domain.contains("://"))
    return refuse("Domain must not contain a protocol; write example.com, not https://example.com");
  if (domain.starts_with("www."))
    return refuse("Domain must not start with www.; example.com covers www.example.com too");
  if (!is_domain(domain)) return refuse("Invalid domain format (e.g. example.com)");
  return domain;
}

std::string normalise_host(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  // Browsers send the ASCII form; programs may send what a person would.
  std::string out = domain_to_ascii(host).value_or(ascii_lower(host));
  if (out.starts_with("www.")) out.erase(0, 4);
  if (out == "127.0.0.1" || out == "[::1]") return "localhost";
  return out;
}

}  // namespace hk::site
