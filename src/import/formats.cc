#include "import/formats.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/instant.h"
#include "base/text.h"
#include "http/url.h"
#include "json/reader.h"
#include "net/ip.h"

namespace hk::import {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

template <class T>
std::optional<T> number_of(std::string_view text) {
  T value{};
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && stop == end ? std::optional(value) : std::nullopt;
}

/// Texts of other encodings and with zero bytes are there: what is no UTF-8 becomes '?', as in headers.
void make_plain(std::string& text) {
  if (!valid_utf8(text))
    std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  std::ranges::replace(text, '\0', '?');
}

/// "-" says that there is none.
std::string text_or_none(std::string_view text) {
  std::string out(text == "-" ? std::string_view{} : text);
  make_plain(out);
  return out;
}

/// What servers write as \", \\ and \xHH.
std::string unescaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char next = text[++i];
    unsigned value = 0;
    const auto* const hex = text.data() + i + 1;
    if (next == 'x' && i + 2 < text.size() && std::from_chars(hex, hex + 2, value, 16).ptr == hex + 2) {
      out += static_cast<char>(value);
      i += 2;
    } else {
      out += next;
    }
  }
  return out;
}

/// The next blank-separated word, a "quoted" or a [bracketed] one without its marks; nullopt at the end or where the
/// closing mark is missing.
std::optional<std::string_view> take_word(std::string_view& rest) {
  const std::size_t begin = rest.find_first_not_of(' ');
  if (begin == std::string_view::npos) return std::nullopt;
  rest.remove_prefix(begin);
  const char first = rest.front();
  if (first != '"' && first != '[') {
    const auto word = rest.substr(0, std::min(rest.find(' '), rest.size()));
    rest.remove_prefix(word.size());
    return word;
  }
  const char closing = first == '[' ? ']' : '"';
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '\\' && first == '"') {
      ++i;
    } else if (rest[i] == closing) {
      const auto word = rest.substr(1, i - 1);
      rest.remove_prefix(i + 1);
      return word;
    }
  }
  return std::nullopt;
}

/// "GET /path?query HTTP/1.1"
bool take_request(std::string_view text, LogRequest& out) {
  const auto space = text.find(' ');
  if (space == std::string_view::npos || space == 0) return false;
  out.method = text.substr(0, space);
  text.remove_prefix(space + 1);
  const auto protocol = text.rfind(" HTTP/");
  out.target = text_or_none(text.substr(0, protocol));
  return !out.target.empty() && std::ranges::all_of(out.method, [](char c) { return c >= 'A' && c <= 'Z'; });
}

Wrong take_address(std::string_view text, std::string& out) {
  const auto ip = net::Ip::parse(text);
  if (!ip) return Wrong::address;
  out = ip->str();
  return Wrong::none;
}

std::string host_of(std::string_view text) {
  std::string out = ascii_lower(text == "-" ? std::string_view{} : text);
  make_plain(out);
  if (out.starts_with('[')) return out.substr(0, std::min(out.find(']') + 1, out.size()));
  return out.substr(0, out.find(':'));
}

std::optional<LogFormat> guess(std::string_view line) {
  if (line.starts_with('{')) return LogFormat::json;
  return line.contains('[') ? std::optional(LogFormat::combined) : std::nullopt;
}

/// The first of several names that an object has; "a.b" looks inside.
std::optional<json::Value> find(json::Object& object, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const auto dot = name.find('.');
    if (dot == std::string_view::npos) {
      if (auto value = object.opt_value(name)) return value;
      continue;
    }
    const auto outer = object.opt_value(name.substr(0, dot));
    if (!outer || outer->kind() != json::Value::Kind::object) continue;
    json::Object inner(*outer);
    if (auto value = find(inner, {name.substr(dot + 1)})) return value;
  }
  return std::nullopt;
}

/// A text, a number, or the first of an array (Caddy's headers).
std::string text_of(const std::optional<json::Value>& value) {
  if (!value) return {};
  if (value->kind() == json::Value::Kind::string) return std::string(value->text());
  if (value->kind() == json::Value::Kind::number) return value->str();
  if (value->kind() != json::Value::Kind::array) return {};
  const std::string all = value->str();  // ["a","b"]
  const auto list = json::parse(R"({"a":)" + all + "}");
  if (!list) return {};
  json::Object object(*list);
  const auto values = object.array("a", {.max = kMaxLineBytes});
  return values.empty() || values.front().kind() != json::Value::Kind::string ? "" : std::string(values.front().text());
}

