#include "mail/message.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "base/text.h"

namespace hk::mail {
namespace {

constexpr std::size_t kLine = 76;         // RFC 2045: a line of quoted-printable
constexpr std::size_t kEncodedWord = 75;  // RFC 2047: with its frame

void append_escape(std::string& out, unsigned char byte) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  out += '=';
  out += digits[byte >> 4];
  out += digits[byte & 15];
}

bool printable(char c) {
  return c >= ' ' && c <= '~';
}

std::string one_line(std::string_view text) {
  std::string line(text);
  std::ranges::replace_if(line, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; }, ' ');
  return line;
}

/// RFC 5322 3.2.4; the name is ASCII.
std::string quoted_string(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

void append_part(std::string& out, std::string_view boundary, std::string_view type, std::string_view body) {
  out.append("--").append(boundary).append("\r\nContent-Type: ").append(type).append("; charset=utf-8\r\n");
  out.append("Content-Transfer-Encoding: quoted-printable\r\n\r\n").append(quoted_printable(body)).append("\r\n");
}

}  // namespace

std::string mail_date(TimeMs now) {
  using namespace std::chrono;
  constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = floor<std::chrono::days>(now);
  const year_month_day date{day};
  const hh_mm_ss time{floor<seconds>(now - day)};
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d +0000", days[weekday{day}.c_encoding()],
                static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
                static_cast<int>(date.year()), static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
  return text.data();
}

std::string quoted_printable(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  std::size_t line = 0;  // characters of the present line
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      out += "\r\n";
      line = 0;
      continue;
    }
    const bool ends_line = i + 1 == text.size() || text[i + 1] == '\n';
    // A blank at a line's end may be lost on the way.
    const bool plain = printable(c) && c != '=' && !(c == ' ' && ends_line);
    const std::size_t width = plain ? 1 : 3;
    if (line + width > kLine - (ends_line ? 0 : 1)) {
      out += "=\r\n";
      line = 0;
    }
    if (plain) {
      out += c;
    } else {
      append_escape(out, static_cast<unsigned char>(c));
    }
    line += width;
  }
  return out;
}

std::string header_text(std::string_view text) {
  std::string line = one_line(text);
  if (std::ranges::all_of(line, printable) && !line.contains("=?")) return line;
  constexpr std::string_view begin = "=?utf-8?Q?", end = "?=";
  std::string out;
  std::string word;
  for (std::size_t at = 0; at < line.size();) {
    std::size_t next = at + 1;  // a character stays in one word
    while (next < line.size() && (static_cast<unsigned char>(line[next]) & 0xC0) == 0x80) ++next;
    std::string coded;
    for (; at < next; ++at) {
      const char c = line[at];
      const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
      if (plain) {
        coded += c;
      } else if (c == ' ') {
        coded += '_';
      } else {
        append_escape(coded, static_cast<unsigned char>(c));
      }
    }
    if (begin.size() + word.size() + coded.size() + end.size() > kEncodedWord) {
      out.append(begin).append(word).append(end).append("\r\n ");
      word.clear();
    }
    word += coded;
  }
  return out.append(begin).append(word).append(end);
}

std::string compose(const Sender& from, const Mail& mail, TimeMs now, std::string_view id) {
  const std::string boundary = concat({"hitkeep-", id});
  const std::string sender = one_line(from.address);
  const std::string name = one_line(from.name);
  std::string out = "From: ";
  if (!name.empty())
    out.append(std::ranges::all_of(name, printable) ? quoted_string(name) : header_text(name)).append(" ");
  out.append("<").append(sender).append(">\r\n");
  out.append("To: <").append(one_line(mail.to)).append(">\r\n");
  out.append("Subject: ").append(header_text(mail.subject)).append("\r\n");
  out.append("Date: ").append(mail_date(now)).append("\r\n");
  out.append("Message-ID: <").append(id).append(sender.substr(std::min(sender.rfind('@'), sender.size())));
  out.append(">\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n");  // RFC 3834: no answers of machines
  out.append("Content-Type: multipart/alternative; boundary=\"").append(boundary).append("\"\r\n\r\n");
  append_part(out, boundary, "text/plain", mail.text);
  append_part(out, boundary, "text/html", mail.html);
  return out.append("--").append(boundary).append("--\r\n");
}

}  // namespace hk::mail
