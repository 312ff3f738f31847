#pragma once
// Answers whose body has a type, so that descriptions know it.

#include <concepts>
#include <expected>
#include <type_traits>
#include <utility>

#include "base/error.h"
#include "http/message.h"
#include "http/pending.h"
#include "json/shape.h"

namespace hk::http {

/// 200 with a T as JSON (json/shape.h), without a body where T is void; or a failure. Headers and gate are set on
/// `response`.
template <class T>
struct Reply {
  explicit Reply(Response failure) : response(std::move(failure)) {}
  Reply(const T& body) : response(json(200, json::text_of(body))) {}             // NOLINT(google-explicit-constructor)
  Reply(std::unexpected<Error> failure) : response(problem(failure.error())) {}  // NOLINT(google-explicit-constructor)
  Reply(const Result<T>& outcome)                                                // NOLINT(google-explicit-constructor)
      : response(outcome ? json(200, json::text_of(*outcome)) : problem(outcome.error())) {}
  Response response;
};
template <>
struct Reply<void> {
  Reply() : response(empty(200)) {}
  Reply(std::unexpected<Error> failure) : response(problem(failure.error())) {}  // NOLINT(google-explicit-constructor)
  Response response;
};

/// Starts a change with `start(done)`, a Result, and answers with what `reply` makes of its value, once the change is
/// durable and applied; no thread waits meanwhile. A change that cannot start is the answer at once.
template <class Start, class Make>
auto when_done(Start start, Make make) {
  Pending pending;
  auto outcome = start(pending.done());
  using Outcome = decltype(outcome);
  const auto made = [&] {
    if constexpr (std::is_void_v<typename Outcome::value_type>) {
      return make();
    } else {
      return make(*outcome);
    }
  };
  using Made = decltype(made());
  if (!outcome) return Made(std::unexpected(std::move(outcome.error())));
  Made reply = made();
  reply.response.gate = pending.gate();
  return reply;
}

/// The same, where the answer is the value itself.
template <class Start>
auto when_done(Start start) {
  using Value = typename std::invoke_result_t<Start, std::move_only_function<void(Result<void>)>>::value_type;
  return when_done(std::move(start), [](const Value& value) { return Reply<Value>(value); });
}

}  // namespace hk::http
