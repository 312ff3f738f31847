#include "auth/gate.h"

#include <gtest/gtest.h>

#include "access/route.h"
#include "auth/origin.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "site/granted.h"

namespace hk::auth {
namespace {

using access::Access;
using access::InstanceRole;
using access::Permission;
using access::TeamRole;
using std::chrono::seconds;

constexpr Access kView = Access::site(Permission::site_view), kManage = Access::site(Permission::site_manage_data),
                 kOwner = Access::instance(Permission::instance_manage_sites),
                 kTeam = Access::team(Permission::team_create_sites);
constexpr TimeMs kNow = TimeMs{Millis{1'732'521'844'000}};

/// One instance: an owner; an admin; a team admin, a team member and a stranger; two sites, one of which the member
/// made.
class GateTest : public ::testing::Test {
 protected:
  GateTest() {
    settings_.public_url = "https://stats.example.com";
    settings_.jwt_secret = Secret<std::string>("a key of at least 32 bytes, really so");
    auto identities = std::make_shared<Identities>();
    identities->set_up = true;
    team_ = {crypto::uuid_v4()};
    identities->teams.push_back({.id = team_, .name = "T", .is_default = true, .created_at = kNow});
    for (const auto& [name, role] :
         {std::pair{"owner", InstanceRole::owner}, std::pair{"admin", InstanceRole::admin},
          std::pair{"team-admin", InstanceRole::user}, std::pair{"member", InstanceRole::user},
          std::pair{"stranger", InstanceRole::user}}) {
      const UserId user{crypto::uuid_v4()};
      const SessionId session{crypto::uuid_v4()};
      users_[name] = user;
      sessions_[name] = session;
      identities->users[user] = {
          .id = user, .email = name, .given_name = "", .last_name = "", .locale = "en", .role = role};
      identities->sessions[session] = {.id = session,
                                       .user = user,
                                       .created_at = kNow,
                                       .expires_at = kNow + seconds(900),
                                       .remember_at = {},
                                       .remember_next = {},
                                       .remember_expires_at = {}};
    }
    identities->memberships[users_["team-admin"]] = {{team_, TeamRole::admin}};
    identities->memberships[users_["member"]] = {{team_, TeamRole::member}};
    identities_ = identities;
    directory_.swap(identities);

    std::vector<site::Site> sites(2);
    for (auto& site : sites) {
      site.id = {crypto::uuid_v4()};
      site.team = team_;
      site.created_by = users_["owner"];
    }
    sites[1].created_by = users_["member"];
    site_ = sites[0].id;
    members_site_ = sites[1].id;
    sites_.swap(std::make_shared<const site::Sites>(std::move(sites)));
  }

  http::Request as(const std::string& name, http::Method method = http::Method::get) {
    http::Request request;
    request.method = method;
    request.path = "/api/x";
    if (!name.empty()) {
      request.headers.emplace_back("cookie", "hk_token=" + tokens_.issue(users_[name], sessions_[name]).text);
    }
    request.headers.emplace_back("sec-fetch-site", "same-origin");
    return request;
  }

  access::SignedIn person(const std::string& name) {
    return {.user = users_[name], .session = sessions_[name], .token = {}};
  }

  http::Request with_cookie(const std::string& cookie) {
    http::Request request;
    request.path = "/api/x";
    request.headers.emplace_back("cookie", cookie);
    return request;
  }

  /// "ok" or the name of what refused it.
  std::string ask(const http::Request& request, http::Access access, const std::string& id = "") {
    std::map<std::string, std::string, std::less<>> path;
    if (!id.empty()) path["id"] = id;
    const auto caller = gate_.check(request, access, path);
    if (caller) return "ok";
    switch (caller.error().code) {
      case Code::unauthenticated:
        return "401";
      case Code::forbidden:
        return "403";
      case Code::not_found:
        return "404";
      case Code::invalid:
        return "400";
      default:
        return caller.error().message;
    }
  }

