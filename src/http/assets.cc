#include "http/assets.h"

namespace hk::http {

[[gnu::weak]] std::span<const Asset> embedded_assets() {
  return {};
}

}  // namespace hk::http
