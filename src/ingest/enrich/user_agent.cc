#include "ingest/enrich/user_agent.h"

#include <algorithm>
#include <charconv>
#include <span>
#include <vector>

#include "base/text.h"
#include "crypto/random.h"
#include "ingest/enrich/pattern_set.h"
#include "ingest/limits.h"

namespace hk::ingest {
namespace {

struct Row {
  std::string_view regex;
  std::string_view family;  // with $1, $2, $3
  std::string_view major;
  std::string_view minor;
};
constexpr Row kBrowsers[] = {
#include "lists/browsers.inc"
};
constexpr Row kSystems[] = {
#include "lists/systems.inc"
};

/// uap-core tells the phone's browser from the desktop's; here the device does that.
constexpr std::pair<std::string_view, std::string_view> kBrowserNames[] = {
    {"Chrome Mobile", "Chrome"},
    {"Chrome Mobile iOS", "Chrome"},
    {"Chrome Mobile WebView", "Chrome WebView"},
    {"Mobile Safari", "Safari"},
    {"Mobile Safari UI/WKWebView", "Safari WebView"},
    {"Firefox Mobile", "Firefox"},
    {"Firefox iOS", "Firefox"},
    {"Edge Mobile", "Edge"},
    {"Opera Mobile", "Opera"},
    {"Opera Tablet", "Opera"},
    {"DuckDuckGo Mobile", "DuckDuckGo"},
    {"Brave Mobile", "Brave"},
    {"QQ Browser Mobile", "QQ Browser"},
    {"UC Browser Mobile", "UC Browser"},
    {"Yandex Browser Mobile", "Yandex Browser"},
    {"IE Mobile", "IE"},
};
constexpr std::pair<std::string_view, std::string_view> kSystemNames[] = {
    {"Mac OS X", "macOS"},
    {"Mac OS", "macOS"},
    {"Other", ""},
};

template <std::size_t N>
std::string_view renamed(const std::pair<std::string_view, std::string_view> (&names)[N], std::string_view name) {
  for (const auto& [from, to] : names)
    if (from == name) return to;
  return name;
}

std::vector<PatternSet::Pattern> patterns(std::span<const Row> rows) {
  std::vector<PatternSet::Pattern> out;
  for (const Row& row : rows) out.push_back({.regex = row.regex, .any_case = false});
  return out;
}

std::string fill(std::string_view text, const PatternSet::Match& match) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '$' && i + 1 < text.size() && text[i + 1] >= '1' && text[i + 1] <= '3')
      out += match.groups[static_cast<std::size_t>(text[++i] - '0')];
    else
      out.push_back(text[i]);
  }
  // Patterns work on bytes and may cut a character in two.
  if (!valid_utf8(out)) return {};
  return std::string(utf8_prefix(trim(out), kMaxFamilyBytes));
}

/// More is no version.
constexpr std::size_t kMaxVersionDigits = 6;

std::string digits(std::string_view text, const PatternSet::Match& match) {
  std::string out = fill(text, match);
  if (out.empty() || out.size() > kMaxVersionDigits ||
      !std::ranges::all_of(out, [](char c) { return c >= '0' && c <= '9'; }))
    return {};
  return out;
}

std::string with_minor(std::string major, const std::string& minor) {
  if (!major.empty() && !minor.empty()) (major += '.') += minor;
  return major;
}

/// What a system's version is worth: browsers have frozen what they say of Windows (10 is 10 or 11), of macOS (10.15)
/// and, in Chrome, of Android (10).
std::string os_version_of(std::string_view os, std::string_view lower, const Row& row, const PatternSet::Match& match) {
  const std::string major = digits(row.major, match), minor = digits(row.minor, match);
  if (os == "Windows") return major == "10" ? "" : fill(row.major, match);
  if (os == "macOS") return major == "10" && (minor == "15" || minor.empty()) ? "" : with_minor(major, minor);
  if (os == "Android") return lower.contains("android 10; k)") ? "" : major;
  if (os == "iOS") return with_minor(major, minor);
  return {};
}

