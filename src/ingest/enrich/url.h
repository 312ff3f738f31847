#pragma once
// The few things about URLs that a hit needs. Nothing here allocates but what it returns.

#include <string>
#include <string_view>

namespace hk::ingest {

/// The host that an Origin header names.
struct Origin {
  bool valid = false;  // false: no URL at all
  std::string host;    // lower case, without port, final dot and "www."; empty for "null" and the like
};
Origin parse_origin(std::string_view header);

/// What a page was reached from; both empty when `text` names no web page or app.
struct Referrer {
  std::string host;  // lower case, without credentials, port, final dot and "www."
  std::string path;  // without query and fragment, in its normal form; empty for the root
};
/// Accepts http(s) URLs, android-app:// and ios-app:// URLs, and a bare host with or without a path.
Referrer parse_referrer(std::string_view text);

/// A page's path as it is counted: a URL's scheme and host, its query and its fragment go; it begins with a slash and
/// is in its normal form (base/paths.h). A fragment that is a route ("/app#/about", which pages send on purpose) stays.
/// `text` may be a path or a whole URL. Not yet cut to its limit.
std::string page_path(std::string_view text);

/// The query of a page's address, without its question mark: what stands before a fragment, or within one that is a
/// route ("/app#/about?x=1").
std::string_view page_query(std::string_view address);

/// The first of what is left of a query, as "name=value", and takes it away; nothing is decoded.
std::string_view take_parameter(std::string_view& query);

/// "de-AT" as sent, without what isn't a language tag; empty when nothing is left. Takes the first tag of an
/// Accept-Language header too.
std::string_view language_tag(std::string_view text);

}  // namespace hk::ingest
