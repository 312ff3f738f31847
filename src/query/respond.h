#pragma once
// Answers as they are shown (docs/query-language.md).

#include <string>
#include <string_view>

#include "base/error.h"
#include "http/message.h"
#include "query/engine.h"
#include "query/query.h"
#include "query/shapes.h"
#include "site/directory.h"

namespace hk::query {

ShownAnswer shown(const site::Site& site, const Question& question, Answer answer);

/// What the asker is told where there is no answer. DuckDB's words stay in the log.
http::Response unanswered(const Error& error, std::string_view route);

}  // namespace hk::query
