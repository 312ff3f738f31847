#pragma once
// GET, POST and DELETE of exclusions, of a site and of the instance; GET and PATCH of what a site keeps.

#include "base/clock.h"
#include "control/control.h"
#include "http/router.h"
#include "rules/rules.h"
#include "site/granted.h"

namespace hk::rules {

struct RouteDeps {
  control::Control& control;
  const Directory& directory;
  const Clock& clock;
};
void add_routes(http::Router& router, const RouteDeps& deps);

}  // namespace hk::rules
