#include "key/uses.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/logging.h"
#include "sql/key.h"

namespace hk::key {

void Uses::note(const ApiKeyId& key) {
  const TimeMs now = clock_.now();
  const std::lock_guard lock(mutex_);
  gathered_[key] = now;
}

std::optional<TimeMs> Uses::latest(const ApiKeyId& key) const {
  const std::lock_guard lock(mutex_);
  const auto at = gathered_.find(key);
  return at == gathered_.end() ? std::nullopt : std::optional(at->second);
}

Result<void> Uses::write() {
  std::vector<std::pair<ApiKeyId, TimeMs>> some;
  {
    const std::lock_guard lock(mutex_);
    const auto end =
        std::next(gathered_.begin(), static_cast<std::ptrdiff_t>(std::min(gathered_.size(), kUsesPerWrite)));
    some.assign(gathered_.begin(), end);
    gathered_.erase(gathered_.begin(), end);
  }
  if (some.empty()) return {};
  const auto note_all = [&](control::Change& change) -> Result<void> {
    for (const auto& [key, at] : some) {
      const auto noted = change.sql().run(sql::key::note_use, {key.uuid, to_ms(at)});
      if (!noted) return std::unexpected(noted.error());
    }
    return {};
  };
  auto written = control_.write(note_all, [](Result<void> outcome) {
    if (!outcome) logging::error("the last uses of API keys could not be kept", {{"error", outcome.error().message}});
  });
  if (written) return written;
  const std::lock_guard lock(mutex_);
  for (const auto& use : some) gathered_.insert(use);  // what came meanwhile is newer
  return written;
}

}  // namespace hk::key
