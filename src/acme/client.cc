#include "acme/client.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <condition_variable>
#include <mutex>

#include "acme/advice.h"
#include "base/text.h"
#include "crypto/encoding.h"
#include "crypto/hash.h"
#include "json/writer.h"

namespace hk::acme {
namespace {

using crypto::base64url;
using crypto::bytes_of;

constexpr std::array<std::string_view, 2> kKinds = {kHttp01, kTlsAlpn01};

std::string names_of(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += concat({out.empty() ? "" : ", ", name});
  return out;
}

/// Retry-After in seconds; the other form, a date, counts as none.
std::chrono::seconds retry_after(const net::HttpsResponse& answer) {
  const auto text = answer.header("retry-after");
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size() || seconds < 0) return {};
  return std::chrono::seconds(std::min<std::int64_t>(seconds, 30L * 24 * 3600));
}

std::unexpected<Error> refused(const Problem& problem, std::string_view about, std::string_view challenge,
                               std::chrono::seconds when = {}) {
  Error error{.code = Code::invalid, .message = advice(problem, about, challenge)};
  error.retry_after = when;
  return std::unexpected(std::move(error));
}

bool is_token(std::string_view text) {
  return text.size() >= 16 && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
         });
}

}  // namespace

Result<std::string> Client::get(const Wanted& wanted, const Doors& doors) {
  about_ = names_of(wanted.names);
  if (auto done = sign_in(); !done) return std::unexpected(done.error());
  Error failed;
  for (const std::string_view kind : kKinds) {
    auto placed = place(wanted, kind == kKinds.front());
    if (!placed) return std::unexpected(placed.error());
    auto proven = prove(placed->order, kind, doors);
    doors.take_back();
    if (proven) return finish(wanted, *placed);
    const std::string before = failed.message.empty() ? "" : failed.message + "; and then ";
    failed = std::move(proven.error());
    failed.message.insert(0, before);
    // Another way may be open; where the server itself cannot be asked, or has had enough, it is not.
    if (failed.code == Code::unavailable || failed.retry_after.count() > 0) break;
  }
  return std::unexpected(std::move(failed));
}

/// RFC 8555, 7.1.1 and 7.3: an account is found again by its key.
Result<void> Client::sign_in() {
  auto answer = ask_({.method = "GET", .url = options_.directory});
  if (!answer) return std::unexpected(answer.error());
  if (answer->status != 200)
    return fail(Code::unavailable, concat({"the authority's directory ", options_.directory, " answers with status ",
                                           std::to_string(answer->status)}));
  auto directory = read_directory(answer->body);
  if (!directory) return std::unexpected(directory.error());
  directory_ = std::move(*directory);
  if (directory_.needs_external_account) return refused({.type = "externalAccountRequired"}, about_, {});

  json::Writer payload;
  payload.begin_object().field("termsOfServiceAgreed", true);
  if (!options_.email.empty()) payload.key("contact").begin_array().value("mailto:" + options_.email).end_array();
  payload.end_object();
  account_url_.clear();
  answer = post(directory_.new_account, payload.take());
  if (!answer) return std::unexpected(answer.error());
  account_url_ = answer->header("location");
  if (account_url_.empty()) return fail(Code::invalid, "the authority names no account");
  return {};
}

/// The order that was begun, where it still is of use, or a new one.
Result<Client::Placed> Client::place(const Wanted& wanted, bool resume) {
  if (resume && !wanted.order.empty()) {
    const auto answer = post(wanted.order, std::nullopt);
    auto order = answer ? read_order(answer->body) : std::unexpected(answer.error());
    if (order && order->status != "invalid") return Placed{wanted.order, std::move(*order)};
    if (!answer && answer.error().code == Code::unavailable) return std::unexpected(answer.error());
  }
  json::Writer payload;
  payload.begin_object().key("identifiers").begin_array();
  for (const auto& name : wanted.names)
    payload.begin_object().field("type", std::string_view("dns")).field("value", name).end_object();
  payload.end_array().end_object();
  const auto answer = post(directory_.new_order, payload.take());
  if (!answer) return std::unexpected(answer.error());
  auto order = read_order(answer->body);
  if (!order) return std::unexpected(order.error());
  Placed placed{std::string(answer->header("location")), std::move(*order)};
  if (placed.url.empty()) return fail(Code::invalid, "the authority does not say where the order is");
  wanted.begun(placed.url);
  return placed;
}

Result<void> Client::prove(const CertificateOrder& order, std::string_view kind, const Doors& doors) {
  for (const auto& url : order.authorizations)
    if (auto done = prove_one(url, kind, doors); !done) return done;
  return {};
}

Result<void> Client::prove_one(const std::string& url, std::string_view kind, const Doors& doors) {
  bool asked = false;
  for (const auto deadline = std::chrono::steady_clock::now() + kPatience;
       std::chrono::steady_clock::now() < deadline;) {
    const auto answer = post(url, std::nullopt);
    if (!answer) return std::unexpected(answer.error());
    const auto authorization = read_authorization(answer->body);
    if (!authorization) return std::unexpected(authorization.error());
    if (authorization->status == "valid") return {};
    const Challenge* const challenge = authorization->offered(kind);
    if (authorization->status != "pending")
      return refused(challenge && challenge->error ? *challenge->error : Problem{}, authorization->name, kind);
    if (challenge == nullptr)
      return fail(Code::invalid, concat({"the authority offers no ", kind, " for ", authorization->name}));
    if (!std::exchange(asked, true)) {
      if (auto offered = offer(*authorization, *challenge, doors); !offered) return offered;
    }
    if (auto waited = pause(*answer); !waited) return waited;
  }
  return fail(Code::invalid, "the authority took too long to look at " + about_);
}

