#include "person/routes.h"

#include <optional>
#include <utility>

#include "access/route.h"
#include "audit/list.h"
#include "auth/accounts.h"
#include "auth/bootstrap.h"
#include "auth/cookies.h"
#include "auth/locale.h"
#include "auth/policy.h"
#include "base/text.h"
#include "http/reply.h"
#include "person/accounts.h"
#include "person/shapes.h"

namespace hk::person {

using access::Permission;
using http::Context;
using http::Reply;
using http::when_done;

namespace {

using auth::Ok;
using Maintains = access::Granted<Permission::instance_run_maintenance>;
using ManagesUsers = access::Granted<Permission::instance_manage_users>;

/// Somebody and the state of everybody at one moment.
struct Self {
  std::shared_ptr<const auth::Identities> identities;
  const auth::User* user;  // inside of it
};

Result<Self> self_of(const RouteDeps& deps, const access::SignedIn& who) {
  Self self{.identities = deps.directory.now(), .user = nullptr};
  self.user = self.identities->user(who.user);
  if (!self.user) return fail(Code::unauthenticated, "This account is gone");
  return self;
}

template <class Start>
Reply<Ok> ok_when_done(Start start) {
  return when_done(std::move(start), [] { return Reply<Ok>(Ok{}); });
}

Reply<auth::Profile> profile(const RouteDeps& deps, const access::SignedIn& who) {
  const auto self = self_of(deps, who);
  if (!self) return std::unexpected(self.error());
  return auth::profile_of(*self->user);
}

Reply<auth::Profile> change_profile(const RouteDeps& deps, const access::SignedIn& who, const TypedProfile& typed) {
  const auto self = self_of(deps, who);
  if (!self) return std::unexpected(self.error());
  const auth::User& user = *self->user;
  if (!typed.email.empty() && ascii_lower(typed.email) != ascii_lower(user.email))
    return fail(Code::invalid, "Another address has to be confirmed: POST /api/user/email", "email");
  return when_done(
      [&](auto done) {
        return set_names(deps.control, user, who, typed.given_name, typed.last_name, deps.clock.now(), std::move(done));
      },
      [&] {
        auth::User next = user;
        next.given_name = typed.given_name;
        next.last_name = typed.last_name;
        return Reply<auth::Profile>(auth::profile_of(next));
      });
}

Reply<auth::Preferences> preferences(const RouteDeps& deps, const access::SignedIn& who) {
  const auto self = self_of(deps, who);
  if (!self) return std::unexpected(self.error());
  return auth::preferences_of(*self->user);
}

Reply<auth::Preferences> change_preferences(const RouteDeps& deps, const access::SignedIn& who,
                                            const TypedPreferences& typed) {
  const auto self = self_of(deps, who);
  if (!self) return std::unexpected(self.error());
  auth::User next = *self->user;
  if (typed.locale) {
    const auto language = auth::spoken_language(*typed.locale);
    if (!language) return fail(Code::invalid, "must be a language of the dashboard, like en or de", "default_locale");
    next.locale = *language;
  }
  next.choices.number_format = typed.number_format.value_or(next.choices.number_format);
  next.choices.clock = typed.clock.value_or(next.choices.clock);
  next.choices.theme = typed.theme.value_or(next.choices.theme);
  next.choices.default_period = typed.default_period.value_or(next.choices.default_period);
  return when_done(
      [&](auto done) { return set_preferences(deps.control, who, next.locale, next.choices, std::move(done)); },
      [&] { return Reply<auth::Preferences>(auth::preferences_of(next)); });
}

Reply<AddressAsked> ask_for_address(const RouteDeps& deps, const access::SignedIn& who, const NewAddress& typed) {
  const auto self = self_of(deps, who);
  if (!self) return std::unexpected(self.error());
  return when_done([&](auto done) { return deps.emails.ask(*self->user, who, typed.email, std::move(done)); },
                   [](const std::string& link) { return Reply<AddressAsked>(AddressAsked{.link = link}); });
}

Reply<Ok> confirm_address(const RouteDeps& deps, const AddressToken& typed, const Context& context) {
  return ok_when_done([&](auto done) {
    return deps.emails.confirm(typed.token, deps.describe(context.request).country, std::move(done));
  });
}

Reply<Ok> delete_self(const RouteDeps& deps, const access::SignedIn& who, const TypedDeletion& typed,
                      const Context& context) {
  const auto self = self_of(deps, who);
  if (!self) return std::unexpected(self.error());
  if (ascii_lower(typed.email) != ascii_lower(self->user->email))
    return fail(Code::invalid, "To delete your account, send its address", "email");
  return when_done(
      [&](auto done) { return delete_account(deps.control, who, who.user, deps.clock.now(), std::move(done)); },
      [&] {
        Reply<Ok> reply(Ok{});
        auth::clear_session(reply.response, deps.settings, context.request.secure);
        return reply;
      });
}

Reply<Takeout> takeout(const RouteDeps& deps, const access::SignedIn& who) {
  const auto self = self_of(deps, who);
  if (!self) return std::unexpected(self.error());
  const auth::User& user = *self->user;
  auto done = audit::done_by(deps.control, user.id, deps.clock.now());
  if (!done) return std::unexpected(done.error());
  Takeout out{.profile = auth::profile_of(user),
              .preferences = auth::preferences_of(user),
              .teams = auth::teams_of(*self->identities, user),
              .sessions = auth::sessions_of(*self->identities, who),
              .done = std::move(*done)};
  const auto sites = deps.sites.now();
  for (const site::Site& site : sites->all())
    if (const auto role = auth::site_role(*self->identities, user, site)) out.sites.emplace_back(site.domain, *role);
  return out;
}

// --- of the instance -------------------------------------------------------------------------------

Result<UserId> user_of(const Context& context) {
  const auto named = context.path.find("id");
  const auto id = named == context.path.end() ? std::nullopt : UserId::parse(named->second);
  if (!id) return fail(Code::invalid, "Invalid user ID: it must be a UUID", "id");
  return *id;
}

Reply<std::vector<Account>> list_users(const RouteDeps& deps, const ManagesUsers&) {
  return accounts_of(deps.control);
}

Reply<std::vector<TeamOverview>> list_teams(const RouteDeps& deps, const ManagesUsers&) {
  return teams_of(deps.control);
}

Reply<Ok> change_role(const RouteDeps& deps, const ManagesUsers& grant, const TypedRole& typed,
                      const Context& context) {
  const auto user = user_of(context);
  if (!user) return std::unexpected(user.error());
  return ok_when_done([&](auto done) {
    return set_instance_role(deps.control, grant.principal(), *user, typed.role, deps.clock.now(), std::move(done));
  });
}

Reply<Ok> delete_user(const RouteDeps& deps, const ManagesUsers& grant, const Context& context) {
  const auto user = user_of(context);
  if (!user) return std::unexpected(user.error());
  if (access::user_of(grant.principal()) == *user) return fail(Code::invalid, "Cannot delete yourself");
  return ok_when_done([&](auto done) {
    return delete_account(deps.control, grant.principal(), *user, deps.clock.now(), std::move(done));
  });
}

Reply<FactorsRemoved> disable_factors(const RouteDeps& deps, const ManagesUsers& grant, const Context& context) {
  const auto user = user_of(context);
  if (!user) return std::unexpected(user.error());
  return when_done(
      [&](auto done) {
        return remove_factors(deps.control, grant.principal(), *user, deps.clock.now(), std::move(done));
      },
      [](const RemovedFactors& removed) {
        return Reply<FactorsRemoved>(FactorsRemoved{.totp_disabled = removed.app,
                                                    .passkeys_deleted = removed.passkeys,
                                                    .sessions_invalidated = removed.sessions});
      });
}

Reply<Ok> test_mail(const RouteDeps& deps, const Maintains& grant, const TestMail& typed, const Context& context) {
  if (!deps.send_test)
    return fail(Code::unavailable,
                "This server sends no mail; whoever runs it can set HITKEEP_MAIL_HOST (for example mail.example.com)");
  const auto identities = deps.directory.now();
  const auto self = access::user_of(grant.principal());
  const auth::User* user = self ? identities->user(*self) : nullptr;
  const std::string to = typed.email.empty() && user ? user->email : typed.email;
  if (to.empty()) return fail(Code::invalid, "is required", "email");
  if (auto sent = deps.send_test(to, user ? user->locale : "en", context.gone); !sent)
    return fail(Code::unavailable, "The mail could not be sent: " + sent.error().message);
  return Ok{.message = "The mail server took a test mail"};
}

}  // namespace

void add_routes(http::Router& router, const RouteDeps& deps) {
  using access::Access, http::Rate, http::Run;
  using enum http::Method;
  constexpr Access kSelf = Access::signed_in;
  constexpr Access kUsers = Access::instance(Permission::instance_manage_users);
  const access::Routes routes(router, deps);
  routes.add<kSelf>(get, "/api/user/profile", Run::inline_io, Rate::api, "The caller's name and address", profile);
  routes.add<kSelf>(put, "/api/user/profile", Run::query, Rate::api, "Change the caller's name", change_profile);
  routes.add<kSelf>(get, "/api/user/preferences", Run::inline_io, Rate::api, "How the caller wants to see things",
                    preferences);
  routes.add<kSelf>(put, "/api/user/preferences", Run::query, Rate::api,
                    "Change how the caller wants to see things; what is absent stays", change_preferences);
  routes.add<kSelf.with_proof()>(post, "/api/user/email", Run::slow, Rate::auth,
                                 "Ask for another address, which a link to it confirms", ask_for_address);
  routes.add<Access::anyone>(post, "/api/auth/confirm-email", Run::sign_in, Rate::auth,
                             "Confirm another address with the token of its link", confirm_address,
                             {.refusals = {409}});
  routes.add<kSelf>(get, "/api/user/takeout", Run::slow, Rate::api, "Everything that is kept of the caller", takeout);
  routes.add<kSelf.with_proof()>(del, "/api/user", Run::slow, Rate::auth,
                                 "Delete the caller's account; its address is typed", delete_self, {.refusals = {409}});
  routes.add<kUsers>(get, "/api/admin/users", Run::query, Rate::api, "Every account", list_users);
  routes.add<kUsers.with_proof()>(post, "/api/admin/users/{id}/role", Run::query, Rate::api,
                                  "Give an account another role in the instance", change_role, {.refusals = {409}});
  routes.add<kUsers.with_proof()>(del, "/api/admin/users/{id}", Run::slow, Rate::api, "Delete somebody's account",
                                  delete_user, {.refusals = {409}});
  routes.add<kUsers.with_proof()>(post, "/api/admin/users/{id}/disable-2fa", Run::query, Rate::api,
                                  "Remove somebody's second factors; his sessions end", disable_factors);
  routes.add<kUsers>(get, "/api/admin/teams", Run::query, Rate::api, "Every team", list_teams);
  routes.add<Access::instance(Permission::instance_run_maintenance)>(
      post, "/api/admin/system/mail/test", Run::slow, Rate::auth, "Send a test mail now, and say what came of it",
      test_mail);
}

}  // namespace hk::person
