#include "store/statements.h"

#include "base/text.h"
#include "sql/store.h"
#include "store/attributes.h"
#include "store/outcomes.h"
#include "store/properties.h"
#include "store/visits.h"

namespace hk::store {
namespace {

/// 1 bit of a sealed visit: it is the first of its visitor's day with these values.
std::string first_bit(std::uint8_t bit, std::string_view values) {
  return concat({"CASE WHEN row_number() OVER (PARTITION BY site, vd", values, " ORDER BY start, visit) = 1 THEN ",
                 std::to_string(bit), " ELSE 0 END"});
}

std::string bits_of_visits() {
  std::string out = first_bit(kFirstVisit, "");
  for (const AttributeRow& row : kAttributeTable) {
    if (row.owner != Owner::visit || row.first_of_day == 0) continue;
    std::string values = row.within ? concat({", ", row_of(*row.within).name}) : "";
    (values += ", ") += row.name;
    (out += "\n        + ") += first_bit(row.first_of_day, values);
  }
  return out;
}

/// All of them: of a visit that is its visitor's only one on the day.
int all_bits() {
  int bits = kFirstVisit;
  for (const AttributeRow& row : kAttributeTable)
    if (row.owner == Owner::visit) bits |= row.first_of_day;
  return bits;
}

/// What a visit carries: pinned attributes of its visitor's day, the others of the row that opened it.
std::string opened_with() {
  std::string out;
  for (const Attribute attribute : kCarried) {
    const AttributeRow& row = row_of(attribute);
    if (!out.empty()) out += ", ";
    (out += row.pinned ? "p." : "o.") += row.name;
  }
  return out;
}

/// All as wide as the widest, for who reads them by columns.
std::string wide(std::span<const Attribute> attributes) {
  std::string out;
  for (const Attribute attribute : attributes) {
    if (!out.empty()) out += ", ";
    (out += row_of(attribute).name) += "::UINTEGER";
  }
  return out;
}

}  // namespace

const std::string& seal_sql() {
  static const std::string filled =
      fill(sql::store::seal, {{"visit_gap_ms", std::to_string(kVisitGap.count())},
                              {"stays_open_ms", std::to_string(kStaysOpen.count())},
                              {"quarter_ms", std::to_string(kQuarter.count())},
                              {"own_attributes", column_list(kOwn)},
                              {"opened_with", opened_with()},
                              {"sealed_attributes", column_list(kCarried, "s.")},
                              {"attributes", column_list(kCarried)},
                              {"bits", visit_bits_sql()},
                              {"all_bits", std::to_string(all_bits())},
                              {"first_in_visit", std::to_string(kFirstInVisit)},
                              {"interactive", std::to_string(kInteractive)},
                              {"not_interactive", std::to_string(kNotInteractive)},
                              {"first_of_value", std::to_string(kFirstOfValue)},
                              {"first_of_page", std::to_string(row_of(Attribute::page).first_of_day)}});
  return filled;
}

const std::string& visit_bits_sql() {
  static const std::string made = bits_of_visits();
  return made;
}

std::string rows_from_sql(std::string_view of) {
  return fill(sql::store::rows_from, {{"own", wide(kOwn)}, {"of", std::string(of)}});
}

std::string visitors_from_sql(std::string_view of) {
  return fill(sql::store::visitors_from, {{"pinned", wide(kPinned)}, {"of", std::string(of)}});
}

const std::string& close_visits_sql() {
  static const std::string filled =
      fill(sql::store::close_visits, {{"own_attributes", column_list(kOwn)},
                                      {"interactive", std::to_string(kInteractive)},
                                      {"not_interactive", std::to_string(kNotInteractive)},
                                      {"opened_with", opened_with()}});
  return filled;
}

const std::string& returning_visitors_sql() {
  static const std::string filled = fill(sql::store::returning_visitors, {{"pinned", column_list(kPinned)}});
  return filled;
}

}  // namespace hk::store
