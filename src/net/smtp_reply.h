#pragma once
// What a mail server answers (RFC 5321 4.2).

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace hk::net {

/// An answer may have this many bytes, all lines together (RFC 5321 4.5.3.1.5 asks for 512 a line).
inline constexpr std::size_t kMaxSmtpReply = 16'384;

struct SmtpReply {
  int code = 0;                    // 200 to 599
  std::vector<std::string> lines;  // at least one; without code and line end

  /// Whether the code is of that hundred: 2 done, 3 go on, 4 not now, 5 never.
  bool is(int hundred) const { return code / 100 == hundred; }
  /// Whether one of the lines behind the first names this extension of EHLO (RFC 5321 4.1.1.1), with this parameter if
  /// one is given. Without regard to case.
  bool offers(std::string_view extension, std::string_view parameter = {}) const;
};

/// Takes one whole answer from the front of `received`. nullopt: it isn't all there yet, nothing is taken.
/// Code::invalid when what is there cannot become one, or not within kMaxSmtpReply.
Result<std::optional<SmtpReply>> take_smtp_reply(std::string& received);

}  // namespace hk::net
