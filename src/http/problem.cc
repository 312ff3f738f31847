#include "http/problem.h"

#include <string>

#include "base/logging.h"
#include "base/text.h"
#include "crypto/random.h"

namespace hk::http {

int status_of(Code code) {
  switch (code) {
    case Code::invalid:
      return 400;
    case Code::unauthenticated:
      return 401;
    case Code::forbidden:
      return 403;
    case Code::not_found:
      return 404;
    case Code::conflict:
      return 409;
    case Code::too_large:
      return 413;
    case Code::limited:
      return 429;
    case Code::busy:
    case Code::unavailable:
      return 503;
    case Code::internal:
      return 500;
  }
  return 500;
}

std::string_view name_of(Code code) {
  switch (code) {
    case Code::invalid:
      return "invalid";
    case Code::unauthenticated:
      return "unauthenticated";
    case Code::forbidden:
      return "forbidden";
    case Code::not_found:
      return "not_found";
    case Code::conflict:
      return "conflict";
    case Code::too_large:
      return "too_large";
    case Code::limited:
      return "limited";
    case Code::busy:
      return "busy";
    case Code::unavailable:
      return "unavailable";
    case Code::internal:
      return "internal";
  }
  return "internal";
}

ProblemForm problem_form(std::string_view path) {
  return path == "/api" || path.starts_with("/api/") ? ProblemForm::json : ProblemForm::text;
}

Response problem(ProblemForm form, int status, std::string_view code, std::string_view message, std::string_view field,
                 std::chrono::seconds retry_after) {
  Response out;
  if (form == ProblemForm::text) {
    out = text(status, std::string(message) + "\n");
  } else {
    std::string body = json::text_of(ProblemBody{.status = status, .code = code, .message = message, .field = field});
    body += '\n';
    out = json(status, std::move(body));
  }
  if (status == 429 || status == 503)
    out.header("Retry-After", std::to_string((retry_after.count() > 0 ? retry_after : kRetryAfter).count()));
  return out;
}

Response problem(ProblemForm form, const Error& error) {
  return problem(form, status_of(error.code), name_of(error.code), error.message, error.field, error.retry_after);
}

Response failure(ProblemForm form, int status, std::string_view code, std::string_view message, std::string_view words,
                 std::string_view route) {
  const std::string id = crypto::random_hex(kErrorIdBytes);
  logging::error("a request failed", {{"error_id", id}, {"route", route}, {"status", status}, {"error", words}});
  return problem(form, status, code, concat({message, "; the server's log has error ", id}))
      .header(std::string(kErrorId), id);
}

Response problem(const Error& error) {
  return problem(ProblemForm::json, error);
}

}  // namespace hk::http
