#pragma once
// What one control record of the log holds: the changeset of one change, and what store lanes must see with it.
//
// Version 1, little-endian:
//   u32 size of the changeset, the changeset (SQLite's own format),
//   u32 number of fences, per fence: u32 lane, u32 size, bytes.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "control/control.h"

namespace hk::control {

/// Fences of one change. Deleting a team of many sites is the largest.
inline constexpr std::uint32_t kMaxFences = 65'536;

struct ChangeRecord {
  std::string_view changeset;  // inside the payload
  std::vector<Fence> fences;
};

std::string encode(std::string_view changeset, std::span<const Fence> fences);
/// Code::invalid: the bytes are not one whole record and never will be. Code::unavailable: a newer HitKeep wrote it.
Result<ChangeRecord> decode_change(std::string_view payload, std::uint8_t version);
/// Only the fences, for store lanes.
Result<std::vector<Fence>> decode_fences(std::string_view payload, std::uint8_t version);

}  // namespace hk::control
