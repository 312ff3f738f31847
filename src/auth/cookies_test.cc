#include "auth/cookies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hk::auth {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;

http::Request with(std::string cookies, bool secure) {
  http::Request request;
  request.secure = secure;
  request.headers = {{"cookie", std::move(cookies)}};
  return request;
}

std::vector<std::string> set_by(const http::Response& response) {
  std::vector<std::string> all;
  for (const auto& [name, value] : response.headers) {
    EXPECT_EQ(name, "Set-Cookie");
    all.push_back(value);
  }
  return all;
}

TEST(Cookies, AreNamedSoThatNobodyElseCanPlantThem) {
  Settings settings;
  EXPECT_EQ(cookie_name(Cookie::token, settings, true), "__Host-hk_token");
  EXPECT_EQ(cookie_name(Cookie::remember, settings, true), "__Host-hk_remember_me");
  EXPECT_EQ(cookie_name(Cookie::device, settings, true), "__Secure-hk_device") << "has a path";
  EXPECT_EQ(cookie_name(Cookie::token, settings, false), "hk_token");
  settings.base_path = "/hk/";
  EXPECT_EQ(cookie_name(Cookie::token, settings, true), "__Secure-hk_token");
  EXPECT_EQ(cookie_name(Cookie::device, settings, false), "hk_device");
}

TEST(Cookies, AreSetForTheirPathAndTakenAwayUnderBothNames) {
  Settings settings;
  http::Response response;
  set_cookie(response, Cookie::token, "T", seconds(900), settings, true);
  set_cookie(response, Cookie::device, "D", seconds(60), settings, true);
  settings.base_path = "/hk/";
  set_cookie(response, Cookie::remember, "R", seconds(60), settings, true);
  set_cookie(response, Cookie::device, "D", seconds(60), settings, false);
  EXPECT_THAT(set_by(response),
              ElementsAre("__Host-hk_token=T; Path=/; Max-Age=900; HttpOnly; SameSite=Lax; Secure",
                          "__Secure-hk_device=D; Path=/api/login; Max-Age=60; HttpOnly; SameSite=Lax; Secure",
                          "__Secure-hk_remember_me=R; Path=/hk/; Max-Age=60; HttpOnly; SameSite=Lax; Secure",
                          "hk_device=D; Path=/hk/api/login; Max-Age=60; HttpOnly; SameSite=Lax"));

  http::Response http;
  clear_session(http, settings, false);
  EXPECT_THAT(set_by(http), ElementsAre("hk_token=; Path=/hk/; Max-Age=0; HttpOnly; SameSite=Lax",
                                        "hk_remember_me=; Path=/hk/; Max-Age=0; HttpOnly; SameSite=Lax"));
  http::Response https;
  clear_session(https, settings, true);
  EXPECT_THAT(set_by(https),
              ElementsAre("__Secure-hk_token=; Path=/hk/; Max-Age=0; HttpOnly; SameSite=Lax; Secure",
                          "hk_token=; Path=/hk/; Max-Age=0; HttpOnly; SameSite=Lax; Secure",
                          "__Secure-hk_remember_me=; Path=/hk/; Max-Age=0; HttpOnly; SameSite=Lax; Secure",
                          "hk_remember_me=; Path=/hk/; Max-Age=0; HttpOnly; SameSite=Lax; Secure"));
}

TEST(Cookies, AreTriedInTheOrderInWhichTheyCanBeBelieved) {
  const Settings settings;
  const auto request = with("hk_token=1; __Secure-hk_token=2; hk_token=3; __Host-hk_token=4", true);
  EXPECT_THAT(read_cookies(request, Cookie::token, settings), ElementsAre("4", "1", "3"));
  const auto plain = with("hk_token=1; __Secure-hk_token=2; hk_token=3; __Host-hk_token=4", false);
  EXPECT_THAT(read_cookies(plain, Cookie::token, settings), ElementsAre("1", "3"));
}

TEST(Cookies, AHeadFullOfThemCostsNoMore) {
  std::string many = "hk_token=0";
  for (std::size_t i = 1; i < kMaxCookiesTried; ++i) many += "; hk_token=" + std::to_string(i);
  EXPECT_EQ(read_cookies(with(many, false), Cookie::token, {}).size(), kMaxCookiesTried);
  const auto one_more = with(many + "; hk_token=x", false);
  EXPECT_EQ(read_cookies(one_more, Cookie::token, {}).size(), kMaxCookiesTried);
}

TEST(Cookies, ASessionIsSeenUnderWhateverName) {
  for (const auto* prefix : {"", "__Host-", "__Secure-"}) {
    EXPECT_TRUE(carries_session(with(std::string("x=1; ") + prefix + "hk_token=a", false)));
    EXPECT_TRUE(carries_session(with(std::string(prefix) + "hk_remember_me=a", true)));
  }
  EXPECT_FALSE(carries_session(with("hk_token=; xhk_token=a; hk_device=a", true)));
}

}  // namespace
}  // namespace hk::auth
