#pragma once
// A look at a site's page, and checks in a tab: why no hits come.

#include <string>

#include "base/clock.h"
#include "check/look.h"
#include "check/tabs.h"
#include "http/router.h"
#include "site/granted.h"

namespace hk::check {

struct RouteDeps {
  TabChecks& tabs;
  /// The one way out; empty where the operator switched looks off.
  AskOutside ask;
  /// Where browsers reach the program, with a slash at the end.
  std::string server;
  const Clock& clock;
};
void add_routes(http::Router& router, const RouteDeps& deps);

}  // namespace hk::check
