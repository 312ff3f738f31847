#include "rules/routes.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "access/route.h"
#include "base/text.h"
#include "http/reply.h"
#include "rules/changes.h"
#include "rules/snippet.h"

namespace hk::rules {

/// An exclusion as it is written and shown: the value stands under the name of its kind, as HitKeep 2.8 has it.
struct ListedExclusion {
  Uuid id;
  std::optional<SiteId> site;  // none: of every site
  Excludes kind{};
  std::string cidr, country_code, path, host, query;
  std::string description;
  TimeMs created_at{};
  std::optional<UserId> created_by;
};
constexpr auto shape(json::Of<ListedExclusion>) {
  using E = ListedExclusion;
  return json::shape("Exclusion", json::field("id", &E::id), json::field("site_id", &E::site, json::LeftOut{}),
                     json::field("type", &E::kind), json::field("cidr", &E::cidr, json::LeftOut{}),
                     json::field("country_code", &E::country_code, json::LeftOut{}),
                     json::field("path", &E::path, json::LeftOut{}), json::field("host", &E::host, json::LeftOut{}),
                     json::field("query", &E::query, json::LeftOut{}), json::field("description", &E::description),
                     json::field("created_at", &E::created_at),
                     json::field("created_by", &E::created_by, json::LeftOut{}));
}

struct TypedExclusion {
  Excludes kind = Excludes::cidr;
  std::string cidr, country_code, path, host, query;
  std::string description;
};
constexpr auto shape(json::Of<TypedExclusion>) {
  using E = TypedExclusion;
  constexpr json::StrRule kText{.max = kMaxValue, .trim = true};
  return json::shape("NewExclusion", json::field("type", &E::kind, json::Choice{}),
                     json::field("cidr", &E::cidr, kText), json::field("country_code", &E::country_code, kText),
                     json::field("path", &E::path, kText), json::field("host", &E::host, kText),
                     json::field("query", &E::query, kText), json::field("description", &E::description, kText))
      .closed();
}

constexpr auto shape(json::Of<SiteRules>) {
  using R = SiteRules;
  return json::shape("SiteRules", json::field("location", &R::location), json::field("referrer", &R::referrer),
                     json::field("network", &R::network), json::field("screen", &R::screen),
                     json::field("language", &R::language), json::field("title", &R::title),
                     json::field("utm", &R::utm), json::field("engagement", &R::engagement),
                     json::field("kept_query", &R::kept_query), json::field("search_query", &R::search_query),
                     json::field("trusted_networks", &R::trusted_networks));
}

constexpr auto shape(json::Of<RulesChange>) {
  using R = RulesChange;
  constexpr json::ArrayRule kKeys{.max = kMaxQueryKeys};
  return json::shape("SiteRulesChange", json::field("location", &R::location, json::Choice{}),
                     json::field("referrer", &R::referrer, json::Choice{}), json::field("network", &R::network),
                     json::field("screen", &R::screen), json::field("language", &R::language),
                     json::field("title", &R::title), json::field("utm", &R::utm),
                     json::field("engagement", &R::engagement), json::field("kept_query", &R::kept_query, kKeys),
                     json::field("search_query", &R::search_query, kKeys),
                     json::field("trusted_networks", &R::trusted_networks, json::ArrayRule{.max = kMaxTrustedNetworks}))
      .closed();
}

constexpr auto shape(json::Of<Snippet>) {
  return json::shape("Snippet", json::field("options", &Snippet::options));
}

struct SnippetChange {
  std::optional<std::vector<SnippetOption>> options;
};
constexpr auto shape(json::Of<SnippetChange>) {
  return json::shape("SnippetChange", json::field("options", &SnippetChange::options,
                                                  json::ArrayRule{.max = names(json::Of<SnippetOption>{}).size()}))
      .closed();
}

namespace {

using http::Reply;
using http::when_done;

std::string ListedExclusion::* member_of(Excludes kind) {
  constexpr std::string ListedExclusion::* kMembers[] = {&ListedExclusion::cidr, &ListedExclusion::country_code,
                                                         &ListedExclusion::path, &ListedExclusion::host,
                                                         &ListedExclusion::query};
  return kMembers[static_cast<std::size_t>(kind)];
}

std::string_view value_of(const TypedExclusion& typed) {
  const std::string* const values[] = {&typed.cidr, &typed.country_code, &typed.path, &typed.host, &typed.query};
  return *values[static_cast<std::size_t>(typed.kind)];
}

ListedExclusion listed(const Exclusion& exclusion, const std::optional<SiteId>& site) {
  ListedExclusion out{.id = exclusion.id,
                      .site = exclusion.site ? site : std::nullopt,
                      .kind = exclusion.kind,
                      .description = exclusion.description,
                      .created_at = exclusion.created_at,
                      .created_by = exclusion.created_by};
  out.*member_of(exclusion.kind) = exclusion.value;
  return out;
}

Result<NewExclusion> checked(const TypedExclusion& typed) {
  auto value = check_exclusion(typed.kind, value_of(typed));
  if (!value) return std::unexpected(std::move(value.error()));
  return NewExclusion{.kind = typed.kind, .value = std::move(*value), .description = typed.description};
}

/// Those of the site, and those of the instance.
Reply<std::vector<ListedExclusion>> list_of(const RouteDeps& deps, const site::Site* site) {
  std::vector<ListedExclusion> out;
  const auto read = deps.control.read([&](db::Sqlite& sql) -> Result<void> {
    const auto all = load_exclusions(sql);
    if (!all) return std::unexpected(all.error());
    for (const Exclusion& exclusion : *all)
      if (!exclusion.site || (site && exclusion.site == site->key))
        out.push_back(listed(exclusion, site ? std::optional(site->id) : std::nullopt));
    return {};
  });
  if (!read) return std::unexpected(read.error());
  return out;
}

Reply<std::vector<ListedExclusion>> list_of_site(const RouteDeps& deps, const site::View& grant) {
  return list_of(deps, grant->site);
}
Reply<std::vector<ListedExclusion>> list_of_instance(const RouteDeps& deps, const ManagesAll&) {
  return list_of(deps, nullptr);
}

template <class Grant>
Reply<ListedExclusion> create(const RouteDeps& deps, const Grant& grant, const TypedExclusion& typed,
                              const std::optional<SiteId>& site) {
  const auto fine = checked(typed);
  if (!fine) return std::unexpected(fine.error());
  auto reply =
      when_done([&](auto done) { return exclude(deps.control, grant, *fine, deps.clock.now(), std::move(done)); },
                [&](const Exclusion& made) { return Reply<ListedExclusion>(listed(made, site)); });
  if (reply.response.status == 200) reply.response.status = 201;
  return reply;
}

Reply<ListedExclusion> create_of_site(const RouteDeps& deps, const site::Manage& grant, const TypedExclusion& typed) {
  return create(deps, grant, typed, grant->site->id);
}
Reply<ListedExclusion> create_of_instance(const RouteDeps& deps, const ManagesAll& grant, const TypedExclusion& typed) {
  return create(deps, grant, typed, std::nullopt);
}

template <class Grant>
Reply<void> remove(const RouteDeps& deps, const Grant& grant, const http::Context& context) {
  const auto id = Uuid::parse(context.path.find("ruleID")->second);
  if (!id) return fail(Code::not_found, "Not found");
  auto reply =
      when_done([&](auto done) { return include_again(deps.control, grant, *id, deps.clock.now(), std::move(done)); },
                [] { return Reply<void>(); });
  if (reply.response.status == 200) reply.response.status = 204;
  return reply;
}

Reply<void> remove_of_site(const RouteDeps& deps, const site::Manage& grant, const http::Context& context) {
  return remove(deps, grant, context);
}
Reply<void> remove_of_instance(const RouteDeps& deps, const ManagesAll& grant, const http::Context& context) {
  return remove(deps, grant, context);
}

Reply<SiteRules> show(const RouteDeps& deps, const site::View& grant) {
  return deps.directory.now()->kept_of(grant->site->key);
}

Result<void> check_keys(std::optional<std::vector<std::string>>& keys, std::string_view field) {
  if (!keys) return {};
  for (std::string& key : *keys) {
    key = ascii_lower(trim(key));
    if (key.empty() || key.size() > kMaxValue || key.find_first_of(" =?&#") != std::string::npos)
      return fail(Code::invalid, "A parameter is a name alone, for example id or page", std::string(field));
  }
  std::ranges::sort(*keys);
  keys->erase(std::ranges::unique(*keys).begin(), keys->end());
  return {};
}

Reply<SiteRules> change(const RouteDeps& deps, const site::Manage& grant, RulesChange wanted) {
  for (const auto& [keys, name] : {std::pair{&wanted.kept_query, "kept_query"}, {&wanted.search_query, "search_query"}})
    if (auto fine = check_keys(*keys, name); !fine) return std::unexpected(std::move(fine.error()));
  if (wanted.trusted_networks)
    for (std::string& network : *wanted.trusted_networks) {
      auto fine = check_exclusion(Excludes::cidr, network);
      if (!fine) return fail(Code::invalid, fine.error().message, "trusted_networks");
      network = std::move(*fine);
    }
  return when_done(
      [&](auto done) { return change_rules(deps.control, grant, wanted, deps.clock.now(), std::move(done)); });
}

Reply<Snippet> show_snippet(const RouteDeps& deps, const site::View& grant) {
  return snippet_of(deps.control, grant->site->key);
}

Reply<Snippet> put_snippet(const RouteDeps& deps, const site::Manage& grant, const SnippetChange& wanted) {
  return when_done([&](auto done) {
    return change_snippet(deps.control, grant, {wanted.options.value_or(std::vector<SnippetOption>())},
                          deps.clock.now(), std::move(done));
  });
}

}  // namespace

void add_routes(http::Router& router, const RouteDeps& deps) {
  using access::Access, access::Permission, http::Rate, http::Run;
  using enum http::Method;
  constexpr Access kView = Access::site(Permission::site_view);
  constexpr Access kManage = Access::site(Permission::site_manage_data);
  constexpr Access kAll = Access::instance(Permission::instance_manage_sites);
  const access::Routes routes(router, deps);
  routes.add<kView>(get, "/api/sites/{id}/exclusions", Run::query, Rate::api,
                    "What is not counted for a site: its own exclusions and those of the instance", list_of_site);
  routes.add<kManage>(post, "/api/sites/{id}/exclusions", Run::query, Rate::api,
                      "Leave a network, country, path, host or query parameter out of a site's figures", create_of_site,
                      {.status = 201, .refusals = {409}});
  routes.add<kManage>(del, "/api/sites/{id}/exclusions/{ruleID}", Run::query, Rate::api,
                      "Count again what an exclusion of a site left out", remove_of_site, {.status = 204});
  routes.add<kAll>(get, "/api/admin/exclusions", Run::query, Rate::api, "What is not counted for any site",
                   list_of_instance);
  routes.add<kAll>(post, "/api/admin/exclusions", Run::query, Rate::api,
                   "Leave a network, country, path, host or query parameter out of every site's figures",
                   create_of_instance, {.status = 201, .refusals = {409}});
  routes.add<kAll>(del, "/api/admin/exclusions/{ruleID}", Run::query, Rate::api,
                   "Count again what an exclusion of every site left out", remove_of_instance, {.status = 204});
  routes.add<kView>(get, "/api/sites/{id}/rules", Run::inline_io, Rate::api, "What is kept of a site's hits", show);
  routes.add<kView>(get, "/api/sites/{id}/snippet", Run::query, Rate::api,
                    "What the snippet of a site is asked to count besides", show_snippet);
  routes.add<kManage>(put, "/api/sites/{id}/snippet", Run::query, Rate::api,
                      "Choose what the snippet of a site is asked to count besides", put_snippet);
  routes.add<kManage>(patch, "/api/sites/{id}/rules", Run::query, Rate::api,
                      "Change what is kept of a site's hits, from the next one on", change);
}

}  // namespace hk::rules
