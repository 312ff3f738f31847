#include "import/formats.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "base/instant.h"
#include "base/text.h"

namespace hk::import {
namespace {

const TimeMs kAt = *parse_instant("2026-11-25T09:00:07Z");

LogRequest read(std::string_view line, LineParser parser = LineParser()) {
  LogRequest out;
  EXPECT_EQ(parser.parse(line, out), Wrong::none) << line;
  return out;
}

Wrong wrong(std::string_view line) {
  LogRequest out;
  return LineParser().parse(line, out);
}

TEST(Formats, CommonAndCombined) {
  const LogRequest full = read(
      R"(203.0.113.9 - ada [25/Nov/2026:10:00:07 +0100] "GET /a?b=1 HTTP/1.1" 200 512 "https://x.example/" "Mozilla/5.0 \"q\" \x41")");
  EXPECT_EQ(full.at, kAt);
  EXPECT_EQ(full.ip, "203.0.113.9");
  EXPECT_EQ(full.method, "GET");
  EXPECT_EQ(full.target, "/a?b=1");
  EXPECT_EQ(full.status, 200);
  EXPECT_EQ(full.referrer, "https://x.example/");
  EXPECT_EQ(full.user_agent, "Mozilla/5.0 \"q\" A");
  EXPECT_EQ(full.host, "");

  const LogRequest common = read(R"(2001:db8::1 - - [25/Nov/2026:09:00:07 +0000] "POST / HTTP/2.0" 404 -)");
  EXPECT_EQ(common.at, kAt);
  EXPECT_EQ(common.method, "POST");
  EXPECT_EQ(common.status, 404);
  EXPECT_EQ(common.user_agent, "");

  const LogRequest host = read(
      R"(Shop.example.com:443 203.0.113.9 - - [25/Nov/2026:09:00:07 +0000] "GET / HTTP/1.1" 200 1 "-" "UA" 0.012 "more")");
  EXPECT_EQ(host.host, "shop.example.com");
  EXPECT_EQ(host.referrer, "") << "a dash is none";
  EXPECT_EQ(host.user_agent, "UA");
}

TEST(Formats, Json) {
  EXPECT_EQ(
      read(R"({"time_iso8601":"2026-11-25T10:00:07+01:00","remote_addr":"203.0.113.9","request":"GET /a HTTP/1.1",)"
           R"("status":"200","http_referer":"-","http_user_agent":"UA","host":"example.com"})")
          .target,
      "/a");
  const LogRequest caddy = read(
      R"({"ts":1795597207.5,"status":304,"request":{"client_ip":"203.0.113.9","method":"GET","host":"example.com:8443",)"
      R"("uri":"/b?x","headers":{"User-Agent":["UA","other"],"Referer":["https://x.example/"]}}})");
  EXPECT_EQ(caddy.at, kAt + Millis(500));
  EXPECT_EQ(caddy.host, "example.com");
  EXPECT_EQ(caddy.target, "/b?x");
  EXPECT_EQ(caddy.user_agent, "UA");
  EXPECT_EQ(caddy.referrer, "https://x.example/");
  const LogRequest traefik =
      read(R"({"ClientHost":"203.0.113.9","DownstreamStatus":200,"RequestHost":"example.com","RequestMethod":"GET",)"
           R"("RequestPath":"/c","StartUTC":"2026-11-25T09:00:07.123456789Z","request_User-Agent":"UA"})");
  EXPECT_EQ(traefik.at, kAt + Millis(123));
  EXPECT_EQ(traefik.target, "/c");
  EXPECT_EQ(wrong(R"({"ts":"x"})"), Wrong::time);
  EXPECT_EQ(wrong(R"({"ts":1795597207,"ip":"x"})"), Wrong::address);
}

TEST(Formats, W3cByItsFields) {
  LineParser parser;
  LogRequest out;
  EXPECT_EQ(parser.parse("#Software: Microsoft Internet Information Services 10.0", out), Wrong::comment);
  EXPECT_EQ(parser.parse("2026-11-25 09:00:07 GET", out), Wrong::syntax) << "nothing says what the columns are";
  EXPECT_EQ(parser.parse("#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query c-ip cs(User-Agent) cs(Referer) "
                         "cs-host sc-status",
                         out),
            Wrong::comment);
  EXPECT_EQ(parser.format(), LogFormat::w3c);
  EXPECT_EQ(
      parser.parse("2026-11-25 09:00:07 10.0.0.1 GET /a x=1+2 203.0.113.9 Mozilla/5.0+(X11) - example.com 200\r", out),
      Wrong::none);
  EXPECT_EQ(out.at, kAt);
  EXPECT_EQ(out.target, "/a?x=1+2");
  EXPECT_EQ(out.user_agent, "Mozilla/5.0 (X11)");
  EXPECT_EQ(out.referrer, "");
  EXPECT_EQ(out.host, "example.com");
  parser.parse("#Fields: date time c-ip cs-method cs-uri-stem sc-status", out);
  EXPECT_EQ(parser.parse("2026-11-25 09:00:07 203.0.113.9 GET /b 200", out), Wrong::none) << "fields change on the way";
  EXPECT_EQ(out.target, "/b");
  EXPECT_EQ(out.user_agent, "");
  EXPECT_EQ(parser.parse("2026-11-25 09:00:07 203.0.113.9", out), Wrong::syntax) << "columns are missing";
}

TEST(Formats, CloudFront) {
  LineParser parser;
  LogRequest out;
  parser.parse("#Version: 1.0", out);
  parser.parse(
      "#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) "
      "cs(User-Agent) cs-uri-query x-host-header",
      out);
  EXPECT_EQ(parser.format(), LogFormat::cloudfront);
  EXPECT_EQ(
      parser.parse("2026-11-25\t09:00:07\tFRA2\t512\t2001:db8::1\tGET\td1.cloudfront.net\t/a\t200\thttps://x.example/"
                   "\tMozilla/5.0%20(X11;%20Linux)\t-\texample.com",
                   out),
      Wrong::none);
  EXPECT_EQ(out.ip, "2001:db8::1");
  EXPECT_EQ(out.host, "example.com");
  EXPECT_EQ(out.user_agent, "Mozilla/5.0 (X11; Linux)");
  EXPECT_EQ(out.target, "/a");
}

TEST(Formats, WhatIsWrongIsSaid) {
  EXPECT_EQ(wrong(""), Wrong::comment);
  EXPECT_EQ(wrong("# x"), Wrong::comment);
  EXPECT_EQ(wrong("hello"), Wrong::syntax);
  EXPECT_EQ(wrong("{"), Wrong::syntax);
  EXPECT_EQ(wrong(std::string(kMaxLineBytes + 1, 'x')), Wrong::too_long);
  EXPECT_EQ(wrong(R"(example.com - - [25/Nov/2026:09:00:07 +0000] "GET / HTTP/1.1" 200 1)"), Wrong::address);
  EXPECT_EQ(wrong(R"(::1 - - [31/Feb/2026:09:00:07 +0000] "GET / HTTP/1.1" 200 1)"), Wrong::time);
  EXPECT_EQ(wrong(R"(::1 - - [25/Nov/2026:09:00:07 +0000] "GET / HTTP/1.1" 99 1)"), Wrong::syntax);
  EXPECT_EQ(wrong(R"(::1 - - [25/Nov/2026:09:00:07 +0000] "\x16\x03\x01" 400 0 "-" "-")"), Wrong::syntax);
  EXPECT_EQ(wrong(R"(::1 - - [25/Nov/2026:09:00:07 +0000] "GET / HTTP/1.1)"), Wrong::syntax) << "cut in the middle";
}

RC_GTEST_PROP(Formats, WhatComesOutIsText, (const std::string& path, const std::string& agent, bool json)) {
  std::string line;
  if (json) {
    line = R"({"ts":1795597207,"ip":"::1","status":200,"method":"GET","uri":)";
    append_json_string(line, "/" + path);
    line += ",\"user_agent\":";
    append_json_string(line, agent);
    line += '}';
  } else {
    line = R"(::1 - - [25/Nov/2026:09:00:07 +0000] "GET /)" + path + R"( HTTP/1.1" 200 1 "-" ")" + agent + '"';
  }
  LogRequest out;
  if (LineParser().parse(line, out) != Wrong::none) return;
  for (const std::string& text : {out.target, out.user_agent, out.referrer, out.host, out.ip, out.method})
    RC_ASSERT(valid_utf8(text) && !text.contains('\0'));
}

RC_GTEST_PROP(Formats, ATimeReadsBack, (std::uint32_t seconds, int east)) {
  const TimeMs at = TimeMs(std::chrono::seconds(seconds));
  const int minutes = (east % 1'400 + 1'400) % 1'400;
  const std::string local = rfc3339(at + std::chrono::minutes(minutes));
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const auto two = [](int n) { return std::string(n < 10 ? "0" : "") + std::to_string(n); };
  const std::string text =
      local.substr(8, 2) + "/" + std::string(kMonths.substr(3 * (std::stoul(local.substr(5, 2)) - 1), 3)) + "/" +
      local.substr(0, 4) + ":" + local.substr(11, 8) + " +" + two(minutes / 60) + two(minutes % 60);
  RC_ASSERT(parse_clf_time(text) == at);
}

}  // namespace
}  // namespace hk::import
