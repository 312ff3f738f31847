#pragma once
// The same questions answered a second time, from hits in plain C++: no SQL, no bits, no sealed tables. And random
// hits and queries to compare both on.

#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "db/zones.h"
#include "query/query.h"
#include "query/testing/single.h"
#include "store/hit.h"

namespace hk::query::testing {

/// Label of the local hour of an instant.
using HourLabel = std::function<std::string(TimeMs)>;

/// Names of the dimensions -> metrics. Only groups that have rows; without dimensions there is always one.
using Groups = std::map<std::vector<std::string>, std::vector<std::optional<double>>>;

/// `hits` of one site in order of time.
class Model {
 public:
  Model(std::vector<store::Hit> hits, const db::Zone& zone, HourLabel hour);
  Groups answer(const Single& query, const Range& range) const;
  /// `where`: the whole filter, in normal form.
  FunnelFigures funnel(const Funnel& funnel, const Predicate& where, const Range& range) const;
  JourneysResult journeys(const Journeys& journeys, const Predicate& where, const Range& range) const;

 private:
  struct Look {
    std::uint32_t engaged = 0;
    std::uint8_t scroll = 0;
  };
  struct Visit {
    std::vector<const store::Hit*> hits;  // views and events
    std::map<const store::Hit*, Look> looks;
    TimeMs last{};
    bool interactive = false;
    std::string exit;
    double duration = 0;
    int views = 0;
    int events = 0;
  };
  static void look(Visit& visit, const store::Hit& ping);
  std::vector<const Visit*> visits_of(const Predicate& where, const Range& range) const;
  bool meant(const Matcher& matcher, const store::Hit& hit) const;
  std::string value(Dimension::Kind d, const Visit& visit) const;
  std::string title_of(const store::Hit& row) const;
  bool did(const Filter& what, const Visit& visit, const store::Hit* row) const;
  bool holds(const Predicate& tree, const Visit& visit, const store::Hit* row) const;
  bool passes(const std::vector<Predicate>& all, const Visit& visit, const store::Hit* hit) const;
  std::vector<std::string> group(const Single& query, const Visit& visit, const store::Hit* hit, TimeMs at) const;

  std::vector<store::Hit> hits_;
  const db::Zone& zone_;
  HourLabel hour_;
  std::vector<Visit> visits_;
  std::map<std::string, std::string> titles_;  // by path
  std::map<std::pair<Day, std::uint64_t>, const store::Hit*> pinned_;
};

/// People who come and go over `days` days from `first` on, often around midnight. In order of time.
std::vector<store::Hit> random_hits(std::mt19937_64& random, SiteKey site, const db::Zone& zone, Day first, int days);
/// A question that passes check(), about these days.
Single random_query(std::mt19937_64& random, const db::Zone& zone, Day first, int days);

}  // namespace hk::query::testing
