#include "store/dictionary.h"

#include <algorithm>

namespace hk::store {

Result<void> Dictionary::load(db::DuckConnection& connection) {
  known_.clear();
  fresh_.clear();
  wanted_.clear();
  last_id_ = {};
  auto last = connection.query("SELECT kind, max(id) FROM texts GROUP BY kind");
  if (!last) return std::unexpected(last.error());
  std::size_t texts = 0;
  for (;;) {
    auto row = (*last)->next();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    const auto id = static_cast<std::uint32_t>((*last)->u64(1));
    last_id_.at((*last)->u64(0)) = id;
    texts += id;
  }
  whole_ = texts <= max_texts_;
  if (!whole_) return {};
  return remember(connection, "SELECT kind, text, id FROM texts WHERE id <> 0");
}

/// Takes in the texts that `sql` finds.
Result<void> Dictionary::remember(db::DuckConnection& connection, std::string_view sql) {
  auto rows = connection.query(sql);
  if (!rows) return std::unexpected(rows.error());
  for (;;) {
    auto row = (*rows)->next();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    known_.emplace(Key{static_cast<TextKind>((*rows)->u64(0)), std::string((*rows)->text(1))},
                   Known{static_cast<std::uint32_t>((*rows)->u64(2)), batch_});
  }
}

std::uint32_t Dictionary::want(TextKind kind, std::string_view text) {
  if (text.empty()) return 0;
  if (const auto it = known_.find(View{kind, text}); it != known_.end()) {
    it->second.last_batch = batch_;
    return it->second.id;
  }
  if (!whole_) wanted_.push_back({kind, std::string(text)});
  return 0;
}

Result<void> Dictionary::fetch(db::DuckConnection& connection) {
  if (wanted_.empty()) return {};
  std::ranges::sort(wanted_);
  const auto repeats = std::ranges::unique(wanted_);
  wanted_.erase(repeats.begin(), repeats.end());
  auto appender = connection.append_to("temp.wanted_texts");
  if (!appender) return std::unexpected(appender.error());
  for (const auto& [kind, text] : wanted_) {
    (*appender)->u8(static_cast<std::uint8_t>(kind));
    (*appender)->text(text);
    if (auto done = (*appender)->end_row(); !done) return done;
  }
  if (auto done = (*appender)->flush(); !done) return done;
  wanted_.clear();
  if (auto done = remember(connection, "SELECT kind, text, id FROM texts SEMI JOIN wanted_texts USING (kind, text)");
      !done)
    return done;
  return connection.exec("DELETE FROM wanted_texts");
}

std::uint32_t Dictionary::id(TextKind kind, std::string_view text) {
  if (text.empty()) return 0;
  if (const auto it = known_.find(View{kind, text}); it != known_.end()) return it->second.id;
  const std::uint32_t id = ++last_id_.at(static_cast<std::size_t>(kind));
  known_.emplace(Key{kind, std::string(text)}, Known{id, batch_});
  fresh_.push_back({kind, id, std::string(text)});
  return id;
}

Result<void> Dictionary::store(db::DuckConnection& connection) {
  if (!fresh_.empty()) {
    auto appender = connection.append_to("texts");
    if (!appender) return std::unexpected(appender.error());
    for (const auto& [kind, id, text] : fresh_) {
      (*appender)->u8(static_cast<std::uint8_t>(kind));
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
