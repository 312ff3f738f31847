#include "auth/cookies.h"

#include <algorithm>
#include <array>

#include "auth/accounts.h"
#include "auth/tokens.h"
#include "base/text.h"

namespace hk::auth {
namespace {

constexpr std::string_view kHostPrefix = "__Host-";
constexpr std::string_view kSecurePrefix = "__Secure-";

std::string_view plain_name(Cookie cookie) {
  switch (cookie) {
    case Cookie::token:
      return "hk_token";
    case Cookie::remember:
      return "hk_remember_me";
    case Cookie::device:
      break;
  }
  return "hk_device";
}

/// Base path and all below; of the device's cookie only where a password is typed.
std::string path_of(Cookie cookie, const Settings& settings) {
  return settings.base_path + (cookie == Cookie::device ? "api/login" : "");
}

void write(http::Response& response, std::string_view name, std::string_view path, std::string_view value,
           std::chrono::seconds lifetime, bool secure) {
  response.header("Set-Cookie",
                  concat({name, "=", value, "; Path=", path, "; Max-Age=", std::to_string(lifetime.count()),
                          "; HttpOnly; SameSite=Lax", secure ? "; Secure" : ""}));
}

}  // namespace

std::string cookie_name(Cookie cookie, const Settings& settings, bool secure) {
  if (!secure) return std::string(plain_name(cookie));
  return concat({path_of(cookie, settings) == "/" ? kHostPrefix : kSecurePrefix, plain_name(cookie)});
}

std::vector<std::string_view> read_cookies(const http::Request& request, Cookie cookie, const Settings& settings) {
  std::vector<std::string_view> found;
  if (request.secure) found = request.cookies(cookie_name(cookie, settings, true));
  const auto plain = request.cookies(plain_name(cookie));
  found.insert(found.end(), plain.begin(), plain.end());
  if (found.size() > kMaxCookiesTried) found.resize(kMaxCookiesTried);
  return found;
}

bool carries_session(const http::Request& request) {
  for (const Cookie cookie : {Cookie::token, Cookie::remember})
    for (const std::string_view prefix : {kHostPrefix, kSecurePrefix, std::string_view()})
      if (std::ranges::any_of(request.cookies(concat({prefix, plain_name(cookie)})),
                              [](std::string_view value) { return !value.empty(); }))
        return true;
  return false;
}

void set_cookie(http::Response& response, Cookie cookie, std::string_view value, std::chrono::seconds lifetime,
                const Settings& settings, bool secure) {
  write(response, cookie_name(cookie, settings, secure), path_of(cookie, settings), value, lifetime, secure);
}

void set_cookies(http::Response& response, const SignedInNow& now, const Settings& settings, bool secure) {
  set_cookie(response, Cookie::token, now.token.text, settings.session, settings, secure);
  if (!now.remember.empty())
    set_cookie(response, Cookie::remember, now.remember.reveal(), settings.remember, settings, secure);
  if (!now.device.empty()) set_cookie(response, Cookie::device, now.device, kDeviceLifetime, settings, secure);
}

void clear_session(http::Response& response, const Settings& settings, bool secure) {
  for (const Cookie cookie : {Cookie::token, Cookie::remember}) {
    set_cookie(response, cookie, "", std::chrono::seconds(0), settings, secure);
    if (secure) write(response, plain_name(cookie), path_of(cookie, settings), "", std::chrono::seconds(0), true);
  }
}

}  // namespace hk::auth
