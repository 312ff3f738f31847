#pragma once
// What a raw hit becomes: the parts of the pipeline that need no request. The demo uses them too.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "ingest/enrich/campaign.h"
#include "ingest/enrich/url.h"
#include "ingest/enrich/user_agent.h"
#include "rules/rules.h"
#include "store/hit.h"

namespace hk::ingest {

struct Utm {
  std::string_view source, medium, campaign, term, content;
  const ClickId* click = nullptr;  // how an advertisement marked the click
};

/// Called with a field's name whenever a text is cut to its limit.
using OnCut = void (*)(void* context, std::string_view field);
struct Cutter {
  OnCut on_cut = nullptr;
  void* context = nullptr;
  /// `text` without blanks at both ends, at most `max` bytes of whole characters.
  std::string_view operator()(std::string_view text, std::size_t max, std::string_view field) const;
  /// The same for a path in its normal form (url.h), in place.
  void path(std::string& normal, std::size_t max, std::string_view field) const;
};

/// Fills path (limits: ingest/limits.h), with those parameters of its query that are part of the page; none of them is
/// kept whose value looks like somebody's (ingest/enrich/private.h).
void enrich_page(store::Hit& hit, std::string_view path, const Cutter& cut,
                 std::span<const std::string> kept_query = {});

/// Takes out of a hit what its site does not keep.
void say_less(store::Hit& hit, const rules::SiteRules& rules);

/// Fills referrer, source, channel and UTM. `hostname` of the hit must be set: a referrer from there is none.
void enrich_source(store::Hit& hit, Referrer from, const Utm& utm, const Cutter& cut);

/// Fills browser, OS, their versions, device.
void enrich_client(store::Hit& hit, const UserAgent& user_agent);

/// What is said of a bot in the columns of a browser: its name, and its class in the place of the system.
void enrich_bot(store::Hit& hit, Bot kind, const UserAgent& user_agent);

/// Fills language, viewport and screen; and finds iPads that call themselves Macintosh by their screen.
void enrich_screen(store::Hit& hit, std::string_view language, std::int64_t viewport_width,
                   std::int64_t viewport_height, std::int64_t screen_width, std::int64_t screen_height,
                   const Cutter& cut);

}  // namespace hk::ingest
