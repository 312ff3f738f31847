#include "auth/origin.h"

#include <algorithm>

#include "auth/api_key.h"
#include "auth/cookies.h"
#include "base/text.h"

namespace hk::auth {
namespace {

bool is_host_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_read(http::Method method) {
  return method == http::Method::get || method == http::Method::head || method == http::Method::options;
}

}  // namespace

std::optional<std::string> canonical_origin(std::string_view url) {
  const std::size_t scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  const std::string scheme = ascii_lower(url.substr(0, scheme_end));
  if (scheme != "http" && scheme != "https") return std::nullopt;
  std::string_view rest = url.substr(scheme_end + 3);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  const std::string authority = ascii_lower(rest);

  std::size_t host_end = 0;
  if (authority.starts_with('[')) {
    host_end = authority.find(']');
    if (host_end == std::string::npos) return std::nullopt;
    ++host_end;
    constexpr std::string_view in_literal = "0123456789abcdef:.";
    if (authority.find_first_not_of(in_literal, 1) != host_end - 1 || host_end <= 2) return std::nullopt;
  } else {
    host_end = std::min(authority.find(':'), authority.size());
    if (host_end == 0 || !std::ranges::all_of(authority.substr(0, host_end), is_host_char)) return std::nullopt;
  }
  std::string out = scheme + "://" + authority.substr(0, host_end);
  const std::string_view after = std::string_view(authority).substr(host_end);
  if (after.empty()) return out;
  if (after.front() != ':' || !is_port(after.substr(1))) return std::nullopt;
  const std::string_view own_port = scheme == "http" ? ":80" : ":443";
  if (after != own_port) out += after;
  return out;
}

Result<void> check_origin(const http::Request& request, std::string_view public_origin) {
  if (is_read(request.method)) return {};
  const auto refuse = [&] {
    return fail(Code::forbidden,
                concat({"This request does not come from a page of this HitKeep, whose address is ", public_origin,
                        " (HITKEEP_PUBLIC_URL): open it there; programs send an API key"}),
                "origin");
  };
  const bool has_session = carries_session(request);
  // No page of another site can add these headers, and cookies beside them count for nothing (gate.cc).
  if (shown_key(request)) return {};

  const std::string_view site = trim(request.header("sec-fetch-site"));
  if (!site.empty()) {
    if (ascii_lower(site) == "same-origin") return {};
    return refuse();
  }
  std::string_view from = request.header("origin");
  if (from.empty()) from = request.header("referer");
  if (from.empty()) {
    if (!has_session) return {};
    return refuse();
  }
  const auto origin = canonical_origin(from);
  if (!origin) return refuse();
  if (*origin == public_origin) return {};
  const auto asked = canonical_origin((request.secure ? "https://" : "http://") + std::string(request.header("host")));
  if (asked && *origin == *asked) return {};
  return refuse();
}

}  // namespace hk::auth
