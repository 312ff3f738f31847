#include "control/change.h"

#include <optional>
#include <utility>

#include "base/ensure.h"

namespace hk::control {
namespace {

void put_u32(std::string& out, std::size_t v) {
  ensure(v <= UINT32_MAX, "a change is shorter than 4 GiB");
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(v >> shift);
}

void put_bytes(std::string& out, std::string_view bytes) {
  put_u32(out, bytes.size());
  out += bytes;
}

std::optional<std::uint32_t> take_u32(std::string_view& in) {
  if (in.size() < 4) return std::nullopt;
  std::uint32_t v = 0;
  for (int i = 0; i < 4; ++i) v |= std::uint32_t{static_cast<unsigned char>(in[i])} << (8 * i);
  in.remove_prefix(4);
  return v;
}

std::optional<std::string_view> take_bytes(std::string_view& in) {
  const auto size = take_u32(in);
  if (!size || *size > in.size()) return std::nullopt;
  const auto bytes = in.substr(0, *size);
  in.remove_prefix(*size);
  return bytes;
}

}  // namespace

std::string encode(std::string_view changeset, std::span<const Fence> fences) {
  std::string out;
  put_bytes(out, changeset);
  put_u32(out, fences.size());
  for (const auto& fence : fences) {
    put_u32(out, static_cast<std::uint32_t>(fence.lane));
    put_bytes(out, fence.bytes);
  }
  return out;
}

Result<ChangeRecord> decode_change(std::string_view payload, std::uint8_t version) {
  if (version > kChangeVersion)
    return fail(Code::unavailable, "The log holds changes of a newer HitKeep; start that version or newer.");
  const auto invalid = [] { return fail(Code::invalid, "The record is no change of control data"); };
  if (version == 0) return invalid();
  const auto changeset = take_bytes(payload);
  const auto count = take_u32(payload);
  if (!changeset || !count || *count > kMaxFences) return invalid();
  ChangeRecord record{.changeset = *changeset, .fences = {}};
  for (std::uint32_t i = 0; i < *count; ++i) {
    const auto lane = take_u32(payload);
    const auto bytes = take_bytes(payload);
    if (!lane || !bytes) return invalid();
    record.fences.push_back({LaneKey{*lane}, std::string(*bytes)});
  }
  if (!payload.empty()) return invalid();
  return record;
}

Result<std::vector<Fence>> decode_fences(std::string_view payload, std::uint8_t version) {
  auto record = decode_change(payload, version);
  if (!record) return std::unexpected(std::move(record.error()));
  return std::move(record->fences);
}

}  // namespace hk::control
