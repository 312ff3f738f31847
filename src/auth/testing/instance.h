#pragma once
// A whole instance without sockets, for tests of what people do with it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "auth/gate.h"
#include "auth/origin.h"
#include "auth/routes.h"
#include "control/testing/live_control.h"
#include "json/reader.h"
#include "mail/testing/templates.h"

namespace hk::auth::testing {

/// The text of a field of a JSON object; "" where there is none.
inline std::string field(const std::string& body, const std::string& name) {
  const std::string mark = "\"" + name + "\":\"";
  const auto at = body.find(mark);
  if (at == std::string::npos) return "";
  const auto from = at + mark.size();
  return body.substr(from, body.find('"', from) - from);
}

inline constexpr TimeMs kNow = TimeMs{Millis{1'732'521'844'000}};
inline constexpr std::string_view kCode = "AAAA-BBBB-CCCC-DDDD";

/// Mails that would have been sent.
class Outbox {
 public:
  bool put(mail::Mail mail) {
    const std::lock_guard lock(mutex_);
    mails_.push_back(std::move(mail));
    came_.notify_all();
    return true;
  }
  /// Waits for the mail of that number, from 0.
  mail::Mail wait(std::size_t number = 0) {
    std::unique_lock lock(mutex_);
    came_.wait_for(lock, std::chrono::seconds(30), [&] { return mails_.size() > number; });
    return mails_.size() > number ? mails_[number] : mail::Mail{};
  }
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return mails_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<mail::Mail> mails_;
};

inline mail::Templates test_templates() {
  return mail::testing::templates(R"({"mails":[
    {"name":"password_reset","language":"en","subject":"s","text":"{{link}} {{minutes}}","html":"{{host}}"},
    {"name":"password_reset","language":"de","subject":"S","text":"{{link}} {{minutes}} DE","html":"{{host}}"},
    {"name":"email_change","language":"en","subject":"e","text":"{{link}} {{minutes}}","html":"{{host}}"},
    {"name":"invitation","language":"en","subject":"i","text":"{{link}} {{days}}","html":"{{host}}"}]})");
}

/// A whole instance without sockets: a request goes through router, gate and handler, and its gate is awaited.
class InstanceTest : public ::testing::Test {
 protected:
  InstanceTest() {
    settings_.public_url = "http://localhost:8080";
    settings_.sends_mail = true;
    settings_.public_host = "localhost";
    settings_.jwt_secret = Secret<std::string>("a key of at least 32 bytes, really so");
    settings_.setup_code = Secret<std::string>(std::string(kCode));
    settings_.version = "1.2.3";
    control_.on_applied([this](db::Sqlite& sql, const db::ChangedTables&) { EXPECT_TRUE(refresh(directory_, sql)); });
    add_routes(router_, {.settings = settings_,
                         .control = control_,
                         .directory = directory_,
                         .sites = sites_,
                         .authority = gate_,
                         .tokens = tokens_,
                         .accounts = accounts_,
                         .factors = factors_,
                         .passkeys = passkeys_,
                         .resets = resets_,
                         .describe = describe_});
  }

  /// Cookies of one browser.
  using Jar = std::map<std::string, std::string>;

  struct Answer {
    int status = 0;
    std::string body;
    std::vector<std::string> cookies;
    std::string retry_after = {};
  };

