#pragma once
// What the snippet of a site is asked to count besides: chosen once, shown wherever the snippet is.

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "control/control.h"
#include "json/of.h"
#include "site/granted.h"

namespace hk::rules {

/// A choice for the snippet; the page knows the attribute of each (web/tracker/README.md). Names are API values and in
/// the table.
enum class SnippetOption : std::uint8_t {
  outbound,
  downloads,
  forms,
  not_found,
  elements,
  web_vitals,
  consent,
  collect_dnt,
  hash_routing,
};
constexpr std::array<std::string_view, 9> names(json::Of<SnippetOption>) {
  return {"outbound",   "downloads", "forms",       "not_found",   "elements",
          "web_vitals", "consent",   "collect_dnt", "hash_routing"};
}

struct Snippet {
  std::vector<SnippetOption> options;  // ascending, each once
};

Result<Snippet> snippet_of(control::Control& control, SiteKey site);
Result<Snippet> change_snippet(control::Control& control, const site::Manage& grant, Snippet wanted, TimeMs now,
                               control::Control::Done done);

}  // namespace hk::rules