  ManualClock clock_{kNow};
  Settings settings_;
  Tokens tokens_{settings_, clock_};
  Directory directory_;
  site::Directory sites_;
  std::vector<SessionId> stolen_;
  std::vector<Remembered> used_;
  Gate gate_{settings_,
             directory_,
             sites_,
             tokens_,
             clock_,
             {.stolen = [this](const SessionId& id) { stolen_.push_back(id); },
              .used = [this](const Remembered& one) { used_.push_back(one); }},
             [](const http::Request& request) { return request.edge_country; }};
  std::shared_ptr<Identities> identities_;
  std::map<std::string, UserId> users_;
  std::map<std::string, SessionId> sessions_;
  TeamId team_;
  SiteId site_, members_site_;
};

TEST_F(GateTest, AccessByCaller) {
  const std::string site = site_.str(), own = members_site_.str();
  struct Row {
    const char* who;
    const char *anyone, *signed_in, *owner, *team, *view, *edit, *view_own, *edit_own, *missing, *malformed;
  };
  const std::string missing = SiteId{crypto::uuid_v4()}.str();
  for (const Row& row : {Row{"", "ok", "401", "401", "401", "401", "401", "401", "401", "401", "401"},
                         Row{"owner", "ok", "ok", "ok", "403", "ok", "ok", "ok", "ok", "404", "400"},
                         Row{"admin", "ok", "ok", "403", "403", "ok", "403", "ok", "403", "403", "400"},
                         Row{"team-admin", "ok", "ok", "403", "ok", "ok", "ok", "ok", "ok", "403", "400"},
                         Row{"member", "ok", "ok", "403", "ok", "403", "403", "ok", "ok", "403", "400"},
                         Row{"stranger", "ok", "ok", "403", "403", "403", "403", "403", "403", "403", "400"}}) {
    SCOPED_TRACE(row.who);
    const auto request = as(row.who);
    EXPECT_EQ(ask(request, Access::anyone), row.anyone);
    EXPECT_EQ(ask(request, Access::signed_in), row.signed_in);
    EXPECT_EQ(ask(request, kOwner), row.owner);
    EXPECT_EQ(ask(request, kTeam), row.team);
    EXPECT_EQ(ask(request, kView, site), row.view);
    EXPECT_EQ(ask(request, kManage, site), row.edit);
    EXPECT_EQ(ask(request, kView, own), row.view_own);
    EXPECT_EQ(ask(request, kManage, own), row.edit_own);
    EXPECT_EQ(ask(request, kView, missing), row.missing);
    EXPECT_EQ(ask(request, kView, "not-an-id"), row.malformed);
    if (*row.who != '\0')
      EXPECT_EQ(gate_.may(person(row.who), Permission::site_manage_data, *sites_.now()->by_id(members_site_)),
                std::string_view(row.edit_own) == "ok");
  }
}

TEST_F(GateTest, GrantsProveWhatTheRouteAskedFor) {
  http::Context context;
  const auto enter = [&](const char* who, http::Access access, const Gate::Path& path = {}) {
    context.caller = *gate_.check(as(who), access, path);
    EXPECT_EQ(context.caller.turn, users_[who].str());
  };
  enter("owner", kView, {{"id", site_.str()}});
  EXPECT_EQ(access::proof_of<kView>(context)->site->id, site_);
  EXPECT_EQ(access::user_of(access::proof_of<kView>(context).principal()), users_["owner"]);
  EXPECT_THROW(access::proof_of<kManage>(context), std::logic_error);
  enter("owner", kManage, {{"id", site_.str()}});
  EXPECT_EQ(access::proof_of<kManage>(context)->site->id, site_);
  enter("owner", kOwner);
  EXPECT_EQ(access::user_of(access::proof_of<kOwner>(context).principal()), users_["owner"]);
  enter("member", kTeam);
  EXPECT_EQ(access::proof_of<kTeam>(context)->team, team_);
  enter("member", Access::signed_in);
  EXPECT_EQ(access::proof_of<Access::signed_in>(context).session, sessions_["member"]);
  EXPECT_EQ(access::proof_of<Access::signed_in>(context).token.expires_at, kNow + std::chrono::minutes(15));
  enter("member", Access::anyone);
  EXPECT_EQ(access::user_of(access::proof_of<Access::anyone>(context)), users_["member"]);
}

TEST_F(GateTest, ATeamIsTheOneThatThePathNames) {
  constexpr Access kAudit = Access::team(Permission::team_view_audit);
  const std::string own = team_.str(), other = TeamId{crypto::uuid_v4()}.str();
  EXPECT_EQ(ask(as("team-admin"), kAudit), "ok") << "the one that he works in";
  EXPECT_EQ(ask(as("team-admin"), kAudit, own), "ok");
  EXPECT_EQ(ask(as("team-admin"), kAudit, other), "403") << "whether there is one or not";
  EXPECT_EQ(ask(as("team-admin"), kAudit, "not-an-id"), "400");
  for (const auto* who : {"owner", "admin", "member", "stranger"}) EXPECT_EQ(ask(as(who), kAudit, own), "403") << who;
  http::Context context;
  context.caller = *gate_.check(as("team-admin"), kAudit, {{"id", own}});
  EXPECT_EQ(access::proof_of<kAudit>(context)->team, team_);
}

TEST_F(GateTest, WhoAsksComesFromACountry) {
  auto request = as("owner", http::Method::post);
  request.edge_country = "AT";
  http::Context context;
  context.caller = *gate_.check(request, Access::signed_in, {});
  EXPECT_EQ(access::proof_of<Access::signed_in>(context).country, "AT");
}

TEST_F(GateTest, WhatARouteWantsProvedIsProvedInThisSessionAMomentAgo) {
  const auto proof_of_owner_at = [&](TimeMs at) {
    auto next = std::make_shared<Identities>(*directory_.now());
    next->sessions[sessions_["owner"]].proved_at = at;
    directory_.swap(std::move(next));
  };
  const auto refused = [&](const char* who, Access access) {
    const auto caller = gate_.check(as(who), access, {{"id", site_.str()}});
    return caller ? std::string("ok") : caller.error().field;
  };
  proof_of_owner_at(kNow - kProofLasts + Millis(1));
  for (const Access access : {Access::signed_in, kOwner, kManage}) {
    EXPECT_EQ(refused("owner", access.with_proof()), "ok");
    EXPECT_EQ(refused("owner", access), "ok");
  }
  proof_of_owner_at(kNow - kProofLasts);
  for (const Access access : {Access::signed_in, kOwner, kManage}) {
    EXPECT_EQ(refused("owner", access.with_proof()), "proof");
    EXPECT_EQ(refused("owner", access), "ok");
  }
  EXPECT_EQ(refused("stranger", kOwner.with_proof()), "") << "who may not is not asked for more";
}

TEST_F(GateTest, AGrantKeepsItsSiteAlive) {
  http::Context context;
  context.caller = *gate_.check(as("owner"), kView, {{"id", site_.str()}});
  sites_.swap(std::make_shared<const site::Sites>(std::vector<site::Site>{}));
  EXPECT_EQ(access::proof_of<kView>(context)->site->id, site_);
}

TEST_F(GateTest, TheProgramItselfMayEverythingAndNeedsNoSession) {
  const access::System demo{.task = "demo"};
  const site::Site& site = *sites_.now()->by_id(site_);
  for (const access::PermissionRow& row : access::kPermissions) {
    if (row.scope == access::Scope::instance) EXPECT_TRUE(gate_.may(demo, row.permission)) << row.name;
    if (row.scope == access::Scope::site) EXPECT_TRUE(gate_.may(demo, row.permission, site)) << row.name;
  }
  EXPECT_TRUE(gate_.still_may(demo, Permission::site_view, site_));
  const auto grant = gate_.grant<Permission::team_create_sites>(demo, {.team = team_});
  EXPECT_EQ(grant->team, team_);
  EXPECT_EQ(grant.principal(), access::Principal(demo));
  EXPECT_EQ(access::turn_of(demo), "");
}

TEST_F(GateTest, NobodyMayNothing) {
  for (const access::PermissionRow& row : access::kPermissions) {
    EXPECT_FALSE(gate_.may(access::Nobody{}, row.permission)) << row.name;
    EXPECT_FALSE(gate_.may(access::Nobody{}, row.permission, *sites_.now()->by_id(site_))) << row.name;
  }
}

TEST_F(GateTest, ARevokedSessionEndsAtOnce) {
  const auto request = as("owner");
  EXPECT_EQ(ask(request, Access::signed_in), "ok");
  auto without = std::make_shared<Identities>(*identities_);
  without->sessions.erase(sessions_["owner"]);
  directory_.swap(without);
  EXPECT_EQ(ask(request, Access::signed_in), "401");
  EXPECT_EQ(ask(request, Access::anyone), "ok");
}

TEST_F(GateTest, AStreamsSessionSeesItsSiteAsLongAsARequestWould) {
  const auto sees = [&](const std::string& who, const SiteId& site) {
    return gate_.still_may(person(who), Permission::site_view, site);
  };
  EXPECT_TRUE(sees("owner", site_));
  EXPECT_TRUE(sees("member", members_site_));
  EXPECT_FALSE(sees("stranger", site_));
  EXPECT_FALSE(sees("owner", SiteId{crypto::uuid_v4()}));
  EXPECT_FALSE(gate_.still_may(access::Nobody{}, Permission::site_view, site_));

  clock_.set(kNow + seconds(901));
  EXPECT_FALSE(sees("owner", site_)) << "its time is over";
  auto changed = std::make_shared<Identities>(*identities_);
  changed->sessions[sessions_["owner"]].remember_expires_at = kNow + seconds(5'000);
  directory_.swap(changed);
  EXPECT_TRUE(sees("owner", site_)) << "it would come back by its cookie";
  changed = std::make_shared<Identities>(*changed);
  changed->sessions.erase(sessions_["owner"]);
  directory_.swap(changed);
  EXPECT_FALSE(sees("owner", site_)) << "it is revoked";
}

TEST_F(GateTest, ARemovedUserIsNobody) {
  auto without = std::make_shared<Identities>(*identities_);
  without->users.erase(users_["owner"]);
  directory_.swap(without);
  EXPECT_EQ(ask(as("owner"), Access::signed_in), "401");
}

TEST_F(GateTest, ATokenOfAnotherUserOrAnotherTimeIsRefused) {
  const auto mixed = tokens_.issue(users_["stranger"], sessions_["owner"]);
  EXPECT_EQ(ask(with_cookie("hk_token=" + mixed.text), Access::signed_in), "401");
  const auto request = as("owner");
  clock_.advance(std::chrono::minutes(15) - Millis(1));
  EXPECT_EQ(ask(request, Access::signed_in), "ok");
  clock_.advance(Millis(1));
  EXPECT_EQ(ask(request, Access::signed_in), "401");
  EXPECT_EQ(ask(with_cookie("hk_token=garbage"), Access::signed_in), "401");
  EXPECT_EQ(ask(with_cookie("hk_token="), Access::signed_in), "401");
}

TEST_F(GateTest, TwoSecretsOfARememberMeCookieAreGoodAndAnyOtherIsTheft) {
  Session& session = identities_->sessions[sessions_["owner"]];
  session.remember_at = kNow;
  session.remember_next = kNow + seconds(10);
  session.remember_expires_at = kNow + std::chrono::hours(24);
  const auto cookie = [&](TimeMs issued) {
    return "hk_remember_me=" + tokens_.remember({.session = session.id, .issued_at = issued});
  };

  http::Context context;
  context.caller = *gate_.check(with_cookie(cookie(kNow)), Access::signed_in, {});
  EXPECT_EQ(context.caller.turn, users_["owner"].str());
  EXPECT_EQ(access::proof_of<Access::signed_in>(context).token.expires_at, TimeMs{}) << "has no token yet";
  EXPECT_TRUE(used_.empty());

  EXPECT_EQ(ask(with_cookie(cookie(*session.remember_next)), Access::signed_in), "ok");
  ASSERT_EQ(used_.size(), 1u) << "the one before ends now";
  EXPECT_EQ(used_[0].session, session.id);
  EXPECT_EQ(used_[0].issued_at, session.remember_next);
  EXPECT_TRUE(stolen_.empty());

  for (const TimeMs other : {kNow - seconds(1), kNow + seconds(5), kNow + seconds(11)}) {
    stolen_.clear();
    EXPECT_EQ(ask(with_cookie(cookie(other)), Access::signed_in), "401");
    EXPECT_EQ(stolen_, std::vector{session.id});
  }
  stolen_.clear();
  EXPECT_EQ(ask(with_cookie(cookie(kNow - seconds(1)) + "; " + cookie(kNow)), Access::signed_in), "ok")
      << "an old one of another path beside the right one";
  EXPECT_TRUE(stolen_.empty());

  clock_.set(*session.remember_expires_at - Millis(1));
  EXPECT_EQ(ask(with_cookie(cookie(kNow)), Access::signed_in), "ok");
  clock_.advance(Millis(1));
  EXPECT_EQ(ask(with_cookie(cookie(kNow)), Access::signed_in), "401");
  EXPECT_TRUE(stolen_.empty()) << "what is over is not stolen";
}

TEST_F(GateTest, AForgedRememberMeCookieEndsNobodysSession) {
  Session& session = identities_->sessions[sessions_["owner"]];
  session.remember_at = kNow;
  session.remember_expires_at = kNow + std::chrono::hours(24);
  const std::string right = tokens_.remember({.session = session.id, .issued_at = kNow});
  const std::string earlier = std::to_string(to_ms(kNow) - 1);
  for (const std::string& forged :
       {std::string(), std::string("x"), right.substr(0, right.rfind('.')), right.substr(0, right.size() - 1),
        session.id.str() + "." + earlier + right.substr(right.rfind('.')), session.id.str() + ".." + right,
        tokens_.issue(users_["owner"], session.id).text, tokens_.device(session.id.str()), std::string(64, 'a')}) {
    EXPECT_EQ(ask(with_cookie("hk_remember_me=" + forged), Access::signed_in), "401") << forged;
  }
  EXPECT_TRUE(stolen_.empty());
  settings_.jwt_secret = Secret<std::string>("another key of at least 32 bytes, so");
  EXPECT_EQ(ask(with_cookie("hk_remember_me=" + right), Access::signed_in), "401") << "a new key ends it";
  EXPECT_TRUE(stolen_.empty());
}

TEST_F(GateTest, ASessionEndsHoweverOftenItIsRenewed) {
  auto request = as("owner");
  Session& session = identities_->sessions[sessions_["owner"]];
  session.created_at = kNow - kLongestSession + Millis(1);
  EXPECT_EQ(ask(request, Access::signed_in), "ok");
  EXPECT_TRUE(gate_.still_may(person("owner"), Permission::site_view, site_));
  clock_.advance(Millis(1));
  EXPECT_EQ(ask(request, Access::signed_in), "401");
  EXPECT_FALSE(gate_.still_may(person("owner"), Permission::site_view, site_));
}

TEST_F(GateTest, EveryTokenIsTriedUnderEveryNameThatThisAddressGives) {
  const std::string token = tokens_.issue(users_["owner"], sessions_["owner"]).text;
  auto request = with_cookie("hk_token=planted; hk_token=" + token);
  EXPECT_EQ(ask(request, Access::signed_in), "ok") << "the first is somebody else's";
  request = with_cookie("hk_token=planted; __Host-hk_token=" + token);
  EXPECT_EQ(ask(request, Access::signed_in), "401") << "over http there is no such cookie";
  request.secure = true;
  EXPECT_EQ(ask(request, Access::signed_in), "ok");
  request = with_cookie("__Secure-hk_token=" + token);
  request.secure = true;
  EXPECT_EQ(ask(request, Access::signed_in), "401") << "a sibling host can plant it, and this one stands at the root";
  settings_.base_path = "/hk/";
  EXPECT_EQ(ask(request, Access::signed_in), "ok");
}

TEST_F(GateTest, ForeignPagesCannotChangeAnything) {
  auto request = as("owner", http::Method::post);
  EXPECT_EQ(ask(request, Access::signed_in), "ok");
  request.headers.back().second = "cross-site";
  EXPECT_EQ(ask(request, Access::signed_in), "403");
  EXPECT_EQ(ask(request, Access::anyone), "403");
  request.path = "/ingest";  // made for foreign pages; no session matters there
  EXPECT_EQ(ask(request, Access::anyone), "ok");
}

}  // namespace
}  // namespace hk::auth
