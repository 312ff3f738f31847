#pragma once
// From a request to a record in the log: named steps, each of which may end the journey with a reason.

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/metrics.h"
#include "http/message.h"
#include "ingest/body.h"
#include "ingest/bounds.h"
#include "ingest/counters.h"
#include "ingest/enrich/geo/geo.h"
#include "ingest/enrich/kind.h"
#include "ingest/enrich/user_agent.h"
#include "ingest/hosts.h"
#include "ingest/salts.h"
#include "ingest/senders.h"
#include "ingest/visitor.h"
#include "log/log.h"
#include "rules/rules.h"
#include "site/directory.h"
#include "store/hit.h"

namespace hk::ingest {

/// What a step says: go on; drop (the sender hears 202, as if it had counted); or reject with a status and a text.
struct Verdict {
  enum Kind : std::uint8_t { next, drop, reject } kind = next;
  Reason reason{};
  int status = 0;
  std::string_view text = {};   // static
  std::string_view field = {};  // the offending one, static
};

class Pipeline;

/// Of so many hits the steps of one are timed: a clock is asked twice for each.
inline constexpr std::uint32_t kTimedOf = 64;

/// Fields whose texts have a limit (ingest/limits.h), as the protocol spells them; labels of a metric.
inline constexpr std::array<std::string_view, 13> kCutFields = {
    "path", "referrer", "u_src", "u_med", "u_cmp", "u_trm", "u_cnt", "lang", "tsrc", "tv", "n", "t", "mid"};

/// Of a hit that a program tells on behalf of a visitor (ingest/server.h): `now` is the time that it tells.
struct Told {
  /// It comes after its time, so that the order of the log is not that of time.
  bool late = false;
  /// Keys of dates whose salt is gone, for all hits that come together: else each of them were somebody new.
  std::map<Day, Salts::Salt>& keys;
};

/// One hit on its way.
struct Draft {
  const http::Request& request;
  const TimeMs now;
  std::shared_ptr<const site::Sites> sites;  // keeps `site` alive
  const site::Site* site = nullptr;
  site::Standing standing = site::Standing::unknown;
  Body body;
  bool nobody = false;                        // an event that a program fetched: it counts, and nobody came
  Verdict refusal;                            // what is wrong with the body, said whether or not the site is known
  std::shared_ptr<const rules::Rules> rules;  // of this moment
  std::optional<net::Ip> ip;                  // for this request only
  std::string user_agent;                     // for this request only
  Bot kind = Bot::none;                       // none: a person
  std::string searched;                       // what for, where the page is one of search results
  std::string about;                          // by what its drop is told apart (ingest/counters.h)
  store::Hit hit;
  const Told* told = nullptr;  // null: it came from its visitor
};

/// Whose record goes to the log: of a site, in its lane, by a person or something else.
struct Appended {
  Whose whose;
  store::HitKind kind = store::HitKind::pageview;
  Bot who = Bot::none;
  std::string agent;    // of a machine: its name; else the door, where no page sent it
  std::string example;  // of a machine: the page
};

/// Who sends a request, as a page view of a site would be seen.
struct SeenSender {
  std::optional<Reason> dropped;  // none: it would go on
  std::string rule;               // the exclusion, as far as it is told (rules/rules.h)
  Bot kind = Bot::none;
  store::Hit seen;  // place, network, client
};

/// What a server tells of a fetch.
struct Fetched {
  TimeMs at{};
  std::string_view path, user_agent;
  std::uint16_t status = 0;
};

struct Step {
  std::string_view name;
  Verdict (*run)(Pipeline&, Draft&);
};

/// Takes hits. Thread-safe; runs on I/O threads, so it never waits: the answer's gate opens when the log is durable.
class Pipeline {
 public:
  struct Deps {
    const site::Directory& sites;
    log::Log& log;
    Salts& salts;
    const Geo& geo;
    const rules::Directory& rules;
    const Clock& clock;
    metrics::Registry& metrics;
    /// Why nothing may be recorded under the present time.
    std::function<Result<void>()> believable = [] { return Result<void>{}; };
  };
  explicit Pipeline(const Deps& deps);

  /// The steps, in order. Whatever is refused is refused before it shows whether a site is known: answers must not
  /// tell which domains are counted here.
  static const std::array<Step, 20> kSteps;

  /// Answers POST /ingest (pageview), POST /ingest/event (event) and POST /ingest/web-vitals (vital).
  http::Response take(const http::Request& request, store::HitKind kind);
  /// Answers GET /ingest/pixel.gif with an image, whatever becomes of the view.
  http::Response take_pixel(const http::Request& request);

  /// What would become of a page view of `site` from whoever sends this request. Nothing is kept or counted.
  SeenSender look_at(const http::Request& request, const site::Site& site);

  /// Runs the steps without appending: what the record would be.
  Verdict run(Draft& draft);
  /// The same, and counts what does not go on. What would be no record that a lane takes is refused.
  Verdict judge(Draft& draft);
  /// The fetch of a page by a machine of an AI; nullopt: its user agent is none of these that are known. `path` may be
  /// a whole address; the site's rules decide what stays of it.
  std::optional<store::Hit> fetch(const site::Site& site, const Fetched& what);
  /// Answers POST /api/sites/{id}/ingest/ai-fetch.
  http::Response take_fetch(const site::Site& site, const Fetched& what);

  /// What append() needs to know of a draft that judge() let go on.
  Appended appended(const Draft& draft) const;
  /// Appends what judge() let go on; `done` comes when it is durable, from the log's thread.
  void append(const Appended& what, std::string_view record, http::GateDone done);

  const Counters& counters() const { return counters_; }
  /// Gives what was counted since the last time to the log.
  /// While the clock is wrong they wait: a record's day would say nothing, and what is 400 days older would go.
  void flush_counters() {
    if (deps_.believable()) counters_.flush(deps_.log, deps_.clock.now());
  }
  const Bounds& bounds() const { return bounds_; }
  const Hosts& hosts() const { return hosts_; }
  UserAgents& user_agents() { return user_agents_; }

 private:
  friend struct Steps;

  const Deps deps_;
  Counters counters_;
  Hosts hosts_;
  Bounds bounds_;
  Senders senders_;
  UserAgents user_agents_;
  Bursts bursts_;
  crypto::SipKey burst_key_;
  Visitors visitors_;
  http::Response answer(Draft& draft, const Verdict& verdict);
  Whose arrival_of(const Draft& draft) const;
  Whose arrival_of(const site::Site* site, TimeMs now) const;
  std::array<metrics::Counter*, kCutFields.size()> cut_{};
  std::array<metrics::Histogram*, 20> step_seconds_{};  // by step
  std::atomic<std::uint32_t> runs_ = 0;
};

}  // namespace hk::ingest
