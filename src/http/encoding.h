#pragma once
// Content codings of answers.

#include <cstdint>
#include <string>
#include <string_view>

namespace hk::http {

enum class Coding : std::uint8_t { identity, gzip, br };
/// "gzip", "br"; empty for identity.
std::string_view name_of(Coding coding);

/// The coding with the highest q that is offered; of equals brotli, then gzip. Identity where nothing fits.
Coding choose_coding(std::string_view accept_encoding, bool br, bool gzip);

/// Fast settings, for answers that are made once: brotli quality 4, gzip level 5.
std::string compress(Coding coding, std::string_view body);

/// Whether compressing this media type pays.
bool compressible(std::string_view content_type);

/// Strong tag of some bytes, without quotes.
std::string etag_of(std::string_view bytes);

/// Whether If-None-Match names `etag` (without quotes): weak comparison, lists, `*`.
bool etag_matches(std::string_view if_none_match, std::string_view etag);

}  // namespace hk::http
