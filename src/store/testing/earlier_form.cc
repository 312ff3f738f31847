#include "store/testing/earlier_form.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "db/duck.h"
#include "db/migrations.h"
#include "store/for_rows.h"
#include "store/rebuild.h"
#include "store/visitor_map.h"

namespace hk::store::testing {
namespace {

/// Texts of all sites have their ids together, per kind. `old` finds the id of a site's text. Screens are pixels.
constexpr const char* kWords = R"(
CREATE TEMP TABLE words AS
SELECT kind, text, (row_number() OVER (PARTITION BY kind ORDER BY min(id), min(site)))::UINTEGER AS id
FROM earlier.texts GROUP BY kind, text;
INSERT INTO texts SELECT kind, id, text FROM words ORDER BY id;
INSERT INTO texts VALUES (16, 1, '400x800'), (16, 2, '800x1'), (16, 3, '1000x700'), (16, 4, '1440x9'), (16, 5, '1920x1080');
CREATE TEMP TABLE known AS
SELECT t.site, t.kind, t.id, w.id AS old FROM earlier.texts t JOIN words w ON w.kind = t.kind AND w.text = t.text;
CREATE TEMP VIEW pinned AS SELECT * EXCLUDE (day, log_offset) FROM earlier.hot_visitors;
CREATE TEMP MACRO old(k, s, i) AS
  coalesce((SELECT any_value(n.old) FROM known n WHERE n.kind = k AND n.site = s AND n.id = i), 0);
CREATE TEMP TABLE properties AS
SELECT site, visit, place, '{' || string_agg(to_json(key) || ':' || value, ',' ORDER BY key) || '}' AS json
FROM (SELECT p.site, p.visit, p.place, k.text AS key,
             CASE WHEN number IS NULL THEN to_json(v.text)::VARCHAR ELSE (number / 1000)::VARCHAR END AS value
      FROM (SELECT site, visit, n::UBIGINT AS place, key, value, NULL::BIGINT AS number FROM earlier.event_texts
            UNION ALL SELECT site, visit, n, key, 0, number FROM earlier.event_numbers
            UNION ALL SELECT site, visit, log_offset, key, value, NULL FROM earlier.hot_event_texts
            UNION ALL SELECT site, visit, log_offset, key, 0, number FROM earlier.hot_event_numbers) p
      JOIN earlier.texts k ON k.kind = 19 AND k.site = p.site AND k.id = p.key
      LEFT JOIN earlier.texts v ON v.kind = 20 AND v.site = p.site AND v.id = p.value)
GROUP BY site, visit, place;
CREATE TEMP MACRO told(s, v, p) AS
  coalesce((SELECT any_value(t.json) FROM properties t WHERE t.site = s AND t.visit = v AND t.place = p), '');
CREATE TEMP MACRO hash_of(s, d, o) AS
  (SELECT any_value(h.visitor) FROM hashes h WHERE h.site = s AND h.day = d AND h.vd = o);
)";
const std::string kCarriedThen = R"(
old(1, v.site, v.hostname), old(2, v.site, v.referrer_host), old(3, v.site, v.referrer_path), old(4, v.site, v.source),
v.channel, old(5, v.site, v.utm_source), old(6, v.site, v.utm_medium), old(7, v.site, v.utm_campaign),
old(8, v.site, v.utm_term), old(9, v.site, v.utm_content), old(10, 0, v.browser), v.browser_major, old(11, 0, v.os),
v.device, old(12, 0, v.language), old(13, 0, v.country), v.size_class, 0, 0, old(14, 0, v.tracker) )";

