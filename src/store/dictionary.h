#pragma once
// Texts and their ids in one lane. What is used often is in memory; the rest is looked up by one joined query per
// batch.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "db/duck.h"
#include "store/attributes.h"

namespace hk::store {

/// Used by the applier's thread only. In each site every kind counts its ids from 1 (a shared one, for all sites
/// together); they depend on the order of id() calls alone, not on where batches end. After a failure, or a transaction
/// that does not commit, its state is of no use: forget() it.
class Dictionary {
 public:
  /// Texts kept in memory at most, between batches, and about how many bytes each takes.
  static constexpr std::size_t kMaxTexts = 32'768, kTextBytes = 100;

  explicit Dictionary(std::size_t max_texts = kMaxTexts) : max_texts_(max_texts) {}

  void forget() { loaded_ = false; }
  /// Reads the whole table of texts: what needs no ids does without.
  Result<void> load(db::DuckConnection& connection);

  /// A batch is: begin(), want() for every text, fetch() once, id() in log order for every text whose id want() did not
  /// know, store() once.
  Result<void> begin(db::DuckConnection& connection) { return loaded_ ? Result<void>{} : load(connection); }
  /// The text's id where it is known already; 0 where it is not, and for no text.
  std::uint32_t want(SiteKey site, TextKind kind, std::string_view text);
  Result<void> fetch(db::DuckConnection& connection);
  std::uint32_t id(SiteKey site, TextKind kind, std::string_view text);
  /// Behind fetch(): the id of a text that want() asked for; 0: it has none, and gets none.
  std::uint32_t known(SiteKey site, TextKind kind, std::string_view text) const;
  Result<void> store(db::DuckConnection& connection);
  /// About how many bytes are in memory.
  std::size_t bytes() const { return known_.size() * kTextBytes; }

 private:
  /// What counts its ids together: a kind, and a site or, of what is shared, none. `site` and `kind` of the table.
  struct Shelf {
    Shelf(SiteKey of, TextKind what) : site(dictionary_of(what, of)), kind(static_cast<std::uint8_t>(what)) {}
    Shelf(std::uint64_t of, std::uint64_t what)
        : site(static_cast<std::uint32_t>(of)), kind(static_cast<std::uint8_t>(what)) {}
    auto operator<=>(const Shelf&) const = default;
    std::uint32_t site;
    std::uint8_t kind;
  };
  struct View {
    Shelf shelf;
    std::string_view text;
  };
  struct Key {
    Shelf shelf;
    std::string text;
    auto operator<=>(const Key&) const = default;
  };
  // Lookups take a Key or a View.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const Shelf& shelf) const noexcept {
      return (std::uint64_t{shelf.site} << 8 | shelf.kind) * 0x9E3779B97F4A7C15;
    }
    std::size_t operator()(const auto& v) const noexcept {
      return std::hash<std::string_view>{}(v.text) + (*this)(v.shelf);
    }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const auto& a, const auto& b) const noexcept { return a.shelf == b.shelf && a.text == b.text; }
  };
  struct Known {
    std::uint32_t id;
    std::uint32_t last_batch;
  };
  Result<void> remember(db::DuckConnection& connection, std::string_view sql);
  void trim();

  std::size_t max_texts_;
  bool loaded_ = false;
  std::unordered_map<Key, Known, Hash, Equal> known_;
  bool whole_ = false;  // known_ has every text of the file: what is not in it is new
  std::unordered_map<Shelf, std::uint32_t, Hash> last_id_;
  std::uint32_t batch_ = 0;
  std::vector<Key> wanted_;
  struct Fresh {
    Shelf shelf;
    std::uint32_t id;
    std::string text;
  };
  std::vector<Fresh> fresh_;
};

}  // namespace hk::store
