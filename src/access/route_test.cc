#include "access/route.h"

#include <gtest/gtest.h>

#include "access/testing/door.h"
#include "http/testing/client.h"
#include "http/testing/fixture.h"

namespace hk::access {
namespace {

using http::testing::Client;
using http::testing::post;
using http::testing::TestServer;

constexpr Access kTeam = Access::team(Permission::team_create_sites);
using Team = Granted<Permission::team_create_sites>;
using Manager = Granted<Permission::instance_manage_system>;

// A handler gets what its route declares, and nothing else compiles.
static_assert(ArgumentOf<const Team&, kTeam>);
static_assert(ArgumentOf<const http::Context&, kTeam>);
static_assert(!ArgumentOf<const Manager&, kTeam>);
static_assert(!ArgumentOf<const SignedIn&, kTeam>);
static_assert(!ArgumentOf<const Principal&, Access::signed_in>);
static_assert(ArgumentOf<const Principal&, Access::anyone>);
// Nobody but an authority makes a grant.
static_assert(!std::is_default_constructible_v<Authority::Key>);
static_assert(!std::is_constructible_v<Team, Principal, Subject<Scope::team>>);

struct Wish {
  std::string word;
  bool loud = false;
};
constexpr auto shape(json::Of<Wish>) {
  return json::shape("Wish", json::field("word", &Wish::word, json::StrRule{.max = 5, .required = true}),
                     json::field("loud", &Wish::loud));
}
static_assert(ArgumentOf<const Wish&, kTeam>);
static_assert(ArgumentOf<Wish, kTeam>);

TEST(Access, IsNamedAndSurvivesTheWayThroughTheServer) {
  EXPECT_EQ(http::Access(Access::anyone).name(), "anyone");
  EXPECT_EQ(http::Access(Access::signed_in).name(), "signed_in");
  EXPECT_EQ(http::Access(kTeam).name(), "team.create_sites");
  for (const Access access :
       {Access::anyone, Access::signed_in, kTeam, Access::instance(Permission::instance_manage_sites)})
    for (const Access asked : {access, access.with_proof()}) EXPECT_EQ(Access::from(asked), asked);
  EXPECT_NE(kTeam.with_proof(), kTeam);
  EXPECT_EQ(http::Access(kTeam.with_proof()).name(), "team.create_sites");
  static_assert(std::same_as<Proof<kTeam.with_proof()>, Proof<kTeam>>);
}

/// What the routes here are but for access and handler.
template <Access A, class Deps, class... Rest>
void add(http::Router& router, Deps deps, Rest... rest) {
  Routes(router, std::move(deps))
      .template add<A>(http::Method::post, "/api/ask", http::Run::inline_io, http::Rate::none, "test", rest...);
}

http::Response lane_of(const std::string& word, const Team& team, const http::Context& context) {
  return http::text(200, word + team->team.str().substr(0, 2) + std::string(context.request.header("x-word")));
}

TEST(Route, AHandlerGetsTheGrantAndTheContext) {
  TestServer server(
      http::testing::local_options(),
      [](const http::Request&, http::Access access, const auto&) -> Result<http::Caller> {
        EXPECT_EQ(Access::from(access), kTeam);
        return http::Caller{.proof = testing::Door::grant<Permission::team_create_sites>({.team = {Uuid{{0xab}}}})};
      });
  add<kTeam>(server.router, std::string("team "), lane_of);
  server.start();
  EXPECT_EQ(Client(server.port).ask(post("/api/ask", "", "X-Word: !\r\n"))->body, "team ab!");
}

TEST(Route, ACheckThatProvesSomethingElseEndsTheRequest) {
  for (const std::any& proof :
       {std::any(), std::any(SignedIn{}), std::any(testing::Door::grant<Permission::instance_manage_system>())}) {
    TestServer server(http::testing::local_options(), [&](const http::Request&, http::Access, const auto&) {
      return Result<http::Caller>({.proof = proof});
    });
    add<kTeam>(server.router, std::string(), lane_of);
    server.start();
    const auto answer = Client(server.port).ask(post("/api/ask", ""));
    EXPECT_EQ(answer->status, 500);
    EXPECT_NE(answer->header("x-error-id"), "");
  }
}

TEST(Route, WhoIsNotLookedForIsNobody) {
  TestServer server;
  add<Access::anyone>(
      server.router, 0, +[](const int&, const Principal& who) {
        return http::text(200, std::holds_alternative<Nobody>(who) ? "nobody" : "somebody");
      });
  server.start();
  EXPECT_EQ(Client(server.port).ask(post("/api/ask", ""))->body, "nobody");
}

http::Reply<Wish> grant_wish(const int&, const Wish& wish) {
  return Wish{.word = wish.loud ? wish.word + "!" : wish.word, .loud = wish.loud};
}

TEST(Route, TheBodyIsReadWithEveryComplaintAndTheAnswerWritten) {
  TestServer server;
  add<Access::anyone>(server.router, 0, grant_wish);
  server.start();
  Client client(server.port);
  EXPECT_EQ(client.ask(post("/api/ask", R"({"word":"tea","loud":true})"))->body, R"({"word":"tea!","loud":true})");
  const auto wrong = client.ask(post("/api/ask", R"({"word":"coffee","loud":1})"));
  EXPECT_EQ(wrong->status, 400);
  EXPECT_NE(wrong->body.find("word"), std::string::npos);
  EXPECT_NE(wrong->body.find("loud"), std::string::npos);
  EXPECT_EQ(client.ask(post("/api/ask", "{"))->status, 400);

  const http::Route& route = server.router.routes()[0];
  json::Schemas named;
  EXPECT_EQ(route.takes.schema(named), R"({"$ref":"#/components/schemas/Wish"})");
  EXPECT_EQ(route.takes.type, "application/json");
  EXPECT_EQ(route.gives.type, "application/json");
}

http::Reply<Wish> late_wish(const bool& starts, const Wish& wish) {
  return http::when_done([&](auto done) -> Result<Wish> {
    if (!starts) return fail(Code::conflict, "There is one already", "word");
    done(Result<void>());
    return wish;
  });
}

TEST(Route, AChangeIsAnsweredWhenItIsDone) {
  for (const bool starts : {true, false}) {
    TestServer server;
    add<Access::anyone>(server.router, starts, late_wish);
    server.start();
    const auto answer = Client(server.port).ask(post("/api/ask", R"({"word":"tea"})"));
    EXPECT_EQ(answer->status, starts ? 200 : 409);
    EXPECT_EQ(answer->body.find(R"("word":"tea")") != std::string::npos, starts) << answer->body;
  }
}

}  // namespace
}  // namespace hk::access
