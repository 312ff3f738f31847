#include "auth/routes.h"

#include "auth/bootstrap.h"
#include "auth/cookies.h"
#include "auth/locale.h"
#include "auth/password_rules.h"
#include "base/text.h"
#include "http/pending.h"
#include "json/reader.h"
#include "json/writer.h"

namespace hk::auth {
namespace {

http::Response answer(int status, json::Writer& out) {
  http::Response response = http::json(status, out.take());
  response.header("Cache-Control", "no-store");
  return response;
}

http::Response answer_ok(std::string_view message = {}) {
  json::Writer out;
  out.begin_object().field("status", "ok");
  if (!message.empty()) out.field("message", message);
  out.end_object();
  return answer(200, out);
}

/// Characters and bytes are limited here, before anything is done with it.
Secret<std::string> read_password(json::Object& r, std::string_view field, std::size_t min = 0) {
  Secret<std::string> password(r.str(field, {.max = crypto::kMaxPasswordBytes, .min = min, .required = true}));
  if (const auto fit = crypto::Passwords::check_length(password.reveal()); !fit) r.refuse(field, fit.error().message);
  return password;
}

/// A name as people read it: nothing that cannot be seen, breaks the line or turns the text around it.
std::string read_name(json::Object& r, std::string_view field) {
  std::string name = r.str(field, {.max = kMaxNameCharacters, .trim = true});
  if (!text_is_plain(name)) r.refuse(field, "must be plain text without control characters");
  return name;
}

/// What a browser gets that is signed in now.
void set_cookies(http::Response& response, const SignedInNow& now, const Settings& settings, bool secure) {
  set_cookie(response, Cookie::token, now.token.text, settings.session, settings, secure);
  if (!now.remember.empty())
    set_cookie(response, Cookie::remember, now.remember.reveal(), settings.remember, settings, secure);
  if (!now.device.empty()) set_cookie(response, Cookie::device, now.device, kDeviceLifetime, settings, secure);
}

http::Response status(const RouteDeps& deps) {
  json::Writer out;
  write_status(out, deps.accounts.needs_setup(), deps.settings);
  return answer(200, out);
}

http::Response initial_user(const RouteDeps& deps, const http::Context& context) {
  const auto body = json::parse(context.request.body);
  if (!body) return http::problem(body.error());
  json::Object r(*body);
  // The code first: who doesn't have it learns nothing else, and costs no password hash.
  const std::string code = r.str("setup_code", {.max = 200});
  if (auto ok = deps.accounts.check_setup_code(code, context.request.client_ip); !ok) return http::problem(ok.error());

  NewOwner owner;
  auto email = check_email(r.str("email"));
  if (!email) r.refuse("email", email.error().message);
  owner.password = read_password(r, "password", kMinPasswordCharacters);
  owner.given_name = read_name(r, "given_name");
  owner.last_name = read_name(r, "last_name");
  if (auto ok = r.finish(); !ok) return http::problem(ok.error());
  owner.email = std::move(*email);
  owner.language = preferred_language(context.request.header("accept-language"));

  http::Pending pending;
  const auto signed_in = deps.accounts.set_up(owner, pending.done());
  if (!signed_in) return http::problem(signed_in.error());
  http::Response response = answer_ok();
  response.status = 201;
  set_cookies(response, *signed_in, deps.settings, context.request.secure);
  response.gate = pending.gate();
  return response;
}

http::Response login(const RouteDeps& deps, const http::Context& context) {
  const auto body = json::parse(context.request.body);
  if (!body) return http::problem(body.error());
  json::Object r(*body);
  const SignIn typed{.email = r.str("email", {.max = kMaxEmailCharacters, .required = true, .trim = true}),
                     .password = read_password(r, "password"),
                     .remember = r.boolean("remember_me"),
                     .client = context.request.client_ip,
                     .devices = read_cookies(context.request, Cookie::device, deps.settings),
                     .gone = context.gone};
  if (auto ok = r.finish(); !ok) return http::problem(ok.error());

  http::Pending pending;
  const auto signed_in = deps.accounts.sign_in(typed, pending.done());
  if (!signed_in) return http::problem(signed_in.error());
  http::Response response = answer_ok();
  set_cookies(response, *signed_in, deps.settings, context.request.secure);
  response.gate = pending.gate();
  return response;
}

http::Response forgot_password(const RouteDeps& deps, const http::Context& context) {
  const auto body = json::parse(context.request.body);
  if (!body) return http::problem(body.error());
  json::Object r(*body);
  const auto email = check_email(r.str("email"));
  if (!email) r.refuse("email", email.error().message);
  if (auto ok = r.finish(); !ok) return http::problem(ok.error());
  if (auto asked = deps.resets.request(*email); !asked) return http::problem(asked.error());
  return answer_ok("If an account with this address exists, a mail with a link is on its way");
}

http::Response reset_password(const RouteDeps& deps, const http::Context& context) {
  const auto body = json::parse(context.request.body);
  if (!body) return http::problem(body.error());
  json::Object r(*body);
  const PasswordResets::Reset wanted{
      .token = Secret(r.str("token", {.max = kMaxResetToken, .required = true, .trim = true})),
      .password = read_password(r, "password", kMinPasswordCharacters),
      .gone = context.gone};
  if (auto ok = r.finish(); !ok) return http::problem(ok.error());
  http::Pending pending;
  const auto account = deps.resets.reset(wanted, pending.done());
  if (!account) return http::problem(account.error());
  http::Response response = answer_ok("The password is changed and every session ended; sign in with it");
  const bool secure = context.request.secure;
  clear_session(response, deps.settings, secure);
  // Who reads the account's mail may sign in while strangers guess at it.
  set_cookie(response, Cookie::device, deps.tokens.device(*account), kDeviceLifetime, deps.settings, secure);
  response.gate = pending.gate();
  return response;
}

http::Response logout(const RouteDeps& deps, const http::Context& context) {
  http::Response response = answer_ok();
  clear_session(response, deps.settings, context.request.secure);
  if (!context.caller.signed_in) return response;
  http::Pending pending;
  const auto ended = deps.accounts.sign_out(context.granted<http::SignedIn>()->session, pending.done());
  if (!ended) return http::problem(ended.error());
  response.gate = pending.gate();
  return response;
}

http::Response change_password(const RouteDeps& deps, const http::Context& context) {
  const auto body = json::parse(context.request.body);
  if (!body) return http::problem(body.error());
  json::Object r(*body);
  const PasswordChange typed{.present = read_password(r, "current_password"),
                             .next = read_password(r, "new_password", kMinPasswordCharacters),
                             .gone = context.gone};
  if (auto ok = r.finish(); !ok) return http::problem(ok.error());
  http::Pending pending;
  const auto now = deps.accounts.change_password(*context.granted<http::SignedIn>(), typed, pending.done());
  if (!now) return http::problem(now.error());
  http::Response response = answer_ok();
  set_cookies(response, *now, deps.settings, context.request.secure);
  response.gate = pending.gate();
  return response;
}

http::Response end_sessions(const RouteDeps& deps, const http::Context& context) {
  http::Pending pending;
  const auto now = deps.accounts.end_sessions(*context.granted<http::SignedIn>(), pending.done());
  if (!now) return http::problem(now.error());
  http::Response response = answer_ok();
  set_cookies(response, *now, deps.settings, context.request.secure);
  response.gate = pending.gate();
  return response;
}

/// A response about the caller's session. Who came with a remember-me cookie only gets a token (and a new cookie) along
/// with it; `extend` asks for that in any case.
template <class Body>
http::Response with_session(const RouteDeps& deps, const http::Context& context, bool extend, const Body& body) {
  const http::SignedIn& who = *context.granted<http::SignedIn>();
  const auto identities = deps.directory.now();
  const Session* session = identities->session(who.session);
  const User* user = identities->user(who.user);
  if (!session || !user) {
    return http::problem({Code::unauthenticated, "Session unavailable: it was ended; sign in again", ""});
  }
  SessionTimes times{.issued_at = who.token.issued_at,
                     .expires_at = who.token.expires_at,
                     .remember_expires_at = session->remember_expires_at};
  if (!extend && who.token.expires_at != TimeMs{}) return body(*identities, *user, times);

  http::Pending pending;
  const auto cookies = read_cookies(context.request, Cookie::remember, deps.settings);
  const auto renewed = deps.accounts.renew(who, cookies, pending.done());
  if (!renewed) return http::problem(renewed.error());
  times.issued_at = renewed->token.issued_at;
  times.expires_at = renewed->token.expires_at;
  if (renewed->remember_expires_at) times.remember_expires_at = renewed->remember_expires_at;
  http::Response response = body(*identities, *user, times);
  if (response.status >= 400) return response;
  set_cookies(response, *renewed, deps.settings, context.request.secure);
  response.gate = pending.gate();
  return response;
}

http::Response session(const RouteDeps& deps, const http::Context& context, bool extend) {
  return with_session(deps, context, extend, [&](const Identities&, const User&, const SessionTimes& times) {
    json::Writer out;
    write_session(out, times, deps.settings);
    return answer(200, out);
  });
}

http::Response bootstrap(const RouteDeps& deps, const http::Context& context) {
  std::vector<site::Listing> visible;
  const auto read = deps.control.read([&](db::Sqlite& db) -> Result<void> {
    auto sites = site::list_sites(db, context.granted<http::SignedIn>()->user);
    if (!sites) return std::unexpected(sites.error());
    visible = std::move(*sites);
    return {};
  });
  if (!read) return http::problem(read.error());
  return with_session(deps, context, false,
                      [&](const Identities& identities, const User& user, const SessionTimes& times) {
                        json::Writer out;
                        write_bootstrap(out, identities, user, *deps.sites.now(), visible, times, deps.settings);
                        return answer(200, out);
                      });
}

}  // namespace

void add_routes(http::Router& router, const RouteDeps& deps) {
  router.add({.method = http::Method::get,
              .path = "/api/status",
              .access = http::Access::anyone,
              .run = http::Run::inline_io,
              .rate = http::Rate::none,
              .summary = "Whether the instance waits for its owner, and the version",
              .handler = [deps](http::Context&) { return status(deps); }});
  router.add({.method = http::Method::post,
              .path = "/api/initial-user",
              .access = http::Access::anyone,
              .run = http::Run::sign_in,
              .rate = http::Rate::auth,
              .summary = "Create the owner of a fresh instance; needs the setup code",
              .handler = [deps](http::Context& context) { return initial_user(deps, context); }});
  router.add({.method = http::Method::post,
              .path = "/api/login",
              .access = http::Access::anyone,
              .run = http::Run::sign_in,
              .rate = http::Rate::auth,
              .summary = "Sign in with email and password",
              .handler = [deps](http::Context& context) { return login(deps, context); }});
  router.add({.method = http::Method::post,
              .path = "/api/logout",
              .access = http::Access::anyone,
              .run = http::Run::slow,
              .rate = http::Rate::auth,
              .summary = "End the session and take its cookies away",
              .handler = [deps](http::Context& context) { return logout(deps, context); }});
  router.add({.method = http::Method::post,
              .path = "/api/auth/forgot-password",
              .access = http::Access::anyone,
              .run = http::Run::inline_io,
              .rate = http::Rate::auth,
              .summary = "Ask for a mail with a link to set a new password",
              .handler = [deps](http::Context& context) { return forgot_password(deps, context); }});
  router.add({.method = http::Method::post,
              .path = "/api/auth/reset-password",
              .access = http::Access::anyone,
              .run = http::Run::sign_in,
              .rate = http::Rate::auth,
              .summary = "Set a new password with the token of a mailed link",
              .handler = [deps](http::Context& context) { return reset_password(deps, context); }});
  router.add({.method = http::Method::get,
              .path = "/api/auth/session",
              .access = http::Access::signed_in,
              .run = http::Run::query,
              .rate = http::Rate::api,
              .summary = "When the session ends",
              .handler = [deps](http::Context& context) { return session(deps, context, false); }});
  router.add({.method = http::Method::post,
              .path = "/api/auth/session/extend",
              .access = http::Access::signed_in,
              .run = http::Run::slow,
              .rate = http::Rate::auth,
              .summary = "Renew the session",
              .handler = [deps](http::Context& context) { return session(deps, context, true); }});
  router.add({.method = http::Method::post,
              .path = "/api/user/password",
              .access = http::Access::signed_in,
              .run = http::Run::sign_in,
              .rate = http::Rate::auth,
              .summary = "Change the password; every other session ends",
              .handler = [deps](http::Context& context) { return change_password(deps, context); }});
  router.add({.method = http::Method::del,
              .path = "/api/user/sessions",
              .access = http::Access::signed_in,
              .run = http::Run::slow,
              .rate = http::Rate::auth,
              .summary = "End every session of the account but a fresh one for the caller",
              .handler = [deps](http::Context& context) { return end_sessions(deps, context); }});
  router.add({.method = http::Method::get,
              .path = "/api/user/bootstrap",
              .access = http::Access::signed_in,
              .run = http::Run::query,
              .rate = http::Rate::api,
              .summary = "Everything that the dashboard needs to start",
              .handler = [deps](http::Context& context) { return bootstrap(deps, context); }});
}

}  // namespace hk::auth
