// Records become rows.

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "base/ensure.h"
#include "sql/store.h"
#include "store/attributes.h"
#include "store/for_rows.h"
#include "store/going_on.h"
#include "store/lane.h"
#include "store/orders.h"
#include "store/outcome_rows.h"
#include "store/properties.h"
#include "store/statements.h"

namespace hk::store {

struct HitRow {
  std::array<std::uint32_t, kAttributes> values{};  // what the hit says itself: ids of texts, codes, numbers
  bool whole = true;                                // false: ids that the dictionary did not know yet are 0
  std::vector<Property> told = {};                  // of an event
  struct Ids {
    std::uint32_t key = 0, value = 0;
  };
  std::vector<Ids> told_ids = {};  // in the order of `told`; no value where it is a number
  std::vector<OrderItem> items = {};
  struct ItemIds {
    std::uint32_t item = 0, category = 0, currency = 0;
  };
  std::vector<ItemIds> item_ids = {};  // in the order of `items`

  std::uint32_t& of(Attribute attribute) { return values.at(static_cast<std::size_t>(attribute)); }
  std::uint32_t of(Attribute attribute) const { return values.at(static_cast<std::size_t>(attribute)); }
  Pinned pinned() const {
    Pinned out{};
    std::ranges::transform(kPinned, out.begin(), [this](Attribute attribute) { return of(attribute); });
    return out;
  }
};

namespace {

/// Where rows come from: they were counted as they happened, or arrived too late for that. Imports have the numbers
/// between.
constexpr std::uint16_t kNative = 0, kArrivedLate = 65'535;

/// `id_of` gives a text's id.
template <class IdOf>
void resolve(const Hit& h, IdOf id_of, HitRow& row) {
  std::string scratch;
  for (const AttributeRow& attribute : kAttributeTable) {
    if (attribute.text != nullptr)
      row.of(attribute.id) = id_of(h.site, attribute.kind, attribute.text(h, scratch));
    else if (attribute.number != nullptr)
      row.of(attribute.id) = attribute.number(h);
  }
  row.told_ids.clear();
  for (const Property& one : row.told) {
    HitRow::Ids& ids = row.told_ids.emplace_back();
    ids.key = id_of(h.site, kPropertyKey, one.key);
    if (!one.number) ids.value = id_of(h.site, kPropertyValue, one.text);
  }
  row.item_ids.clear();
  for (const OrderItem& one : row.items)
    row.item_ids.push_back({.item = id_of(h.site, kItem, one.item),
                            .category = id_of(h.site, kItem, one.category),
                            .currency = id_of(h.site, kItem, one.currency)});
}

/// `import` of the hot and sealed tables.
std::uint16_t import_of(const Hit& h) {
  return h.late ? kArrivedLate : kNative;
}

const Hit& hit_of(const Batch::Arrived& arrived) {
  return std::get<Hit>(arrived.what);
}

/// Records come in the order of the log, and none twice. Those of a bulk load are not from the log.
void check_order(const Batch& batch, log::Offset applied) {
  if (batch.by_site || batch.empty()) return;
  ensure(batch.records.front().offset > applied && batch.records.back().offset <= batch.end,
         "a batch holds what is not applied yet");
  ensure(std::ranges::is_sorted(batch.records, {}, &Batch::Arrived::offset), "a batch is in the order of the log");
}

/// What the store calls a hit's visit and its visitor's day.
struct Numbers {
  std::uint32_t visit = 0, vd = 0;
};

}  // namespace

/// Appenders of one batch, each made when its table gets its first row.
class Tables {
 public:
  explicit Tables(db::DuckConnection& connection) : connection_(connection) {}

  Result<db::DuckAppender*> open(std::string_view table) {
    auto& slot = open_[table];
    if (!slot) {
      auto made = connection_.append_to(table);
      if (!made) return std::unexpected(made.error());
      slot = std::move(*made);
    }
    return slot.get();
  }
  Result<void> flush() {
    for (auto& [table, appender] : open_)
      if (auto done = appender->flush(); !done) return done;
    return {};
  }

