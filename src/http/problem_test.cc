#include "http/problem.h"

#include <gtest/gtest.h>

namespace hk::http {
namespace {

std::string retry_after(const Response& response) {
  for (const auto& [name, value] : response.headers)
    if (name == "Retry-After") return value;
  return {};
}

TEST(Problem, WhatMayWorkLaterSaysWhen) {
  for (const Code code : {Code::limited, Code::busy, Code::unavailable}) {
    Error error{.code = code, .message = "not now", .field = {}};
    EXPECT_EQ(retry_after(problem(error)), "2");
    error.retry_after = std::chrono::seconds(60);
    EXPECT_EQ(retry_after(problem(error)), "60");
  }
  EXPECT_EQ(retry_after(problem(ProblemForm::text, 429, "too_many_requests", "Too Many Requests")), "2");
}

TEST(Problem, WhatStaysWrongDoesNot) {
  for (const Code code : {Code::invalid, Code::unauthenticated, Code::forbidden, Code::not_found, Code::conflict,
                          Code::too_large, Code::internal})
    EXPECT_EQ(retry_after(problem(Error{.code = code, .message = "no", .field = {}})), "");
}

}  // namespace
}  // namespace hk::http
