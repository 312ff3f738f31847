#pragma once
// Many regular expressions at once: which of them match a text? Only this folder knows RE2.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hk::ingest {

/// Finds which of many short texts occur in a long one, ASCII letters in any case. Immutable once built; thread-safe.
class TokenFinder {
 public:
  static constexpr std::size_t kMinBytes = 3;

  /// Tokens are lower case and at least kMinBytes long; the views must outlive the finder.
  explicit TokenFinder(std::vector<std::string_view> tokens);

  /// Calls `found(token index, position)` for each occurrence until it returns false. `lower` is in lower case.
  template <class F>
  void find(std::string_view lower, F&& found) const {
    for (std::size_t at = 0; at + kMinBytes <= lower.size(); ++at) {
      const std::uint32_t key = key_of(lower.substr(at));
      if ((filter_[slot(key) / 64] >> (slot(key) % 64) & 1) == 0) continue;
      for (std::size_t i = lower_bound(key); i < order_.size() && keys_[i] == key; ++i)
        if (lower.substr(at).starts_with(tokens_[order_[i]]) && !found(order_[i], at)) return;
    }
  }

 private:
  /// Of a text's first three bytes.
  static std::uint32_t key_of(std::string_view p) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(p[0])) |
           static_cast<std::uint32_t>(static_cast<unsigned char>(p[1])) << 8 |
           static_cast<std::uint32_t>(static_cast<unsigned char>(p[2])) << 16;
  }
  static constexpr std::size_t kSlots = 16'384;
  static std::size_t slot(std::uint32_t key) { return key * 0x9E3779B1u >> 18; }
  std::size_t lower_bound(std::uint32_t key) const;

  std::vector<std::string_view> tokens_;
  std::vector<std::uint32_t> keys_;   // first three bytes, ascending
  std::vector<std::uint16_t> order_;  // token of keys_[i]
  std::array<std::uint64_t, kSlots / 64> filter_{};
};

/// Regular expressions in RE2's syntax (bytes, not characters), tried only where the texts that they need occur.
/// Thread-safe once built. Building costs some milliseconds and some kilobytes for each pattern.
class PatternSet {
 public:
  struct Pattern {
    std::string_view regex;
    bool any_case = false;
  };
  /// Asserts on a pattern that RE2 cannot read: the tables are checked by a test.
  explicit PatternSet(const std::vector<Pattern>& patterns);
  ~PatternSet();

  struct Match {
    std::size_t pattern = 0;
    std::array<std::string_view, 4> groups;  // the whole match, $1, $2 and $3
  };
  /// The first pattern in the order given that matches somewhere in `text`; `lower` is `text` in lower case.
  std::optional<Match> first(std::string_view text, std::string_view lower) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hk::ingest
