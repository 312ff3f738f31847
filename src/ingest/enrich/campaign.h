#pragma once
// What a landing page's address says of where a visit came from: campaign parameters and click ids (docs/sources.md).

#include <string>
#include <string_view>

namespace hk::ingest {

/// A parameter with which an advertiser or a network marks a click. Its value names the click, so it is never kept.
struct ClickId {
  std::string_view parameter;
  std::string_view source;  // the name of its source, as source_of_tag() gives it
  /// Advertisements of a search engine alone put it there. The others are put behind any link, paid or not.
  bool paid = false;
};

/// Values are decoded, in full length; empty: absent.
struct Landing {
  std::string source, medium, campaign, term, content;
  const ClickId* click = nullptr;  // the first known one; static
};

/// A value as forms write it (application/x-www-form-urlencoded), without blanks at both ends; what is no UTF-8 or
/// holds a NUL says nothing.
std::string form_decoded(std::string_view text);

/// Reads the query of `address`, a path or a URL. `ref`, `source` and `via` stand for a utm_source that is missing, in
/// this order.
Landing landing_of(std::string_view address);

}  // namespace hk::ingest
