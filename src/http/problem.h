#pragma once
// Failures as answers.

#include <chrono>
#include <string_view>

#include "base/error.h"
#include "http/message.h"
#include "json/shape.h"

namespace hk::http {

/// The status of a failure; one table for the whole program.
int status_of(Code code);
std::string_view name_of(Code code);

/// How the errors of a path are worded.
enum class ProblemForm : std::uint8_t { json, text };
/// Text for the tracker's endpoints and for files, JSON for everything under /api.
ProblemForm problem_form(std::string_view path);

/// The JSON form.
struct ProblemBody {
  int status;
  std::string_view code;
  std::string_view message;
  std::string_view field;  // dotted path of the offending field of the request
};
constexpr auto shape(json::Of<ProblemBody>) {
  using P = ProblemBody;
  return json::shape("Error", json::field("status", &P::status), json::field("code", &P::code),
                     json::field("message", &P::message), json::field("field", &P::field, json::LeftOut{}));
}

/// A failure that has no Code of its own (405, 408, 413, 429, 431 …). A 429 and a 503 say when to come back (RFC 9110,
/// 10.2.3; RFC 6585, 4): after `retry_after`, or after kRetryAfter where nothing better is known.
Response problem(ProblemForm form, int status, std::string_view code, std::string_view message,
                 std::string_view field = {}, std::chrono::seconds retry_after = {});
inline constexpr std::chrono::seconds kRetryAfter{2};
Response problem(ProblemForm form, const Error& error);

/// Names the line of the log that tells of a failure of ours.
inline constexpr std::string_view kErrorId = "X-Error-Id";
inline constexpr std::size_t kErrorIdBytes = 6;
/// A failure of ours whose `words` are for the log alone: they go into one line there, whose id the answer carries.
Response failure(ProblemForm form, int status, std::string_view code, std::string_view message, std::string_view words,
                 std::string_view route);

}  // namespace hk::http
