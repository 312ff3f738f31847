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

/// Of the body of a page view and of an event, from the same table.
std::string page_view_schema(json::Schemas& named);
std::string event_schema(json::Schemas& named);

/// Reads the first JSON value of `text` the way the original does (Go's encoding/json): keys in any case, unknown ones
/// ignored, null for any type, the last of equal keys counts, bytes behind the value ignored, lone surrogates become
/// U+FFFD. `out` must be fresh and `text` must outlive it.
BodyError decode_body(std::string_view text, store::HitKind kind, Body& out);

}  // namespace hk::ingest
