#include "ingest/enrich/client_hints.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.h"
#include "ingest/limits.h"

namespace hk::ingest {
namespace {

/// Names beside "Chromium", and what the browser is called here. "HeadlessChrome" is none: it is no person's.
constexpr std::pair<std::string_view, std::string_view> kBrands[] = {
    {"Google Chrome", "Chrome"},
    {"Microsoft Edge", "Edge"},
    {"Opera", "Opera"},
    {"Opera GX", "Opera"},
    {"Brave", "Brave"},
    {"Vivaldi", "Vivaldi"},
    {"YaBrowser", "Yandex Browser"},
    {"Yandex", "Yandex Browser"},
    {"Samsung Internet", "Samsung Internet"},
    {"DuckDuckGo", "DuckDuckGo"},
    {"Android WebView", "Chrome WebView"},
    {"Microsoft Edge WebView2", "Edge WebView2"},
    {"Whale", "Whale"},
    {"Ecosia", "Ecosia"},
};

/// Families of systems that a user agent and a hint may name for one: an Android that asks for desktop pages says
/// Linux.
std::string_view family_of(std::string_view system) {
  constexpr std::string_view kLinux[] = {"Android", "Ubuntu", "Fedora", "Debian", "Chrome OS", "Chromium OS", "Tizen"};
  return std::ranges::find(kLinux, system) != std::end(kLinux) ? "Linux" : system;
}

std::string_view unquoted(std::string_view text) {
  text = trim(text);
  return text.size() >= 2 && text.front() == '"' && text.back() == '"' ? text.substr(1, text.size() - 2)
                                                                       : std::string_view{};
}

/// The first `parts` numbers of "15.1.0".
std::string_view numbers(std::string_view version, int parts) {
  std::size_t end = 0;
  for (int dots = 0; end < version.size(); ++end) {
    if (version[end] == '.' && ++dots == parts) break;
    if (version[end] != '.' && (version[end] < '0' || version[end] > '9')) return {};
  }
  return version.substr(0, end);
}

/// The Windows that a version of its API is of
/// (https://learn.microsoft.com/microsoft-edge/web-platform/how-to-detect-win11).
std::string_view windows_of(std::string_view version) {
  constexpr int kFirstOf11 = 13;
  int major = 0;
  if (std::from_chars(version.data(), version.data() + version.size(), major).ec != std::errc() || major == 0)
    return {};
  return major >= kFirstOf11 ? "11" : "10";
}

}  // namespace

ClientHints hints_of(const http::Request& request) {
  ClientHints out{.brands = request.header("sec-ch-ua")};
  if (out.brands.empty() || out.brands.size() > kMaxUserAgentBytes) return {};  // the others never come alone
  out.platform = unquoted(request.header("sec-ch-ua-platform"));
  out.platform_version = unquoted(request.header("sec-ch-ua-platform-version"));
  out.model = unquoted(request.header("sec-ch-ua-model"));
  const std::string_view mobile = request.header("sec-ch-ua-mobile");
  if (mobile == "?0" || mobile == "?1") out.mobile = mobile == "?1";
  return out;
}

Brand brand_of(std::string_view brands) {
  Brand out;
  // "Not A;Brand";v="99": a name may hold anything but a quote.
  for (std::size_t at = 0; (at = brands.find('"', at)) != std::string_view::npos;) {
    const std::size_t end = brands.find('"', at + 1);
    if (end == std::string_view::npos) break;
    const std::string_view name = brands.substr(at + 1, end - at - 1);
    const std::string_view rest = brands.substr(end + 1);
    const std::size_t version = rest.starts_with(";v=\"") ? rest.find('"', 4) : std::string_view::npos;
    if (version == std::string_view::npos) break;
    const auto known = std::ranges::find(kBrands, name, [](const auto& brand) { return brand.first; });
    // One that is built on another names both: what is not Chrome itself says more.
    if (known != std::end(kBrands) && (out.name.empty() || out.name == "Chrome"))
      out = {.name = known->second, .version = numbers(rest.substr(4, version - 4), 1)};
    at = end + 1 + version + 1;
  }
  return out;
}

void apply_hints(store::Hit& hit, const ClientHints& hints) {
  if (hints.brands.empty()) return;
  const Brand brand = brand_of(hints.brands);
  // An app's browser says which app it is in the user agent alone.
  if (!brand.name.empty() && (hit.browser == "Chrome" || hit.browser.empty()) && brand.name != hit.browser) {
    hit.browser = brand.name;
    hit.browser_version = utf8_prefix(brand.version, kMaxVersionBytes);
    hit.browser_major = 0;
    std::from_chars(brand.version.data(), brand.version.data() + brand.version.size(), hit.browser_major);
  }
  const bool android = hints.platform == "Android";
  if (android && hit.os != "Android") {
    hit.os = "Android";
    hit.os_version.clear();
    if (hit.device == store::Device::desktop) hit.device = store::Device::tablet;
  }
  if (hints.mobile == true && hit.device == store::Device::desktop) hit.device = store::Device::mobile;
  const std::string_view version = hints.platform == "Windows" ? windows_of(hints.platform_version)
                                   : android                   ? numbers(hints.platform_version, 1)
                                   : hints.platform == "macOS" ? numbers(hints.platform_version, 2)
                                                               : std::string_view{};
  if (!version.empty() && hints.platform == hit.os) hit.os_version = utf8_prefix(version, kMaxVersionBytes);
}

bool contradict(const UserAgent& user_agent, const ClientHints& hints) {
  if (hints.brands.empty()) return false;
  if (user_agent.browser == "Firefox" || user_agent.browser == "Safari") return true;
  return !hints.platform.empty() && hints.platform != "Unknown" && !user_agent.os.empty() &&
         family_of(hints.platform) != family_of(user_agent.os);
}

}  // namespace hk::ingest
