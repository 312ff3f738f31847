#include "ingest/server.h"

#include <atomic>
#include <utility>

#include "base/instant.h"
#include "base/logging.h"
#include "base/text.h"
#include "ingest/enrich/url.h"
#include "json/reader.h"
#include "net/ip.h"
#include "site/domain.h"

namespace hk::ingest {
namespace {

/// The fields of an item, as HitKeep 2.8 spells them; `session_id` and `page_id` are read by it and stored by nobody.
constexpr std::string_view kFields =
    R"("url":{"type":"string","maxLength":8192},"timestamp":{"type":"string","format":"date-time"},)"
    R"("visitor_ip":{"type":"string"},"user_agent":{"type":"string"},"referrer":{"type":"string"},)"
    R"("language":{"type":"string"},"dnt":{"type":"boolean"})";
constexpr std::string_view kOfView =
    R"(,"viewport_width":{"type":"integer"},"viewport_height":{"type":"integer"},"screen_width":{"type":"integer"},)"
    R"("screen_height":{"type":"integer"})";
constexpr std::string_view kOfEvent = R"(,"name":{"type":"string"},"properties":{"type":"object"})";

std::string named_schema(json::Schemas& named, const std::string& name, std::initializer_list<std::string_view> fields,
                         std::string_view required) {
  std::string& schema = named[name];
  schema = R"({"type":"object","properties":{)";
  for (const std::string_view part : fields) schema += part;
  schema += concat({R"(},"required":[)", required, "]}"});
  return concat({R"({"$ref":"#/components/schemas/)", name, R"("})"});
}

constexpr std::string_view kNeeded = R"("url","visitor_ip","user_agent")";

std::unexpected<Error> no_such_site(std::string_view host) {
  return fail(Code::not_found, concat({"Site not found: this key may send to no site of ", host}), "url");
}

}  // namespace

std::string server_page_view_schema(json::Schemas& named) {
  return named_schema(named, "ServerPageView", {kFields, kOfView}, kNeeded);
}

std::string server_event_schema(json::Schemas& named) {
  return named_schema(named, "ServerEvent", {kFields, kOfEvent}, concat({kNeeded, R"(,"name")"}));
}

std::string server_batch_schema(json::Schemas& named) {
  named_schema(named, "ServerItem",
               {R"("type":{"type":"string","enum":["pageview","event"]},"id":{"type":"string","maxLength":128},)",
                kFields, kOfView, kOfEvent},
               concat({R"("type",)", kNeeded}));
  return named_schema(
      named, "ServerBatch",
      {R"("items":{"type":"array","maxItems":1000,"items":{"$ref":"#/components/schemas/ServerItem"}})"}, R"("items")");
}

std::array<std::string, 5> utm_of(const http::Request& request) {
  constexpr std::array<std::string_view, 5> kNames = {"utm_source", "utm_medium", "utm_campaign", "utm_term",
                                                      "utm_content"};
  std::array<std::string, 5> out;
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = request.param(kNames[i]).value_or("");
    if (!valid_utf8(out[i]) || out[i].contains('\0')) out[i].clear();
  }
  return out;
}

/// One item as the pipeline takes it: the request that its visitor's browser would have sent.
struct ServerDoors::Item {
  http::Request request;
  store::HitKind kind = store::HitKind::pageview;
  TimeMs at{};
  std::string url, host, referrer, user_agent, language, name, properties;
  std::array<std::string, 5> utm;
  std::array<std::int64_t, 4> pixels{};

  void read(json::Object& o, TimeMs now);
  void read_url(json::Object& o);
  void read_time(json::Object& o, TimeMs now);
  Body body() const;
};

void ServerDoors::Item::read_url(json::Object& o) {
  url = o.str("url", {.max = kMaxUrlCharacters, .trim = true});
  const std::string scheme = ascii_lower(url.substr(0, std::min(url.find("://"), url.size())));
  const Origin origin = parse_origin(url);
  if ((scheme != "http" && scheme != "https") || !origin.valid || origin.host.empty()) {
    o.refuse("url", "must be an absolute http or https URL");
    return;
  }
  host = origin.host;
  request.headers.emplace_back("origin", "https://" + host);
  const std::size_t question = std::min(url.find('?'), url.size());
  request.query = url.substr(question, url.find('#', question) - question);
  if (!request.query.empty()) request.query.erase(0, 1);
  utm = utm_of(request);
}

void ServerDoors::Item::read_time(json::Object& o, TimeMs now) {
  at = now;
  const auto text = o.opt_str("timestamp");
  if (!text) return;
  const auto told = parse_instant(*text);
  if (!told) return o.refuse("timestamp", "must be RFC3339");
  if (*told < now - kMaxAge)
    return o.refuse("timestamp", "must not be older than 7 days: import what is, with hitkeep import-logs");
  if (*told > now + kMaxAhead) return o.refuse("timestamp", "must not be in the future");
  at = std::min(*told, now);
}

void ServerDoors::Item::read(json::Object& o, TimeMs now) {
  request.method = http::Method::post;
  request.path = "/api/ingest/server";
  read_url(o);
  read_time(o, now);
  const auto ip = net::Ip::parse(o.str("visitor_ip", {.trim = true}));
  if (ip) request.client_ip = ip->str();
  if (!ip) o.refuse("visitor_ip", "must be a valid IP address");
  user_agent = o.str("user_agent", {.trim = true});
  if (user_agent.empty()) o.refuse("user_agent", "is required");
  request.headers.emplace_back("user-agent", user_agent);
  referrer = o.str("referrer");
  language = o.str("language");
  if (o.boolean("dnt")) request.headers.emplace_back("dnt", "1");
  if (kind == store::HitKind::event) {
    name = o.str("name", {.trim = true});
    if (name.empty()) o.refuse("name", "is required");
    const auto told = o.opt_value("properties");
    if (!told) return;
    if (told->kind() != json::Value::Kind::object) return o.refuse("properties", "must be an object");
    properties = told->str();
    if (properties == "{}") properties.clear();
    if (properties.size() > kMaxPropertiesBytes) o.refuse("properties", "must have at most 16384 bytes");
    return;
  }
  constexpr std::array<std::string_view, 4> kNames = {"viewport_width", "viewport_height", "screen_width",
                                                      "screen_height"};
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = o.integer(kNames[i]);
}

Body ServerDoors::Item::body() const {
  Body out;
  out.path = url;
  out.referrer = referrer;
  out.user_agent = user_agent;
  out.language = language;
  out.utm_source = utm[0];
  out.utm_medium = utm[1];
  out.utm_campaign = utm[2];
  out.utm_term = utm[3];
  out.utm_content = utm[4];
  out.tracker_source = "server";
  out.viewport_width = pixels[0];
  out.viewport_height = pixels[1];
  out.screen_width = pixels[2];
  out.screen_height = pixels[3];
  out.event_name = name;
  out.properties = properties;
  return out;
}

/// A hit that waits for the log.
struct ServerDoors::Ready {
  Appended what;
  std::string record;
  std::optional<ItemId> id;
};

/// The items that come together, and what became of them.
struct ServerDoors::Batch {
  TimeMs now{};
  std::map<Day, Salts::Salt> keys = {};
  std::vector<Ready> ready = {};
  // As the log answers; the last one goes on.
  std::atomic<std::size_t> waits = 0;
  std::mutex mutex = {};
  std::vector<ItemId> kept = {};
  std::vector<ItemId> lost = {};
  std::optional<Error> error = {};
};

Result<void> ServerDoors::check_site(const access::ApiKey& who, const Item& item) const {
  const auto sites = deps_.sites.now();
  const site::Place place = sites->place_of(item.host);
  if (place.site && deps_.authority.may(who, access::Permission::site_ingest, *place.site)) return {};
  return no_such_site(item.host);
}

http::Response ServerDoors::take(const access::ApiKey& who, const http::Request& request, store::HitKind kind) {
  const auto document = json::parse(request.body);
  if (!document) return http::problem(document.error());
  json::Object object(*document);
  const TimeMs now = deps_.clock.now();
  Item item{.kind = kind};
  item.read(object, now);
  if (auto fine = object.finish(); !fine) return http::problem(fine.error());
  if (auto may = check_site(who, item); !may) return http::problem(may.error());
  std::map<Day, Salts::Salt> keys;
  const Told told{.late = item.at < now - kInOrder, .keys = keys};
  Draft draft{.request = item.request, .now = item.at, .body = item.body(), .told = &told};
  draft.hit.kind = kind;
  const Verdict verdict = deps_.pipeline.judge(draft);
  if (verdict.kind == Verdict::drop) return http::empty(202);
  if (verdict.kind == Verdict::reject)
    return http::problem({verdict.status == 503 ? Code::unavailable : Code::invalid, std::string(verdict.text),
                          std::string(verdict.field)});
  http::Response response = http::empty(202);
  response.gate = [this, what = deps_.pipeline.appended(draft), record = store::encode(draft.hit)](
                      http::GateDone done) { deps_.pipeline.append(what, record, std::move(done)); };
  return response;
}

ItemResult ServerDoors::settle(const access::ApiKey& who, json::Object& object, Batch& batch) {
  const auto refuse = [](const Error& error) {
    return ItemResult{.result = Fate::refused, .field = error.field, .message = error.message};
  };
  if (!object.errors().empty()) return refuse({Code::invalid, "must be an object", {}});
  Item item;
  const std::string type = object.str("type");
  if (type != "pageview" && type != "event") object.refuse("type", "must be pageview or event");
  item.kind = type == "event" ? store::HitKind::event : store::HitKind::pageview;
  const auto id = object.opt_str("id", {.max = kMaxItemIdCharacters, .min = 1});
  item.read(object, batch.now);
  if (auto fine = object.finish(); !fine) return refuse(fine.error());
  if (auto may = check_site(who, item); !may) return refuse(may.error());

  const Told told{.late = item.at < batch.now - kInOrder, .keys = batch.keys};
  Draft draft{.request = item.request, .now = item.at, .body = item.body(), .told = &told};
  draft.hit.kind = item.kind;
  const Verdict verdict = deps_.pipeline.judge(draft);
  if (verdict.kind == Verdict::drop) return {.result = Fate::dropped, .reason = name_of(verdict.reason)};
  if (verdict.kind == Verdict::reject)
    return {.result = Fate::refused, .field = std::string(verdict.field), .message = std::string(verdict.text)};
  Ready ready{.what = deps_.pipeline.appended(draft), .record = store::encode(draft.hit), .id = std::nullopt};
  if (id) {
    ready.id = item_id(draft.site->key, *id);
    switch (deps_.repeats.claim(*ready.id, batch.now)) {
      case Repeats::Claim::known:
        return {.result = Fate::duplicate};
      case Repeats::Claim::pending:
        return {.result = Fate::refused, .field = "id", .message = "an item with this id is being stored just now"};
      case Repeats::Claim::fresh:
        break;
    }
  }
  batch.ready.push_back(std::move(ready));
  return {};
}

http::Reply<BatchAnswer> ServerDoors::take_batch(const access::ApiKey& who, const http::Request& request) {
  const auto document = json::parse(request.body);
  if (!document) return std::unexpected(document.error());
  json::Object body(*document);
  auto values = body.array("items", {.max = kMaxItems, .required = true});
  if (auto fine = body.finish(); !fine) return std::unexpected(fine.error());

  auto batch = std::make_shared<Batch>();
  batch->now = deps_.clock.now();
  BatchAnswer answer;
  answer.results.reserve(values.size());
  for (json::Value& value : values) {
    json::Object object(std::move(value));
    answer.results.push_back(settle(who, object, *batch));
  }
  http::Reply<BatchAnswer> reply(answer);
  reply.response.status = 202;
  if (batch->ready.empty()) return reply;
  reply.response.gate = [this, batch](http::GateDone done) { finish(batch, std::move(done)); };
  return reply;
}

void ServerDoors::finish(const std::shared_ptr<Batch>& batch, http::GateDone done) {
  batch->waits = batch->ready.size();
  const auto answer = std::make_shared<http::GateDone>(std::move(done));
  const auto all_done = [this, batch, answer] {
    deps_.repeats.give_back(batch->lost);
    const auto keep = [this, batch, answer] {
      auto kept = deps_.repeats.keep(batch->kept, batch->now);
      (*answer)(batch->error ? Result<void>(std::unexpected(*batch->error)) : kept);
    };
    if (batch->kept.empty()) return keep();
    if (!deps_.later(keep)) (*answer)(fail(Code::busy, "Too much to do just now; send the batch again"));
  };
  for (const Ready& one : batch->ready)
    deps_.pipeline.append(one.what, one.record, [batch, id = one.id, all_done](Result<void> outcome) {
      {
        const std::lock_guard lock(batch->mutex);
        if (id) (outcome ? batch->kept : batch->lost).push_back(*id);
        if (!outcome) batch->error = std::move(outcome.error());
      }
      if (batch->waits.fetch_sub(1) == 1) all_done();
    });
}

}  // namespace hk::ingest