/// RFC 3339, common log format, or seconds (with a fraction) or milliseconds since 1970.
std::optional<TimeMs> time_of(std::string_view text) {
  if (const auto at = parse_instant(text)) return at;
  if (const auto at = parse_clf_time(text)) return at;
  const auto number = number_of<double>(text);
  constexpr double kYear2100 = 4.1e9;
  if (!number || !std::isfinite(*number) || *number <= 0 || *number > kYear2100 * 1000) return std::nullopt;
  return from_ms(static_cast<std::int64_t>(*number < kYear2100 ? std::round(*number * 1000) : *number));
}

}  // namespace

std::optional<TimeMs> parse_clf_time(std::string_view text) {
  // 25/Nov/2026:10:00:00 +0100
  constexpr std::size_t kLength = 26;
  if (text.size() != kLength || text[2] != '/' || text[6] != '/' || text[11] != ':' || text[14] != ':' ||
      text[17] != ':' || text[20] != ' ' || (text[21] != '+' && text[21] != '-'))
    return std::nullopt;
  const auto* const month = std::ranges::find(kMonths, text.substr(3, 3));
  const auto day = number_of<unsigned>(text.substr(0, 2)), hour = number_of<unsigned>(text.substr(12, 2)),
             minute = number_of<unsigned>(text.substr(15, 2)), second = number_of<unsigned>(text.substr(18, 2)),
             east = number_of<unsigned>(text.substr(22, 2)), more = number_of<unsigned>(text.substr(24, 2));
  const auto year = number_of<unsigned>(text.substr(7, 4));
  if (month == kMonths.end() || !day || !year || !hour || !minute || !second || !east || !more) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(month - kMonths.begin() + 1)),
                                         std::chrono::day(*day)};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60 || *east > 23 || *more > 59) return std::nullopt;
  const std::chrono::minutes offset(*east * 60 + *more);
  return TimeMs(std::chrono::sys_days(date)) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second) - (text[21] == '-' ? -offset : offset);
}

Wrong LineParser::parse(std::string_view line, LogRequest& out) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.size() > kMaxLineBytes) return Wrong::too_long;
  if (trim(line).empty()) return Wrong::comment;
  if (line.starts_with('#')) {
    take_directive(line);
    return Wrong::comment;
  }
  if (!format_) format_ = guess(line);
  if (!format_) return Wrong::syntax;
  switch (*format_) {
    case LogFormat::combined:
      return parse_combined(line, out);
    case LogFormat::json:
      return parse_json(line, out);
    case LogFormat::w3c:
    case LogFormat::cloudfront:
      break;
  }
  return parse_columns(line, out);
}

void LineParser::take_directive(std::string_view line) {
  constexpr std::string_view kFields = "#fields:";
  if (ascii_lower(line.substr(0, kFields.size())) != kFields) return;
  line.remove_prefix(kFields.size());
  columns_.clear();
  while (!(line = trim(line)).empty()) {
    const auto word = line.substr(0, std::min(line.find_first_of(" \t"), line.size()));
    columns_.push_back(ascii_lower(word));
    line.remove_prefix(word.size());
  }
  const bool edge = std::ranges::find(columns_, "x-edge-location") != columns_.end();
  if (!format_) format_ = edge ? LogFormat::cloudfront : LogFormat::w3c;
}

Wrong LineParser::parse_combined(std::string_view line, LogRequest& out) const {
  std::vector<std::string_view> words;
  bool bracket = false;
  std::size_t time = 0;
  // Behind the user agent stands what an operator added.
  for (std::string_view rest = line; words.size() < 16;) {
    const auto at = rest.find_first_not_of(' ');
    const bool bracketed = at != std::string_view::npos && rest[at] == '[';
    const auto word = take_word(rest);
    if (!word) break;
    if (bracketed && !bracket) time = words.size();
    bracket = bracket || bracketed;
    words.push_back(*word);
  }
  // [host] address identity user [time] "request" status bytes "referrer" "user agent"
  if (!bracket || time < 3 || words.size() < time + 4) return Wrong::syntax;
  out.host = time > 3 ? host_of(words[time - 4]) : "";
  if (const Wrong wrong = take_address(words[time - 3], out.ip); wrong != Wrong::none) return wrong;
  const auto at = parse_clf_time(words[time]);
  if (!at) return Wrong::time;
  out.at = *at;
  const auto status = number_of<int>(words[time + 2]);
  if (!status || *status < 100 || *status > 599 || !take_request(unescaped(words[time + 1]), out)) return Wrong::syntax;
  out.status = *status;
  const auto optional = [&](std::size_t i) {
    return i < words.size() ? text_or_none(unescaped(words[i])) : std::string();
  };
  out.referrer = optional(time + 4);
  out.user_agent = optional(time + 5);
  return Wrong::none;
}

