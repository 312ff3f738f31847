#pragma once
// Statements of this room that name attributes: their .sql files with the table of attributes filled in. Made once.

#include <string>
#include <string_view>

namespace hk::store {

/// The hot rows of the site-days in seal_days become sealed rows (seal.sql).
const std::string& seal_sql();
/// The bits of sealed visits, as a number, from the rows of all visits of their visitors' days.
const std::string& visit_bits_sql();
/// Rows from a place in the log on, with what they say themselves, and visitors from a number on, with what is pinned.
/// `of`: more conditions.
std::string rows_from_sql(std::string_view of);
std::string visitors_from_sql(std::string_view of);
/// Writes hot_closed where nothing of it was written yet (close_visits.sql).
const std::string& close_visits_sql();
/// Of the visitors in wanted_visitors those that are known, with their pinned attributes (returning_visitors.sql).
const std::string& returning_visitors_sql();

}  // namespace hk::store
