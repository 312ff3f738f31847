#pragma once
// Files of the dashboard and the tracker, built into the program.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "http/message.h"

namespace hk::http {

/// One public file. All views live as long as the program.
struct Asset {
  std::string_view path = {};      // "/main-ABCDEF12.js"; "/index.html" is the dashboard itself
  std::string_view mime = {};      // full Content-Type
  std::string_view etag = {};      // strong hash of the content, without quotes
  std::string_view identity = {};  // the bytes
  std::string_view br = {};        // brotli, empty where it would not be smaller
  std::string_view gzip = {};      // the same for gzip
  bool hashed = false;             // the name carries a hash of the content: may be cached for ever
};

/// The files that this program carries. http/assets.cc has a weak definition that returns none; the build's
/// generated file (gen/assets) defines it for the executable:
///   namespace hk::http { std::span<const Asset> embedded_assets() { return {kAssets}; } }
std::span<const Asset> embedded_assets();

/// Answers GET and HEAD for files: encoding, ETag, caching, content security policy. Built once, immutable after.
class AssetTable {
 public:
  /// `base_path` with a slash at both ends goes into the dashboard's <base href>.
  AssetTable(std::span<const Asset> assets, std::string_view base_path);

  /// The file of that path; for a path that is a page of the dashboard (no dot in its last segment, or a page that ends
  /// in a domain): the dashboard. nullopt: neither.
  std::optional<Response> answer(const Request& request) const;
  bool contains(std::string_view path) const { return files_.contains(path); }

  /// What the dashboard's page may load; holds the hashes of its inline scripts.
  const std::string& policy() const { return policy_; }

 private:
  struct File {
    std::string_view mime, identity, br, gzip;
    std::string etag;  // without quotes
    std::string_view cache_control;
    bool page = false;          // the dashboard
    bool cross_origin = false;  // a tracker script, loaded by other sites
  };
  Response serve(const File& file, const Request& request) const;

  std::unordered_map<std::string_view, File> files_;
  std::string page_, page_br_, page_gzip_;  // index.html with its base href
  std::string policy_;
};

}  // namespace hk::http