 private:
  db::DuckConnection& connection_;
  std::map<std::string_view, std::unique_ptr<db::DuckAppender>> open_;
};

namespace {

Result<void> append_visitor(Tables& tables, const Hit& h, std::uint32_t vd, log::Offset offset, const Pinned& p) {
  auto to = tables.open("hot_visitors");
  if (!to) return std::unexpected(to.error());
  (*to)->u32(static_cast<std::uint32_t>(h.site));
  (*to)->date(h.day);
  (*to)->u32(vd);
  (*to)->u64(offset);
  for (std::size_t i = 0; i < kPinned.size(); ++i) put(**to, kPinned.at(i), p.at(i));
  return (*to)->end_row();
}

Result<void> append_visit(Tables& tables, const Batch::Arrived& opened_by, const Numbers& numbers, std::uint8_t bits,
                          const HitRow& row) {
  const Hit& h = hit_of(opened_by);
  auto to = tables.open("hot_visits");
  if (!to) return std::unexpected(to.error());
  (*to)->u32(static_cast<std::uint32_t>(h.site));
  (*to)->date(h.day);
  (*to)->time(h.at);
  (*to)->u32(numbers.visit);
  (*to)->u32(numbers.vd);
  (*to)->u8(bits);
  (*to)->u32(row.of(Attribute::page));
  (*to)->u16(import_of(h));
  (*to)->u64(opened_by.offset);
  return (*to)->end_row();
}

Outcome opened(const Hit& h, const Numbers& numbers, std::uint8_t bits, const HitRow& row, const Pinned& pinned) {
  Outcome out{.site = h.site,
              .visit = numbers.visit,
              .vd = numbers.vd,
              .day = h.day,
              .start = h.at,
              .first = h.at,
              .last = h.at,
              .bits = bits,
              .import = import_of(h),
              .entry_page = row.of(Attribute::page)};
  auto next_pinned = pinned.begin();
  std::ranges::transform(kCarried, out.carried.begin(), [&](Attribute attribute) {
    return row_of(attribute).pinned ? *next_pinned++ : row.of(attribute);
  });
  return out;
}

Activity activity_of(const Batch::Arrived& arrived, const HitRow& row) {
  const Hit& h = hit_of(arrived);
  return {.at = h.at,
          .place = arrived.offset,
          .is_view = h.kind != HitKind::event,
          .interactive = h.interactive,
          .page = row.of(Attribute::page),
          .source = row.of(Attribute::source),
          .channel = row.of(Attribute::channel)};
}

Result<void> append_closed(Tables& tables, const Outcome& visit) {
  auto to = tables.open("hot_closed");
  if (!to) return std::unexpected(to.error());
  return append(**to, visit);
}

Result<void> append_activity(Tables& tables, const Batch::Arrived& arrived, const Numbers& numbers, const HitRow& row) {
  const Hit& h = hit_of(arrived);
  const bool event = h.kind == HitKind::event;
  auto to = tables.open(event ? "hot_events" : "hot_hits");
  if (!to) return std::unexpected(to.error());
  (*to)->u64(arrived.offset);
  (*to)->u32(static_cast<std::uint32_t>(h.site));
  (*to)->time(h.at);
  (*to)->date(h.day);
  (*to)->u32(numbers.visit);
  (*to)->u32(numbers.vd);
  (*to)->u16(import_of(h));
  (*to)->u32(row.of(Attribute::page));
  if (event) {
    (*to)->u32(row.of(Attribute::event_name));
  }
  for (const Attribute attribute : kOwn) put(**to, attribute, row.of(attribute));
  return (*to)->end_row();
}

Result<void> append_properties(Tables& tables, const Batch::Arrived& arrived, const Numbers& numbers,
                               const HitRow& row) {
  const Hit& h = hit_of(arrived);
  for (std::size_t i = 0; i < row.told.size(); ++i) {
    const auto number = row.told[i].number;
    auto to = tables.open(number ? "hot_event_numbers" : "hot_event_texts");
    if (!to) return std::unexpected(to.error());
    (*to)->u64(arrived.offset);
    (*to)->u32(static_cast<std::uint32_t>(h.site));
    (*to)->u32(row.of(Attribute::event_name));
    (*to)->u32(row.told_ids[i].key);
    (*to)->time(h.at);
    (*to)->date(h.day);
    (*to)->u32(numbers.visit);
    (*to)->u32(numbers.vd);
    if (number)
      (*to)->i64(*number);
    else
      (*to)->u32(row.told_ids[i].value);
    if (auto done = (*to)->end_row(); !done) return done;
  }
  return {};
}

Result<void> append_items(Tables& tables, const Batch::Arrived& arrived, const Numbers& numbers, const HitRow& row) {
  const Hit& h = hit_of(arrived);
  for (std::size_t i = 0; i < row.items.size(); ++i) {
    auto to = tables.open("hot_order_items");
    if (!to) return std::unexpected(to.error());
    (*to)->u64(arrived.offset);
    (*to)->u32(static_cast<std::uint32_t>(h.site));
    (*to)->time(h.at);
    (*to)->u32(numbers.visit);
    (*to)->u32(numbers.vd);
    (*to)->u32(row.item_ids[i].item);
    (*to)->u32(row.item_ids[i].category);
    (*to)->u32(row.items[i].quantity);
    (*to)->i64(row.items[i].amount);
    (*to)->u32(row.item_ids[i].currency);
    if (auto done = (*to)->end_row(); !done) return done;
  }
  return {};
}

Result<void> append_quiet(Tables& tables, const Batch::Arrived& arrived, const Numbers& numbers) {
  auto to = tables.open("hot_quiet");
  if (!to) return std::unexpected(to.error());
  (*to)->u64(arrived.offset);
  (*to)->u32(static_cast<std::uint32_t>(hit_of(arrived).site));
  (*to)->u32(numbers.visit);
  return (*to)->end_row();
}

/// What hot_pings and hot_vitals begin with.
Result<db::DuckAppender*> begin_report(Tables& tables, std::string_view table, const Batch::Arrived& arrived,
                                       log::Offset view, const Numbers& numbers) {
  auto to = tables.open(table);
  if (!to) return to;
  (*to)->u64(arrived.offset);
  (*to)->u64(view);
  (*to)->u32(static_cast<std::uint32_t>(hit_of(arrived).site));
  (*to)->time(hit_of(arrived).at);
  (*to)->date(hit_of(arrived).day);
  (*to)->u32(numbers.visit);
  (*to)->u32(numbers.vd);
  return to;
}

Result<void> append_ping(Tables& tables, const Batch::Arrived& arrived, log::Offset view, const Numbers& numbers) {
  auto to = begin_report(tables, "hot_pings", arrived, view, numbers);
  if (!to) return std::unexpected(to.error());
  (*to)->u32(hit_of(arrived).engaged);
  (*to)->u8(hit_of(arrived).scroll);
  return (*to)->end_row();
}

Result<void> append_vital(Tables& tables, const Batch::Arrived& arrived, const Outcome::View& view,
                          const Numbers& numbers) {
  auto to = begin_report(tables, "hot_vitals", arrived, view.place, numbers);
  if (!to) return std::unexpected(to.error());
  (*to)->u32(view.page);
  (*to)->u8(static_cast<std::uint8_t>(hit_of(arrived).vital));
  (*to)->u32(hit_of(arrived).vital_value);
  (*to)->u64(hit_of(arrived).vital_id);
  return (*to)->end_row();
}

Result<void> append_turn(Tables& tables, log::Offset offset, Millis total) {
  auto to = tables.open("turns");
  if (!to) return std::unexpected(to.error());
  (*to)->u64(offset);
  (*to)->i64(total.count());
  return (*to)->end_row();
}

}  // namespace

Result<std::vector<Applied>> Lane::apply(const Batch& batch) {
  check_order(batch, applied_);
  auto transaction = db::DuckTransaction::begin(*connection_);
  if (!transaction) return std::unexpected(transaction.error());
  if (auto done = apply_records(batch); !done) return std::unexpected(done.error());
  if (auto done = write_offset(batch.end); !done) return std::unexpected(done.error());
  if (auto done = transaction->commit(); !done) return std::unexpected(done.error());
  applied_ = batch.end;
  visits_.expire();
  visitors_.write_some();
  return count(batch.records);
}

/// In order: hits between two other records together, each of these by itself.
Result<void> Lane::apply_records(const Batch& batch) {
  const auto is_hit = [](const Batch::Arrived& arrived) { return std::holds_alternative<Hit>(arrived.what); };
  for (Run left(batch.records); !left.empty();) {
    const auto other = std::ranges::find_if_not(left, is_hit);
    const auto hits = static_cast<std::size_t>(other - left.begin());
    if (auto done = apply_hits(left.first(hits), batch.by_site); !done) return done;
    left = left.subspan(hits);
    if (left.empty()) break;
    const auto* counts = std::get_if<Counts>(&left.front().what);
    auto done = counts ? apply_counts(*counts) : apply_fence(std::get<SiteAdded>(left.front().what));
    if (!done) return done;
    left = left.subspan(1);
  }
  return {};
}

Result<void> Lane::apply_hits(Run hits, bool by_site) {
  if (hits.empty()) return {};
  if (auto done = dictionary_.begin(*connection_); !done) return done;
  std::vector<HitRow> rows;
  rows.reserve(hits.size());
  for (const auto& arrived : hits) rows.push_back(known_row(hit_of(arrived)));
  if (auto done = dictionary_.fetch(*connection_); !done) return done;
  if (auto done = load_pinned(hits); !done) return done;
  if (auto done = load_titles(hits); !done) return done;
  if (auto done = append_rows(hits, rows, by_site); !done) return done;
  return dictionary_.store(*connection_);
}

Result<void> Lane::apply_fence(const SiteAdded& site) {
  auto to = connection_->append_to("sites");
  if (!to) return std::unexpected(to.error());
  (*to)->u32(static_cast<std::uint32_t>(site.site));
  (*to)->uuid(site.id.uuid);
  (*to)->text(site.domain);
  if (auto done = (*to)->end_row(); !done) return done;
  if (auto done = (*to)->flush(); !done) return done;
  if (!identity_.team.uuid.is_nil()) return {};
  // The first file is made before there is a team.
  identity_.team = site.team;
  return write_identity();
}

/// Rows of the same day and thing are added up by who reads them, until they are tidied.
Result<void> Lane::apply_counts(const Counts& counts) {
  if (counts.tidy != 0) {
    const db::DuckValue from = db::DateValue{counts.tidy - kCountedTidied}, until = db::DateValue{counts.tidy},
                        oldest = db::DateValue{counts.tidy - kCountedDays};
    if (auto done = connection_->query(sql::store::add_up_counted, {from, until}); !done)
      return std::unexpected(done.error());
    if (auto done = connection_->query(sql::store::forget_counted, {from, until, oldest}); !done)
      return std::unexpected(done.error());
    if (auto done = connection_->exec(sql::store::tidy_counted); !done) return done;
  }
  if (counts.counts.empty()) return {};
  if (auto done = dictionary_.begin(*connection_); !done) return done;
  for (const Count& one : counts.counts)
    for (const std::string& text : {one.agent, one.example}) dictionary_.want(one.site, kAgent, text);
  if (auto done = dictionary_.fetch(*connection_); !done) return done;
  auto to = connection_->append_to("counted");
  if (!to) return std::unexpected(to.error());
  for (const Count& one : counts.counts) {
    (*to)->u32(static_cast<std::uint32_t>(one.site));
    (*to)->date(one.day);
    (*to)->u8(one.reason);
    (*to)->u8(one.kind);
    (*to)->u32(dictionary_.id(one.site, kAgent, one.agent));
    (*to)->u32(one.hits);
    (*to)->u32(0);  // visits: those of machines are told by their own rows
    (*to)->time(one.last);
    (*to)->u32(dictionary_.id(one.site, kAgent, one.example));
    if (auto done = (*to)->end_row(); !done) return done;
  }
  if (auto done = (*to)->flush(); !done) return done;
  return dictionary_.store(*connection_);
}

/// What a committed batch changed, site by site; the new rows are hot.
std::vector<Applied> Lane::count(Run records) {
  std::map<SiteKey, Applied> changed = std::exchange(reported_, {});
  {
    const std::scoped_lock lock(hot_mutex_);
    for (const auto& arrived : records) {
      const auto* hit = std::get_if<Hit>(&arrived.what);
      if (hit == nullptr || !opens_visits(hit->kind)) continue;
      HotRows& hot = hot_[{hit->site, hit->day}];
      ++hot.all;
      hot.late += hit->late ? 1 : 0;
      Applied& site = changed.try_emplace(hit->site, Applied{.site = hit->site, .earliest = hit->at}).first->second;
      ++(hit->kind == HitKind::event ? site.events : site.hits);
      site.earliest = site.hits + site.events == 1 ? hit->at : std::min(site.earliest, hit->at);
    }
  }
  std::vector<Applied> out;
  out.reserve(changed.size());
  for (auto& [site, what] : changed) out.push_back(what);
  return out;
}

Result<void> Lane::load_pinned(Run hits) {
  returning_.clear();
  std::set<std::pair<SiteDay, std::uint32_t>> wanted;
  for (const auto& arrived : hits) {
    const Hit& hit = hit_of(arrived);
    const VisitorDay who{hit.site, hit.day, hit.visitor};
    if (!opens_visits(hit.kind) || hit.visitor == 0 || visits_.find(who) != nullptr) continue;
    if (const auto vd = visitors_.find(who)) wanted.emplace(SiteDay{hit.site, hit.day}, *vd);
  }
  if (wanted.empty()) return {};
  auto to = connection_->append_to("temp.wanted_visitors");
  if (!to) return std::unexpected(to.error());
  for (const auto& [day, vd] : wanted) {
    (*to)->u32(static_cast<std::uint32_t>(day.site));
    (*to)->date(day.day);
    (*to)->u32(vd);
    if (auto done = (*to)->end_row(); !done) return done;
  }
  if (auto done = (*to)->flush(); !done) return done;
  if (auto read = for_rows(
          *connection_, returning_visitors_sql(), {},
          [&](db::DuckRows& row) {
            returning_[{SiteKey{static_cast<std::uint32_t>(row.u64(0))}, static_cast<std::uint32_t>(row.u64(2))}] =
                pinned_at(row, 3);
          });
      !read)
    return read;
  return connection_->exec(sql::store::forget_wanted_visitors);
}

Result<void> Lane::load_titles(Run hits) {
  titles_.begin();
  for (const auto& arrived : hits) {
    const Hit& hit = hit_of(arrived);
    if (!hit.title.empty()) titles_.want(hit.site, dictionary_.known(hit.site, kind_of(Attribute::page), hit.path));
  }
  return titles_.fetch(*connection_);
}

/// The clock was set back: visits that had ended go on.
Result<void> Lane::reopen() {
  if (auto done = connection_->query(sql::store::reopen_visits, {visits_.horizon()}); !done)
    return std::unexpected(done.error());
  return load_going_on();
}

Result<void> Lane::close_visits() {
  auto transaction = db::DuckTransaction::begin(*connection_);
  if (!transaction) return std::unexpected(transaction.error());
  for (const auto& [sql, horizon] : {std::pair<std::string_view, TimeMs>{sql::store::reopen_visits, TimeMs{}},
                                     {close_visits_sql(), visits_.horizon()}})
    if (auto done = connection_->query(sql, {horizon}); !done) return std::unexpected(done.error());
  return transaction->commit();
}

/// With the ids that the dictionary knows already; it is told to look for the others.
HitRow Lane::known_row(const Hit& hit) {
  bool whole = true;
  HitRow row;
  row.told = properties_of(hit.event_json);
  row.items = items_of(hit.event_name, hit.event_json);
  // The lines of an order are rows of their own.
  if (!row.items.empty()) std::erase_if(row.told, [](const Property& one) { return one.key == "items"; });
  const auto known = [&](SiteKey site, TextKind kind, std::string_view text) {
    const std::uint32_t id = dictionary_.want(site, kind, text);
    whole = whole && (id != 0 || text.empty());
    return id;
  };
  if (opens_visits(hit.kind)) {
    resolve(hit, known, row);
    dictionary_.want(hit.site, kTitle, hit.title);
  } else {
    row.of(Attribute::page) = known(hit.site, kind_of(Attribute::page), hit.path);
    if (hit.kind == HitKind::fetch) known(hit.site, kAgent, hit.browser);
  }
  row.whole = whole;
  return row;
}

/// A page view or an event, with the visitor and the visit that it may be the first of.
Result<void> Lane::append_hit(Tables& tables, const Batch::Arrived& arrived, const HitRow& row, bool by_site) {
  const Hit& hit = hit_of(arrived);
  if (hit.visitor == 0) {
    // An event that nobody did: of no visit.
    visits_.reach(hit.at);
    if (auto done = append_activity(tables, arrived, {}, row); !done) return done;
    if (auto done = append_properties(tables, arrived, {}, row); !done) return done;
    return append_items(tables, arrived, {}, row);
  }
  const VisitorDay who{hit.site, hit.day, hit.visitor};
  const log::Offset first = by_site ? 0 : arrived.offset;
  const auto [vd, fresh] = visitors_.number(who, first);
  Pinned pinned = row.pinned();
  if (fresh) {
    if (auto done = append_visitor(tables, hit, vd, first, pinned); !done) return done;
  } else if (const auto* open = visits_.find(who)) {
    pinned = open->pinned;
  } else {
    const auto seen = returning_.find({hit.site, vd});
    ensure(seen != returning_.end(), "who has an ordinal has a row");
    pinned = seen->second;
  }
  const auto [visit, opens] = visits_.decide(who, hit.visitor_before, hit.at, hit.late, pinned);
  const Numbers numbers{.visit = visit, .vd = vd};
  if (opens) {
    const std::uint8_t bits = fresh ? kFirstVisit : 0;
    if (auto done = append_visit(tables, arrived, numbers, bits, row); !done) return done;
    if (!by_site) outcomes_.open(opened(hit, numbers, bits, row, pinned));
  }
  outcomes_.add(hit.site, visit, activity_of(arrived, row));
  if (auto done = append_activity(tables, arrived, numbers, row); !done) return done;
  if (auto done = append_properties(tables, arrived, numbers, row); !done) return done;
  if (auto done = append_items(tables, arrived, numbers, row); !done) return done;
  if (auto done = append_title(tables, hit, row.of(Attribute::page)); !done) return done;
  return hit.interactive ? Result<void>{} : append_quiet(tables, arrived, numbers);
}

/// What the page of a view is called, where that is another title than before.
Result<void> Lane::append_title(Tables& tables, const Hit& hit, std::uint32_t page) {
  if (hit.title.empty() || !titles_.changes(hit.site, page, dictionary_.known(hit.site, kTitle, hit.title), hit.at))
    return {};
  const std::uint32_t title = dictionary_.id(hit.site, kTitle, hit.title);
  titles_.set(hit.site, page, title, hit.at);
  auto to = tables.open("titles");
  if (!to) return std::unexpected(to.error());
  (*to)->u32(static_cast<std::uint32_t>(hit.site));
  (*to)->u32(page);
  (*to)->u32(title);
  (*to)->time(hit.at);
  return (*to)->end_row();
}

/// A fetch is a row once and for all: it is of no visit, and nothing seals it.
Result<void> Lane::append_fetch(Tables& tables, const Batch::Arrived& arrived) {
  const Hit& hit = hit_of(arrived);
  if (!hit.late) visits_.reach(hit.at);
  auto to = tables.open("ai_fetches");
  if (!to) return std::unexpected(to.error());
  (*to)->u32(static_cast<std::uint32_t>(hit.site));
  (*to)->time(hit.at);
  (*to)->u32(dictionary_.id(hit.site, kind_of(Attribute::page), hit.path));
  (*to)->u32(dictionary_.id(hit.site, kAgent, hit.browser));
  (*to)->u16(hit.status);
  return (*to)->end_row();
}

/// What a page tells of one of the last views of a visit that is open. It opens nothing, and what finds nothing is
/// counted (docs/visits.md, Engagement).
Result<void> Lane::append_report(Tables& tables, const Batch::Arrived& arrived, std::uint32_t page) {
  const Hit& hit = hit_of(arrived);
  visits_.reach(hit.at);
  Applied& site = reported_.try_emplace(hit.site, Applied{.site = hit.site}).first->second;
  const auto found = visits_.going_on({hit.site, hit.day, hit.visitor}, hit.visitor_before, hit.at);
  const Outcome* visit = found ? outcomes_.find(hit.site, found->visit) : nullptr;
  if (visit == nullptr) {
    ++site.without_visit;
    return {};
  }
  if (page == 0) page = dictionary_.known(hit.site, kind_of(Attribute::page), hit.path);
  const Outcome::View* view = visit->view_of(page);
  const auto vd = visitors_.find(found->who);
  if (view == nullptr || !vd) {
    ++site.without_view;
    return {};
  }
  const Numbers numbers{.visit = found->visit, .vd = *vd};
  ++site.reports;
  if (hit.kind == HitKind::vital) return append_vital(tables, arrived, *view, numbers);
  if (auto done = append_ping(tables, arrived, view->place, numbers); !done) return done;
  visits_.keep(*found, hit.at);
  outcomes_.see(hit.site, found->visit, store::Look{.view = view->place, .at = hit.at, .engaged = hit.engaged});
  return {};
}

Result<void> Lane::append_rows(Run hits, std::vector<HitRow>& rows, bool by_site) {
  Tables tables(*connection_);
  const auto given = [&](SiteKey site, TextKind kind, std::string_view text) {
    return dictionary_.id(site, kind, text);
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Batch::Arrived& arrived = hits[i];
    const Hit& hit = hit_of(arrived);
    HitRow& row = rows[i];
    if (!by_site && visits_.turns_back(hit.at, hit.late)) {
      // The machine's clock was set back: what was dropped meanwhile can be continued again. When it was dropped
      // depends on batches and restarts; what the tables say does not.
      if (auto done = append_turn(tables, arrived.offset, visits_.turn_back(hit.at)); !done) return done;
      if (auto done = tables.flush(); !done) return done;
      if (auto done = reopen(); !done) return done;
    }
    if (opens_visits(hit.kind)) {
      if (!row.whole) resolve(hit, given, row);
      if (auto done = append_hit(tables, arrived, row, by_site); !done) return done;
    } else if (hit.kind == HitKind::fetch) {
      if (auto done = append_fetch(tables, arrived); !done) return done;
    } else if (auto done = append_report(tables, arrived, row.of(Attribute::page)); !done) {
      return done;
    }
    // By the log's clock as this record leaves it, not once a batch: else it would show where batches end.
    while (const auto ended = outcomes_.take_ended(visits_.horizon()))
      if (auto done = append_closed(tables, *ended); !done) return done;
  }
  return tables.flush();
}

}  // namespace hk::store
