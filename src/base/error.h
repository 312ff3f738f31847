#pragma once
// Expected failures are values: every fallible function returns Result<T>.

#include <chrono>
#include <expected>
#include <string>
#include <utility>

namespace hk {

/// Closed set of failures. http/problem.cc maps each one to a status in one table.
enum class Code {
  invalid,          // the caller sent something wrong; `field` names it           400
  unauthenticated,  // nobody is signed in                                         401
  forbidden,        // signed in, but not allowed                                  403
  not_found,        //                                                             404
  conflict,         // already there, or changed meanwhile                         409
  too_large,        // over a named limit                                          413
  limited,          // too many tries; message and retry_after say when to return  429
  busy,             // a bounded queue is full or a dependency is slow; try again  503
  unavailable,      // cannot work now: disk full, log stopped, lane stopped       503
  internal,         // a failure that the caller cannot mend                       500
};

/// One failure: `message` is one English sentence that says what is wrong and, where it
/// helps, what would be right. It never holds a secret, an IP or a user agent.
struct Error {
  Code code = Code::internal;
  std::string message;
  std::string field;                    // dotted path of the offending field, empty if none
  std::chrono::seconds retry_after{0};  // when another try can succeed, where that is known: Retry-After of 429 and 503
};

template <class T = void>
using Result = std::expected<T, Error>;

/// Shorthand for a failed Result.
inline std::unexpected<Error> fail(Code code, std::string message, std::string field = {}) {
  return std::unexpected(Error{code, std::move(message), std::move(field)});
}

}  // namespace hk
