#include "store/dictionary.h"

#include <algorithm>

namespace hk::store {

Result<void> Dictionary::load(db::DuckConnection& connection) {
  known_.clear();
  fresh_.clear();
  wanted_.clear();
  auto last = connection.query("SELECT max(id) FROM texts");
  if (!last) return std::unexpected(last.error());
  if (auto row = (*last)->next(); !row || !*row) return row ? Result<void>{} : std::unexpected(row.error());
  last_id_ = static_cast<std::uint32_t>((*last)->u64(0));
  whole_ = last_id_ <= max_texts_;
  if (!whole_) return {};
  auto rows = connection.query("SELECT text, id FROM texts WHERE id <> 0");
  if (!rows) return std::unexpected(rows.error());
  for (;;) {
    auto row = (*rows)->next();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    known_.emplace((*rows)->text(0), Known{static_cast<std::uint32_t>((*rows)->u64(1)), batch_});
  }
}

void Dictionary::want(std::string_view text) {
  if (text.empty()) return;
  if (const auto it = known_.find(text); it != known_.end())
    it->second.last_batch = batch_;
  else if (!whole_)
    wanted_.push_back(text);
}

Result<void> Dictionary::fetch(db::DuckConnection& connection) {
  if (wanted_.empty()) return {};
  std::ranges::sort(wanted_);
  const auto repeats = std::ranges::unique(wanted_);
  wanted_.erase(repeats.begin(), repeats.end());
  auto appender = connection.append_to("temp.wanted_texts");
  if (!appender) return std::unexpected(appender.error());
  for (const std::string_view text : wanted_) {
    (*appender)->text(text);
    if (auto done = (*appender)->end_row(); !done) return done;
  }
  if (auto done = (*appender)->flush(); !done) return done;
  wanted_.clear();
  auto rows = connection.query("SELECT text, id FROM texts SEMI JOIN wanted_texts USING (text)");
  if (!rows) return std::unexpected(rows.error());
  for (;;) {
    auto row = (*rows)->next();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    known_.emplace((*rows)->text(0), Known{static_cast<std::uint32_t>((*rows)->u64(1)), batch_});
  }
  return connection.exec("DELETE FROM wanted_texts");
}

std::uint32_t Dictionary::id(std::string_view text) {
  if (text.empty()) return 0;
  if (const auto it = known_.find(text); it != known_.end()) return it->second.id;
  known_.emplace(text, Known{++last_id_, batch_});
  fresh_.emplace_back(last_id_, text);
  return last_id_;
}

Result<void> Dictionary::store(db::DuckConnection& connection) {
  if (!fresh_.empty()) {
    auto appender = connection.append_to("texts");
    if (!appender) return std::unexpected(appender.error());
    for (const auto& [id, text] : fresh_) {
      (*appender)->u32(id);
      (*appender)->text(text);
      if (auto done = (*appender)->end_row(); !done) return done;
    }
    if (auto done = (*appender)->flush(); !done) return done;
    fresh_.clear();
  }
  trim();
  ++batch_;
  return {};
}

void Dictionary::trim() {
  if (known_.size() <= max_texts_) return;
  // Forget the quarter that was not used for longest, so that the work is shared by many batches.
  std::vector<std::uint32_t> uses;
  uses.reserve(known_.size());
  for (const auto& [text, known] : known_) uses.push_back(known.last_batch);
  const auto cut = uses.begin() + static_cast<std::ptrdiff_t>(uses.size() - max_texts_ * 3 / 4);
  std::ranges::nth_element(uses, cut);
  std::erase_if(known_, [oldest = *cut](const auto& entry) { return entry.second.last_batch <= oldest; });
  whole_ = false;
}

}  // namespace hk::store
