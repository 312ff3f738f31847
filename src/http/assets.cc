#include "http/assets.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "crypto/hash.h"
#include "http/encoding.h"

namespace hk::http {
namespace {

constexpr std::string_view kForEver = "public, max-age=31536000, immutable";
/// A tracker script keeps its name for ever, so its fixes must reach returning visitors soon.
constexpr std::string_view kTrackerScript = "public, max-age=3600";
constexpr std::string_view kAskFirst = "no-cache";

constexpr std::string_view kPage = "/index.html";

/// Pages of the dashboard that end in a domain, with its dots: /s/example.com.
constexpr std::array<std::string_view, 2> kDomainPages = {"/s/", "/setup/snippet/"};

bool names_a_file(std::string_view path) {
  for (const std::string_view page : kDomainPages)
    if (path.starts_with(page)) return false;
  return path.find('.', path.rfind('/')) != std::string_view::npos;
}

/// Browsers ask for these when they have no need of the dashboard.
bool is_tracker_script(std::string_view path) {
  return path.find('/', 1) == std::string_view::npos && path.ends_with(".js") &&
         (path == "/hk.js" || path.starts_with("/hk-"));
}

constexpr std::string_view kCompat = "/hk-compat.js";

/// Under these names pages load the scripts of other products (Plausible, Umami, Matomo). Once their host leads here,
/// kCompat takes the place.
bool of_another_product(std::string_view path) {
  constexpr std::array<std::string_view, 4> kNames = {"/script.js", "/matomo.js", "/piwik.js", "/js/plausible.js"};
  // Plausible names what a script does in its name: /js/script.outbound-links.js.
  return std::ranges::find(kNames, path) != kNames.end() ||
         (path.starts_with("/js/script.") && path.ends_with(".js") && path.find('/', 4) == std::string_view::npos);
}

/// Puts the base path into the page's one <base href="/">, or adds the element at the start of its head.
std::string with_base(std::string_view html, std::string_view base_path) {
  std::string href = "<base href=\"";
  append_html_text(href, base_path);
  href += "\">";
  std::string out(html);
  if (const auto at = html.find("<base href=\"/\""); at != std::string_view::npos) {
    const auto end = html.find('>', at);
    if (end != std::string_view::npos) out.replace(at, end + 1 - at, href);
  } else if (const auto head = html.find("<head>"); head != std::string_view::npos) {
    out.insert(head + 6, href);
  }
  return out;
}

/// "'sha256-…'" for the body of each script element that has no src.
std::string inline_script_hashes(std::string_view html) {
  std::string out;
  for (std::size_t at = 0; (at = html.find("<script", at)) != std::string_view::npos;) {
    const auto open_end = html.find('>', at);
    const auto close = html.find("</script", at);
    if (open_end == std::string_view::npos || close == std::string_view::npos || close < open_end) break;
    const auto attributes = html.substr(at + 7, open_end - at - 7);
    at = close;
    if (attributes.find("src=") != std::string_view::npos) continue;
    const auto body = html.substr(open_end + 1, close - open_end - 1);
    const auto digest = crypto::sha256(body);
    std::array<unsigned char, 4 * ((digest.size() + 2) / 3) + 1> base64;
    const int length = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(digest.size()));
    out += " 'sha256-";
    out.append(reinterpret_cast<const char*>(base64.data()), static_cast<std::size_t>(length));
    out += '\'';
  }
  return out;
}

/// The dashboard's styles are files (web/dashboard/README.md): nothing inline, neither style nor script.
std::string page_policy(std::string_view html) {
  return "default-src 'none'; script-src 'self'" + inline_script_hashes(html) +
         "; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
         "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'";
}

}  // namespace

[[gnu::weak]] std::span<const Asset> embedded_assets() {
  return {};
}

AssetTable::AssetTable(std::span<const Asset> assets, std::string_view base_path) {
  for (const Asset& asset : assets) {
    File file{.mime = asset.mime,
              .identity = asset.identity,
              .br = asset.br,
              .gzip = asset.gzip,
              .etag = std::string(asset.etag),
              .cache_control = asset.hashed ? kForEver : kAskFirst};
    if (asset.path == kPage) {
      page_ = with_base(asset.identity, base_path);
      page_br_ = compress(Coding::br, page_);
      page_gzip_ = compress(Coding::gzip, page_);
      policy_ = page_policy(page_);
      file = {.mime = asset.mime,
              .identity = page_,
              .br = page_br_,
              .gzip = page_gzip_,
              .etag = etag_of(page_),
              .cache_control = kAskFirst,
              .page = true};
    }
    if (is_tracker_script(asset.path)) {
      file.cross_origin = true;
      file.cache_control = kTrackerScript;
    }
    files_.emplace(asset.path, std::move(file));
  }
}

std::optional<Response> AssetTable::answer(const Request& request) const {
  const std::string_view path = request.path;
  if (const auto it = files_.find(path); it != files_.end()) return serve(it->second, request);
  if (const auto compat = files_.find(kCompat); compat != files_.end() && of_another_product(path))
    return serve(compat->second, request);
  if (names_a_file(path)) return std::nullopt;
  if (const auto page = files_.find(kPage); page != files_.end()) return serve(page->second, request);
  return std::nullopt;
}

Response AssetTable::serve(const File& file, const Request& request) const {
  const Coding coding = choose_coding(request.header("accept-encoding"), !file.br.empty(), !file.gzip.empty());
  Response out;
  std::string etag = file.etag;
  // Each coding is another sequence of bytes, so a strong tag must differ.
  if (coding != Coding::identity) (etag += '-') += name_of(coding);
  out.header("ETag", '"' + etag + '"').header("Cache-Control", std::string(file.cache_control));
  if (!file.br.empty() || !file.gzip.empty()) out.header("Vary", "Accept-Encoding");
  if (file.cross_origin) {
    out.header("Access-Control-Allow-Origin", "*").header("Cross-Origin-Resource-Policy", "cross-origin");
  } else {
    out.header("Cross-Origin-Resource-Policy", "same-origin");
  }
  if (file.page) {
    out.header("Content-Security-Policy", policy_)
        .header("Cross-Origin-Opener-Policy", "same-origin")
        .header("Permissions-Policy",
                "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
                "microphone=(), midi=(), payment=(), usb=()");
  }
  if (etag_matches(request.header("if-none-match"), etag)) {
    out.status = 304;
    return out;
  }
  out.header("Content-Type", std::string(file.mime));
  switch (coding) {
    case Coding::br:
      out.fixed_body = file.br;
      break;
    case Coding::gzip:
      out.fixed_body = file.gzip;
      break;
    case Coding::identity:
      out.fixed_body = file.identity;
      break;
  }
  if (coding != Coding::identity) out.header("Content-Encoding", std::string(name_of(coding)));
  return out;
}

}  // namespace hk::http