  Answer ask(http::Method method, const std::string& path, const std::string& body = "", Jar* jar = nullptr,
             const http::HeaderList& headers = {}) {
    http::Request request;
    request.method = method;
    request.path = path;
    request.body = body;
    request.client_ip = client_;
    request.secure = secure_;
    request.headers = headers;
    request.headers.emplace_back("sec-fetch-site", "same-origin");
    if (jar && !jar->empty()) {
      std::string cookie;
      for (const auto& [name, value] : *jar) cookie += (cookie.empty() ? "" : "; ") + name + "=" + value;
      request.headers.emplace_back("cookie", cookie);
    }
    const auto match = router_.match(method, path);
    if (!match.route) return {.status = 404, .body = "no route", .cookies = {}};
    http::Response response;
    if (auto caller = gate_.check(request, match.route->access, match.path)) {
      http::Context context{.request = request, .caller = *caller, .path = match.path};
      response = match.route->handler(context);
    } else {
      response = http::problem(caller.error());
    }
    if (response.gate) {
      std::promise<Result<void>> opened;
      response.gate([&](Result<void> outcome) { opened.set_value(std::move(outcome)); });
      if (const auto outcome = opened.get_future().get(); !outcome) response = http::problem(outcome.error());
    }
    Answer answer{.status = response.status, .body = response.body, .cookies = {}};
    for (const auto& [name, value] : response.headers) {
      if (name == "Retry-After") answer.retry_after = value;
      if (name != "Set-Cookie") continue;
      answer.cookies.push_back(value);
      if (!jar) continue;
      const auto equals = value.find('=');
      const std::string cookie = value.substr(0, equals),
                        content = value.substr(equals + 1, value.find(';') - equals - 1);
      if (content.empty()) {
        jar->erase(cookie);
      } else {
        (*jar)[cookie] = content;
      }
    }
    return answer;
  }
  Answer post(const std::string& path, const std::string& body = "", Jar* jar = nullptr) {
    return ask(http::Method::post, path, body, jar);
  }
  Answer get(const std::string& path, Jar* jar = nullptr) { return ask(http::Method::get, path, "", jar); }

  Answer set_up(Jar* jar = nullptr) {
    return ask(
        http::Method::post, "/api/initial-user",
        R"({"email":" Ada@Example.com ","password":"correct horse","given_name":"Ada","last_name":"L","setup_code":")" +
            std::string(kCode) + "\"}",
        jar, {{"accept-language", "de-AT,en"}});
  }
  Answer login(const std::string& email, const std::string& password, Jar* jar = nullptr, bool remember = false) {
    return post("/api/login",
                R"({"email":")" + email + R"(","password":")" + password + R"(","remember_me":)" +
                    (remember ? "true" : "false") + "}",
                jar);
  }
  std::int64_t count(const std::string& table) {
    std::int64_t n = -1;
    EXPECT_TRUE(control_.read([&](db::Sqlite& sql) {
      return sql.rows("SELECT count(*) FROM " + table, {}, [&](const db::SqlRow& row) { n = row.i64(0); });
    }));
    return n;
  }

  ManualClock clock_{kNow};
  Settings settings_;
  metrics::Registry metrics_;
  Directory directory_;
  site::Directory sites_;
  Outbox outbox_;
  control::testing::LiveControl control_{clock_};  // its thread writes into the directory until it is gone
  Gate::CountryOf country_of_ = [](const http::Request& request) { return request.edge_country; };
  Describe describe_ = [](const http::Request& request) -> CalledFrom {
    return {.country = request.edge_country, .browser = std::string(request.header("user-agent")), .os = "OS"};
  };
  Tokens tokens_{settings_, clock_};
  crypto::Passwords passwords_{{.memory_kib = 64, .passes = 1, .lanes = 1}};
  SecondFactors factors_{settings_, control_, clock_};
  Passkeys passkeys_{settings_, control_, tokens_, clock_};
  Accounts accounts_{settings_, control_, directory_, tokens_, passwords_, factors_, passkeys_, metrics_, clock_};
  Gate gate_{settings_,
             directory_,
             sites_,
             tokens_,
             clock_,
             {.stolen = [this](const SessionId& id) { accounts_.end_stolen(id); },
              .used = [this](const Remembered& one) { accounts_.confirm_remember(one); }},
             country_of_};
  PasswordResets resets_{
      settings_,
      control_,
      passwords_,
      {.templates = test_templates(), .send = [this](mail::Mail mail) { return outbox_.put(std::move(mail)); }},
      [this](std::move_only_function<void()> job) {
        ++later_;
        job();
        return true;
      },
      clock_};
  int later_ = 0;  // jobs handed to a pool
  http::Router router_;
  bool secure_ = false;  // how requests come
  std::string client_ = "192.0.2.1";
};

}  // namespace hk::auth::testing
