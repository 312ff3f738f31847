#include "import/importer.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "base/text.h"
#include "crypto/hash.h"
#include "ingest/server.h"
#include "store/hit.h"

namespace hk::import {
namespace {

constexpr std::string_view kTracker = "logs";
constexpr std::string_view kDownloadEvent = "file_download";  // as the tracker calls it

/// The file's name among the progress files: of its first line that is no comment, and of the site.
Result<std::string> name_of(const std::filesystem::path& file, const SiteId& site) {
  auto source = LogSource::open(file);
  if (!source) return std::unexpected(source.error());
  while (true) {
    const auto line = (*source)->next();
    if (!line) return std::unexpected(line.error());
    if (!*line) return fail(Code::invalid, concat({file.string(), " holds no line of a request"}));
    if (trim(**line).empty() || (*line)->starts_with('#')) continue;
    constexpr std::size_t kDigits = 32;
    return crypto::sha256_hex(concat({site.str(), "\n", **line})).substr(0, kDigits);
  }
}

/// Hits that wait for the log, and its first refusal.
class Waiting {
 public:
  http::GateDone one() {
    std::unique_lock lock(mutex_);
    less_.wait(lock, [&] { return waits_ < kInFlight; });
    ++waits_;
    return [this](Result<void> outcome) {
      const std::lock_guard inner(mutex_);
      if (!outcome && !error_) error_ = std::move(outcome.error());
      --waits_;
      less_.notify_all();
    };
  }
  Result<void> all() {
    std::unique_lock lock(mutex_);
    less_.wait(lock, [&] { return waits_ == 0; });
    return error_ ? Result<void>(std::unexpected(*error_)) : Result<void>();
  }
  bool failed() {
    const std::lock_guard lock(mutex_);
    return error_.has_value();
  }

 private:
  std::mutex mutex_;
  std::condition_variable less_;
  std::size_t waits_ = 0;
  std::optional<Error> error_;
};

}  // namespace

class Importer::Run {
 public:
  Run(const Deps& deps, const ImportPlan& plan, std::unique_ptr<LogSource> source, ProgressFile progress)
      : deps_(deps),
        plan_(plan),
        source_(std::move(source)),
        file_(std::move(progress)),
        at_(file_.saved()),
        number_(std::to_string(at_.number)),
        parser_(plan.format) {}

  ~Run() { static_cast<void>(waiting_.all()); }  // the log answers to this
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  Result<Tally> all() {
    if (auto known = find_unnoted(); !known) return std::unexpected(known.error());
    const std::uint64_t before = at_.lines;
    while (true) {
      const auto line = source_->next();
      if (!line) return std::unexpected(line.error());
      if (!*line) break;
      ++tally_.lines;
      if (tally_.lines <= before) {
        ++tally_.before;
        if ((*line)->starts_with('#')) parser_.parse(**line, request_);
        continue;
      }
      if (auto taken = take(**line); !taken) return std::unexpected(taken.error());
      if (tally_.lines % kLinesPerStep == 0)
        if (auto noted = note(); !noted) return std::unexpected(noted.error());
    }
    at_.keys.clear();
    if (auto noted = note(); !noted) return std::unexpected(noted.error());
    return tally_;
  }

 private:
  /// Hits of this import that are in the log although no progress tells of them: a kill came in between. The next ones
  /// are the same, and are not given again.
  Result<void> find_unnoted() {
    if (at_.timeline.is_nil()) {
      at_.timeline = deps_.log.timeline();
      at_.offset = deps_.log.durable_end();
      return file_.save(at_);
    }
    if (at_.timeline != deps_.log.timeline())
      return fail(Code::conflict,
                  "This file was being imported in another timeline of the data directory (a restored "
                  "copy): nobody knows how far it came. Delete its import first");
    auto reader = deps_.log.read_as_guest(at_.offset);
    if (!reader) return std::unexpected(reader.error());
    const log::Offset end = deps_.log.durable_end();
    const std::string mark = concat({kTracker, "/", number_});
    while ((*reader)->position() < end) {
      auto entry = (*reader)->next(std::chrono::seconds(1));
      if (!entry) return std::unexpected(entry.error());
      if (!*entry) break;
      const log::Record& record = (*entry)->record;
      if (record.kind != static_cast<std::uint8_t>(store::RecordKind::hit) || record.lane == 0) continue;
      const auto hit = store::decode_hit(record.payload, record.version);
      if (hit && hit->tracker == mark) ++unnoted_;
    }
    return {};
  }

  Result<void> note() {
    if (auto durable = waiting_.all(); !durable) return durable;
    deps_.report({.lines = tally_.lines, .read_bytes = source_->read_bytes(), .size = source_->size()});
    at_.lines = tally_.lines;
    at_.offset = deps_.log.durable_end();
    return file_.save(at_);
  }

