#include "store/dictionary.h"

#include <algorithm>

#include "base/ensure.h"
#include "sql/store.h"
#include "store/for_rows.h"

namespace hk::store {

Result<void> Dictionary::load(db::DuckConnection& connection) {
  loaded_ = false;
  known_.clear();
  fresh_.clear();
  wanted_.clear();
  last_id_.clear();
  std::size_t texts = 0;
  if (auto read = for_rows(connection, sql::store::last_text_ids, {},
                           [&](db::DuckRows& row) {
                             const auto id = static_cast<std::uint32_t>(row.u64(2));
                             last_id_.emplace(Shelf(row.u64(0), row.u64(1)), id);
                             texts += id;
                           });
      !read)
    return read;
  whole_ = texts <= max_texts_;
  const auto read = whole_ ? remember(connection, sql::store::all_texts) : Result<void>{};
  loaded_ = read.has_value();
  return read;
}

/// Takes in the texts that `sql` finds.
Result<void> Dictionary::remember(db::DuckConnection& connection, std::string_view sql) {
  return for_rows(connection, sql, {}, [&](db::DuckRows& row) {
    known_.emplace(Key{Shelf(row.u64(0), row.u64(1)), std::string(row.text(2))},
                   Known{static_cast<std::uint32_t>(row.u64(3)), batch_});
  });
}

std::uint32_t Dictionary::want(SiteKey site, TextKind kind, std::string_view text) {
  if (text.empty()) return 0;
  const Shelf shelf(site, kind);
  if (const auto it = known_.find(View{shelf, text}); it != known_.end()) {
    it->second.last_batch = batch_;
    return it->second.id;
  }
  if (!whole_) wanted_.push_back({shelf, std::string(text)});
  return 0;
}

Result<void> Dictionary::fetch(db::DuckConnection& connection) {
  if (wanted_.empty()) return {};
  std::ranges::sort(wanted_);
  const auto repeats = std::ranges::unique(wanted_);
  wanted_.erase(repeats.begin(), repeats.end());
  auto appender = connection.append_to("temp.wanted_texts");
  if (!appender) return std::unexpected(appender.error());
  for (const auto& [shelf, text] : wanted_) {
    (*appender)->u32(shelf.site);
    (*appender)->u8(shelf.kind);
    (*appender)->text(text);
    if (auto done = (*appender)->end_row(); !done) return done;
  }
  if (auto done = (*appender)->flush(); !done) return done;
  wanted_.clear();
  if (auto done = remember(connection, sql::store::wanted_text_ids); !done) return done;
  return connection.exec(sql::store::forget_wanted_texts);
}

std::uint32_t Dictionary::id(SiteKey site, TextKind kind, std::string_view text) {
  if (text.empty()) return 0;
  const Shelf shelf(site, kind);
  if (const auto it = known_.find(View{shelf, text}); it != known_.end()) return it->second.id;
  const std::uint32_t id = ++last_id_[shelf];
  ensure(id != 0, "the ids of a kind of texts do not run out");
  known_.emplace(Key{shelf, std::string(text)}, Known{id, batch_});
  fresh_.push_back({shelf, id, std::string(text)});
  return id;
}

std::uint32_t Dictionary::known(SiteKey site, TextKind kind, std::string_view text) const {
  const auto it = known_.find(View{Shelf(site, kind), text});
  return it == known_.end() ? 0 : it->second.id;
}

Result<void> Dictionary::store(db::DuckConnection& connection) {
  if (!fresh_.empty()) {
    auto appender = connection.append_to("texts");
    if (!appender) return std::unexpected(appender.error());
    for (const auto& [shelf, id, text] : fresh_) {
      (*appender)->u32(shelf.site);
      (*appender)->u8(shelf.kind);
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
