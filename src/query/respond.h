#pragma once
// Answers as JSON (docs/query-language.md).

#include <string>
#include <string_view>

#include "base/error.h"
#include "http/message.h"
#include "query/engine.h"
#include "query/query.h"
#include "site/directory.h"

namespace hk::query {

std::string answer_json(const site::Site& site, const Question& question, const Answer& answer);

/// What the asker is told where there is no answer. DuckDB's words stay in the log.
http::Response unanswered(const Error& error, std::string_view route);

}  // namespace hk::query
