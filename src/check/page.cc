#include "check/page.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace hk::check {
namespace {

constexpr std::string_view kBlank = " \t\r\n\f";

bool starts(std::string_view text, std::string_view with) {
  return ascii_lower(text.substr(0, with.size())) == with;
}

/// An element as it is written.
struct Tag {
  std::string name;  // lower case
  std::vector<std::pair<std::string, std::string>> attributes;

  const std::string* find(std::string_view name) const {
    const auto found = std::ranges::find(attributes, name, &std::pair<std::string, std::string>::first);
    return found == attributes.end() ? nullptr : &found->second;
  }
};

/// Calls `take` with each element that begins in `html`; what stands in comments and in scripts is text.
template <class Take>
void each_tag(std::string_view html, Take take) {
  const std::string lower = ascii_lower(html);
  const auto skip_to = [&](std::string_view end) {
    const auto at = lower.find(end, lower.size() - html.size());
    html.remove_prefix(at == std::string::npos ? html.size() : at + end.size() - (lower.size() - html.size()));
  };
  for (auto open = html.find('<'); open != std::string_view::npos; open = html.find('<')) {
    html.remove_prefix(open);
    if (html.starts_with("<!--")) {
      skip_to("-->");
      continue;
    }
    html.remove_prefix(1);
    Tag tag;
    const auto name = std::min(html.find_first_of(" \t\r\n\f/>"), html.size());
    tag.name = ascii_lower(html.substr(0, name));
    html.remove_prefix(name);
    for (;;) {
      html.remove_prefix(std::min(html.find_first_not_of(" \t\r\n\f/"), html.size()));
      if (html.empty() || html.front() == '>') break;
      const auto end = std::min(html.find_first_of(" \t\r\n\f=/>", 1), html.size());
      std::string key = ascii_lower(html.substr(0, end));
      html.remove_prefix(end);
      html.remove_prefix(std::min(html.find_first_not_of(kBlank), html.size()));
      std::string value;
      if (html.starts_with('=')) {
        html.remove_prefix(1);
        html.remove_prefix(std::min(html.find_first_not_of(kBlank), html.size()));
        const bool quoted = html.starts_with('"') || html.starts_with('\'');
        const auto stop = quoted ? html.find(html.front(), 1) : std::min(html.find_first_of(" \t\r\n\f>"), html.size());
        if (stop == std::string_view::npos) return;  // the text ends within it
        value = html.substr(quoted, stop - quoted);
        html.remove_prefix(stop + quoted);
      }
      for (auto at = value.find("&amp;"); at != std::string::npos; at = value.find("&amp;", at + 1))
        value.erase(at + 1, 4);
      tag.attributes.emplace_back(std::move(key), std::move(value));
    }
    take(tag);
    if (tag.name == "script") skip_to("</script");
  }
}

std::string_view port_of(const PageUrl& url) {
  if (!url.port.empty()) return url.port;
  return url.scheme == "https" ? "443" : "80";
}

bool below(std::string_view path, std::string_view folder) {
  return folder.ends_with('/') ? path.starts_with(folder) : path == folder;
}

std::string_view without_query(std::string_view path) {
  return path.substr(0, std::min(path.find('?'), path.size()));
}

/// A source of a policy that names hosts (CSP 3, 6.7.2).
bool fits_host(std::string_view source, const PageUrl& page, const PageUrl& url) {
  std::string scheme;
  if (const auto end = source.find("://"); end != std::string_view::npos) {
    scheme = ascii_lower(source.substr(0, end));
    source.remove_prefix(end + 3);
  }
  const bool same = scheme.empty() ? url.scheme == page.scheme || url.scheme == "https"
                                   : url.scheme == scheme || (scheme == "http" && url.scheme == "https");
  if (!same) return false;
  const auto slash = std::min(source.find('/'), source.size());
  const std::string_view path = source.substr(slash);
  std::string_view host = source.substr(0, slash);
  std::string_view port;
  if (const auto colon = host.find(':'); colon != std::string_view::npos) {
    port = host.substr(colon + 1);
    host = host.substr(0, colon);
  }
  if (!port.empty() ? port != "*" && port != port_of(url) : !url.port.empty()) return false;
  const std::string wanted = ascii_lower(host);
  const bool fits = wanted == "*" || wanted == url.host ||
                    (wanted.starts_with("*.") && url.host.ends_with(std::string_view(wanted).substr(1)));
  return fits && (path.empty() || below(without_query(url.path), path));
}

bool fits(std::string_view source, const PageUrl& page, const PageUrl& url) {
  const std::string lower = ascii_lower(source);
  if (lower == "'self'")
    return url.host == page.host && (url.same_origin(page) || (url.scheme == "https" && page.scheme == "http"));
  if (lower.starts_with('\'')) return false;
  if (lower == "*") return true;
  if (lower.ends_with(':')) return lower == url.scheme + ":" || (lower == "http:" && url.scheme == "https");
  return fits_host(source, page, url);
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> out;
  for (auto at = text.find_first_not_of(kBlank); at != std::string_view::npos;
       at = text.find_first_not_of(kBlank, at)) {
    const auto end = std::min(text.find_first_of(kBlank, at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end;
  }
  return out;
}

/// What of `policy` speaks of scripts or connections: the first of these directives that is there.
std::optional<std::vector<std::string_view>> sources_of(std::string_view policy, Loads what) {
  constexpr std::array<std::string_view, 3> kScript{"script-src-elem", "script-src", "default-src"};
  constexpr std::array<std::string_view, 3> kConnect{"connect-src", "default-src", "default-src"};
  for (const std::string_view name : what == Loads::script ? kScript : kConnect) {
    for (std::string_view rest = policy; !rest.empty();) {
      const auto end = std::min(rest.find(';'), rest.size());
      auto words = words_of(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (words.empty() || ascii_lower(words.front()) != name) continue;
      words.erase(words.begin());
      return words;
    }
  }
  return std::nullopt;
}

bool lets_one(std::string_view policy, Loads what, const PageUrl& page, const PageUrl& url, bool nonce) {
  const auto sources = sources_of(policy, what);
  if (!sources) return true;
  bool strict = false;
  for (const std::string_view source : *sources) {
    if (what == Loads::script && nonce && starts(source, "'nonce-")) return true;
    strict |= what == Loads::script && ascii_lower(source) == "'strict-dynamic'";
  }
  if (strict) return false;  // hosts do not count beside it
  return std::ranges::any_of(*sources, [&](std::string_view source) { return fits(source, page, url); });
}

bool is_ours(const PageUrl& url, const PageUrl& server) {
  std::string_view folder = without_query(server.path);
  while (folder.ends_with("//")) folder.remove_suffix(1);
  return url.host == server.host && port_of(url) == port_of(server) &&
         url.path.starts_with(folder.substr(0, folder.rfind('/') + 1));
}

}  // namespace

std::string PageUrl::str() const {
  return concat({scheme, "://", host, port.empty() ? "" : ":", port, path});
}

bool PageUrl::same_origin(const PageUrl& other) const {
  return scheme == other.scheme && host == other.host && port_of(*this) == port_of(other);
}

std::optional<PageUrl> PageUrl::parse(std::string_view text) {
  PageUrl out;
  for (const std::string_view scheme : {"https", "http"})
    if (starts(text, concat({scheme, "://"}))) out.scheme = scheme;
  if (out.scheme.empty()) return std::nullopt;
  text.remove_prefix(out.scheme.size() + 3);
  const auto slash = std::min(text.find_first_of("/?#"), text.size());
  std::string_view authority = text.substr(0, slash);
  text.remove_prefix(slash);
  if (const auto user = authority.rfind('@'); user != std::string_view::npos) authority.remove_prefix(user + 1);
  const auto after = authority.starts_with('[') ? authority.find(']') : 0;
  if (after == std::string_view::npos) return std::nullopt;
  if (const auto colon = authority.find(':', after); colon != std::string_view::npos) {
    out.port = authority.substr(colon + 1);
    authority = authority.substr(0, colon);
  }
  if (out.port == (out.scheme == "https" ? "443" : "80")) out.port.clear();
  out.host = ascii_lower(authority);
  if (out.host.empty()) return std::nullopt;
  out.path = text.substr(0, std::min(text.find('#'), text.size()));
  if (!out.path.starts_with('/')) out.path.insert(0, "/");
  return out;
}

std::optional<PageUrl> PageUrl::resolve(std::string_view reference) const {
  reference = trim(reference);
  if (reference.starts_with("//")) return parse(concat({scheme, ":", reference}));
  if (starts(reference, "https:") || starts(reference, "http:")) return parse(reference);
  const auto colon = reference.find(':');
  if (colon != std::string_view::npos && reference.find_first_of("/?#") > colon) return std::nullopt;
  PageUrl out = *this;
  const std::string_view plain = reference.substr(0, std::min(reference.find('#'), reference.size()));
  const std::string folder(without_query(path).substr(0, without_query(path).rfind('/') + 1));
  out.path = plain.starts_with('/') ? std::string(plain) : folder + std::string(plain);
  return out;
}

std::optional<TrackerTag> tracker_of(std::string_view html, const PageUrl& page, const PageUrl& server) {
  constexpr std::array<std::string_view, 3> kNames{"/hk.js", "/hk-core.js", "/hk-compat.js"};
  std::optional<TrackerTag> named;
  std::optional<TrackerTag> ours;
  PageUrl base = page;
  each_tag(html, [&](const Tag& tag) {
    if (ours) return;
    if (tag.name == "base")
      if (const auto* href = tag.find("href"))
        if (auto moved = page.resolve(*href)) base = std::move(*moved);
    const std::string* src = tag.name == "script" ? tag.find("src") : nullptr;
    const auto url = src ? base.resolve(*src) : std::nullopt;
    if (!url) return;
    const bool mine = is_ours(*url, server);
    const std::string_view path = without_query(url->path);
    if (!mine && (named || std::ranges::none_of(kNames, [&](auto name) { return path.ends_with(name); }))) return;
    const std::string* endpoint = tag.find("data-endpoint");
    TrackerTag found{.src = *url,
                     .endpoint = *(endpoint ? base.resolve(*endpoint).value_or(*url) : *url).resolve("ingest"),
                     .ours = mine,
                     .nonce = tag.find("nonce") != nullptr,
                     .waits = tag.find("data-consent") != nullptr,
                     .manual = tag.find("data-manual") != nullptr};
    (mine ? ours : named) = std::move(found);
  });
  return ours ? ours : named;
}

bool has_tag_manager(std::string_view html) {
  return html.contains("googletagmanager.com/gtm.js") || html.contains("googletagmanager.com/gtag/js");
}

std::vector<std::string> policies_of(std::string_view header, std::string_view html) {
  std::vector<std::string> out;
  for (std::string_view rest = header; !rest.empty();) {
    const auto end = std::min(rest.find(','), rest.size());
    if (const auto policy = trim(rest.substr(0, end)); !policy.empty()) out.emplace_back(policy);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  each_tag(html, [&](const Tag& tag) {
    const std::string* kind = tag.name == "meta" ? tag.find("http-equiv") : nullptr;
    const std::string* content = kind ? tag.find("content") : nullptr;
    if (content && ascii_lower(*kind) == "content-security-policy") out.push_back(*content);
  });
  return out;
}

bool lets(const std::vector<std::string>& policies, Loads what, const PageUrl& page, const PageUrl& url, bool nonce) {
  return std::ranges::all_of(policies,
                             [&](const std::string& policy) { return lets_one(policy, what, page, url, nonce); });
}

}  // namespace hk::check
