#include "store/titles.h"

#include <chrono>

#include "sql/store.h"
#include "store/for_rows.h"

namespace hk::store {

void Titles::want(SiteKey site, std::uint32_t page) {
  if (page != 0 && !known_.contains(key_of(site, page))) wanted_.emplace(site, page);
}

Result<void> Titles::fetch(db::DuckConnection& connection) {
  if (wanted_.empty()) return {};
  auto to = connection.append_to("temp.wanted_titles");
  if (!to) return std::unexpected(to.error());
  for (const auto& [site, page] : wanted_) {
    (*to)->u32(static_cast<std::uint32_t>(site));
    (*to)->u32(page);
    if (auto done = (*to)->end_row(); !done) return done;
    known_.try_emplace(key_of(site, page));
  }
  if (auto done = (*to)->flush(); !done) return done;
  wanted_.clear();
  auto read = for_rows(connection, sql::store::wanted_page_titles, {}, [&](db::DuckRows& row) {
    known_[key_of(SiteKey{static_cast<std::uint32_t>(row.u64(0))}, static_cast<std::uint32_t>(row.u64(1)))] = {
        .id = static_cast<std::uint32_t>(row.u64(2)), .since = from_ms(row.i64(3))};
  });
  if (!read) return read;
  return connection.exec(sql::store::forget_wanted_titles);
}

bool Titles::changes(SiteKey site, std::uint32_t page, std::uint32_t id, TimeMs at) const {
  const auto known = known_.find(key_of(site, page));
  if (known == known_.end() || known->second.id == 0) return true;
  const auto day = [](TimeMs time) { return std::chrono::floor<std::chrono::days>(time); };
  return known->second.id != id && day(at) > day(known->second.since);
}

void Titles::set(SiteKey site, std::uint32_t page, std::uint32_t id, TimeMs at) {
  known_[key_of(site, page)] = {.id = id, .since = at};
}

}  // namespace hk::store