std::string rows() {
  return "INSERT INTO sealed_hits SELECT v.site, v.ts, v.visit, v.vd, old(0, v.site, v.page), v.bits FROM "
         "earlier.sealed_hits v ORDER BY v.rowid;"
         "INSERT INTO sealed_events SELECT v.site, v.ts, v.visit, v.vd, old(0, v.site, v.page), old(15, v.site, "
         "v.name), "
         "told(v.site, v.visit, v.n) FROM earlier.sealed_events v ORDER BY v.rowid;"
         "INSERT INTO sealed_visits SELECT v.site, v.day, v.start, v.visit, v.vd, v.bits, v.pageviews, v.events, "
         "v.duration, old(0, v.site, v.entry_page), old(0, v.site, v.exit_page), v.import <> 0, " +
         kCarriedThen +
         "FROM earlier.sealed_visits v;"
         "INSERT INTO hot_hits SELECT v.log_offset, v.site, v.ts, v.day, v.visit, hash_of(v.site, v.day, v.vd), "
         "v.import <> 0, old(0, "
         "v.site, v.page), " +
         kCarriedThen +
         "FROM (FROM earlier.hot_hits JOIN pinned USING (site, vd)) v;"
         "INSERT INTO hot_events SELECT v.log_offset, v.site, v.ts, v.day, v.visit, hash_of(v.site, v.day, v.vd), "
         "v.import <> 0, old(0, "
         "v.site, v.page), old(15, v.site, v.name), told(v.site, v.visit, v.log_offset), " +
         kCarriedThen +
         "FROM (FROM earlier.hot_events JOIN pinned USING (site, vd)) v;"
         "INSERT INTO hot_visits SELECT v.site, v.day, v.start, v.visit, hash_of(v.site, v.day, v.vd), old(0, v.site, "
         "v.entry_page), "
         "v.import <> 0, " +
         kCarriedThen +
         "FROM earlier.hot_visits_opened v;"
         "INSERT INTO hot_visitors SELECT v.site, v.day, hash_of(v.site, v.day, v.vd), old(10, 0, v.browser), "
         "v.browser_major, old(11, 0, "
         "v.os), v.device, old(12, 0, v.language), old(13, 0, v.country), v.size_class FROM earlier.hot_visitors v;";
}

/// Rows had hashes: they come from the map of visitors.
void read_hashes(db::DuckConnection& connection, const std::filesystem::path& lane) {
  std::vector<KnownVisitor> known;
  const auto read =
      for_rows(connection, "SELECT site, day, vd, log_offset FROM earlier.hot_visitors", {}, [&](auto& row) {
        known.push_back({.day = {SiteKey{static_cast<std::uint32_t>(row.u64(0))}, static_cast<Day>(row.i64(1))},
                         .vd = static_cast<std::uint32_t>(row.u64(2)),
                         .first = row.u64(3)});
      });
  ASSERT_TRUE(read) << read.error().message;
  VisitorMap map(VisitorMap::directory_of(lane));
  ASSERT_TRUE(map.load(std::move(known)).empty());
  ASSERT_TRUE(connection.exec("CREATE TEMP TABLE hashes (site UINTEGER, day DATE, vd UINTEGER, visitor UBIGINT)"));
  auto to = connection.append_to("temp.hashes");
  ASSERT_TRUE(to);
  map.for_each([&](const VisitorDay& who, std::uint32_t vd) {
    (*to)->u32(static_cast<std::uint32_t>(who.site));
    (*to)->date(who.day);
    (*to)->u32(vd);
    (*to)->u64(who.visitor);
    ASSERT_TRUE((*to)->end_row());
  });
  ASSERT_TRUE((*to)->flush());
}

}  // namespace

void write_in_earlier_form(const std::filesystem::path& lane, const std::filesystem::path& earlier) {
  auto options = db::DuckOptions{};
  options.beside = lane;
  auto database = db::open_migrated(earlier, options, db::Forms{lane_forms().earlier});
  ASSERT_TRUE(database) << database.error().message;
  auto connection = (*database)->connect();
  ASSERT_TRUE(connection);
  ASSERT_NO_FATAL_FAILURE(read_hashes(**connection, lane));
  std::string sql = std::string(kWords) + rows() + "DELETE FROM applied; INSERT INTO applied FROM earlier.applied;";
  for (const char* table : {"turns", "lane_info", "sites", "sealed_days", "sealed_months", "numbers"})
    sql += std::string("INSERT INTO ") + table + " FROM earlier." + table + ";";
  const auto done = (*connection)->exec(sql);
  ASSERT_TRUE(done) << done.error().message;
}

}  // namespace hk::store::testing
