#include "net/smtp_reply.h"

#include <algorithm>

#include "base/text.h"

namespace hk::net {
namespace {

bool digit(char c, char low, char high) {
  return c >= low && c <= high;
}

/// "250-words" or "250 words" or "250".
bool is_reply_line(std::string_view line) {
  return line.size() >= 3 && digit(line[0], '2', '5') && digit(line[1], '0', '9') && digit(line[2], '0', '9') &&
         (line.size() == 3 || line[3] == ' ' || line[3] == '-');
}

}  // namespace

bool SmtpReply::offers(std::string_view extension, std::string_view parameter) const {
  const std::string name = ascii_lower(extension), wanted = ' ' + ascii_lower(parameter) + ' ';
  return std::any_of(lines.begin() + 1, lines.end(), [&](const std::string& text) {
    const std::string line = ascii_lower(text);
    const std::size_t end = std::min(line.find(' '), line.size());
    return line.substr(0, end) == name && (parameter.empty() || (line.substr(end) + ' ').contains(wanted));
  });
}

Result<std::optional<SmtpReply>> take_smtp_reply(std::string& received) {
  const auto refuse = [] { return fail(Code::invalid, "that is no answer of a mail server"); };
  SmtpReply reply;
  std::string_view rest = received;
  for (std::size_t end; (end = rest.find('\n')) != std::string_view::npos;) {
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!is_reply_line(line) || received.size() - rest.size() > kMaxSmtpReply) return refuse();
    const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    if (!reply.lines.empty() && code != reply.code) return refuse();
    reply.code = code;
    reply.lines.emplace_back(line.substr(std::min<std::size_t>(line.size(), 4)));
    if (line.size() > 3 && line[3] == '-') continue;
    received.erase(0, received.size() - rest.size());
    return reply;
  }
  if (received.size() > kMaxSmtpReply) return refuse();
  return std::nullopt;
}

}  // namespace hk::net
