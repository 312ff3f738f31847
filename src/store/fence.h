#pragma once
// What a lane must see at the same place of the log as the control change itself. The bytes travel inside the
// control record (control/control.h, Fence); only this folder reads them.

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/id.h"

namespace hk::store {

/// A site was created in a lane. Its hits come later in the log.
struct SiteAdded {
  SiteKey site{};
  SiteId id;
  std::string domain;
  TeamId team;  // whose file the lane is; the file is made with its first site
};

/// Everything of these sites that came before goes. Obeyed as an order is (store/order.h): one for a lane in a change.
struct SitesErased {
  std::vector<SiteKey> sites;
  bool gone = false;  // the sites themselves, too: what still comes for them is dropped
};

/// A team is gone, and its lane with all files. Nothing for it is applied from here on.
struct LaneRemoved {
  TeamId team;
};

using FenceEvent = std::variant<SiteAdded, SitesErased, LaneRemoved>;

std::string encode(const SiteAdded& event);
std::string encode(const SitesErased& event);
std::string encode(const LaneRemoved& event);
/// Code::invalid when the bytes are not one whole event that this program knows.
Result<FenceEvent> decode_fence(std::string_view bytes);

}  // namespace hk::store
