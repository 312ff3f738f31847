#include "http/message.h"

#include "http/url.h"

namespace hk::http {

std::string_view name_of(Method method) {
  switch (method) {
    case Method::get:
      return "GET";
    case Method::head:
      return "HEAD";
    case Method::post:
      return "POST";
    case Method::put:
      return "PUT";
    case Method::patch:
      return "PATCH";
    case Method::del:
      return "DELETE";
    case Method::options:
      return "OPTIONS";
  }
  return "";
}

std::string_view Request::header(std::string_view name) const {
  for (const auto& [n, value] : headers)
    if (n == name) return value;
  return {};
}

std::vector<std::string_view> Request::cookies(std::string_view name) const {
  std::vector<std::string_view> found;
  for (const auto& [n, value] : headers) {
    if (n != "cookie") continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const auto end = rest.find(';');
      std::string_view item = rest.substr(0, end);
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
      while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
      if (item.size() > name.size() && item[name.size()] == '=' && item.starts_with(name))
        found.push_back(item.substr(name.size() + 1));
    }
  }
  return found;
}

std::optional<std::string> Request::param(std::string_view name) const {
  std::optional<std::string> out;
  for_each_pair(query, [&](std::string_view raw_name, std::string_view raw_value) {
    if (const auto n = percent_decode(raw_name, true); n && *n == name) out = percent_decode(raw_value, true);
    return !out;
  });
  return out;
}

std::vector<std::string> Request::params(std::string_view name) const {
  std::vector<std::string> out;
  for_each_pair(query, [&](std::string_view raw_name, std::string_view raw_value) {
    if (const auto n = percent_decode(raw_name, true); n && *n == name)
      if (auto value = percent_decode(raw_value, true)) out.push_back(std::move(*value));
    return true;
  });
  return out;
}

Response json(int status, std::string body) {
  Response r{.status = status, .body = std::move(body)};
  r.header("Content-Type", "application/json");
  return r;
}

Response text(int status, std::string body) {
  Response r{.status = status, .body = std::move(body)};
  r.header("Content-Type", "text/plain; charset=utf-8");
  return r;
}

Response empty(int status) {
  return Response{.status = status};
}

}  // namespace hk::http