/// RFC 8555, 8.1: the answer to a challenge names the account that asks.
Result<void> Client::offer(const Authorization& authorization, const Challenge& challenge, const Doors& doors) {
  if (!is_token(challenge.token)) return fail(Code::invalid, "the authority's token is none (RFC 8555, 8.3)");
  const auto print = crypto::sha256(account_.jwk());
  const std::string answer = concat({challenge.token, ".", base64url(print)});
  if (challenge.type == kHttp01) {
    doors.offer_token(challenge.token, answer);
  } else {
    const auto key = crypto::EcKey::make();
    const auto chain = crypto::challenge_certificate(key, authorization.name, crypto::sha256(answer));
    if (auto offered = doors.offer_name(authorization.name, chain, key.pem()); !offered) return offered;
  }
  const auto told = post(challenge.url, "{}");
  return told ? Result<void>{} : std::unexpected(told.error());
}

Result<std::string> Client::finish(const Wanted& wanted, const Placed& placed) {
  static constexpr std::array<std::string_view, 1> kPending = {"pending"};
  static constexpr std::array<std::string_view, 2> kUnderWay = {"ready", "processing"};
  auto order = order_after(placed.url, kPending);
  if (order && order->status == "ready") {
    const auto request = crypto::certificate_request(wanted.key, wanted.names);
    json::Writer payload;
    payload.begin_object().field("csr", base64url(bytes_of(request))).end_object();
    if (const auto taken = post(order->finalize, payload.take()); !taken) return std::unexpected(taken.error());
  }
  if (order && order->status != "valid") order = order_after(placed.url, kUnderWay);
  if (!order) return std::unexpected(order.error());
  if (order->status != "valid") return refused(order->error.value_or(Problem{}), about_, {});
  const auto answer = post(order->certificate, std::nullopt);
  if (!answer) return std::unexpected(answer.error());
  return answer->body;
}

Result<CertificateOrder> Client::order_after(const std::string& url, std::span<const std::string_view> states) {
  for (const auto deadline = std::chrono::steady_clock::now() + kPatience;
       std::chrono::steady_clock::now() < deadline;) {
    const auto answer = post(url, std::nullopt);
    if (!answer) return std::unexpected(answer.error());
    auto order = read_order(answer->body);
    if (!order || std::ranges::find(states, order->status) == states.end()) return order;
    if (auto waited = pause(*answer); !waited) return std::unexpected(waited.error());
  }
  return fail(Code::unavailable, "the authority took too long to make a certificate for " + about_);
}

Result<void> Client::pause(const net::HttpsResponse& answer) {
  const std::chrono::milliseconds said = std::min<std::chrono::milliseconds>(retry_after(answer), kLongestBetweenLooks);
  std::mutex mutex;
  std::condition_variable_any nobody;
  std::unique_lock lock(mutex);
  nobody.wait_for(lock, stop_, std::max(said, options_.between_looks), [] { return false; });
  if (stop_.stop_requested()) return fail(Code::unavailable, "the program is stopping");
  return {};
}

Result<net::HttpsResponse> Client::post(const std::string& url, const std::optional<std::string>& payload) {
  for (int i = 0; i < kNonceTries; ++i) {
    auto answer = post_once(url, payload);
    if (!answer) return answer;
    if (answer->status < 400) return answer;
    const auto problem = read_problem(answer->body);
    if (problem.type == "badNonce") continue;  // the answer brought another
    if (answer->status >= 500)
      return fail(Code::unavailable, concat({"the authority answers with status ", std::to_string(answer->status),
                                             problem.detail.empty() ? "" : ": ", problem.detail}));
    return refused(problem, about_, {}, retry_after(*answer));
  }
  return fail(Code::unavailable, "the authority knows none of its own nonces");
}

/// RFC 8555, 6.2: a flattened JWS, whose header says by whom, with which nonce and for which URL.
Result<net::HttpsResponse> Client::post_once(const std::string& url, const std::optional<std::string>& payload) {
  if (auto there = need_nonce(); !there) return std::unexpected(there.error());
  json::Writer head;
  head.begin_object().field("alg", std::string_view("ES256"));
  if (account_url_.empty())
    head.key("jwk").raw(account_.jwk());
  else
    head.field("kid", account_url_);
  head.field("nonce", std::exchange(nonce_, {})).field("url", url).end_object();
  const std::string protected_head = base64url(bytes_of(head.take()));
  const std::string body = payload ? base64url(bytes_of(*payload)) : "";
  const std::string signature = account_.sign_es256(concat({protected_head, ".", body}));
  json::Writer jws;
  jws.begin_object()
      .field("protected", protected_head)
      .field("payload", body)
      .field("signature", base64url(bytes_of(signature)))
      .end_object();
  auto answer =
      ask_({.method = "POST", .url = url, .headers = {{"Content-Type", "application/jose+json"}}, .body = jws.take()});
  if (answer) nonce_ = answer->header("replay-nonce");
  return answer;
}

Result<void> Client::need_nonce() {
  if (!nonce_.empty()) return {};
  const auto answer = ask_({.method = "HEAD", .url = directory_.new_nonce});
  if (!answer) return std::unexpected(answer.error());
  nonce_ = answer->header("replay-nonce");
  if (nonce_.empty()) return fail(Code::unavailable, "the authority gives no nonce");
  return {};
}

}  // namespace hk::acme
