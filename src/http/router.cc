#include "http/router.h"

#include <algorithm>
#include <cassert>

namespace hk::http {
namespace {

/// Takes the first segment off "/a/b" and leaves "/b".
std::string_view take_segment(std::string_view& rest) {
  rest.remove_prefix(1);
  const auto end = std::min(rest.find('/'), rest.size());
  const auto segment = rest.substr(0, end);
  rest.remove_prefix(end);
  return segment;
}

bool is_capture(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

}  // namespace

std::string_view name_of(Rate rate) {
  static constexpr std::string_view kNames[] = {"none", "ingest", "api", "auth", "metrics"};
  return kNames[static_cast<std::size_t>(rate)];
}

void Router::add(Route route) {
  assert(route.path.starts_with('/') && route.handler);
  Node* node = &root_;
  for (std::string_view rest = route.path; !rest.empty();) {
    const auto segment = take_segment(rest);
    auto& next = is_capture(segment) ? node->any : node->literal[std::string(segment)];
    if (!next) next = std::make_unique<Node>();
    node = next.get();
  }
  [[maybe_unused]] const bool added = node->here.emplace(route.method, routes_.size()).second;
  assert(added && "two routes with one method and path");
  routes_.push_back(std::move(route));
}

const Router::Node* Router::walk(const Node& node, std::string_view rest, std::vector<std::string_view>& captured) {
  if (rest.empty()) return node.here.empty() ? nullptr : &node;
  const auto segment = take_segment(rest);
  if (const auto it = node.literal.find(segment); it != node.literal.end())
    if (const Node* found = walk(*it->second, rest, captured)) return found;
  if (!node.any || segment.empty()) return nullptr;
  captured.push_back(segment);
  if (const Node* found = walk(*node.any, rest, captured)) return found;
  captured.pop_back();
  return nullptr;
}

Router::Match Router::match(Method method, std::string_view path) const {
  Match match;
  std::vector<std::string_view> captured;
  const Node* node = walk(root_, path, captured);
  if (!node) return match;
  auto it = node->here.find(method);
  if (it == node->here.end() && method == Method::head) it = node->here.find(Method::get);
  if (it == node->here.end()) {
    for (const auto& [m, index] : node->here) {
      match.allowed.push_back(m);
      if (m == Method::get) match.allowed.push_back(Method::head);
    }
    std::ranges::sort(match.allowed);
    match.allowed.erase(std::ranges::unique(match.allowed).begin(), match.allowed.end());
    return match;
  }
  match.route = &routes_[it->second];
  auto value = captured.begin();
  for (std::string_view rest = match.route->path; !rest.empty();) {
    const auto segment = take_segment(rest);
    if (is_capture(segment)) match.path.emplace(segment.substr(1, segment.size() - 2), *value++);
  }
  return match;
}

}  // namespace hk::http
