#pragma once
// The cookies by which a browser is known: how they are named, set and found.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "auth/settings.h"
#include "http/message.h"

namespace hk::auth {

struct SignedInNow;

enum class Cookie : std::uint8_t {
  token,     // hk_token: the session, for minutes
  remember,  // hk_remember_me: the session, for weeks
  device,    // hk_device: that somebody signed in here before; goes to the login alone
};

/// Cookies of one kind that are looked at; a head full of them must not cost more.
inline constexpr std::size_t kMaxCookiesTried = 50;

/// `__Host-hk_token` over https at the root of a host, `__Secure-hk_token` below a path, `hk_token` over http: a
/// sibling host or a page over http cannot plant the first two.
std::string cookie_name(Cookie cookie, const Settings& settings, bool secure);

/// Values in the order in which they are to be tried: those under the name above, then those under the plain one, which
/// browsers and programs hold from earlier versions (for the time of one release). There may be several of one name
/// (other paths, other hosts of the domain), and the first need not be the right one.
std::vector<std::string_view> read_cookies(const http::Request& request, Cookie cookie, const Settings& settings);

/// Whether a request carries anything that could be a session, under whatever name.
bool carries_session(const http::Request& request);

void set_cookie(http::Response& response, Cookie cookie, std::string_view value, std::chrono::seconds lifetime,
                const Settings& settings, bool secure);
/// What a browser gets that is signed in now (accounts.h).
void set_cookies(http::Response& response, const SignedInNow& now, const Settings& settings, bool secure);
/// Takes session and remember-me away, under the plain name too; what says that somebody signed in here before stays.
void clear_session(http::Response& response, const Settings& settings, bool secure);

}  // namespace hk::auth
