#include "key/routes.h"

#include <string_view>
#include <utility>

#include "access/route.h"
#include "json/body.h"
#include "key/shapes.h"

namespace hk::key {
namespace {

using access::SignedIn;
using http::Context;
using http::Reply;
using http::when_done;

Result<ApiKeyId> key_named(const Context& context, std::string_view segment) {
  const auto id = ApiKeyId::parse(context.path.find(segment)->second);
  if (!id) return fail(Code::invalid, "Invalid client ID: it must be a UUID", std::string(segment));
  return *id;
}

Reply<Shown> shown(const Made& made) {
  return Shown{.client = made.client, .token = made.token.reveal()};
}

/// The name of the path's segment that holds a key's id.
template <class Who>
constexpr std::string_view kSegment = "id";
template <>
constexpr std::string_view kSegment<ManagesTeamKeys> = "clientId";

template <class Who>
Reply<std::vector<ListedKey>> list(ApiKeys* const& keys, const Who& who) {
  return keys->list(KeyOwner(who));
}

template <class Who>
Reply<Shown> make(ApiKeys* const& keys, const Who& who, const KeyWish& wish) {
  auto reply = when_done([&](auto done) { return keys->make(KeyOwner(who), wish, std::move(done)); }, shown);
  if (reply.response.status == 200) reply.response.status = 201;
  return reply;
}

template <class Who>
Reply<ListedKey> change(ApiKeys* const& keys, const Who& who, const KeyChange& wish, const Context& context) {
  const auto id = key_named(context, kSegment<Who>);
  if (!id) return std::unexpected(id.error());
  return when_done([&](auto done) { return keys->change(KeyOwner(who), *id, wish, std::move(done)); });
}

template <class Who>
Reply<Shown> rotate(ApiKeys* const& keys, const Who& who, const Context& context) {
  const auto id = key_named(context, kSegment<Who>);
  if (!id) return std::unexpected(id.error());
  Rotation wish;
  if (!context.request.body.empty()) {
    auto read = json::read<Rotation>(std::string_view(context.request.body));
    if (!read) return std::unexpected(read.error());
    wish = *read;
  }
  return when_done(
      [&](auto done) {
        return keys->rotate(KeyOwner(who), *id, std::chrono::hours(wish.overlap_hours), std::move(done));
      },
      shown);
}

template <class Who>
Reply<void> remove(ApiKeys* const& keys, const Who& who, const Context& context) {
  const auto id = key_named(context, kSegment<Who>);
  if (!id) return std::unexpected(id.error());
  return when_done([&](auto done) { return keys->remove(KeyOwner(who), *id, std::move(done)); },
                   [] {
                     Reply<void> reply;
                     reply.response.status = 204;
                     return reply;
                   });
}

Reply<std::vector<ListedKey>> near(ApiKeys* const& keys, const site::Manage& grant) {
  return keys->near(grant);
}

/// The same routes for a person's keys and for a team's.
template <access::Access A, class Who>
void add_for(const access::Routes<ApiKeys*>& routes, std::string_view all, std::string_view one,
             std::string_view rotation, std::array<std::string_view, 5> summaries) {
  using enum http::Method;
  using http::Rate, http::Run;
  routes.add<A>(get, all, Run::query, Rate::api, summaries[0], list<Who>);
  routes.add<A.with_proof()>(post, all, Run::query, Rate::auth, summaries[1], make<Who>,
                             {.status = 201, .refusals = {403}});
  routes.add<A.with_proof()>(put, one, Run::query, Rate::auth, summaries[2], change<Who>, {.refusals = {403}});
  routes.add<A>(del, one, Run::query, Rate::auth, summaries[3], remove<Who>, {.status = 204});
  routes.add<A.with_proof()>(post, rotation, Run::query, Rate::auth, summaries[4], rotate<Who>,
                             {.refusals = {400, 409}});
}

}  // namespace

void add_routes(http::Router& router, ApiKeys& keys) {
  using access::Access, access::Permission;
  const access::Routes<ApiKeys*> routes(router, &keys);
  add_for<Access::signed_in, SignedIn>(
      routes, "/api/user/api-clients", "/api/user/api-clients/{id}", "/api/user/api-clients/{id}/rotate",
      {"The caller's API keys, newest first", "Make an API key; its secret is shown this once",
       "KeyChange an API key; what is left out stays, but for its end", "Delete an API key",
       "Give an API key another secret; the one before stays good for overlap_hours"});
  add_for<Access::team(Permission::team_manage_api_clients), ManagesTeamKeys>(
      routes, "/api/user/teams/{id}/api-clients", "/api/user/teams/{id}/api-clients/{clientId}",
      "/api/user/teams/{id}/api-clients/{clientId}/rotate",
      {"A team's API keys, newest first", "Make an API key of a team; its secret is shown this once",
       "KeyChange an API key of a team; what is left out stays, but for its end", "Delete an API key of a team",
       "Give an API key of a team another secret; the one before stays good for overlap_hours"});
  routes.add<Access::site(Permission::site_manage_data)>(http::Method::get, "/api/sites/{id}/api-clients",
                                                         http::Run::query, http::Rate::api,
                                                         "The API keys that reach a site, whoever holds them", near);
}

}  // namespace hk::key
