#include "app/rooms.h"

namespace hk::app {

/// Sources of what the first page tells (docs/notices.md); each reads memory only.
void Rooms::add_notices() {
  notices.add([this](std::vector<notice::Notice>& out) {
    if (!log->accepting())
      out.push_back({.kind = "log_refuses", .level = notice::Level::alarm, .site = {}, .facts = {}});
  });
}

}  // namespace hk::app
