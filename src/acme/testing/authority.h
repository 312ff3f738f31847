#pragma once
// An authority in memory that does what a test tells it to. What a real one does is tests/e2e/acme_test.py's matter.

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/encoding.h"
#include "crypto/testing/authority.h"
#include "json/reader.h"
#include "net/https.h"

namespace hk::acme::testing {

inline constexpr const char* kDirectory = "https://ca.test/dir";

class Authority {
 public:
  /// Whether a name is found by that kind of challenge; a problem's type where not.
  std::function<std::string(std::string_view kind)> looks = [](std::string_view) { return ""; };
  /// Called before each answer; what it gives is the answer.
  std::function<std::optional<net::HttpsResponse>(const net::HttpsRequest&)> interferes = [](const net::HttpsRequest&) {
    return std::nullopt;
  };
  std::chrono::seconds life{90L * 24 * 3600};
  std::chrono::seconds passed{0};  // since the test began: its clock is not ours
  int nonces_refused = 0;          // of the next requests
  int orders = 0, certificates = 0;
  std::vector<std::string> asked;  // paths

  Result<net::HttpsResponse> ask(const net::HttpsRequest& request) {
    const std::string path = request.url.substr(std::string_view("https://ca.test").size());
    asked.push_back(request.method + " " + path);
    if (auto answer = interferes(request)) return *std::move(answer);
    if (request.method != "POST") {
      if (path == "/dir")
        return says(200, R"({"newNonce":"https://ca.test/nonce","newAccount":"https://ca.test/account",)"
                         R"("newOrder":"https://ca.test/order","meta":{"termsOfService":"https://ca.test/terms"}})");
      return says(200, "");
    }
    json::Object jws(*json::parse(request.body));
    json::Object head(*json::parse(*crypto::base64url_decode(jws.str("protected"))));
    EXPECT_EQ(head.str("url"), request.url);
    EXPECT_EQ(head.str("alg"), "ES256");
    EXPECT_EQ(head.has("jwk"), path == "/account");
    EXPECT_EQ(crypto::base64url_decode(jws.str("signature"))->size(), 64u);
    if (head.str("nonce") != nonce_ || nonces_refused > 0) {
      --nonces_refused;
      return says(400, R"({"type":"urn:ietf:params:acme:error:badNonce","detail":"not that one"})");
    }
    return answer(path, *crypto::base64url_decode(jws.str("payload")));
  }

 private:
  net::HttpsResponse says(int status, std::string body, std::string location = "") {
    nonce_ = "nonce-" + std::to_string(++nonces_);
    return {.status = status,
            .headers = {{"replay-nonce", nonce_}, {"location", std::move(location)}},
            .body = std::move(body)};
  }
  std::string order_body() const {
    const std::string status = failed_.empty() ? (finalized_ ? "valid" : proven_ ? "ready" : "pending") : "invalid";
    return R"({"status":")" + status + R"(","authorizations":["https://ca.test/authz"],)" +
           (finalized_ ? R"("certificate":"https://ca.test/cert",)" : "") + R"("finalize":"https://ca.test/finalize"})";
  }
  net::HttpsResponse answer(const std::string& path, const std::string& payload) {
    if (path == "/account") return says(201, "{}", "https://ca.test/account/1");
    if (path == "/order") {
      ++orders;
      proven_ = finalized_ = false;
      failed_.clear();
      json::Object order(*json::parse(payload));
      name_ = order.objects("identifiers").front().str("value");
      return says(201, order_body(), "https://ca.test/order/" + std::to_string(orders));
    }
    if (path == "/order/" + std::to_string(orders)) return says(200, order_body());
    if (path == "/authz") {
      const std::string status = !failed_.empty() ? "invalid" : proven_ ? "valid" : "pending";
      std::string challenges;
      for (const std::string kind : {"http-01", "tls-alpn-01"})
        challenges +=
            (challenges.empty() ? "" : ",") + (R"({"type":")" + kind + R"(","url":"https://ca.test/challenge/)" + kind +
                                               R"(","token":"a-token-of-enough-length")" + failed_ + "}");
      return says(200, R"({"status":")" + status + R"(","identifier":{"type":"dns","value":")" + name_ +
                           R"("},"challenges":[)" + challenges + "]}");
    }
    if (path.starts_with("/challenge/")) {
      const std::string problem = looks(std::string_view(path).substr(std::string_view("/challenge/").size()));
      proven_ = problem.empty();
      if (!proven_) failed_ = R"(,"error":{"type":"urn:ietf:params:acme:error:)" + problem + R"(","detail":"no"})";
      return says(200, "{}");
    }
    if (path == "/finalize") {
      finalized_ = true;
      ++certificates;
      certificate_ = authority_.issue({.names = "DNS:" + name_, .begins = passed, .ends = passed + life}).certificate;
      return says(200, order_body());
    }
    if (path == "/cert") return says(200, certificate_);
    return says(404, R"({"type":"urn:ietf:params:acme:error:malformed"})");
  }

  crypto::testing::Authority authority_;
  std::string nonce_, name_, failed_, certificate_;
  int nonces_ = 0;
  bool proven_ = false, finalized_ = false;
};

}  // namespace hk::acme::testing
