#pragma once
// What a page shows of why its hits do not come: its script, where that is, and whether the page's policy lets it work.
// Pure: nothing is fetched here.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hk::check {

/// An address of a page or of what it loads, as far as policies look at it.
struct PageUrl {
  std::string scheme;  // "https", "http"
  std::string host;    // lower case, without a port
  std::string port;    // empty: the scheme's own
  std::string path;    // with its query; "/" at least

  std::string str() const;
  bool same_origin(const PageUrl& other) const;
  /// An absolute one; none for what has no http or https scheme and no host.
  static std::optional<PageUrl> parse(std::string_view text);
  /// What `reference` means on this page.
  std::optional<PageUrl> resolve(std::string_view reference) const;
};

/// The tracker as a page loads it.
struct TrackerTag {
  PageUrl src;
  PageUrl endpoint;   // beside which it sends
  bool ours = false;  // from the server that was asked, by its public address
  bool nonce = false;
  bool waits = false;   // data-consent: until the page calls hk.consent()
  bool manual = false;  // data-manual: until the page calls hk.pageview()
};

/// The first script that is of `server`, else the first that is called as our scripts are. Nothing inside of comments
/// and other scripts is one.
std::optional<TrackerTag> tracker_of(std::string_view html, const PageUrl& page, const PageUrl& server);

/// Whether the page loads a tag manager, which may bring the script.
bool has_tag_manager(std::string_view html);

/// Content security policies: of a header (several are parted by commas) and of the page's own <meta> elements.
std::vector<std::string> policies_of(std::string_view header, std::string_view html);

enum class Loads { script, connect };
/// Whether all `policies` let the page load or reach `url`. `nonce`: the element has one, which then counts as the
/// right one.
bool lets(const std::vector<std::string>& policies, Loads what, const PageUrl& page, const PageUrl& url, bool nonce);

}  // namespace hk::check