  Result<void> take(std::string_view line) {
    const Wrong wrong = parser_.parse(line, request_);
    ++tally_.wrong[static_cast<std::size_t>(wrong)];
    if (wrong != Wrong::none) return {};
    const RequestKind kind = kind_of(request_);
    ++tally_.kinds[static_cast<std::size_t>(kind)];
    // Of what failed only the fetches of AIs are kept.
    const bool of_ai = ingest::is_of_ai(deps_.pipeline.user_agents().parse(request_.user_agent)->bot);
    if (kind != RequestKind::page && kind != RequestKind::download && !(kind == RequestKind::failed && of_ai))
      return {};
    const auto sites = deps_.sites.now();
    const site::Site* site = sites->by_id(plan_.site);
    if (!site) return fail(Code::not_found, "The site is gone");
    const std::string host = request_.host.empty() ? site->domain : request_.host;
    if (sites->place_of(host).site != site) {
      ++tally_.other_host;
      return {};
    }
    return judge(*site, host, kind);
  }

  /// What a browser, or a server in its place, would have sent.
  Result<void> judge(const site::Site& site, const std::string& host, RequestKind kind) {
    http::Request sent;
    sent.method = http::Method::post;
    sent.client_ip = request_.ip;
    sent.headers = {{"origin", "https://" + host}, {"user-agent", request_.user_agent}};
    const auto question = std::min(request_.target.find('?'), request_.target.size());
    sent.query = request_.target.substr(std::min(question + 1, request_.target.size()));
    const auto utm = ingest::utm_of(sent);
    ingest::Draft draft{.request = sent, .now = request_.at};
    const ingest::Told told{.late = true, .keys = at_.keys};
    draft.told = &told;
    ingest::Body& body = draft.body;
    body.path = request_.target;
    body.referrer = request_.referrer;
    body.user_agent = request_.user_agent;
    body.utm_source = utm[0];
    body.utm_medium = utm[1];
    body.utm_campaign = utm[2];
    body.utm_term = utm[3];
    body.utm_content = utm[4];
    body.tracker_source = kTracker;
    body.tracker_version = number_;
    std::string file;
    if (kind == RequestKind::download) {
      draft.hit.kind = store::HitKind::event;
      body.event_name = kDownloadEvent;
      file = R"({"file":)";
      append_json_string(file, std::string_view(request_.target).substr(0, question));
      file += '}';
      body.properties = file;
    }
    const std::size_t keys = at_.keys.size();
    const ingest::Verdict verdict = deps_.pipeline.judge(draft);
    if (verdict.kind != ingest::Verdict::next) {
      ++tally_.dropped[static_cast<std::size_t>(verdict.reason)];
      return {};
    }
    // A new date's key is kept before anything is hashed with it for good: after a kill it is the same.
    if (at_.keys.size() != keys)
      if (auto noted = keep_keys(); !noted) return noted;
    if (ingest::is_of_ai(draft.kind)) return take_fetch(site);
    const bool person = draft.kind == ingest::Bot::none;
    // Bots are kept apart, and no tracker counts them.
    if (person && kind == RequestKind::page && plan_.tracked.contains(draft.hit.day)) {
      tally_.tracked_days.insert(draft.hit.day);
      if (!plan_.add) {
        ++tally_.tracked;
        return {};
      }
    }
    if (person)
      ++(kind == RequestKind::page ? tally_.views : tally_.downloads);
    else
      ++tally_.bots[static_cast<std::size_t>(draft.kind)];
    return give(deps_.pipeline.appended(draft), draft.hit);
  }

  Result<void> give(const ingest::Appended& what, const store::Hit& hit) {
    if (unnoted_ > 0) {
      --unnoted_;
      return {};
    }
    deps_.pipeline.append(what, store::encode(hit), waiting_.one());
    if (waiting_.failed()) return waiting_.all();
    return {};
  }

  Result<void> take_fetch(const site::Site& site) {
    auto hit = deps_.pipeline.fetch(site, {.at = request_.at,
                                           .path = request_.target,
                                           .user_agent = request_.user_agent,
                                           .status = static_cast<std::uint16_t>(request_.status)});
    if (!hit) return {};
    hit->late = true;
    hit->tracker = concat({kTracker, "/", number_});
    ++tally_.fetches;
    return give({.whose = {.lane = site.lane, .site = site.key, .day = hit->day, .at = hit->at},
                 .kind = hit->kind,
                 .agent = {},
                 .example = {}},
                *hit);
  }

  Result<void> keep_keys() {
    ImportProgress known = file_.saved();
    known.keys = at_.keys;
    return file_.save(known);
  }

  const Deps& deps_;
  const ImportPlan& plan_;
  std::unique_ptr<LogSource> source_;
  ProgressFile file_;
  ImportProgress at_;
  const std::string number_;
  LineParser parser_;
  LogRequest request_;
  Tally tally_;
  std::uint64_t unnoted_ = 0;
  Waiting waiting_;
};

Result<Tally> Importer::take(const std::filesystem::path& file) {
  const auto name = name_of(file, plan_.site);
  if (!name) return std::unexpected(name.error());
  auto progress = ProgressFile::open(deps_.folder, *name);
  if (!progress) return std::unexpected(progress.error());
  auto source = LogSource::open(file);
  if (!source) return std::unexpected(source.error());
  return Run(deps_, plan_, std::move(*source), std::move(*progress)).all();
}

}  // namespace hk::import
