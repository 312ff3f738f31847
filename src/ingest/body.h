#pragma once
// Bodies of the tracker's requests (docs/tracker-protocol.md, 2). This is the hot path: one pass, no tree, no
// allocation unless a text has escapes.

#include <cstdint>
#include <string>
#include <string_view>

#include "json/schema.h"
#include "store/hit.h"

namespace hk::ingest {

/// The fields of a body that mean something here; views into the body itself or into `unescaped`. Absent and null are
/// empty. A field may have any length: limits are the pipeline's.
struct Body {
  std::string_view host;  // of the page, where Origin doesn't tell it
  std::string_view path;
  std::string_view referrer;
  std::string_view user_agent;
  std::string_view language;
  std::string_view utm_source, utm_medium, utm_campaign, utm_term, utm_content;
  std::string_view tracker_source, tracker_version;
  std::int64_t viewport_width = 0, viewport_height = 0, screen_width = 0, screen_height = 0;
  /// The page's owner chose to count visitors who ask for Do Not Track (data-collect-dnt).
  bool collect_dnt = false;
  /// Sent by the original's script, which has looked at Do Not Track itself.
  bool original = false;
  std::string_view event_name;
  std::string_view properties;  // compact JSON object, "" = none
  bool interactive = true;      // of an event: somebody did something
  std::string_view title;       // of a page view
  /// How long the page was looked at, in seconds since its view, and how far it was scrolled, in percent: negative
  /// where it doesn't tell.
  std::int64_t engaged = -1, scroll = -1;
  std::string_view vital_name, vital_id;
  double vital_value = -1;

  std::string unescaped;  // never grows beyond what was reserved, so views into it stay
};

/// Why a body was refused.
struct BodyError {
  enum Kind : std::uint8_t {
    none,
    syntax,      // no JSON, a wrong type, a number out of range, too deep
    text,        // invalid UTF-8 or U+0000 in `field`
    properties,  // over kMaxPropertiesBytes
  };
  Kind kind = none;
  std::string_view field = {};  // as the protocol spells it
};

/// Of the bodies of a page view, an event and a web vital, from the same tables.
std::string page_view_schema(json::Schemas& named);
std::string event_schema(json::Schemas& named);
std::string web_vital_schema(json::Schemas& named);

/// Reads the first JSON value of `text` the way the original does (Go's encoding/json): keys in any case, unknown ones
/// ignored, null for any type, the last of equal keys counts, bytes behind the value ignored, lone surrogates become
/// U+FFFD. `out` must be fresh and `text` must outlive it.
BodyError decode_body(std::string_view text, store::HitKind kind, Body& out);

}  // namespace hk::ingest
