#pragma once
// What goes over the wire of the audit log. Names as in HitKeep 2.8, `changes` in the place of its `details`.

#include "audit/list.h"
#include "audit/stored.h"
#include "json/shape.h"

namespace hk::audit {

constexpr auto shape(json::Of<Listed>) {
  using L = Listed;
  return json::shape("AuditEntry", json::field("id", &L::id), json::field("created_at", &L::at),
                     json::field("actor_type", &L::actor_kind, json::one_of("person", "key", "system")),
                     json::field("actor_id", &L::actor_id, json::LeftOut{}),
                     json::field("actor_email_snapshot", &L::actor_label), json::field("action", &L::action),
                     json::field("team_id", &L::team_id, json::LeftOut{}),
                     json::field("site_id", &L::site_id, json::LeftOut{}),
                     json::field("target_type", &L::target_kind, json::OneOf{names(json::Of<Target>{})}),
                     json::field("target_id", &L::target_id, json::LeftOut{}),
                     json::field("target_label", &L::target_label, json::LeftOut{}),
                     json::field("outcome", &L::outcome, json::one_of("success")),
                     json::field("ip_country_code", &L::country, json::LeftOut{}), json::field("changes", &L::changes));
}

constexpr auto shape(json::Of<Page>) {
  using P = Page;
  return json::shape("AuditPage", json::field("entries", &P::entries), json::field("total", &P::total),
                     json::field("limit", &P::limit), json::field("offset", &P::offset),
                     json::field("has_more", &P::has_more));
}

}  // namespace hk::audit