Wrong LineParser::parse_json(std::string_view line, LogRequest& out) {
  const auto document = json::parse(line);
  if (!document || document->kind() != json::Value::Kind::object) return Wrong::syntax;
  json::Object object(*document);
  const auto at = time_of(text_of(
      find(object, {"time_iso8601", "timestamp", "@timestamp", "StartUTC", "time", "ts", "time_local", "msec"})));
  if (!at) return Wrong::time;
  out.at = *at;
  const std::string address = text_of(find(object, {"request.client_ip", "request.remote_ip", "remote_addr",
                                                    "client_ip", "ClientHost", "remote_ip", "ip", "clientip", "c-ip"}));
  if (const Wrong wrong = take_address(address, out.ip); wrong != Wrong::none) return wrong;
  out.host = host_of(text_of(find(object, {"request.host", "host", "http_host", "RequestHost", "server_name"})));
  out.referrer = text_or_none(
      text_of(find(object, {"request.headers.Referer", "http_referer", "referer", "referrer", "request_Referer"})));
  out.user_agent = text_or_none(text_of(
      find(object, {"request.headers.User-Agent", "http_user_agent", "user_agent", "agent", "request_User-Agent"})));
  const auto status = number_of<int>(text_of(find(object, {"status", "DownstreamStatus", "response", "sc-status"})));
  if (!status || *status < 100 || *status > 599) return Wrong::syntax;
  out.status = *status;
  out.method = text_of(find(object, {"request.method", "request_method", "method", "RequestMethod", "verb"}));
  out.target = text_of(find(object, {"request.uri", "request_uri", "RequestPath", "uri", "path", "url"}));
  if (!out.method.empty() && !out.target.empty()) return Wrong::none;
  const std::string whole = text_of(find(object, {"request"}));
  return take_request(whole, out) ? Wrong::none : Wrong::syntax;
}

Wrong LineParser::parse_columns(std::string_view line, LogRequest& out) const {
  if (columns_.empty()) return Wrong::syntax;
  const bool edge = *format_ == LogFormat::cloudfront;
  out = {};
  std::string date, time, query, stem;
  std::string_view rest = line;
  for (const std::string& column : columns_) {
    const auto end = std::min(rest.find(edge ? '\t' : ' '), rest.size());
    const std::string_view raw = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (raw.empty() && rest.empty()) return Wrong::syntax;
    std::string text;
    if (raw != "-") text = edge ? http::percent_decode(raw, false).value_or(std::string(raw)) : std::string(raw);
    if (!edge) std::ranges::replace(text, '+', ' ');
    make_plain(text);
    if (column == "date") date = raw;
    if (column == "time") time = raw;
    if (column == "c-ip") out.ip = text;
    if (column == "cs-method") out.method = text;
    if (column == "cs-uri-stem") stem = text_or_none(raw);
    if (column == "cs-uri-query") query = text_or_none(raw);
    if (column == "sc-status") out.status = number_of<int>(raw).value_or(0);
    if (column == "cs(referer)") out.referrer = text_or_none(edge ? text : raw);
    if (column == "cs(user-agent)") out.user_agent = text;
    // The host that the visitor asked for goes before the one of the distribution.
    if (column == "x-host-header" || ((column == "cs-host" || column == "cs(host)") && out.host.empty()))
      out.host = host_of(text);
  }
  const auto at = parse_instant(concat({date, "T", time, "Z"}));
  if (!at) return Wrong::time;
  out.at = *at;
  if (const Wrong wrong = take_address(std::string(out.ip), out.ip); wrong != Wrong::none) return wrong;
  if (out.status < 100 || out.status > 599 || stem.empty() || out.method.empty()) return Wrong::syntax;
  out.target = query.empty() ? stem : concat({stem, "?", query});
  return Wrong::none;
}

}  // namespace hk::import
