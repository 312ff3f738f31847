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

namespace hk::store {

/// Used by the applier's thread only. Ids depend on the order of id() calls alone, not on where batches end.
/// After a failure, or a transaction that does not commit, its state is of no use: load() again.
class Dictionary {
 public:
  /// Texts kept in memory at most, between batches: about 100 bytes each.
  static constexpr std::size_t kMaxTexts = 32'768;

  explicit Dictionary(std::size_t max_texts = kMaxTexts) : max_texts_(max_texts) {}

  Result<void> load(db::DuckConnection& connection);

  /// A batch is: want() for every text, fetch() once, id() for every text in log order, store() once.
  void want(std::string_view text);
  Result<void> fetch(db::DuckConnection& connection);
  std::uint32_t id(std::string_view text);
  Result<void> store(db::DuckConnection& connection);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const noexcept { return std::hash<std::string_view>{}(s); }
  };
  struct Known {
    std::uint32_t id;
    std::uint32_t last_batch;
  };
  void trim();

  std::size_t max_texts_;
  std::unordered_map<std::string, Known, Hash, std::equal_to<>> known_;
  bool whole_ = false;  // known_ has every text of the file: what is not in it is new
  std::uint32_t last_id_ = 0;
  std::uint32_t batch_ = 0;
  std::vector<std::string_view> wanted_;  // point into the batch
  std::vector<std::pair<std::uint32_t, std::string>> fresh_;
};

}  // namespace hk::store