struct Tables {
  PatternSet browsers{patterns(kBrowsers)};
  PatternSet systems{patterns(kSystems)};
  BotFinder bots;
};
const Tables& tables() {
  static const Tables all;
  return all;
}

bool has(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return text.contains(word); });
}

}  // namespace

UserAgents::UserAgents() {
  crypto::random_bytes(key_);
}

store::Device device_of(std::string_view lower) {
  using store::Device;
  if (lower.empty()) return Device::unknown;
  if (has(lower, {"playstation", "xbox", "nintendo"})) return Device::console;
  if (has(lower, {"oculusbrowser", "; quest", "picobrowser", " vr safari", "wolvic", "visionos"}))
    return Device::headset;
  if (has(lower,
          {"smart-tv", "smarttv", "smart tv", "googletv", "google tv", "android tv", "appletv", "apple tv", "hbbtv",
           "bravia", "crkey", "roku", "netcast", "web0s", "webos.tv", "viera", "philipstv", "; aft", "tv safari"}))
    return Device::tv;
  if (has(lower, {"ipad", "tablet", "playbook", "kindle", "silk/"}) && !has(lower, {"windows nt"})) {
    if (lower.contains("silk/") && lower.contains("mobile safari") && !lower.contains("kf")) return Device::mobile;
    return Device::tablet;
  }
  if (has(lower, {"opera mini", "opera mobi"})) return Device::mobile;
  if (lower.contains("android")) return lower.contains("mobile") ? Device::mobile : Device::tablet;
  if (has(lower, {"iphone", "ipod", "windows phone", "blackberry", "bb10", "kaios", "mobile"})) return Device::mobile;
  if (has(lower, {"windows", "macintosh", "mac os x", "x11", "linux", "cros", "bsd"})) return Device::desktop;
  return Device::unknown;
}

UserAgent UserAgents::parse_now(std::string_view text) {
  UserAgent out;
  if (text.empty()) return out;
  const std::string lower = ascii_lower(text);
  const Tables& known = tables();
  const BotFinder::Found found = known.bots.find(text, lower);
  if (found.bot != Bot::none) {
    out.bot = found.bot;
    out.agent = found.agent;
    out.device = store::Device::bot;
    return out;
  }
  out.device = device_of(lower);
  if (const auto match = known.browsers.first(text, lower)) {
    const Row& row = kBrowsers[match->pattern];
    out.browser = renamed(kBrowserNames, fill(row.family, *match));
    const std::string major = fill(row.major, *match);
    std::from_chars(major.data(), major.data() + major.size(), out.browser_major);  // 0 when it is none or too large
    out.browser_version = digits(row.major, *match);
    if (out.browser == "Safari") out.browser_version = with_minor(out.browser_version, digits(row.minor, *match));
  }
  if (const auto match = known.systems.first(text, lower)) {
    const Row& row = kSystems[match->pattern];
    out.os = renamed(kSystemNames, fill(row.family, *match));
    out.os_version = os_version_of(out.os, lower, row, *match);
  }
  return out;
}

std::shared_ptr<const UserAgent> UserAgents::parse(std::string_view text) {
  const std::uint64_t key = crypto::siphash24(key_, text);
  Shard& shard = shards_[key % kShards];
  {
    const std::lock_guard lock(shard.mutex);
    if (const auto at = shard.index.find(key); at != shard.index.end()) {
      shard.order.splice(shard.order.begin(), shard.order, at->second);
      return at->second->second;
    }
  }
  auto parsed = std::make_shared<const UserAgent>(parse_now(text));
  const std::lock_guard lock(shard.mutex);
  if (shard.index.contains(key)) return parsed;  // another thread was faster
  shard.order.emplace_front(key, parsed);
  shard.index.emplace(key, shard.order.begin());
  if (shard.order.size() > kUserAgentCacheEntries / kShards) {
    shard.index.erase(shard.order.back().first);
    shard.order.pop_back();
  }
  return parsed;
}

std::size_t UserAgents::cached() const {
  std::size_t all = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    all += shard.order.size();
  }
  return all;
}

}  // namespace hk::ingest
