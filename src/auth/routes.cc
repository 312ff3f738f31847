#include "auth/routes.h"

#include <utility>
#include <variant>

#include "access/route.h"
#include "auth/bootstrap.h"
#include "auth/cookies.h"
#include "auth/locale.h"
#include "auth/shapes.h"
#include "http/reply.h"
#include "json/body.h"

namespace hk::auth {
namespace {

using http::Context;
using http::Reply;
using http::when_done;

/// Starts what signs a browser in, and answers when it is.
template <class Start>
Reply<Ok> signed_in_when_done(const RouteDeps& deps, const Context& context, Start start) {
  return when_done(std::move(start), [&](const SignedInNow& now) {
    Reply<Ok> reply(Ok{});
    set_cookies(reply.response, now, deps.settings, context.request.secure);
    return reply;
  });
}

Reply<Status> status(const RouteDeps& deps) {
  return status_of(deps.accounts.needs_setup(), deps.settings);
}

/// The code first: who doesn't have it learns nothing else, and costs no password hash.
Reply<Ok> initial_user(const RouteDeps& deps, const SetupCode& typed, const Context& context) {
  if (auto ok = deps.accounts.check_setup_code(typed.code, context.request.client_ip); !ok)
    return std::unexpected(ok.error());
  auto owner = json::read<NewOwner>(std::string_view(context.request.body));
  if (!owner) return std::unexpected(owner.error());
  owner->from = deps.describe(context.request);
  owner->language = preferred_language(context.request.header("accept-language"));
  auto reply =
      signed_in_when_done(deps, context, [&](auto done) { return deps.accounts.set_up(*owner, std::move(done)); });
  if (reply.response.status == 200) reply.response.status = 201;
  return reply;
}

Reply<SignInAnswer> login(const RouteDeps& deps, SignIn typed, const Context& context) {
  typed.client = context.request.client_ip;
  typed.from = deps.describe(context.request);
  typed.devices = read_cookies(context.request, Cookie::device, deps.settings);
  typed.gone = context.gone;
  return when_done([&](auto done) { return deps.accounts.sign_in(typed, std::move(done)); },
                   [&](const Accounts::SignInOutcome& outcome) {
                     if (const auto* pending = std::get_if<PendingSignIn>(&outcome))
                       return Reply<SignInAnswer>(SignInAnswer{.status = SignInStatus::mfa_required,
                                                               .challenge_token = pending->challenge,
                                                               .factors = pending->factors,
                                                               .passkey = pending->passkey});
                     Reply<SignInAnswer> reply(SignInAnswer{});
                     set_cookies(reply.response, std::get<SignedInNow>(outcome), deps.settings, context.request.secure);
                     return reply;
                   });
}

template <Factor kFactor>
Reply<Ok> second_step(const RouteDeps& deps, SecondStep typed, const Context& context) {
  typed.factor = kFactor;
  typed.from = deps.describe(context.request);
  return signed_in_when_done(deps, context,
                             [&](auto done) { return deps.accounts.finish_sign_in(typed, std::move(done)); });
}

Reply<PasskeySignInStart> ask_for_passkey(const RouteDeps& deps) {
  auto asked = deps.accounts.ask_for_passkey();
  if (!asked) return std::unexpected(asked.error());
  return PasskeySignInStart{.challenge_token = asked->challenge, .options = asked->passkey.value_or(PasskeyRequest{})};
}

Reply<Ok> sign_in_by_passkey(const RouteDeps& deps, PasskeySignIn shown, const Context& context) {
  shown.from = deps.describe(context.request);
  return signed_in_when_done(deps, context,
                             [&](auto done) { return deps.accounts.sign_in_by_passkey(shown, std::move(done)); });
}

Reply<Ok> forgot_password(const RouteDeps& deps, const ForgottenPassword& typed) {
  if (auto asked = deps.resets.request(typed.email); !asked) return std::unexpected(asked.error());
  return Ok{.message = "If an account with this address exists, a mail with a link is on its way"};
}

Reply<Ok> reset_password(const RouteDeps& deps, PasswordResets::Reset wanted, const Context& context) {
  wanted.country = deps.describe(context.request).country;
  wanted.gone = context.gone;
  return when_done([&](auto done) { return deps.resets.reset(wanted, std::move(done)); },
                   [&](const std::string& account) {
                     Reply<Ok> reply(Ok{.message = "The password is changed and every session ended; sign in with it"});
                     const bool secure = context.request.secure;
                     clear_session(reply.response, deps.settings, secure);
                     // Who reads the account's mail may sign in while strangers guess at it.
                     set_cookie(reply.response, Cookie::device, deps.tokens.device(account), kDeviceLifetime,
                                deps.settings, secure);
                     return reply;
                   });
}

Reply<Ok> logout(const RouteDeps& deps, const access::Principal& who, const Context& context) {
  const auto cleared = [&] {
    Reply<Ok> reply(Ok{});
    clear_session(reply.response, deps.settings, context.request.secure);
    return reply;
  };
  const auto* person = std::get_if<access::SignedIn>(&who);
  if (!person) return cleared();
  return when_done([&](auto done) { return deps.accounts.sign_out(person->session, std::move(done)); }, cleared);
}

Reply<Ok> change_password(const RouteDeps& deps, const access::SignedIn& who, PasswordChange typed,
                          const Context& context) {
  typed.gone = context.gone;
  return signed_in_when_done(deps, context,
                             [&](auto done) { return deps.accounts.change_password(who, typed, std::move(done)); });
}

Reply<Ok> confirm(const RouteDeps& deps, const access::SignedIn& who, Confirmation typed, const Context& context) {
  if (typed.password.empty() && typed.code.empty() && !typed.credential)
    return fail(Code::invalid, "is required, or a code, or a passkey", "password");
  typed.gone = context.gone;
  return when_done([&](auto done) { return deps.accounts.prove(who, typed, std::move(done)); },
                   [] { return Reply<Ok>(Ok{}); });
}

Reply<ProofWays> proof_ways(const RouteDeps& deps, const access::SignedIn& who) {
  return deps.accounts.proof_ways(who);
}

Security security_of(const RouteDeps& deps, const FactorState& state) {
  const auto usable = deps.passkeys.usable();
  return {.totp_enabled = state.on,
          .totp_pending = state.pending,
          .passkeys = state.passkeys,
          .passkeys_unusable = usable ? "" : usable.error().message,
          .recovery_codes_generated = state.codes > 0,
          .recovery_codes_total = state.codes,
          .recovery_codes_remaining = state.codes_left};
}

Reply<Security> security(const RouteDeps& deps, const access::SignedIn& who) {
  const auto state = deps.factors.state(who.user);
  if (!state) return std::unexpected(state.error());
  return security_of(deps, *state);
}

Reply<ShownTotp> set_up_totp(const RouteDeps& deps, const access::SignedIn& who) {
  const auto identities = deps.directory.now();
  const User* user = identities->user(who.user);
  if (!user) return fail(Code::unauthenticated, "This account is gone");
  return when_done([&](auto done) { return deps.factors.set_up(who, user->email, std::move(done)); },
                   [](const TotpSetup& setup) {
                     return Reply<ShownTotp>(ShownTotp{
                         .secret = setup.secret.reveal(), .otpauth_url = setup.uri, .expires_at = setup.until});
                   });
}

Reply<Security> confirm_totp(const RouteDeps& deps, const access::SignedIn& who, const TypedCode& typed) {
  return when_done([&](auto done) { return deps.factors.confirm(who, typed.code, std::move(done)); },
                   [&](const FactorState& state) { return Reply<Security>(security_of(deps, state)); });
}

Reply<Security> disable_totp(const RouteDeps& deps, const access::SignedIn& who, const TypedCode& typed) {
  return when_done([&](auto done) { return deps.factors.switch_off(who, typed.code, std::move(done)); },
                   [&](const FactorState& state) { return Reply<Security>(security_of(deps, state)); });
}

Reply<ShownCodes> renew_codes(const RouteDeps& deps, const access::SignedIn& who) {
  return when_done(
      [&](auto done) { return deps.factors.renew_codes(who, std::move(done)); },
      [](const std::vector<std::string>& codes) {
        return Reply<ShownCodes>(ShownCodes{.codes = codes, .remaining = static_cast<std::int64_t>(codes.size())});
      });
}

Reply<PasskeySetup> begin_passkey(const RouteDeps& deps, const access::SignedIn& who, const PasskeyName& typed,
                                  const Context& context) {
  const auto identities = deps.directory.now();
  const User* user = identities->user(who.user);
  if (!user) return fail(Code::unauthenticated, "This account is gone");
  std::string name = typed.name;
  if (name.empty()) {
    const CalledFrom from = deps.describe(context.request);
    name = utf8_prefix(from.browser.empty() || from.os.empty() ? "Passkey" : concat({from.browser, ", ", from.os}),
                       kMaxPasskeyName);
  }
  return when_done([&](auto done) { return deps.passkeys.begin(who, *user, name, std::move(done)); },
                   [](const PasskeyCreation& wanted) { return Reply<PasskeySetup>(PasskeySetup{.options = wanted}); });
}

Reply<Security> finish_passkey(const RouteDeps& deps, const access::SignedIn& who, const AttestedCredential& made) {
  return when_done([&](auto done) { return deps.passkeys.finish(who, made, std::move(done)); },
                   [&](const FactorState& after) { return Reply<Security>(security_of(deps, after)); });
}

/// The passkey that the path names.
Result<PasskeyId> passkey_of(const Context& context) {
  const auto named = context.path.find("passkeyId");
  const auto id = named == context.path.end() ? std::nullopt : PasskeyId::parse(named->second);
  if (!id) return fail(Code::invalid, "must be a UUID", "passkeyId");
  return *id;
}

Reply<Ok> rename_passkey(const RouteDeps& deps, const access::SignedIn& who, const PasskeyName& typed,
                         const Context& context) {
  const auto id = passkey_of(context);
  if (!id) return std::unexpected(id.error());
  if (typed.name.empty()) return fail(Code::invalid, "is required", "name");
  return when_done([&](auto done) { return deps.passkeys.rename(who, *id, typed.name, std::move(done)); },
                   [] { return Reply<Ok>(Ok{}); });
}

Reply<void> remove_passkey(const RouteDeps& deps, const access::SignedIn& who, const Context& context) {
  const auto id = passkey_of(context);
  if (!id) return std::unexpected(id.error());
  return when_done([&](auto done) { return deps.passkeys.remove(who, *id, std::move(done)); },
                   [] {
                     Reply<void> reply;
                     reply.response.status = 204;
                     return reply;
                   });
}

Reply<std::vector<SessionEntry>> list_sessions(const RouteDeps& deps, const access::SignedIn& who) {
  return sessions_of(*deps.directory.now(), who);
}

Reply<Ok> end_session(const RouteDeps& deps, const access::SignedIn& who, const Context& context) {
  const auto named = context.path.find("sessionId");
  const auto id = named == context.path.end() ? std::nullopt : SessionId::parse(named->second);
  if (!id) return fail(Code::invalid, "must be a UUID", "sessionId");
  return when_done([&](auto done) { return deps.accounts.end_session(who, *id, std::move(done)); },
                   [] { return Reply<Ok>(Ok{}); });
}

Reply<Ok> end_sessions(const RouteDeps& deps, const access::SignedIn& who, const Context& context) {
  return signed_in_when_done(deps, context,
                             [&](auto done) { return deps.accounts.end_sessions(who, std::move(done)); });
}

/// A reply about the caller's session. Who came with a remember-me cookie only gets a token (and a new cookie) along
/// with it; `extend` asks for that in any case.
template <class T, class Body>
Reply<T> with_session(const RouteDeps& deps, const access::SignedIn& who, const Context& context, bool extend,
                      const Body& body) {
  const auto identities = deps.directory.now();
  const Session* session = identities->session(who.session);
  const User* user = identities->user(who.user);
  if (!session || !user) return fail(Code::unauthenticated, "Session unavailable: it was ended; sign in again");
  SessionTimes times{.issued_at = who.token.issued_at,
                     .expires_at = who.token.expires_at,
                     .remember_expires_at = session->remember_expires_at};
  if (!extend && who.token.expires_at != TimeMs{}) return Reply<T>(body(*identities, *user, times));

  const auto cookies = read_cookies(context.request, Cookie::remember, deps.settings);
  return when_done([&](auto done) { return deps.accounts.renew(who, cookies, std::move(done)); },
                   [&](const SignedInNow& now) {
                     times.issued_at = now.token.issued_at;
                     times.expires_at = now.token.expires_at;
                     if (now.remember_expires_at) times.remember_expires_at = now.remember_expires_at;
                     Reply<T> reply(body(*identities, *user, times));
                     set_cookies(reply.response, now, deps.settings, context.request.secure);
                     return reply;
                   });
}

Reply<SessionInfo> about_session(const RouteDeps& deps, const access::SignedIn& who, const Context& context,
                                 bool extend) {
  return with_session<SessionInfo>(
      deps, who, context, extend,
      [&](const Identities&, const User&, const SessionTimes& times) { return session_info(times, deps.settings); });
}

Reply<SessionInfo> session(const RouteDeps& deps, const access::SignedIn& who, const Context& context) {
  return about_session(deps, who, context, false);
}

Reply<SessionInfo> extend_session(const RouteDeps& deps, const access::SignedIn& who, const Context& context) {
  return about_session(deps, who, context, true);
}

Reply<Bootstrap> bootstrap(const RouteDeps& deps, const access::SignedIn& who, const Context& context) {
  return with_session<Bootstrap>(
      deps, who, context, false, [&](const Identities& identities, const User& user, const SessionTimes& times) {
        const auto sites = deps.sites.now();
        return bootstrap_of(identities, user, *sites, site::visible_sites(*sites, deps.authority, who), times,
                            deps.settings);
      });
}

/// What somebody sets up besides his password.
void add_factor_routes(const access::Routes<RouteDeps>& routes) {
  using access::Access;
  using enum http::Method;
  using http::Rate, http::Run;
  routes.add<Access::signed_in>(get, "/api/user/security", Run::query, Rate::api,
                                "What the caller has set up besides his password", security);
  routes.add<Access::signed_in.with_proof()>(post, "/api/user/security/totp/setup/start", Run::slow, Rate::auth,
                                             "Show a key for an authenticator app, this once", set_up_totp,
                                             {.refusals = {409}});
  routes.add<Access::signed_in>(post, "/api/user/security/totp/setup/verify", Run::slow, Rate::auth,
                                "Take the key into use, with a code that the app makes of it", confirm_totp,
                                {.refusals = {409}});
  routes.add<Access::signed_in>(post, "/api/user/security/totp/disable", Run::slow, Rate::auth,
                                "Remove app and recovery codes, with a code of either", disable_totp,
                                {.refusals = {404}});
  routes.add<Access::signed_in.with_proof()>(post, "/api/user/security/passkeys/register/start", Run::slow, Rate::auth,
                                             "What a browser is asked for a new passkey", begin_passkey,
                                             {.refusals = {409}});
  routes.add<Access::signed_in>(post, "/api/user/security/passkeys/register/finish", Run::slow, Rate::auth,
                                "Keep the passkey that the browser has made", finish_passkey, {.refusals = {409}});
  routes.add<Access::signed_in>(patch, "/api/user/security/passkeys/{passkeyId}", Run::slow, Rate::auth,
                                "Give a passkey another name", rename_passkey);
  routes.add<Access::signed_in.with_proof()>(del, "/api/user/security/passkeys/{passkeyId}", Run::slow, Rate::auth,
                                             "Remove a passkey; with the last second factor the recovery codes go",
                                             remove_passkey, {.status = 204});
  routes.add<Access::signed_in.with_proof()>(post, "/api/user/security/recovery-codes/regenerate", Run::slow,
                                             Rate::auth, "Make new recovery codes, shown this once; the old ones end",
                                             renew_codes, {.refusals = {409}});
}

}  // namespace

void add_routes(http::Router& router, const RouteDeps& deps) {
  using access::Access;
  using enum http::Method;
  using http::Rate, http::Run;
  const access::Routes routes(router, deps);
  routes.add<Access::anyone>(get, "/api/status", Run::inline_io, Rate::none,
                             "Whether the instance waits for its owner, and the version", status);
  routes.add<Access::anyone>(post, "/api/initial-user", Run::sign_in, Rate::auth,
                             "Create the owner of a fresh instance; needs the setup code", initial_user,
                             {.takes = access::takes<NewOwner>(), .status = 201});
  routes.add<Access::anyone>(
      post, "/api/login", Run::sign_in, Rate::auth,
      "Sign in with email and password; an account with a second factor answers a challenge for it", login);
  routes.add<Access::anyone>(post, "/api/auth/mfa/totp/verify", Run::slow, Rate::auth,
                             "The second step of a sign-in, with a code of the authenticator app",
                             second_step<Factor::totp>, {.refusals = {401, 409}});
  routes.add<Access::anyone>(post, "/api/auth/mfa/recovery-code/verify", Run::slow, Rate::auth,
                             "The second step of a sign-in, with a recovery code", second_step<Factor::recovery_code>,
                             {.refusals = {401, 409}});
  routes.add<Access::anyone>(post, "/api/auth/passkey/login/start", Run::slow, Rate::auth,
                             "Ask for any passkey of this server, to sign in with it alone", ask_for_passkey);
  routes.add<Access::anyone>(post, "/api/auth/passkey/login/finish", Run::slow, Rate::auth,
                             "Sign in with a passkey alone, or with one as the second step of a sign-in",
                             sign_in_by_passkey, {.refusals = {401, 409}});
  routes.add<Access::anyone>(post, "/api/logout", Run::slow, Rate::auth, "End the session and take its cookies away",
                             logout);
  routes.add<Access::anyone>(post, "/api/auth/forgot-password", Run::inline_io, Rate::auth,
                             "Ask for a mail with a link to set a new password", forgot_password);
  routes.add<Access::anyone>(post, "/api/auth/reset-password", Run::sign_in, Rate::auth,
                             "Set a new password with the token of a mailed link", reset_password);
  routes.add<Access::signed_in>(get, "/api/auth/session", Run::query, Rate::api, "When the session ends", session);
  routes.add<Access::signed_in>(post, "/api/auth/session/extend", Run::slow, Rate::auth, "Renew the session",
                                extend_session);
  routes.add<Access::signed_in>(post, "/api/user/password", Run::sign_in, Rate::auth,
                                "Change the password; every other session ends", change_password);
  routes.add<Access::signed_in>(get, "/api/auth/confirm", Run::query, Rate::auth,
                                "What the caller can give besides his password, for what needs a fresh proof",
                                proof_ways);
  routes.add<Access::signed_in>(post, "/api/auth/confirm", Run::sign_in, Rate::auth,
                                "Give the password, a code or a passkey once more, for what needs a fresh proof",
                                confirm, {.refusals = {409}});
  routes.add<Access::signed_in>(get, "/api/user/sessions", Run::query, Rate::api,
                                "The caller's sessions, the newest first", list_sessions);
  routes.add<Access::signed_in>(del, "/api/user/sessions/{sessionId}", Run::slow, Rate::auth,
                                "End one session of the account", end_session);
  routes.add<Access::signed_in>(del, "/api/user/sessions", Run::slow, Rate::auth,
                                "End every session of the account but a fresh one for the caller", end_sessions);
  add_factor_routes(routes);
  routes.add<Access::signed_in>(get, "/api/user/bootstrap", Run::query, Rate::api,
                                "Everything that the dashboard needs to start", bootstrap);
}

}  // namespace hk::auth
