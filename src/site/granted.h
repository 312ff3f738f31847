#pragma once
// Authority over one site. Made by auth::Gate from the directory's snapshot, so that a handler needs no second lookup.

#include <memory>

#include "base/id.h"
#include "http/granted.h"
#include "site/directory.h"

namespace hk::site {

/// What Access::site_view proves: the caller may read the site's numbers.
struct View {
  std::shared_ptr<const Sites> snapshot;  // keeps `site` alive
  const Site* site = nullptr;             // never null
  UserId user;
};

/// What Access::site_edit proves: the caller may change the site's settings.
struct Edit {
  std::shared_ptr<const Sites> snapshot;
  const Site* site = nullptr;
  UserId user;
};

}  // namespace hk::site
