#include "ingest/enrich/pattern_set.h"

#include <re2/filtered_re2.h>
#include <re2/re2.h>

#include <algorithm>
#include <cassert>
#include <numeric>
#include <utility>

namespace hk::ingest {

TokenFinder::TokenFinder(std::vector<std::string_view> tokens) : tokens_(std::move(tokens)), order_(tokens_.size()) {
  std::iota(order_.begin(), order_.end(), std::uint16_t{0});
  std::ranges::sort(order_, {}, [&](std::uint16_t i) { return std::pair(key_of(tokens_[i]), i); });
  keys_.reserve(order_.size());
  for (const std::uint16_t i : order_) {
    assert(tokens_[i].size() >= kMinBytes);
    const std::uint32_t key = key_of(tokens_[i]);
    keys_.push_back(key);
    filter_[slot(key) / 64] |= std::uint64_t{1} << (slot(key) % 64);
  }
}

std::size_t TokenFinder::lower_bound(std::uint32_t key) const {
  return static_cast<std::size_t>(std::ranges::lower_bound(keys_, key) - keys_.begin());
}

struct PatternSet::Impl {
  // Bounds a pattern's automaton, which grows with the texts that it sees, bytes. Above, RE2 gets slower, not wrong.
  static constexpr std::int64_t kMaxPatternBytes = std::int64_t{256} * 1024;

  re2::FilteredRE2 set{static_cast<int>(TokenFinder::kMinBytes)};
  std::vector<std::string> atoms;
  std::unique_ptr<TokenFinder> finder;
};

PatternSet::PatternSet(const std::vector<Pattern>& patterns) : impl_(std::make_unique<Impl>()) {
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_max_mem(Impl::kMaxPatternBytes);
  options.set_log_errors(false);
  for (const Pattern& pattern : patterns) {
    options.set_case_sensitive(!pattern.any_case);
    int id = 0;
    [[maybe_unused]] const auto code = impl_->set.Add({pattern.regex.data(), pattern.regex.size()}, options, &id);
    assert(code == re2::RE2::NoError);
  }
  impl_->set.Compile(&impl_->atoms);
  impl_->finder =
      std::make_unique<TokenFinder>(std::vector<std::string_view>(impl_->atoms.begin(), impl_->atoms.end()));
}

PatternSet::~PatternSet() = default;

std::optional<PatternSet::Match> PatternSet::first(std::string_view text, std::string_view lower) const {
  std::vector<int> atoms;
  impl_->finder->find(lower, [&](std::size_t atom, std::size_t) {
    atoms.push_back(static_cast<int>(atom));
    return true;
  });
  std::ranges::sort(atoms);
  atoms.erase(std::ranges::unique(atoms).begin(), atoms.end());
  const re2::StringPiece piece(text.data(), text.size());
  const int id = impl_->set.FirstMatch(piece, atoms);
  if (id < 0) return std::nullopt;
  Match match{.pattern = static_cast<std::size_t>(id), .groups = {}};
  const re2::RE2& regex = impl_->set.GetRE2(id);
  re2::StringPiece groups[4];
  const int count = std::min(4, regex.NumberOfCapturingGroups() + 1);
  if (!regex.Match(piece, 0, piece.size(), re2::RE2::UNANCHORED, groups, count)) return std::nullopt;
  for (int i = 0; i < count; ++i)
    if (groups[i].data()) match.groups[static_cast<std::size_t>(i)] = {groups[i].data(), groups[i].size()};
  return match;
}

}  // namespace hk::ingest
