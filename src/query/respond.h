#pragma once
// Answers as JSON (docs/query-language.md).

#include <string>

#include "query/engine.h"
#include "query/query.h"
#include "site/directory.h"

namespace hk::query {

std::string answer_json(const site::Site& site, const Question& question, const Answer& answer);

}  // namespace hk::query
