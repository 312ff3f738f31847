#pragma once
// Authority over one site: what the access check hands over comes from the directory's snapshot, so that a handler
// needs no second lookup.

#include <memory>
#include <string>

#include "access/granted.h"
#include "site/directory.h"

namespace hk::access {

template <>
struct Subject<Scope::site> {
  std::shared_ptr<const site::Sites> snapshot;  // keeps `site` alive
  const site::Site* site = nullptr;             // never null
};

}  // namespace hk::access

namespace hk::site {

/// The caller may read the site's numbers.
using View = access::Granted<access::Permission::site_view>;
/// The caller may change the site's settings.
using Manage = access::Granted<access::Permission::site_manage_data>;

/// Decides what a route's access does not say, because it hangs on what the handler finds; knows people. Memory only.
class Authority : public access::Authority {
 public:
  virtual ~Authority() = default;
  /// Of a permission of the instance.
  virtual bool may(const access::Principal& who, access::Permission permission) const = 0;
  /// Of a permission of a site.
  virtual bool may(const access::Principal& who, access::Permission permission, const Site& site) const = 0;
  /// Empty: that account is gone.
  virtual std::string email_of(const UserId& user) const = 0;
};

}  // namespace hk::site
