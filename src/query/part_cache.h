#pragma once
// What sealed days amounted to, kept for the next question: their rows do not change but by a seal, which is counted.

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "base/id.h"
#include "db/ordinals.h"
#include "query/metric.h"
#include "query/regions.h"
#include "store/attributes.h"

namespace hk::query {

/// A part with more groups than this is not kept.
inline constexpr std::size_t kMostGroups = 100'000;

/// Sums of groups, side by side: a list of a page has thousands of them.
class Groups {
 public:
  explicit Groups(Measures measures = {}) : measures_(measures) {}
  void add(std::uint64_t key, const Sums& sums);
  std::size_t size() const { return keys_.size(); }
  std::size_t bytes() const;
  /// Calls `see(key, sums)` for each.
  template <class See>
  void each(const See& see) const {
    auto value = values_.begin();
    for (const std::uint64_t key : keys_) {
      Sums sums{};
      for (std::size_t m = 0; m < kSums; ++m) {
        if (measures_.test(m)) sums[m] = *value++;
      }
      see(key, sums);
    }
  }

 private:
  Measures measures_;
  std::vector<std::uint64_t> keys_;
  std::vector<std::int64_t> values_;  // of each key the measures there are
};

/// Bounded; what was not asked for the longest goes first. Thread-safe.
class PartCache {
 public:
  /// 0: keeps nothing.
  explicit PartCache(std::size_t bytes) : most_(bytes) {}

  std::shared_ptr<const Groups> find(const std::string& key);
  void keep(std::string key, std::shared_ptr<const Groups> groups);
  std::size_t bytes() const;

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const Groups> groups;
    std::size_t bytes = 0;
  };

  const std::size_t most_;
  mutable std::mutex mutex_;
  std::size_t bytes_ = 0;
  std::list<Entry> entries_;  // the newest first
  std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
};

/// Texts of the dictionary by their ids, which never mean another text. Bounded; thread-safe.
class Names {
 public:
  struct Id {
    LaneKey lane{};
    std::uint32_t site = 0;  // of the dictionary
    store::TextKind kind{};
    std::uint32_t id = 0;
    auto operator<=>(const Id&) const = default;
  };
  std::optional<std::string> find(const Id& id) const;
  void keep(const Id& id, std::string text);

 private:
  /// About 10 MB.
  static constexpr std::size_t kMost = 100'000;

  mutable std::mutex mutex_;
  std::map<Id, std::string> texts_;
};

/// What an engine keeps between questions, and what they share.
struct Kept {
  ProviderOf provider_of;  // who runs a network
  PartCache parts;
  Names names;
  Regions regions;
  db::OrdinalBudget seen;  // of sets of visitors
};

}  // namespace hk::query
