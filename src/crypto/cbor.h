#pragma once
// CBOR (RFC 8949) as authenticators write it (CTAP2, 8): definite lengths, shortest numbers, no floats and no tags.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hk::crypto {

/// Deepest nesting of arrays and maps.
inline constexpr int kMaxCborDepth = 8;
/// Items of one text, all of them together.
inline constexpr std::size_t kMaxCborItems = 128;

/// Takes one item after the other off a text that it does not copy. nullopt where the next is of another kind, or none
/// at all; from then on the reader is of no use. One thread at a time.
class CborReader {
 public:
  explicit CborReader(std::string_view text) : rest_(text) {}

  std::optional<std::int64_t> integer();
  std::optional<std::string_view> bytes();
  std::optional<std::string_view> text();
  /// How many keys with their values follow.
  std::optional<std::size_t> map();
  /// Whatever comes next, with all that is in it; its text.
  std::optional<std::string_view> item();

  /// What was not taken yet.
  std::string_view rest() const { return rest_; }

 private:
  enum class Kind : std::uint8_t { number, negative, bytes, text, array, map, tag, simple };
  struct Head {
    Kind kind;
    std::uint64_t value;
  };
  std::optional<Head> head();
  std::optional<std::string_view> content(Kind kind);
  std::optional<std::string_view> take(std::uint64_t size);
  bool skip(int depth);

  std::string_view rest_;
  std::size_t items_ = 0;
};

}  // namespace hk::crypto
