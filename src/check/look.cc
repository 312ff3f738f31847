#include "check/look.h"

#include <optional>
#include <utility>

#include "base/text.h"
#include "check/page.h"

namespace hk::check {
namespace {

bool leads_on(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool of_site(std::string_view host, std::string_view domain) {
  return host == domain || host.ends_with(concat({".", domain}));
}

class Look {
 public:
  Look(const AskOutside& ask, const std::stop_token& stop) : ask_(ask), stop_(stop) {}

  Result<net::HttpsResponse> get(const PageUrl& url) {
    ++asked_;
    return ask_({.url = url.str(), .headers = {{"Accept", "text/html, */*"}}}, stop_);
  }
  bool may_ask() const { return asked_ < kMaxLooks; }

 private:
  const AskOutside& ask_;
  const std::stop_token& stop_;
  std::size_t asked_ = 0;
};

void judge_tag(const TrackerTag& tag, const PageUrl& page, const std::vector<std::string>& policies, SiteLook& out) {
  if (!tag.ours) out.found.push_back({PageFinding::other_server, tag.src.str()});
  if (tag.src.scheme == "http") out.found.push_back({PageFinding::insecure_script, tag.src.str()});
  if (!lets(policies, Loads::script, page, tag.src, tag.nonce))
    out.found.push_back({PageFinding::csp_script, tag.src.host});
  if (!lets(policies, Loads::connect, page, tag.endpoint, false))
    out.found.push_back({PageFinding::csp_connect, tag.endpoint.host});
  if (tag.waits) out.found.push_back({PageFinding::waits, {}});
  if (tag.manual) out.found.push_back({PageFinding::manual, {}});
}

}  // namespace

SiteLook look_at_site(const std::string& domain, std::string_view server, const AskOutside& ask,
                      const std::stop_token& stop) {
  SiteLook out;
  Look look(ask, stop);
  PageUrl page{.scheme = "https", .host = domain, .port = {}, .path = "/"};
  const auto found = [&](PageFinding what, std::string detail) { out.found.push_back({what, std::move(detail)}); };
  Result<net::HttpsResponse> answer;
  for (;;) {
    out.page = page.str();
    answer = look.get(page);
    if (!answer) {
      found(PageFinding::unreachable, answer.error().message);
      return out;
    }
    if (!leads_on(answer->status) || !look.may_ask()) break;
    const auto next = page.resolve(answer->header("location"));
    if (!next || next->scheme != "https" || !of_site(next->host, domain)) {
      found(PageFinding::moved, next ? next->str() : std::string());
      return out;
    }
    page = *next;
  }
  if (answer->status != 200) found(PageFinding::status, std::to_string(answer->status));
  const auto policies = policies_of(answer->header("content-security-policy"), answer->body);
  const auto here = PageUrl::parse(server);
  const auto tag = tracker_of(answer->body, page, here.value_or(PageUrl{}));
  if (!tag) {
    found(has_tag_manager(answer->body) ? PageFinding::tag_manager : PageFinding::no_script, {});
    return out;
  }
  out.script = tag->src.str();
  judge_tag(*tag, page, policies, out);
  if (tag->src.scheme == "https" && look.may_ask()) {
    const auto script = look.get(tag->src);
    if (!script || script->status != 200)
      found(PageFinding::script_status, script ? std::to_string(script->status) : script.error().message);
  }
  return out;
}

}  // namespace hk::check
