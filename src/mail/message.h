#pragma once
// A mail as the bytes that a mail server takes.

#include <string>
#include <string_view>

#include "base/clock.h"

namespace hk::mail {

struct Mail {
  std::string name;     // of its template, for logs
  std::string to;       // one address
  std::string subject;  // one line
  std::string text;     // for readers without HTML; line ends are \n
  std::string html;
};

struct Sender {
  std::string address;
  std::string name;  // shown beside the address; may be empty
};

/// RFC 5322 with MIME (RFC 2045-2049): multipart/alternative of text and HTML, both UTF-8 in quoted-printable, so that
/// the whole is ASCII (but for an address beyond ASCII), CRLF, lines of 76 characters at most in the bodies. `id` is
/// random and makes the Message-ID. A line end in a header becomes a space: nothing can add a header.
std::string compose(const Sender& from, const Mail& mail, TimeMs now, std::string_view id);

/// "Sat, 28 Nov 2026 08:16:16 +0000" (RFC 5322 3.3).
std::string mail_date(TimeMs now);
/// RFC 2045 6.7 of a text with \n line ends.
std::string quoted_printable(std::string_view text);
/// Text of a header: as it is, or as encoded words (RFC 2047) where it is not plain ASCII.
std::string header_text(std::string_view text);

}  // namespace hk::mail
