#pragma once
// Strong identifiers. At the surface ids are UUIDs; inside hot tables a site is a uint32 key.

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace hk {

/// 128-bit identifier, big-endian bytes as in RFC 9562.
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const Uuid&) const = default;
  bool is_nil() const { return *this == Uuid{}; }
  /// Canonical 36-character lower-case text.
  std::string str() const;
  /// Accepts the canonical 36 characters, `urn:uuid:…`, `{…}` and 32 bare hex digits
  /// (docs/tracker-protocol.md, 3).
  static std::optional<Uuid> parse(std::string_view text);
};

/// A UUID that only means one kind of thing.
template <class Tag>
struct Id {
  Uuid uuid;

  auto operator<=>(const Id&) const = default;
  std::string str() const { return uuid.str(); }
  static std::optional<Id> parse(std::string_view text) {
    auto u = Uuid::parse(text);
    if (!u) return std::nullopt;
    return Id{*u};
  }
};

using SiteId = Id<struct SiteTag>;
using TeamId = Id<struct TeamTag>;
using UserId = Id<struct UserTag>;
using SessionId = Id<struct SessionTag>;
using ApiKeyId = Id<struct ApiKeyTag>;

/// A site inside tables and records, from 1; given once by control.db, never reused. Keys with the highest bit set are
/// no site's: they are kept for what is counted apart from a site's people.
enum class SiteKey : std::uint32_t {};
inline constexpr std::uint32_t kSiteKeyEnd = std::uint32_t{1} << 31;
/// A lane of the log: 0 is control.db, 1 is hitkeep.db (the first team), n is the file of team n.
/// Given once by control.db (teams.lane), never reused.
enum class LaneKey : std::uint32_t { control = 0, first_team = 1 };

}  // namespace hk

template <>
struct std::hash<hk::Uuid> {
  std::size_t operator()(const hk::Uuid& u) const noexcept {
    std::size_t h;
    std::memcpy(&h, u.bytes.data() + 8, sizeof h);  // the random half
    return h;
  }
};
template <class Tag>
struct std::hash<hk::Id<Tag>> {
  std::size_t operator()(const hk::Id<Tag>& id) const noexcept { return std::hash<hk::Uuid>{}(id.uuid); }
};
